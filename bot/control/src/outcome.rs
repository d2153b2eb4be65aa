//! How a call ended, in the field's terms.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What one attempt came to. Exactly one per attempt; retry rules read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person answered.
    Person,
    /// A machine answered (voicemail, announcement).
    Machine,
    /// 486, 600, or a busy tone in early media.
    Busy,
    /// Rang until the limit, 408, 480.
    NoAnswer,
    /// 603 or 403: the far end refused.
    Declined,
    /// 404, 410, 484, 604, or special information tones: no such number.
    InvalidNumber,
    /// 5xx, 503, or reorder tone: the network could not carry it.
    Congestion,
    /// Anything else, a fault of ours included; the cause is in the report.
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

    /// The snake_case name used in storage, files and the API.
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
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who took the call, as answering-machine detection decided. Undecided counts as a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    Person,
    /// A greeting that ended in a beep.
    MachineWithBeep,
    /// A greeting that ended without one.
    MachineWithoutBeep,
}

/// Who ended an answered call and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The template reached its end.
    Completed,
    /// The called person hung up.
    RemoteHangup,
    /// The agent hung up after a bridge.
    AgentHangup,
    /// The dialer asked for it.
    Cancelled,
    /// No RTP arrived for the configured time.
    MediaTimeout,
    /// A limit of the template was reached (turns, seconds, silence, no-match).
    Limit,
    /// Never answered.
    NotAnswered,
    /// A fault of ours; the cause is in the report.
    Fault,
}

impl EndReason {
    /// The snake_case name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RemoteHangup => "remote_hangup",
            Self::AgentHangup => "agent_hangup",
            Self::Cancelled => "cancelled",
            Self::MediaTimeout => "media_timeout",
            Self::Limit => "limit",
            Self::NotAnswered => "not_answered",
            Self::Fault => "fault",
        }
    }
}

/// The closing record of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallReport {
    pub outcome: Outcome,
    pub end_reason: EndReason,
    pub answered_by: Option<AnsweredBy>,
    /// Final SIP status, when there was one.
    pub sip_status: Option<u16>,
    /// One sentence for the operator: why.
    pub cause: String,
    /// Milliseconds from INVITE to answer; absent when never answered.
    pub ring_ms: Option<u32>,
    /// Milliseconds from answer to the end.
    pub talk_ms: u32,
    /// The template's last recognised intent that was not a global one.
    pub intent: Option<String>,
    pub tags: Vec<String>,
    /// What the call was about, beside what the template itself tags.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Slots collected, by name, in their canonical text form.
    pub slots: std::collections::BTreeMap<String, String>,
    /// The call was bridged to an agent.
    pub handed_over: bool,
    /// Exchanges in which the person said or keyed something.
    pub turns: u16,
}
