//! `form`: values for several slots from one or many answers, and corrections of what was heard before.

use super::collect::{Keyed, NoValue, read_key, refused};
use super::{Flow, Heard, anywhere, certain, global_key};
use crate::api::{Effect, Utterance};
use crate::compiled::CompiledTemplate;
use crate::context::{Part, Point};
use crate::dialog::{Dialog, Listening};
use crate::language::Here;
use crate::nlu::{self, Match, Meaning};
use crate::slots::{Answer, Found};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use warmline_schema::{Form, FormField, SlotShape, SlotType};

/// Values tried in one answer.
const MOST_VALUES: usize = 4;
/// A global intent must be this clear to win over words that a text field would take as they are.
const CLEAR_GLOBAL: f32 = 0.85;

/// What one answer changes in a form.
#[derive(Debug, Default, PartialEq)]
struct Changes {
    filled: Vec<(String, String)>,
    cleared: Vec<String>,
    /// Share of the words that was used, 0–1.
    coverage: f32,
}

/// Ask for the first slot that has no value, read all back, or go on.
pub(crate) fn advance<'a>(dialog: &mut Dialog, form: &'a Form, step: usize, out: &mut Vec<Effect>) -> Flow<'a> {
    let empty = |field: &FormField| dialog.slots.get(&field.slot.name).is_none_or(|value| value.is_empty());
    let part = match form.fields.iter().position(empty) {
        Some(place) => Part::Field(place),
        None if form.confirm.is_some() => Part::Confirm,
        None => return Flow::Next(&form.next),
    };
    dialog.open(Point { step, part }, out);
    Flow::Wait
}

pub(super) fn heard(
    template: &CompiledTemplate,
    form: &Form,
    at: &Listening,
    utterance: &Utterance,
    slots: &BTreeMap<String, String>,
    here: Here,
) -> Heard {
    let now = here.now;
    let global = template.understand(at.point, utterance).ok();
    let asked = match at.point.part {
        Part::Field(place) => form.fields.get(place),
        _ => None,
    };
    let free = asked.is_some_and(|field| matches!(field.shape.kind, SlotType::Text | SlotType::Name));
    let mut why = match utterance.readings.is_empty() {
        true => "the speech could not be read".to_owned(),
        false => "the recogniser was not sure of any reading".to_owned(),
    };
    // How much of an answer is a value of the right kind that is refused.
    let mut tried = 0.0f32;
    for (rank, reading) in utterance.readings.iter().enumerate() {
        if reading.confidence < nlu::LEAST_CONFIDENCE {
            continue;
        }
        let answer = Answer::new(&reading.text, here.language);
        let trust = nlu::trust(rank, reading.confidence);
        match changes(form, asked, &answer, slots, now) {
            Ok(changes) => {
                let score = trust * weight(changes.coverage);
                let bar = if free { CLEAR_GLOBAL } else { score };
                if let Some(found) = global.filter(|found| found.score >= bar) {
                    return anywhere(found);
                }
                return changed(form, changes, score, &answer);
            }
            Err(none) => (why, tried) = (none.why, tried.max(trust * none.score)),
        }
        if asked.is_none()
            && let Some(found) = answer.find(SlotType::YesNo, now)
            && global.as_ref().is_none_or(|global| global.score < trust * 0.9)
        {
            return confirmed(form, found.value == "yes", trust);
        }
    }
    global.filter(|found| found.score >= tried).map_or(Heard::Missed(why), anywhere)
}

/// Keys of the value that was asked for, or 1 and 2 at the read-back.
pub(super) fn keyed(template: &CompiledTemplate, form: &Form, at: &Listening, key: char, now: NaiveDateTime) -> Heard {
    let asked = match at.point.part {
        Part::Field(place) => form.fields.get(place),
        _ => None,
    };
    let yes_no = SlotShape::yes_no();
    match read_key(asked.map_or(&yes_no, |field| &field.shape), at, key, now) {
        Some(Ok(Keyed::More(keyed))) => Heard::MoreKeys(keyed),
        Some(Ok(Keyed::Value(value))) => match asked {
            Some(field) => {
                let found = certain(Meaning::Answer(0), &format!("slot:{}", field.slot.name), format!("keys {value}"));
                Heard::Form { found, filled: vec![(field.slot.name.clone(), value)], cleared: Vec::new() }
            }
            None => confirmed(form, value == "yes", 1.0),
        },
        Some(Err(why)) => Heard::Missed(why),
        None => global_key(template, key).unwrap_or_else(|| Heard::Missed(format!("key {key} means nothing here"))),
    }
}

fn changed(form: &Form, changes: Changes, score: f32, answer: &Answer) -> Heard {
    let names = changes.filled.iter().map(|(name, _)| name).chain(&changes.cleared);
    let name = names.map(String::as_str).collect::<Vec<_>>().join("+");
    let known: Vec<_> = form.fields.iter().map(|field| field.slot.name.as_str()).collect();
    let why = format!("{} of {} in `{}`", name, known.join(", "), answer.text());
    let found = Match { score, why, ..certain(Meaning::Answer(0), &format!("slot:{name}"), String::new()) };
    Heard::Form { found, filled: changes.filled, cleared: changes.cleared }
}

