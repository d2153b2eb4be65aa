//! The readable file that says which number does what.
//!
//! A broken file gives one error with the line (syntax, unknown keys) or the number and field (values that do not
//! fit), before anything listens.

mod check;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a file of people cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Syntax { path: PathBuf, reason: String },
    #[error("number {number}: {field}: {reason}")]
    Value { number: String, field: &'static str, reason: String },
}

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    #[serde(default)]
    pub hearing: Hearing,
    #[serde(default)]
    pub defaults: Defaults,
    pub person: Vec<Entry>,
}

/// How the people recognise phrases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hearing {
    /// Voices in which a phrase is imagined when it is looked for.
    pub voices: Vec<String>,
    /// Phrases after which a person says its last words once more.
    pub pardon: Vec<String>,
}

impl Default for Hearing {
    fn default() -> Self {
        let voices = ["flite:slt", "flite:rms", "flite:awb", "espeak:en-us", "espeak:en-gb"];
        let pardon = ["did not catch that", "once more please", "did not understand", "i did not hear you"];
        Self { voices: voices.map(String::from).to_vec(), pardon: pardon.map(String::from).to_vec() }
    }
}

/// What an entry has when it says nothing itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// Milliseconds of ringing before the answer or refusal.
    pub ring_ms: u64,
    /// Milliseconds of silence after which the far end has finished speaking.
    pub hangover_ms: u64,
    /// Shortest and longest time a person thinks before speaking, in milliseconds.
    pub reaction_ms: [u64; 2],
    pub voice: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { ring_ms: 800, hangover_ms: 650, reaction_ms: [200, 500], voice: "flite:slt".into() }
    }
}

/// One number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub number: String,
    /// What this number is for, in words.
    pub name: String,
    /// The list this number belongs to; free text, read by whoever makes a demo list.
    #[serde(default)]
    pub campaign: String,
    /// Whether the wording is one a template's author would list.
    #[serde(default)]
    pub wording: Option<Wording>,
    /// `engine:voice`, such as `flite:awb` or `espeak:en-gb-scotland`.
    #[serde(default)]
    pub voice: Option<String>,
    #[serde(default)]
    pub ring_ms: Option<u64>,
    #[serde(default)]
    pub hangover_ms: Option<u64>,
    #[serde(default)]
    pub reaction_ms: Option<[u64; 2]>,
    /// Milliseconds of ringback sent as early media (183) before the answer.
    #[serde(default)]
    pub early_media_ms: Option<u64>,
    /// Send the provisional response reliably (RFC 3262) when the caller supports it.
    #[serde(default)]
    pub reliable: bool,
    #[serde(default)]
    pub codec: Codec,
    #[serde(default)]
    pub network: Network,
    pub behaviour: Behaviour,
    #[serde(default)]
    pub expect: Expect,
}

/// Whether a template's author would have thought of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    Listed,
    Free,
}

/// The codec preferred when the caller offers it; the other one is taken otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    #[default]
    Pcmu,
    Pcma,
}

/// Faults of the line, applied to packets in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    pub loss_percent: f64,
    pub delay_ms: u64,
    /// Each packet is late by a random time up to this, without overtaking.
    pub jitter_ms: u64,
    /// Share of packets held back so that the next one overtakes them.
    pub reorder_percent: f64,
}

/// What the number does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Answers and talks.
    Talks(Talks),
    /// Voicemail.
    Machine(Machine),
    /// Refuses with a SIP status.
    Refuses(Refuses),
    /// Rings until the caller gives up.
    RingsOut(RingsOut),
    /// Special information tones in early media, then a refusal.
    Invalid(Invalid),
    /// An agent's phone.
    Agent(Agent),
    /// Answers, counts packets, says nothing or echoes: for load.
    Listener(Listener),
    /// Makes sounds while the caller speaks.
    Interrupts(Interrupts),
    /// Speaks utterances and measures how fast and how well-timed the replies are.
    Turns(Turns),
}

