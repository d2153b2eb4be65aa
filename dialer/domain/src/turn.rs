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

impl Turn {
    /// How the answer came; nothing where the bot only spoke.
    ///
    /// Calls of older versions did not keep it: one telephone key that no recogniser heard was one, other words were
    /// spoken, and a silence looks like a turn without an answer.
    pub fn answer(&self) -> Option<TurnInput> {
        let is_key = self.confidence.is_none() && matches!(self.heard.as_bytes(), [b'0'..=b'9' | b'*' | b'#']);
        self.input.or(match self.heard_from_ms {
            None if self.heard.is_empty() => None,
            _ if is_key => Some(TurnInput::Key),
            _ => Some(TurnInput::Speech),
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_an_older_answer_came_is_told_by_what_was_kept_of_it() {
        let turn = |heard: &str, from_ms: Option<u32>, confidence: Option<f32>| Turn {
            heard: heard.into(),
            heard_from_ms: from_ms,
            confidence,
            ..Turn::default()
        };
        for (turn, answer) in [
            (turn("", None, None), None),
            (turn("", Some(5), None), Some(TurnInput::Speech)),
            (turn("yes", Some(5), Some(0.8)), Some(TurnInput::Speech)),
            (turn("yes", None, None), Some(TurnInput::Speech)),
            (turn("4", Some(5), None), Some(TurnInput::Key)),
            (turn("#", None, None), Some(TurnInput::Key)),
            (turn("4", Some(5), Some(0.8)), Some(TurnInput::Speech)),
            (turn("42", Some(5), None), Some(TurnInput::Speech)),
        ] {
            assert_eq!(turn.answer(), answer, "{turn:?}");
            for stored in TurnInput::ALL {
                assert_eq!(
                    Turn { input: Some(stored), ..turn.clone() }.answer(),
                    Some(stored),
                    "what is stored counts"
                );
            }
        }
    }
}
