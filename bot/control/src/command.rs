//! What the dialer asks of the bot.

use crate::CallId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to the bot. Each is answered by events that carry the same call id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Dial. The attempt must already be in storage.
    Place(Box<PlaceCall>),
    /// End the call politely (BYE, or CANCEL while it rings).
    Hangup { call: CallId, reason: String },
    /// Answer to [`EventKind::HandoffRequested`](crate::EventKind::HandoffRequested): ring this agent's phone and bridge.
    Bridge { call: CallId, agent: AgentPhone },
    /// Answer to a handoff request when nobody can take it.
    NoAgent { call: CallId, reason: String },
    /// Press keys towards the person's side: an extension, a menu of a switchboard (RFC 4733).
    SendKeys { call: CallId, keys: String },
    /// Take no new calls, finish the open ones.
    Drain,
}

/// One call to place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaceCall {
    pub call: CallId,
    /// Name of a configured trunk.
    pub trunk: String,
    /// Number to dial, E.164 or as the trunk wants it.
    pub to: String,
    /// Number to show; the trunk's first caller id when absent.
    pub caller_id: Option<String>,
    /// Seconds to let it ring; never below 15 (47 CFR 64.1200(a)(6)).
    pub ring_limit_s: u16,
    /// Version of a template the bot has loaded (SHA-256 of its text, hex).
    pub template: String,
    /// The contact's data, by column name, for prompts and branches. No look-up happens in the call path.
    pub variables: BTreeMap<String, String>,
    /// IANA zone of the called person, for "tomorrow at four".
    pub time_zone: String,
    /// Record both channels.
    pub record: bool,
    /// The person asked for this call: the dialog begins at its entry `called_back`.
    #[serde(default)]
    pub called_back: bool,
}

/// Where an agent can be rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPhone {
    /// Name shown in records.
    pub name: String,
    /// Trunk through which the phone is reached.
    pub trunk: String,
    /// User part or full SIP URI.
    pub address: String,
    /// Seconds until the handoff is given up.
    pub ring_limit_s: u16,
}
