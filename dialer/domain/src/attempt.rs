//! One attempt to reach a contact: reserved → dialling → closed.
//!
//! The row exists before the INVITE leaves, so that a crash can be told apart: an attempt found
//! `reserved` was certainly never sent and is released; one found `dialling` may have rung somebody's
//! phone, so it counts and is not repeated inside the cadence window.

use crate::{AttemptId, CampaignId, ContactId, Outcome, PhoneNumber};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where an attempt stands. Each state owns what is known only from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AttemptState {
    /// Written, nothing sent.
    Reserved,
    /// The INVITE may have been sent.
    Dialling { dialled_at: DateTime<Utc> },
    Closed {
        /// None when nothing was ever sent.
        dialled_at: Option<DateTime<Utc>>,
        closed_at: DateTime<Utc>,
        outcome: Outcome,
        reason: CloseReason,
    },
}

/// Why an attempt was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The bot reported its end.
    Reported,
    /// The process died in mid-call; found and closed when it started again.
    Interrupted,
}

impl CloseReason {
    /// The name used in storage and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Interrupted => "interrupted",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Reported, Self::Interrupted].into_iter().find(|r| r.as_str() == name)
    }
}

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: AttemptId,
    pub campaign: CampaignId,
    pub contact: ContactId,
    pub number: PhoneNumber,
    /// 1 for the contact's first in this campaign.
    pub ordinal: u32,
    pub reserved_at: DateTime<Utc>,
    #[serde(flatten)]
    pub state: AttemptState,
}
