//! A call that is owed to a person.

use crate::{AttemptId, CallbackId, CampaignId, ContactId, PhoneNumber};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a callback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Owed.
    Waiting,
    /// The call was made and reached somebody.
    Done,
    /// Removed by a user, or the person asked not to be called again.
    Cancelled,
}

impl CallbackState {
    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Done, Self::Cancelled].into_iter().find(|s| s.as_str() == name)
    }
}

/// A callback to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCallback {
    pub campaign: Option<CampaignId>,
    pub contact: Option<ContactId>,
    pub number: PhoneNumber,
    /// The call in which it was promised.
    pub call: Option<AttemptId>,
    /// Not before this instant; none when the person named no time.
    pub due_at: Option<DateTime<Utc>>,
    /// Why, in words that an agent can use.
    pub reason: String,
}

/// A callback as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    pub id: CallbackId,
    pub state: CallbackState,
    pub created_at: DateTime<Utc>,
    #[serde(flatten)]
    pub data: NewCallback,
}
