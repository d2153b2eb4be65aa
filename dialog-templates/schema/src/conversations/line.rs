//! One line of a conversation: what somebody does, or what must be true when it is reached.

use super::Expected;
use crate::fields::{Fields, scalar};
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};
use crate::steps::dtmf_key;

/// A line and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub at: At,
    pub kind: LineKind,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub enum LineKind {
    /// The bot has said these words since the person's last turn, after those of the `bot` line before.
    /// `within`: or says them within so many further turns of the person.
    Bot {
        words: String,
        within: u32,
    },
    /// The bot has not said these words since the person's last turn.
    BotNot(String),
    /// True at this place.
    Expect(Box<Expected>),
    Act(Act),
}

/// What the person or the world does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The person says this; several readings: what the recogniser made of it, best first.
    User(Vec<Spoken>),
    /// The same while the bot still speaks.
    Interrupt(Vec<Spoken>),
    /// The person says something that nobody can read.
    Unclear,
    /// The person presses a key.
    Key(char),
    /// The person says nothing for as long as the bot waits.
    Silence,
    /// It turns out to be something else that answered.
    Machine(AnsweredBy),
    /// An agent takes the handoff, or nobody does.
    Agent { answers: bool },
    /// The other system answers an `http` step with this text; `None`: it does not.
    Http(Option<String>),
    /// So much time goes by, in milliseconds, in which nothing is said.
    Elapsed(u32),
}

/// One reading of what was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    pub text: String,
    /// 0–1.
    pub confidence: f32,
}

/// How a call is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnsweredBy {
    #[default]
    Person,
    MachineWithBeep,
    MachineWithoutBeep,
    CalledBack,
    Chat,
}

pub(super) const ANSWERED_BY: [(&str, AnsweredBy); 5] = [
    ("person", AnsweredBy::Person),
    ("machine_with_beep", AnsweredBy::MachineWithBeep),
    ("machine_without_beep", AnsweredBy::MachineWithoutBeep),
    ("called_back", AnsweredBy::CalledBack),
    ("chat", AnsweredBy::Chat),
];

impl AnsweredBy {
    /// As it is written.
    pub fn name(self) -> &'static str {
        ANSWERED_BY.iter().find(|(_, entry)| *entry == self).map_or("person", |(word, _)| word)
    }

    /// The entry that is written `name`.
    pub fn named(name: &str) -> Option<Self> {
        ANSWERED_BY.iter().find(|(word, _)| *word == name).map(|(_, entry)| *entry)
    }
}

impl Spoken {
    /// Heard as it is written.
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), confidence: 1.0 }
    }
}

impl Act {
    /// The person says `text`, and it is heard as it is written.
    pub fn says(text: &str) -> Self {
        Self::User(vec![Spoken::plain(text)])
    }
}

/// Lines that are one word.
const BARE: [(&str, Act); 2] = [("silence", Act::Silence), ("unclear", Act::Unclear)];
const AGENT: [(&str, bool); 2] = [("answers", true), ("nobody", false)];
const MOST_READINGS: usize = 10;

pub(super) fn talk(node: &Node, problems: &mut Problems) -> Vec<Line> {
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(|item| line(item, problems)).collect(),
        Kind::Null => Vec::new(),
        _ => {
            problems.error(node.at, format!("`talk` should be a list, not {}", node.describe()));
            Vec::new()
        }
    }
}

fn line(node: &Node, problems: &mut Problems) -> Option<Line> {
    let at = node.at;
    if let Kind::Scalar(word) = &node.kind {
        let found = BARE.iter().find(|(name, _)| name == word).map(|(_, act)| LineKind::Act(act.clone()));
        if found.is_none() {
            problems.unknown(at, "line", word, BARE.iter().map(|(name, _)| *name));
        }
        return Some(Line { at, kind: found? });
    }
    let before = problems.0.len();
    let mut fields = Fields::of(node, "a line", problems)?;
    let mut kinds = Vec::new();
    let within = fields.count("within", 1, 100);
    if let Some(words) = fields.text("bot") {
        kinds.push(LineKind::Bot { words, within: within.unwrap_or(0) });
    }
    kinds.extend(fields.text("bot_not").map(LineKind::BotNot));
    if let Some(node) = fields.optional("expect") {
        kinds.extend(Expected::read(node, fields.problems).map(|expected| LineKind::Expect(Box::new(expected))));
    }
    kinds.extend(acts(&mut fields).into_iter().map(LineKind::Act));
    if within.is_some() && !matches!(kinds.as_slice(), [LineKind::Bot { .. }]) {
        fields.problems.error(at, "`within` belongs to a `bot` line");
    }
    fields.finish();
    match kinds.len() {
        1 => kinds.pop().map(|kind| Line { at, kind }),
        0 => {
            // What could not be read was reported where it stands.
            if problems.0.len() == before {
                problems.error(at, "a line has nothing in it");
            }
            None
        }
        _ => {
            problems.error_with(at, "a line has one thing in it", Some("make a line of each".to_owned()));
            None
        }
    }
}

fn acts(fields: &mut Fields<'_, '_>) -> Vec<Act> {
    let mut found = Vec::new();
    if let Some(node) = fields.optional("user") {
        found.extend(readings(node, "user", fields.problems).map(Act::User));
    }
    if let Some(node) = fields.optional("interrupt") {
        found.extend(readings(node, "interrupt", fields.problems).map(Act::Interrupt));
    }
    if let Some(node) = fields.optional("key") {
        let key = scalar(node, "key", fields.problems).and_then(|(text, at)| dtmf_key(&text, at, fields.problems));
        found.extend(key.map(Act::Key));
    }
    found.extend(fields.choice("machine", &ANSWERED_BY).map(Act::Machine));
    found.extend(fields.choice("agent", &AGENT).map(|answers| Act::Agent { answers }));
    found.extend(fields.text("http").map(|answer| Act::Http((answer != "failed").then_some(answer))));
    if let Some(node) = fields.optional("elapsed") {
        found.extend(elapsed(node, fields.problems).map(Act::Elapsed));
    }
    found
}

fn elapsed(node: &Node, problems: &mut Problems) -> Option<u32> {
    let (text, at) = scalar(node, "elapsed", problems)?;
    let ms = crate::markup::duration_ms(&text).filter(|ms| *ms <= 3_600_000);
    if ms.is_none() {
        problems.error(at, format!("`{text}` should be a time such as `20s` or `500ms`, at most an hour"));
    }
    ms
}

/// A text, or a list of texts and `{text, confidence}`.
fn readings(node: &Node, name: &'static str, problems: &mut Problems) -> Option<Vec<Spoken>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if items.is_empty() || items.len() > MOST_READINGS {
        problems.error_with(
            node.at,
            format!("`{name}` should have 1 to {MOST_READINGS} readings"),
            Some("speech that nobody can read is the line `unclear`".to_owned()),
        );
        return None;
    }
    items.iter().map(|item| reading(item, name, problems)).collect()
}

fn reading(node: &Node, name: &'static str, problems: &mut Problems) -> Option<Spoken> {
    let Kind::Map(_) = node.kind else {
        return scalar(node, name, problems).map(|(text, _)| Spoken::plain(&text));
    };
    let mut fields = Fields::of(node, "a reading", problems)?;
    fields.required("text");
    let text = fields.text("text");
    let confidence = fields.number("confidence").unwrap_or(1.0);
    if !(0.0..=1.0).contains(&confidence) {
        fields.problems.error(node.at, "`confidence` should be a number from 0 to 1");
    }
    fields.finish();
    Some(Spoken { text: text?, confidence: confidence as f32 })
}
