//! What is kept of a call.
//!
//! Field names equal those of the bot's events, so that one turns into the other without a table.
//! `end_reason` and `answered_by` stay text here: the dialer shows them and decides nothing by them.

use crate::{AttemptId, CampaignId, ContactId, HandoffScore, Outcome, PhoneNumber, Turn};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known when a call is about to be dialled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCall {
    pub trunk: String,
    pub caller_id: Option<String>,
    /// Name of the template.
    pub template: String,
    /// SHA-256 of its text, hex.
    pub template_version: String,
}

/// The closing record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallResult {
    pub outcome: Outcome,
    pub end_reason: String,
    pub answered_by: Option<String>,
    pub sip_status: Option<u16>,
    /// One sentence for the operator: why.
    pub cause: String,
    pub ring_ms: Option<u32>,
    pub talk_ms: u32,
    pub intent: Option<String>,
    pub tags: Vec<String>,
    /// What the call was about, beside what the template itself tags.
    #[serde(default)]
    pub categories: Vec<String>,
    pub slots: BTreeMap<String, String>,
    pub handed_over: bool,
    pub turns: u16,
}

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingFile {
    pub path: String,
    pub sample_rate_hz: u32,
}

/// How a handover went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handoff {
    /// Why the bot asked for a human.
    pub reason: String,
    pub skill: Option<String>,
    /// How much a human was needed at that moment, and why.
    #[serde(default)]
    pub score: Option<HandoffScore>,
    /// The score led to it, not the flow of the template or a wish.
    #[serde(default)]
    pub by_score: bool,
    pub requested_at: DateTime<Utc>,
    /// Who took it.
    pub agent: Option<String>,
    /// From the request to two-way audio.
    pub wait_ms: Option<u32>,
    /// Why nobody did.
    pub failed: Option<String>,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    Dialling,
    Ringing,
    Answered,
    Ended,
}

impl CallState {
    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Ended => "ended",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Dialling, Self::Ringing, Self::Answered, Self::Ended].into_iter().find(|s| s.as_str() == name)
    }
}

/// A call as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallSummary {
    pub id: AttemptId,
    pub campaign: CampaignId,
    pub contact: ContactId,
    pub name: String,
    pub number: PhoneNumber,
    pub state: CallState,
    pub trunk: String,
    pub template: String,
    pub template_version: String,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Present once it has ended.
    pub result: Option<CallResult>,
    /// A recording file was announced.
    pub recorded: bool,
}

/// One call with all that is kept of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallDetail {
    #[serde(flatten)]
    pub summary: CallSummary,
    /// In order.
    pub turns: Vec<Turn>,
    pub recordings: Vec<RecordingFile>,
    pub handoff: Option<Handoff>,
    /// The contact's data as the call had it.
    pub variables: BTreeMap<String, String>,
}

/// One thing that happened to a call; each is stored in one transaction, and told to the feed as JSON with
/// the names of the bot's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CallChange {
    Ringing,
    Answered,
    Detected {
        answered_by: String,
    },
    Turn(Box<Turn>),
    Tagged {
        tag: String,
    },
    SlotFilled {
        name: String,
        value: String,
    },
    /// Puts the number on the do-not-call list at once and cancels its callbacks.
    OptedOut,
    HandoffRequested {
        reason: String,
        skill: Option<String>,
        #[serde(default)]
        score: Option<HandoffScore>,
        #[serde(default)]
        by_score: bool,
    },
    Bridged {
        agent: String,
        wait_ms: u32,
    },
    /// Nobody took it. Also writes a callback that an agent is to make.
    HandoffFailed {
        reason: String,
    },
    /// `due_at` none leaves the call to an agent. A second request in one call replaces the first.
    CallbackRequested {
        due_at: Option<DateTime<Utc>>,
        reason: String,
    },
    RecordingStarted(RecordingFile),
    /// Closes the attempt with its outcome.
    Ended(Box<CallResult>),
}

/// One entry of the feed that the console and webhooks read: ids grow and are never reused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedEvent {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub campaign: Option<CampaignId>,
    pub call: Option<AttemptId>,
    /// The event as JSON.
    pub data: serde_json::Value,
}
