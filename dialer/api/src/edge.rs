//! The one place where this room reads clocks and draws random numbers.
#![allow(clippy::disallowed_methods, reason = "the API is a shell; handlers take the time from here")]

use chrono::{DateTime, Utc};
use std::time::Instant;

/// Wall time, for what is stored.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Monotonic time, for limits.
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// A source of unpredictable numbers, for tokens and one-time passwords.
pub(crate) fn rng() -> rand::rngs::ThreadRng {
    rand::rng()
}
