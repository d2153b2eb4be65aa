//! One exchange of a call, as it is kept.

use serde::{Deserialize, Serialize};

/// What was said, heard and understood. All times are milliseconds since the answer, which is also the
/// recording's zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TurnRecord {
    /// 1, 2, 3 … within the call.
    pub turn: u16,
    /// Template step the dialog was in when the person spoke (or the prompt started).
    pub step: String,
    /// Which question of the step was open: `answer`, `confirm`, or `form:` and the field's slot. Absent
    /// where nothing was asked.
    #[serde(default)]
    pub point: Option<String>,
    /// The bot's words of this turn, empty when it said nothing.
    pub said: String,
    pub said_from_ms: u32,
    pub said_to_ms: u32,
    /// The person talked over the prompt and it stopped.
    pub interrupted: bool,
    /// How the answer came. Absent for a turn without one.
    #[serde(default)]
    pub input: Option<TurnInput>,
    /// The person's words, the key (`"1"`), or empty for silence.
    pub heard: String,
    pub heard_from_ms: Option<u32>,
    pub heard_to_ms: Option<u32>,
    /// Recogniser's confidence in `heard`, 0–1.
    pub confidence: Option<f32>,
    /// Everything the recogniser thought it might have been, best first; the first one is `heard`.
    #[serde(default)]
    pub readings: Vec<HeardReading>,
    /// Intent or slot understood.
    pub understood: Option<String>,
    /// 0–1.
    pub score: Option<f32>,
    /// Which rule or nearest utterance said so.
    pub why: Option<String>,
    /// Further meanings of the same answer, best first.
    #[serde(default)]
    pub also: Vec<String>,
    /// What else it might have meant, best first.
    #[serde(default)]
    pub alternatives: Vec<WeighedIntent>,
    /// How the words sound: −1 angry … 1 pleased. Absent where nothing was heard.
    #[serde(default)]
    pub sentiment: Option<f32>,
    /// How much a human was needed after this turn, and why.
    #[serde(default)]
    pub handoff: Option<HandoffScore>,
    /// End of speech to first packet of the reply.
    pub latency: Option<Latency>,
}

/// How an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnInput {
    Speech,
    Key,
    /// Nothing for as long as the step waits.
    Silence,
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

/// Where the time between the person's last sound and the bot's first packet went, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub total_ms: f32,
    /// Waiting to be sure that the person has finished.
    pub endpointing_ms: f32,
    pub asr_ms: f32,
    pub nlu_dialog_ms: f32,
    pub tts_ms: f32,
}
