//! `menu`: a question whose choices are read out with their keys, answered by voice or key.
//!
//! It is an [`Ask`] whose answers have labels: the prompt is followed by "For opening hours, press 1."
//! and so on, and each label is also a phrase.

use super::{Answer, Ask, Retry, dtmf_key};
use crate::fields::{Fields, checked_name, scalar};
use crate::intent::Patterns;
use crate::node::{Key, Node};
use crate::problem::Problems;
use crate::text::Wording;

/// Keys given to options that name none, in this order.
const KEYS: [char; 8] = ['1', '2', '3', '4', '5', '6', '7', '8'];

pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<Ask> {
    let prompt = fields.required_wording("prompt");
    let barge_in = fields.barge_in();
    let retry = Retry::read(fields);
    let at = fields.required("options")?.at;
    let entries = fields.entries("options");
    if entries.is_empty() {
        fields.problems.error(at, "`options` is empty");
        return None;
    }
    let mut answers: Vec<Answer> =
        entries.iter().filter_map(|(key, node)| option(key, node, fields.problems)).collect();
    super::ask::check_keys(&answers, fields.problems);
    for place in 0..answers.len() {
        let free = KEYS.into_iter().find(|key| answers.iter().all(|answer| answer.key != Some(*key)));
        let answer = &mut answers[place];
        if answer.key.is_none() {
            if free.is_none() {
                fields.problems.error(answer.intent.at, "a menu has no key left for this option: use two menus");
            }
            answer.key = free;
        }
    }
    Some(Ask { prompt: prompt?, barge_in, answers, retry })
}

fn option(key: &Key, node: &Node, problems: &mut Problems) -> Option<Answer> {
    let intent = checked_name(&key.text, key.at, "intent", problems)?;
    let mut fields = Fields::of(node, format!("option `{}`", key.text), problems)?;
    let goto = fields.required_name("goto");
    let label = fields.required_wording("say");
    let dtmf = fields.optional("key").and_then(|node| {
        let (text, at) = scalar(node, "key", fields.problems)?;
        dtmf_key(&text, at, fields.problems)
    });
    let mut patterns = Patterns::read(&mut fields);
    fields.finish();
    let label: Wording = label?;
    patterns.phrases.extend(label.texts().filter_map(crate::text::Text::literal));
    Some(Answer { intent, goto: goto?, key: dtmf, patterns, label: Some(label) })
}
