//! How many calls to place now.
//!
//! Pure: counts and limits in, a number and the limit that binds out. It knows nothing of contacts,
//! numbers or SIP. The one thing it remembers is when calls were started, to keep to a rate.
//!
//! For campaigns that a bot answers there is no agent to wait for, so the number is the smallest of the
//! free places: of the campaign, of the trunk, of the bot, and of the rate of either.

mod answering;

pub use answering::{Answering, AnsweringConfig, Throttle, Throttled};

use serde::{Deserialize, Serialize};
use std::fmt;

/// What binds a campaign, at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Open calls of this campaign, ringing ones included.
    pub campaign_in_flight: u32,
    /// Most of them.
    pub campaign_most: u32,
    /// Open calls on the trunk, whoever made them.
    pub trunk_in_flight: u32,
    /// Lines the trunk has.
    pub trunk_most: u32,
    /// Calls that the bot says it can take on now.
    pub bot_free: u32,
    /// New calls a second, the lower of campaign and trunk.
    pub calls_per_second: f64,
}

/// What keeps the number down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The campaign's own most.
    Campaign,
    /// The trunk has no free line.
    Trunk,
    /// The bot has no free place.
    Bot,
    /// New calls a second.
    Rate,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Campaign => "the campaign's limit of calls at one time is reached",
            Self::Trunk => "every line of the trunk is in use",
            Self::Bot => "the bot is at its capacity",
            Self::Rate => "the limit of new calls a second is reached",
        })
    }
}

/// How many calls may start now, and what keeps it from being more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub calls: u32,
    pub limit: Limit,
    /// Milliseconds until the rate alone allows another call; absent when another limit binds, which
    /// ends with an event (a call ends) and not with time.
    pub retry_after_ms: Option<u64>,
}

/// Keeps one campaign to its rate. Bursts are at most one second's worth of calls, and at least one.
#[derive(Clone, Debug, Default)]
pub struct Pacer {
    /// Calls that may start, saved up since `filled_ms`.
    tokens: f64,
    filled_ms: Option<u64>,
}

impl Pacer {
    /// Says how many calls may start at `now_ms`, a clock that never goes back. Nothing is used up until
    /// [`started`](Self::started).
    pub fn allow(&mut self, capacity: &Capacity, now_ms: u64) -> Allowance {
        self.fill(capacity.calls_per_second, now_ms);
        let rate = self.tokens.floor() as u32;
        let places = [
            (capacity.campaign_most.saturating_sub(capacity.campaign_in_flight), Limit::Campaign),
            (capacity.trunk_most.saturating_sub(capacity.trunk_in_flight), Limit::Trunk),
            (capacity.bot_free, Limit::Bot),
        ];
        let (free, limit) = places.into_iter().min_by_key(|(free, _)| *free).unwrap_or((0, Limit::Bot));
        if free <= rate {
            return Allowance { calls: free, limit, retry_after_ms: None };
        }
        let missing = (self.tokens.floor() + 1.0 - self.tokens).max(0.0);
        let wait_ms = (missing / capacity.calls_per_second * 1000.0).ceil();
        let retry_after_ms = wait_ms.is_finite().then_some(wait_ms as u64);
        Allowance { calls: rate, limit: Limit::Rate, retry_after_ms }
    }

    /// Notes calls that really started.
    pub fn started(&mut self, calls: u32) {
        self.tokens = (self.tokens - f64::from(calls)).max(0.0);
    }

    fn fill(&mut self, per_second: f64, now_ms: u64) {
        let per_second = if per_second.is_finite() { per_second.max(0.0) } else { 0.0 };
        // A first call never waits, however low the rate; a rate of nothing allows nothing.
        let most = if per_second > 0.0 { per_second.max(1.0) } else { 0.0 };
        let elapsed_ms = match self.filled_ms {
            None => {
                self.tokens = most.min(1.0);
                0
            }
            Some(then) => now_ms.saturating_sub(then),
        };
        self.filled_ms = Some(self.filled_ms.map_or(now_ms, |then| then.max(now_ms)));
        self.tokens = (self.tokens + elapsed_ms as f64 / 1000.0 * per_second).min(most);
    }
}

#[cfg(test)]
mod tests;
