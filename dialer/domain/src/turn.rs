//! One exchange of a call, as it is kept.
//!
//! Field names equal those of the bot's record. What a call of an older version did not keep is empty.

use serde::{Deserialize, Serialize};

/// What was said, heard and understood. Times are milliseconds since the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// 1, 2, 3 … within the call.
    pub turn: u16,
    pub step: String,
    /// Which question of the step was open: `answer`, `confirm`, or `form:` and the field's slot.
    #[serde(default)]
    pub point: Option<String>,
    pub said: String,
    pub said_from_ms: u32,
    pub said_to_ms: u32,
    pub interrupted: bool,
    /// How the answer came. Absent for a turn without one.
    #[serde(default)]
    pub input: Option<TurnInput>,
    pub heard: String,
    pub heard_from_ms: Option<u32>,
    pub heard_to_ms: Option<u32>,
    pub confidence: Option<f32>,
    /// Everything the recogniser thought it might have been, best first; the first one is `heard`.
    #[serde(default)]
    pub readings: Vec<HeardReading>,
    pub understood: Option<String>,
    pub score: Option<f32>,
    pub why: Option<String>,
    /// Further meanings of the same answer, best first.
    #[serde(default)]
    pub also: Vec<String>,
    /// What else it might have meant, best first.
    #[serde(default)]
    pub alternatives: Vec<WeighedIntent>,
    /// How the words sound: −1 angry … 1 pleased.
    #[serde(default)]
    pub sentiment: Option<f32>,
    /// How much a human was needed after this turn, and why.
    #[serde(default)]
    pub handoff: Option<HandoffScore>,
    pub latency: Option<TurnLatency>,
}

/// How an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnInput {
    Speech,
    Key,
    Silence,
}

impl TurnInput {
    pub const ALL: [Self; 3] = [Self::Speech, Self::Key, Self::Silence];

    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Key => "key",
            Self::Silence => "silence",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|input| input.as_str() == name)
    }
}

/// One reading of what was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeardReading {
    pub text: String,
    /// 0–1.
    pub confidence: f32,
    /// It came from the step's own phrases or grammars.
    pub expected: bool,
}

/// A meaning that was weighed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeighedIntent {
    pub intent: String,
    /// 0–1.
    pub score: f32,
}

/// How much a human is worth more than the bot, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HandoffScore {
    /// 0–1.
    pub score: f32,
    /// What speaks for it, the heaviest first.
    pub reasons: Vec<HandoffReason>,
}

/// One sign that a human is needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HandoffReason {
    /// Its name, such as `no_match`.
    pub cue: String,
    /// The score that it would give alone, 0–1.
    pub weight: f32,
    /// One short sentence for the agent.
    pub detail: String,
}

/// Where the time before a reply went, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TurnLatency {
    pub total_ms: f32,
    pub endpointing_ms: f32,
    pub asr_ms: f32,
    pub nlu_dialog_ms: f32,
    pub tts_ms: f32,
}