impl Behaviour {
    /// The key used in the file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Talks(_) => "talks",
            Self::Machine(_) => "machine",
            Self::Refuses(_) => "refuses",
            Self::RingsOut(_) => "rings_out",
            Self::Invalid(_) => "invalid",
            Self::Agent(_) => "agent",
            Self::Listener(_) => "listener",
            Self::Interrupts(_) => "interrupts",
            Self::Turns(_) => "turns",
        }
    }
}

/// A talking person. `[400]` inside a line is a pause in milliseconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Talks {
    /// First words after the answer; empty says nothing.
    pub greeting: String,
    /// Rules in order of preference, each used once.
    pub script: Vec<Rule>,
    /// Said, one after another, when speech was heard and no rule fits.
    pub otherwise: Vec<String>,
    /// Speak this long after the bot began instead of waiting for its end (once, with the first rule's words).
    pub barge_in_ms: Option<u64>,
    /// Hang up this long after the answer.
    pub hangs_up_after_ms: Option<u64>,
    /// Hang up after this much silence on both sides.
    pub patience_ms: u64,
    /// The bot must stop within this time when it is interrupted.
    pub yields_within_ms: Option<u64>,
}

impl Default for Talks {
    fn default() -> Self {
        Self {
            greeting: "hello?".into(),
            script: Vec::new(),
            otherwise: Vec::new(),
            barge_in_ms: None,
            hangs_up_after_ms: None,
            patience_ms: 14_000,
            yields_within_ms: None,
        }
    }
}

/// One thing a person does when it hears something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Any of these phrases; none means any speech at all.
    pub hear: Vec<String>,
    pub say: String,
    /// Keys to press instead of, or after, the words.
    pub keys: String,
    /// Keys go as tones in the audio, not as RFC 4733 events.
    pub in_band: bool,
    pub hangup: bool,
    /// The call is good even when this never happened.
    pub optional: bool,
}

/// Voicemail or an announcement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub greeting: String,
    /// Absent: the greeting ends in silence.
    #[serde(default)]
    pub beep: Option<Beep>,
    /// Words over the beep, as from somebody in the room.
    #[serde(default)]
    pub voice_over: String,
    /// Shortest message that counts as left, in milliseconds of speech.
    #[serde(default = "one_and_a_half_seconds")]
    pub message_ms: u64,
    /// Phrases one of which must be in the message.
    #[serde(default)]
    pub hear: Vec<String>,
    /// Recording time after which the machine hangs up.
    #[serde(default = "half_a_minute")]
    pub record_ms: u64,
}

/// The tone after which to speak.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beep {
    #[serde(default = "kilohertz")]
    pub hz: f32,
    #[serde(default = "four_hundred")]
    pub ms: u64,
    /// Silence between greeting and beep.
    #[serde(default = "four_hundred")]
    pub gap_ms: u64,
}

/// A refusal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuses {
    pub status: u16,
}

/// Nothing to set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RingsOut {}

/// A dead number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invalid {
    #[serde(default = "not_found")]
    pub status: u16,
    /// Words after the tones.
    #[serde(default)]
    pub announcement: String,
}

/// An agent who answers and has a few words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agent {
    pub hello: String,
    /// Said when the caller has finished a sentence.
    pub replies: Vec<String>,
    /// Hang up this long after the answer; 0 waits for the other side.
    pub hangs_up_after_ms: u64,
    /// Speech of the other side that must be heard, in milliseconds.
    pub hears_ms: u64,
}

impl Default for Agent {
    fn default() -> Self {
        Self { hello: "hello this is the agent".into(), replies: Vec::new(), hangs_up_after_ms: 12_000, hears_ms: 300 }
    }
}

/// A peer for load.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listener {
    /// Send back what arrives, instead of silence.
    pub echo: bool,
    /// Hang up this long after the answer; 0 waits for the caller.
    pub hangs_up_after_ms: u64,
}

