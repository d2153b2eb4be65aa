//! Numbers that must not be called.

use crate::{AttemptId, PhoneNumber};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a number came to be on the do-not-call list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DncSource {
    /// The person said or keyed it during a call.
    Call,
    /// Imported from a register or another system.
    Import,
    /// Entered by a user.
    User,
}

impl DncSource {
    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Import => "import",
            Self::User => "user",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Call, Self::Import, Self::User].into_iter().find(|s| s.as_str() == name)
    }
}

/// One entry. It applies to every campaign from the moment it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DncEntry {
    pub number: PhoneNumber,
    pub source: DncSource,
    pub added_at: DateTime<Utc>,
    /// The call in which the person asked, when there was one.
    pub call: Option<AttemptId>,
    /// Why, in words.
    pub note: String,
}
