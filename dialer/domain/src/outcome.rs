//! What one attempt came to: the same eight names that the bot reports.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Exactly one per closed attempt; retry rules read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person answered.
    Person,
    /// A machine answered.
    Machine,
    Busy,
    /// Rang until the limit.
    NoAnswer,
    /// The far end refused.
    Declined,
    /// No such number.
    InvalidNumber,
    /// The network could not carry the call.
    Congestion,
    /// Anything else, a fault of ours included.
    Failed,
}

impl Outcome {
    /// Every outcome, in reporting order.
    pub const ALL: [Self; 8] = [
        Self::Person,
        Self::Machine,
        Self::Busy,
        Self::NoAnswer,
        Self::Declined,
        Self::InvalidNumber,
        Self::Congestion,
        Self::Failed,
    ];

    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::InvalidNumber => "invalid_number",
            Self::Congestion => "congestion",
            Self::Failed => "failed",
        }
    }

    /// Inverse of [`as_str`](Self::as_str); `None` for an unknown name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.as_str() == name)
    }

    /// Place in [`ALL`](Self::ALL).
    pub fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn names_and_places_round_trip() {
        for (i, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
            assert_eq!(outcome.index(), i);
        }
        assert_eq!(Outcome::parse("answered"), None);
    }
}