/// Somebody who makes sounds while the caller speaks: words, listening noises, coughs, line noise, and nothing, each in
/// turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupts {
    /// Words that want the caller to stop.
    pub words: Vec<String>,
    /// Words that do not.
    #[serde(default)]
    pub backchannels: Vec<String>,
    /// Sounds in one call.
    #[serde(default = "twenty")]
    pub count: u32,
    /// Shortest and longest time after the caller has begun.
    pub after_ms: [u64; 2],
}

/// A meter of turn latency.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// Spoken one after another, again from the first when used up. `[pause]` marks where somebody might think: there
    /// a third of the utterances gets a pause of 300 to 900 ms.
    pub utterances: Vec<String>,
    /// Utterances in one call.
    #[serde(default = "twenty")]
    pub count: u32,
    /// Without a reply for this long the next utterance is spoken.
    #[serde(default = "eight_seconds")]
    pub give_up_ms: u64,
}

/// What the caller should find out about the call. Words are those of the caller's report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    pub outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    pub tags: Vec<String>,
    pub handed_over: bool,
}

impl People {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, PeopleError> {
        let text = std::fs::read_to_string(path).map_err(|source| PeopleError::Read { path: path.into(), source })?;
        Self::parse(&text).map_err(|e| match e {
            PeopleError::Syntax { reason, .. } => PeopleError::Syntax { path: path.into(), reason },
            other => other,
        })
    }

    /// Reads and checks a text.
    pub fn parse(text: &str) -> Result<Self, PeopleError> {
        let people: Self = toml::from_str(text)
            .map_err(|e| PeopleError::Syntax { path: "people.toml".into(), reason: e.to_string().trim_end().into() })?;
        check::check(&people)?;
        Ok(people)
    }

    /// Entries by number.
    pub fn by_number(&self) -> BTreeMap<&str, &Entry> {
        self.person.iter().map(|p| (p.number.as_str(), p)).collect()
    }

    /// Every phrase somebody listens for, once.
    pub fn phrases(&self) -> Vec<String> {
        let mut all: Vec<String> = self.person.iter().flat_map(Entry::phrases).collect();
        if !all.is_empty() {
            all.extend(self.hearing.pardon.iter().cloned());
        }
        all.sort();
        all.dedup();
        all
    }
}

impl Entry {
    /// The voice of this number.
    pub fn voice<'a>(&'a self, defaults: &'a Defaults) -> &'a str {
        self.voice.as_deref().unwrap_or(&defaults.voice)
    }

    /// Phrases this number listens for.
    pub fn phrases(&self) -> Vec<String> {
        match &self.behaviour {
            Behaviour::Talks(t) => t.script.iter().flat_map(|r| r.hear.clone()).collect(),
            Behaviour::Machine(m) => m.hear.clone(),
            _ => Vec::new(),
        }
    }

    /// Lines this number may speak, as written in the file.
    pub fn lines(&self) -> Vec<String> {
        let lines: Vec<&String> = match &self.behaviour {
            Behaviour::Talks(t) => {
                std::iter::once(&t.greeting).chain(t.script.iter().map(|r| &r.say)).chain(&t.otherwise).collect()
            }
            Behaviour::Machine(m) => vec![&m.greeting, &m.voice_over],
            Behaviour::Invalid(i) => vec![&i.announcement],
            Behaviour::Agent(a) => std::iter::once(&a.hello).chain(&a.replies).collect(),
            Behaviour::Turns(t) => t.utterances.iter().collect(),
            Behaviour::Interrupts(i) => i.words.iter().chain(&i.backchannels).collect(),
            Behaviour::Refuses(_) | Behaviour::RingsOut(_) | Behaviour::Listener(_) => Vec::new(),
        };
        lines.into_iter().filter(|l| !l.trim().is_empty()).cloned().collect()
    }
}

fn one_and_a_half_seconds() -> u64 {
    1500
}
fn half_a_minute() -> u64 {
    30_000
}
fn kilohertz() -> f32 {
    1000.0
}
fn four_hundred() -> u64 {
    400
}
fn not_found() -> u16 {
    404
}
fn twenty() -> u32 {
    20
}
fn eight_seconds() -> u64 {
    8000
}
