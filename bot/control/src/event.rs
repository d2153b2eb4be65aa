//! What the bot tells the dialer.

use crate::{AnsweredBy, CallId, CallReport, HandoffScore, TurnRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One event of one call. Events of a call are in order and `seq` has no gaps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    pub call: CallId,
    /// 0, 1, 2 … within the call.
    pub seq: u32,
    /// Unix time in milliseconds.
    pub at_ms: i64,
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// INVITE sent.
    Dialling,
    /// 180, or 183 with early media.
    Ringing {
        early_media: bool,
    },
    /// 200. The recording starts here when one is made.
    Answered,
    /// Answering-machine detection decided.
    Detected {
        answered_by: AnsweredBy,
    },
    /// The bot started a prompt or finished an exchange.
    Turn(Box<TurnRecord>),
    Tagged {
        tag: String,
    },
    SlotFilled {
        name: String,
        value: String,
    },
    /// "Do not call again", spoken or keyed: acts at once, before the call ends.
    OptedOut,
    /// A human is worth more than the bot now. Answer with `Bridge` or `NoAgent`.
    HandoffRequested {
        reason: String,
        skill: Option<String>,
        slots: BTreeMap<String, String>,
        /// How much a human was needed at that moment, and why.
        score: Option<HandoffScore>,
        /// The score led here, not the flow of the template or a wish.
        by_score: bool,
    },
    /// Two-way audio with the agent is up.
    Bridged {
        agent: String,
        wait_ms: u32,
    },
    /// Nobody took the handoff; the person heard the message with name and number.
    HandoffFailed {
        reason: String,
    },
    /// The person is owed a call; `due` is local to the person, RFC 3339 without offset, when they named a time.
    CallbackRequested {
        due: Option<String>,
        reason: String,
    },
    /// A recording file exists from now on, even if the process dies.
    RecordingStarted(Recording),
    /// Always the last event of a call.
    Ended(Box<CallReport>),
}

/// Where a call's audio lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Path of a two-channel file: left is what we said, right is what they said.
    pub path: String,
    pub sample_rate_hz: u32,
}
