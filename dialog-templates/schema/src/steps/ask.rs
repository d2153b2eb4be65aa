//! `ask`: a question whose answers are intents or keys.

use super::{BargeInRule, Outline, Retry};
use crate::fields::{Fields, Named, checked_name, named, scalar};
use crate::intent::Patterns;
use crate::node::{Key, Kind, Node};
use crate::problem::{At, Problems};
use crate::text::Wording;

#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub prompt: Wording,
    pub barge_in: BargeInRule,
    pub answers: Vec<Answer>,
    pub retry: Retry,
}

/// One expected answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub intent: Named,
    pub goto: Named,
    /// DTMF key that means the same.
    pub key: Option<char>,
    /// Wordings that mean it in this step only, beside those of the intent.
    pub patterns: Patterns,
    /// Read out with its key after the prompt of a menu.
    pub label: Option<Wording>,
}

impl Ask {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let prompt = fields.required_wording("prompt");
        let barge_in = fields.barge_in();
        let retry = Retry::read(fields);
        let at = fields.required("answers")?.at;
        let entries = fields.entries("answers");
        let answers: Vec<_> =
            entries.iter().filter_map(|(key, node)| Answer::read(key, node, fields.problems)).collect();
        if entries.is_empty() {
            fields.problems.error(at, "`answers` is empty");
            return None;
        }
        check_keys(&answers, fields.problems);
        Some(Self { prompt: prompt?, barge_in, answers, retry })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        let labels = self.answers.iter().flat_map(|answer| &answer.label).flat_map(Wording::texts);
        Outline {
            targets: self.answers.iter().map(|answer| &answer.goto).chain(&self.retry.otherwise).collect(),
            texts: self.prompt.texts().chain(self.retry.texts()).chain(labels).collect(),
            opening: Some(&self.prompt),
            fills: self.answers.iter().flat_map(|answer| answer.patterns.captures()).collect(),
            intents: self.answers.iter().filter(|answer| answer.patterns.is_empty()).map(|a| &a.intent).collect(),
            waits: true,
            ..Outline::default()
        }
    }
}

/// No key means two things.
pub(super) fn check_keys(answers: &[Answer], problems: &mut Problems) {
    for (i, answer) in answers.iter().enumerate() {
        let taken = answers[..i].iter().find(|other| other.key.is_some() && other.key == answer.key);
        if let (Some(key), Some(taken)) = (answer.key, taken) {
            problems.error(answer.intent.at, format!("key {key} already means `{}` here", taken.intent.name));
        }
    }
}

impl Answer {
    fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let intent = checked_name(&key.text, key.at, "intent", problems)?;
        if let Kind::Scalar(_) = node.kind {
            let goto = named(node, "step", problems)?;
            return Some(Self { intent, goto, key: None, patterns: Patterns::default(), label: None });
        }
        let mut fields = Fields::of(node, format!("answer `{}`", key.text), problems)?;
        let goto = fields.required_name("goto");
        let dtmf = fields.optional("key").and_then(|node| {
            let (text, at) = scalar(node, "key", fields.problems)?;
            dtmf_key(&text, at, fields.problems)
        });
        let patterns = Patterns::read(&mut fields);
        fields.finish();
        Some(Self { intent, goto: goto?, key: dtmf, patterns, label: None })
    }
}

/// A key of the telephone.
pub(crate) fn dtmf_key(text: &str, at: At, problems: &mut Problems) -> Option<char> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(key @ ('0'..='9' | '*' | '#')), None) => Some(key),
        _ => {
            problems.error(at, format!("`{text}` is not a telephone key: use 0 to 9, `*` or `#`, in quotes"));
            None
        }
    }
}
