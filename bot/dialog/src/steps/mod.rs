//! What each step does: one file for each type that does more than speak and go on.

mod ask;
mod branch;
mod collect;
mod speaking;

use crate::api::{Effect, Utterance};
use crate::compiled::CompiledTemplate;
use crate::dialog::{Dialog, Listening};
use crate::nlu::{Match, Meaning};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use warmline_schema::{GlobalIntent, Named, StepKind, Wording};

/// Where the conversation goes after entering a step.
pub(crate) enum Flow<'a> {
    Next(&'a Named),
    /// It listens, hands over or has ended.
    Wait,
}

/// What an answer came to.
pub(crate) enum Heard {
    Answer {
        found: Match,
        slots: Vec<(String, String)>,
        goto: Named,
    },
    Global(Match, GlobalIntent),
    /// Slots to be read back before they count.
    ReadBack {
        pending: Vec<(String, String)>,
        confirm: Wording,
    },
    /// The read-back was wrong.
    Denied(Match),
    /// A number that is being typed.
    MoreKeys(String),
    /// Not understood, and why.
    Missed(String),
}

/// Enter step number `step`.
pub(crate) fn enter<'a>(
    dialog: &mut Dialog,
    template: &'a CompiledTemplate,
    step: usize,
    out: &mut Vec<Effect>,
) -> Flow<'a> {
    match &template.template().steps[step].kind {
        StepKind::Ask(_) | StepKind::Collect(_) => {
            dialog.open(step, out);
            Flow::Wait
        }
        StepKind::Say(say) => speaking::say(dialog, say, step, out),
        StepKind::Branch(branch) => branch::decide(dialog, template, branch),
        StepKind::Set(set) => speaking::set(dialog, template, set, out),
        StepKind::Tag(tag) => {
            dialog.tag(&tag.tags, out);
            Flow::Next(&tag.next)
        }
        StepKind::Handover(handover) => speaking::handover(dialog, handover, step, out),
        StepKind::Voicemail(voicemail) => speaking::voicemail(dialog, voicemail, step, out),
        StepKind::Callback(callback) => speaking::callback(dialog, template, callback, step, out),
        StepKind::End(end) => speaking::end(dialog, end, step, out),
    }
}

/// An utterance was heard at `at`.
pub(crate) fn heard(template: &CompiledTemplate, at: &Listening, utterance: &Utterance, now: NaiveDateTime) -> Heard {
    match &template.template().steps[at.point.step].kind {
        StepKind::Ask(ask) => ask::heard(template, ask, at, utterance),
        StepKind::Collect(collect) => collect::heard(template, collect, at, utterance, now),
        _ => Heard::Missed("this step does not listen".to_owned()),
    }
}

/// A key was pressed at `at`.
pub(crate) fn keyed(template: &CompiledTemplate, at: &Listening, key: char, now: NaiveDateTime) -> Heard {
    match &template.template().steps[at.point.step].kind {
        StepKind::Ask(ask) => ask::keyed(template, ask, key),
        StepKind::Collect(collect) => collect::keyed(template, collect, at, key, now),
        _ => Heard::Missed("this step does not listen".to_owned()),
    }
}

/// The global intent of `key`, if it has one.
fn global_key(template: &CompiledTemplate, key: char) -> Option<Heard> {
    let rule = template.template().globals.rules.iter().find(|rule| rule.enabled && rule.key == Some(key))?;
    let found = certain(Meaning::Global(rule.intent), rule.intent.name(), format!("key {key}"));
    Some(Heard::Global(found, rule.intent))
}

fn certain(meaning: Meaning, name: &str, why: String) -> Match {
    Match { meaning, name: name.to_owned(), score: 1.0, why, captures: BTreeMap::new() }
}