/// The read-back was answered with yes or no.
fn confirmed(form: &Form, yes: bool, score: f32) -> Heard {
    let name = form.fields.first().map_or("", |field| field.slot.name.as_str());
    let why = if yes { "confirmed" } else { "the read-back was denied" };
    let found = Match { score, ..certain(Meaning::Answer(0), &format!("slot:{name}"), why.to_owned()) };
    match yes {
        true => Heard::Answer { found, slots: Vec::new(), goto: form.next.clone() },
        false => Heard::ToChange(found),
    }
}

/// What a value counts that takes up this share of the answer.
fn weight(coverage: f32) -> f32 {
    0.6 + 0.4 * coverage
}

/// What `answer` changes, or why it changes nothing. Fields that are named come first, then the one
/// that was asked for, then the others; values already known change only where somebody corrects.
fn changes(
    form: &Form,
    asked: Option<&FormField>,
    answer: &Answer,
    slots: &BTreeMap<String, String>,
    now: NaiveDateTime,
) -> Result<Changes, NoValue> {
    let corrects = asked.is_none() || answer.corrects();
    let named = |field: &&FormField| is_named(field, answer);
    let is_asked = |field: &&FormField| asked.is_some_and(|asked| asked.slot == field.slot);
    let mut order: Vec<&FormField> = form.fields.iter().filter(|f| corrects && named(f)).collect();
    order.extend(form.fields.iter().filter(is_asked));
    order.extend(&form.fields);
    let mut done: Vec<&str> = Vec::new();
    let (mut changes, mut why) = (Changes::default(), "nothing that was asked for is in it".to_owned());
    let mut tried = false;
    let mut rest = whole(answer);
    for field in order {
        let name = field.slot.name.as_str();
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        let own = is_asked(&field);
        let current = slots.get(name).filter(|value| !value.is_empty());
        let volunteered = !matches!(field.shape.kind, SlotType::Text | SlotType::Name | SlotType::YesNo);
        if !own && (!volunteered || (current.is_some() && !corrects)) {
            continue;
        }
        let picked = pick(&rest, &field.shape, now);
        let other = current.filter(|_| picked.value.is_none()).and_then(|current| {
            let found = rest.other_than(current, &field.shape, now)?;
            refused(&field.shape, &found.value, now).is_none().then_some(found.value)
        });
        let corrected = other.filter(|_| corrects);
        rest = picked.rest;
        match picked.value {
            Some(value) if current == Some(&value) => {}
            Some(value) => match refused(&field.shape, &value, now) {
                Some(reason) => (why, tried) = (reason, true),
                None => changes.filled.push((name.to_owned(), value)),
            },
            None if corrected.is_some() => changes.filled.extend(corrected.map(|value| (name.to_owned(), value))),
            None if current.is_some_and(|current| picked.denied.contains(current)) => {
                changes.cleared.push(name.to_owned());
            }
            None if own => why = format!("no {} in it", field.shape.kind.word()),
            None => {}
        }
    }
    if changes.filled.is_empty() && changes.cleared.is_empty() && corrects {
        let wrong = form.fields.iter().filter(|f| named(f) && slots.get(&f.slot.name).is_some_and(|v| !v.is_empty()));
        changes.cleared.extend(wrong.map(|field| field.slot.name.clone()));
    }
    changes.coverage = 1.0 - rest.words().len() as f32 / answer.words().len().max(1) as f32;
    if changes.filled.is_empty() && changes.cleared.is_empty() {
        return Err(NoValue { why, score: if tried { weight(changes.coverage) } else { 0.0 } });
    }
    Ok(changes)
}

/// Does somebody speak of this field ("the day is wrong")?
fn is_named(field: &FormField, answer: &Answer) -> bool {
    let own = field.slot.name.replace(['_', '-'], " ");
    answer.names_one_of(std::iter::once(own.as_str()).chain(field.called.iter().map(|name| name.name.as_str())))
}

/// A value that is meant, those that are not ("not Thursday"), and the words that are left.
struct Picked {
    value: Option<String>,
    denied: Vec<String>,
    rest: Answer,
}

/// A copy that can be taken apart.
fn whole(answer: &Answer) -> Answer {
    answer.without(&Found { value: String::new(), used: 0..0 })
}

fn pick(answer: &Answer, shape: &SlotShape, now: NaiveDateTime) -> Picked {
    let mut picked = Picked { value: None, denied: Vec::new(), rest: whole(answer) };
    for _ in 0..MOST_VALUES {
        let Some(found) = picked.rest.said(shape, now) else { break };
        let denied = picked.rest.denied(&found);
        let used = denied.clone().unwrap_or(found.used);
        let meant = denied.is_none() && picked.value.is_none();
        if !meant && denied.is_none() {
            break;
        }
        picked.rest = picked.rest.without(&Found { value: String::new(), used });
        match denied {
            Some(_) => picked.denied.push(found.value),
            None => picked.value = Some(found.value),
        }
    }
    picked
}
