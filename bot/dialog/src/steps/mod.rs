//! What each step does: one file for each type that does more than speak and go on.

mod ask;
mod branch;
mod collect;
pub(crate) mod form;
pub(crate) mod http;
mod speaking;

use crate::api::{Effect, Utterance};
use crate::compiled::CompiledTemplate;
use crate::context::{Part, Point};
use crate::dialog::{Dialog, Listening};
use crate::nlu::{Match, Meaning};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use warmline_schema::{Named, StepKind, Wording};

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
    /// Something that is understood everywhere.
    Anywhere(Match),
    /// Slots of a form have got values or lost them.
    Form {
        found: Match,
        filled: Vec<(String, String)>,
        cleared: Vec<String>,
    },
    /// The read-back of a form was wrong, and it is not known where.
    ToChange(Match),
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
            dialog.open(Point { step, part: Part::Answer }, out);
            Flow::Wait
        }
        StepKind::Form(form) => form::advance(dialog, form, step, out),
        StepKind::Http(http) => http::enter(dialog, template, http, step, out),
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
pub(crate) fn heard(
    template: &CompiledTemplate,
    at: &Listening,
    utterance: &Utterance,
    slots: &BTreeMap<String, String>,
    now: NaiveDateTime,
) -> Heard {
    match &template.template().steps[at.point.step].kind {
        StepKind::Ask(ask) => ask::heard(template, ask, at, utterance),
        StepKind::Collect(collect) => collect::heard(template, collect, at, utterance, now),
        StepKind::Form(form) => form::heard(template, form, at, utterance, slots, now),
        _ => Heard::Missed("this step does not listen".to_owned()),
    }
}

/// A key was pressed at `at`.
pub(crate) fn keyed(template: &CompiledTemplate, at: &Listening, key: char, now: NaiveDateTime) -> Heard {
    match &template.template().steps[at.point.step].kind {
        StepKind::Ask(ask) => ask::keyed(template, ask, key),
        StepKind::Collect(collect) => collect::keyed(template, collect, at, key, now),
        StepKind::Form(form) => form::keyed(template, form, at, key, now),
        _ => Heard::Missed("this step does not listen".to_owned()),
    }
}

/// The global intent of `key`, if it has one.
fn global_key(template: &CompiledTemplate, key: char) -> Option<Heard> {
    let rule = template.template().globals.rules.iter().find(|rule| rule.enabled && rule.key == Some(key))?;
    let found = certain(Meaning::Global(rule.intent), rule.intent.name(), format!("key {key}"));
    Some(Heard::Anywhere(found))
}

/// Something that is not an answer of the step.
fn anywhere(found: Match) -> Heard {
    match found.meaning {
        Meaning::Answer(_) => Heard::Missed("no answer is listed here".to_owned()),
        _ => Heard::Anywhere(found),
    }
}

fn certain(meaning: Meaning, name: &str, why: String) -> Match {
    Match { meaning, name: name.to_owned(), score: 1.0, why, captures: BTreeMap::new() }
}
