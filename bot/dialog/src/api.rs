//! What goes into a dialog and what comes out: the seam between `dialog` and whoever drives it
//! (a phone call, the text simulator, a test).

use serde::{Deserialize, Serialize};

/// Something that happened to the conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogEvent {
    /// The call was answered and the kind of answer is known. Always the first event; comes a second
    /// time when detection changes its mind (a machine found after the greeting had begun).
    Answered(Entry),
    /// Every prompt queued so far was played to its end, or stopped because the person spoke.
    PromptsDone { interrupted: bool },
    /// A finished utterance.
    Heard(Utterance),
    /// A DTMF key: `0`–`9`, `*`, `#`, `A`–`D`.
    Key(char),
    /// Nothing was heard for the time the last [`Listen`] allowed.
    Silence,
    /// The agent's leg is up.
    Bridged,
    /// Nobody took the handoff.
    HandoffFailed { reason: String },
    /// The template's limit on seconds was reached.
    TimeUp,
    /// The other system has answered the request `id`: the text of its answer, or why there is none.
    HttpDone { id: u32, result: Result<String, String> },
    /// Something in the platform failed, and what comes next cannot be said or heard.
    Fault,
}

/// How the call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A person, or undecided.
    Person,
    /// Voicemail whose greeting ended in a beep: speak now.
    MachineWithBeep,
    /// Voicemail without a beep: the greeting ended, speak now.
    MachineWithoutBeep,
    /// A person who asked for this call, or who calls us back.
    CalledBack,
    /// Text chat.
    Chat,
}

/// What the recogniser made of one utterance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Utterance {
    /// Readings, best first, normalised (lower case, numbers as words). Empty: speech that could not be read.
    pub readings: Vec<Reading>,
    /// Sentence embedding of the best reading, unit length; absent when no embedder is loaded.
    pub embedding: Option<Vec<f32>>,
}

/// One reading of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub text: String,
    /// 0–1; 0.5 is the recogniser's own accept threshold.
    pub confidence: f32,
    /// It came from the step's own phrases or grammars.
    pub expected: bool,
}

/// What the driver must do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Queue a prompt behind those already queued.
    Say(Prompt),
    /// Begin to wait for an answer; silence is counted from the end of the queued prompts. Replaces
    /// the listen before it. Without a listen, speech during prompts is ignored.
    Listen(Listen),
    /// For the record of the turn just finished.
    Understood(Understanding),
    SetSlot {
        name: String,
        value: String,
    },
    Tag(String),
    /// "Do not call again": acts at once.
    OptOut,
    /// The person is owed a call. `due` is their local time, `YYYY-MM-DDTHH:MM`, when they named one.
    Callback {
        due: Option<String>,
        reason: String,
    },
    /// Ask another system, beside the audio. Answered by `HttpDone`.
    Http(HttpRequest),
    /// After the queued prompts, find an agent. Answered by `Bridged` or `HandoffFailed`.
    HandOver {
        reason: String,
        skill: Option<String>,
    },
    /// After the queued prompts, hang up. Nothing follows.
    Hangup(HangupReason),
}

/// Why the dialog ends the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HangupReason {
    /// The template's end.
    Completed,
    /// A limit: turns, seconds, silence or no-match.
    Limit,
    /// Something in the platform failed.
    Fault,
}

/// A question to another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Answers name it; one that comes late is for another.
    pub id: u32,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// A JSON object.
    pub body: Option<String>,
    pub timeout_ms: u32,
}

/// Words to say, with every variable filled in and numbers, dates and times spelled as spoken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prompt {
    pub text: String,
    /// Engine and voice, such as `flite:slt`.
    pub voice: String,
    pub barge_in: BargeIn,
    /// Step that says it.
    pub step: String,
    /// How to speak it, piece by piece; empty: all of `text` at the usual rate.
    pub pieces: Vec<Piece>,
    /// A recording of these words, in the folder of recordings.
    pub audio: Option<String>,
}

/// A part of a prompt that is spoken in one way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Piece {
    /// Empty where only the pause counts.
    pub text: String,
    /// Percent of the voice's usual rate.
    pub rate_percent: u16,
    /// Silence after it.
    pub pause_ms: u32,
}

/// May the person talk over this prompt?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BargeIn {
    /// Speech and keys stop the prompt.
    #[default]
    Allowed,
    /// Only keys stop it.
    Keys,
    /// Nothing stops it (legal texts).
    Never,
    /// Keys stop it always, speech after its first milliseconds.
    After { ms: u32 },
}

/// What to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    pub step: String,
    /// Index into [`CompiledTemplate::contexts`](crate::CompiledTemplate::contexts): what the recogniser should expect.
    pub context: usize,
    /// Silence after the prompts, in milliseconds, until [`DialogEvent::Silence`].
    pub timeout_ms: u32,
}

/// What was understood, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// Intent name, `slot:NAME`, or absent for no match.
    pub intent: Option<String>,
    /// The intent is a global one (human, do not call, repeat …).
    pub global: bool,
    /// 0–1.
    pub score: f32,
    /// Which rule or nearest utterance said so.
    pub why: String,
    /// Further meanings of the same utterance, best first ("yes, but call me tomorrow").
    #[serde(default)]
    pub also: Vec<String>,
    /// The other meanings it might have had, best first, with their scores.
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
    /// How the words sound: −1 angry … 1 pleased; 0 for what says nothing of it.
    #[serde(default)]
    pub sentiment: f32,
}

/// A meaning that was weighed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    pub intent: String,
    /// 0–1.
    pub score: f32,
}

/// Is what was said so far a complete answer to this step? Lets endpointing be quick without cutting people off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// A whole answer: end soon.
    Complete,
    /// A whole answer, and the beginning of a longer one ("yes" of "yes, I will be there").
    MayGoOn,
    /// Could be either.
    Unknown,
    /// Clearly unfinished ("my number is …"): wait longer.
    Unfinished,
}
