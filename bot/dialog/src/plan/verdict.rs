//! How a conversation went, turn by turn, beside what was expected of it.

use super::Failure;
use warmline_schema::At;

/// How one conversation went.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub name: String,
    /// Where it is written.
    pub at: At,
    /// What was said and understood, and what should have been, in order.
    pub told: Vec<Told>,
    /// Virtual time from the answer to the end, in milliseconds.
    pub took_ms: u64,
}

/// One thing of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The bot said.
    Bot(String),
    /// What the person or the world did, and what it was taken for.
    Act { what: String, understood: Option<String> },
    /// Not as it was written.
    Missed(Mismatch),
}

/// What was expected beside what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The line that expects it.
    pub at: At,
    /// "the bot says `…`", "tags [confirmed]".
    pub expected: String,
    pub actual: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: expected {}; {}", self.at.line, self.expected, self.actual)
    }
}

impl Verdict {
    pub fn passed(&self) -> bool {
        self.mismatches().next().is_none()
    }

    pub fn mismatches(&self) -> impl Iterator<Item = &Mismatch> {
        self.told.iter().filter_map(|told| match told {
            Told::Missed(mismatch) => Some(mismatch),
            _ => None,
        })
    }

    /// In one piece, if it did not go as written.
    pub fn failure(&self) -> Option<Failure> {
        let why = self.mismatches().next()?.to_string();
        let line = |told: &Told| match told {
            Told::Bot(said) => format!("bot:  {said}"),
            Told::Act { what, understood } => match understood {
                Some(understood) => format!("{what} [{understood}]"),
                None => what.clone(),
            },
            Told::Missed(mismatch) => format!("* {mismatch}"),
        };
        Some(Failure { conversation: self.name.clone(), why, transcript: self.told.iter().map(line).collect() })
    }
}
