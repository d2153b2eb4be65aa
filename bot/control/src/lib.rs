//! The call as the dialer sees it: commands in, events out, and nothing but serde data.
//!
//! The dialer never touches media and the bot never touches lists or SQL; they meet here. In one
//! process these values travel on a channel, between machines on a bus: that seam is what makes one
//! binary and a cluster the same program. No I/O, no clock, no behaviour beyond small accessors.

mod command;
mod event;
mod outcome;
mod turn;

pub use command::{AgentPhone, Command, PlaceCall};
pub use event::{Event, EventKind, Recording};
pub use outcome::{AnsweredBy, CallReport, EndReason, Outcome};
pub use turn::{HandoffReason, HandoffScore, HeardReading, Latency, TurnInput, TurnRecord, WeighedIntent};

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// One call attempt, the same id in storage, logs, recordings and on the wire (`X-Warmline-Call`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub Uuid);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
