//! What each step does: one file for each type that does more than speak and go on.

mod ask;
mod branch;
mod collect;
pub(crate) mod form;
pub(crate) mod http;
mod speaking;

use crate::api::{Effect, Reading, Utterance};
use crate::compiled::CompiledTemplate;
use crate::context::{Part, Point};
use crate::dialog::{Dialog, Listening};
use crate::nlu::{self, Asides, Contradiction, Match, Meaning, Miss};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use warmline_schema::{Named, SlotType, StepKind, Wording};

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
        found: Match,
        pending: Vec<(String, String)>,
        confirm: Wording,
    },
    /// The read-back was wrong.
    Denied(Match),
    /// A number that is being typed.
    MoreKeys(String),
    /// Not understood, and why.
    Missed(String),
    /// Not understood, and what it might have been.
    Unsure(Miss),
}

/// An answer and what was said beside it.
pub(crate) struct Turn {
    pub heard: Heard,
    /// What can be said anywhere, in the order in which it was said; acted on before the answer.
    pub asides: Vec<Match>,
    /// Names of further answers of the step, for the record.
    pub others: Vec<String>,
}

impl Heard {
    /// It answers the step's question in some way.
    fn is_answer(&self) -> bool {
        match self {
            Self::Answer { .. } | Self::Form { .. } | Self::ToChange(_) | Self::ReadBack { .. } | Self::Denied(_) => {
                true
            }
            Self::Anywhere(_) | Self::MoreKeys(_) | Self::Missed(_) | Self::Unsure(_) => false,
        }
    }
}

impl From<Heard> for Turn {
    fn from(heard: Heard) -> Self {
        Self { heard, asides: Vec::new(), others: Vec::new() }
    }
}

/// Enter step number `step`.
pub(crate) fn enter<'a>(
    dialog: &mut Dialog,
    template: &'a CompiledTemplate,
    step: usize,
    out: &mut Vec<Effect>,
) -> Flow<'a> {
    match &template.template().steps[step].kind {
        StepKind::Collect(collect) => collect::enter(dialog, collect, step, out),
        StepKind::Ask(_) => {
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

/// An utterance was heard at `at`: the answer, and what else is in it.
pub(crate) fn heard(
    template: &CompiledTemplate,
    at: &Listening,
    utterance: &Utterance,
    slots: &BTreeMap<String, String>,
    now: NaiveDateTime,
) -> Turn {
    let alone = |utterance: &Utterance| answer(template, at, utterance, slots, now);
    if takes_any_words(template, at) {
        return alone(utterance).into();
    }
    let text = utterance.readings.first().map_or("", |reading| reading.text.as_str());
    if let Some(contradiction) = nlu::contradiction(text) {
        let all = alone(utterance);
        let listed = matches!(&all, Heard::Answer { found, .. } if found.why.starts_with("phrase "));
        return match contradiction {
            _ if listed => all.into(),
            Contradiction::Open => Heard::Missed("yes and no at once".to_owned()).into(),
            Contradiction::TakenBack(rest) => {
                let readings =
                    utterance.readings.iter().take(1).map(|first| Reading { text: rest.clone(), ..first.clone() });
                alone(&Utterance { readings: readings.collect(), embedding: None }).into()
            }
        };
    }
    let Asides { mut found, answers, rest } = template.asides(at.point, utterance);
    if let Some(heard) = rest.as_ref().map(alone).filter(Heard::is_answer) {
        return Turn { others: others(&heard, answers), heard, asides: found };
    }
    let whole = alone(utterance);
    match &whole {
        _ if whole.is_answer() && !found.is_empty() => {
            Turn { others: others(&whole, answers), heard: whole, asides: found }
        }
        _ if found.len() > 1 => {
            let lead = found.remove(0);
            Turn { heard: Heard::Anywhere(lead), asides: found, others: Vec::new() }
        }
        _ => Turn { others: others(&whole, answers), heard: whole, asides: Vec::new() },
    }
}

/// The names of `answers` that are not what `heard` has come to.
fn others(heard: &Heard, answers: Vec<Match>) -> Vec<String> {
    let Heard::Answer { found: lead, .. } = heard else { return Vec::new() };
    let mut names: Vec<String> =
        answers.into_iter().map(|answer| answer.name).filter(|name| *name != lead.name).collect();
    names.dedup();
    names
}

/// Every word of an answer belongs to its value here.
fn takes_any_words(template: &CompiledTemplate, at: &Listening) -> bool {
    let kind = match (&template.template().steps[at.point.step].kind, at.point.part) {
        (StepKind::Collect(collect), Part::Answer) => Some(collect.shape.kind),
        (StepKind::Form(form), Part::Field(place)) => form.fields.get(place).map(|field| field.shape.kind),
        _ => None,
    };
    matches!(kind, Some(SlotType::Text | SlotType::Name))
}

fn answer(
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
    Match { meaning, name: name.to_owned(), score: 1.0, why, captures: BTreeMap::new(), alternatives: Vec::new() }
}
