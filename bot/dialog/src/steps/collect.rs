//! `collect`: from an answer or keys to a value, in its range, confirmed if the template wants it.

use super::{Heard, certain, global_key};
use crate::api::Utterance;
use crate::compiled::CompiledTemplate;
use crate::dialog::Listening;
use crate::nlu::{self, Match, Meaning};
use crate::slots::{Answer, Found};
use chrono::{Days, NaiveDateTime};
use std::collections::BTreeMap;
use warmline_schema::{Collect, SlotType};

/// A global intent must be this clear to win over words that a text slot would take as they are.
const CLEAR_GLOBAL: f32 = 0.85;

/// What was read from an answer.
struct Value {
    /// The step's slot, and the second one if it was answered in the same breath.
    slots: Vec<(String, String)>,
    score: f32,
    why: String,
}

pub(super) fn heard(
    template: &CompiledTemplate,
    collect: &Collect,
    at: &Listening,
    utterance: &Utterance,
    now: NaiveDateTime,
) -> Heard {
    let global = template.understand(at.point, utterance).ok();
    if at.point.confirm {
        return read_back_answered(collect, at, utterance, global, now);
    }
    let value = value(collect, utterance, now);
    let bar = match &value {
        _ if collect.shape.kind == SlotType::Text => CLEAR_GLOBAL,
        Ok(value) => value.score,
        Err(_) => 0.0,
    };
    match (global.filter(|found| found.score >= bar), value) {
        (Some(found), _) => as_global(found),
        (None, Ok(value)) => accept(collect, value),
        (None, Err(why)) => Heard::Missed(why),
    }
}

/// A key was pressed: digits of a number, or 1 and 2 for yes and no.
pub(super) fn keyed(
    template: &CompiledTemplate,
    collect: &Collect,
    at: &Listening,
    key: char,
    now: NaiveDateTime,
) -> Heard {
    let yes_no = at.point.confirm || collect.shape.kind == SlotType::YesNo;
    match (key, collect.shape.kind) {
        ('1' | '2', _) if yes_no => {
            let value = if key == '1' { "yes" } else { "no" };
            let why = format!("key {key}");
            if !at.point.confirm {
                return accept(
                    collect,
                    Value { slots: vec![(collect.slot.name.clone(), value.into())], score: 1.0, why },
                );
            }
            if key == '1' { filled(collect, at.pending.clone(), 1.0, why) } else { denied(collect, why) }
        }
        ('0'..='9', SlotType::Digits | SlotType::Number | SlotType::Phone) if !yes_no => {
            let keyed = format!("{}{key}", at.keyed);
            if collect.shape.length.is_some_and(|length| keyed.len() >= length as usize) {
                typed(collect, keyed, now)
            } else {
                Heard::MoreKeys(keyed)
            }
        }
        ('#', _) if !at.keyed.is_empty() => typed(collect, at.keyed.clone(), now),
        _ => global_key(template, key).unwrap_or_else(|| Heard::Missed(format!("key {key} means nothing here"))),
    }
}

fn typed(collect: &Collect, keyed: String, now: NaiveDateTime) -> Heard {
    match refused(collect, &keyed, now) {
        Some(why) => Heard::Missed(why),
        None => {
            let why = format!("keys {keyed}");
            accept(collect, Value { slots: vec![(collect.slot.name.clone(), keyed)], score: 1.0, why })
        }
    }
}

fn as_global(found: Match) -> Heard {
    match found.meaning {
        Meaning::Global(intent) => Heard::Global(found, intent),
        Meaning::Answer(_) => Heard::Missed("no answer is listed here".to_owned()),
    }
}

/// The slot is filled, or read back first.
fn accept(collect: &Collect, value: Value) -> Heard {
    match &collect.confirm {
        Some(confirm) => Heard::ReadBack { pending: value.slots, confirm: confirm.clone() },
        None => filled(collect, value.slots, value.score, value.why),
    }
}

fn slot_match(collect: &Collect, score: f32, why: String) -> Match {
    let name = format!("slot:{}", collect.slot.name);
    Match { meaning: Meaning::Answer(0), name, score, why, captures: BTreeMap::new() }
}

fn filled(collect: &Collect, slots: Vec<(String, String)>, score: f32, why: String) -> Heard {
    Heard::Answer { found: slot_match(collect, score, why), slots, goto: collect.next.clone() }
}

fn denied(collect: &Collect, why: String) -> Heard {
    Heard::Denied(certain(Meaning::Answer(0), &format!("slot:{}", collect.slot.name), why))
}

/// The answer to "… is that right?": another value, yes, no, or something global.
fn read_back_answered(
    collect: &Collect,
    at: &Listening,
    utterance: &Utterance,
    global: Option<Match>,
    now: NaiveDateTime,
) -> Heard {
    let literal = matches!(collect.shape.kind, SlotType::YesNo | SlotType::Text);
    let other = value(collect, utterance, now).ok().filter(|value| !literal && value.slots != at.pending);
    if let Some(value) = other {
        return accept(collect, value);
    }
    let yes_no = utterance.readings.iter().find_map(|reading| {
        (reading.confidence >= nlu::LEAST_CONFIDENCE).then(|| Answer::new(&reading.text).find(SlotType::YesNo, now))?
    });
    match (global, yes_no) {
        (Some(found), None) => as_global(found),
        (_, Some(found)) if found.value == "yes" => filled(collect, at.pending.clone(), 1.0, "confirmed".to_owned()),
        (_, Some(_)) => denied(collect, "the read-back was denied".to_owned()),
        (None, None) => Heard::Missed("neither yes nor no".to_owned()),
    }
}

/// The first believable reading in which the slot's kind of value is found.
fn value(collect: &Collect, utterance: &Utterance, now: NaiveDateTime) -> Result<Value, String> {
    let mut why_not = match utterance.readings.is_empty() {
        true => "the speech could not be read".to_owned(),
        false => "the recogniser was not sure of any reading".to_owned(),
    };
    for (rank, reading) in utterance.readings.iter().enumerate() {
        if reading.confidence < nlu::LEAST_CONFIDENCE {
            continue;
        }
        let answer = Answer::new(&reading.text);
        let Some(found) = answer.find_shape(&collect.shape, now) else {
            why_not = format!("no {} in it", collect.shape.kind.word());
            continue;
        };
        if let Some(why) = refused(collect, &found.value, now) {
            why_not = why;
            continue;
        }
        let score = nlu::trust(rank, reading.confidence) * (0.6 + 0.4 * answer.coverage(&found));
        let why = format!("{} in `{}`", collect.shape.kind.word(), answer.words().join(" "));
        return Ok(Value { slots: with_second(collect, &answer, found, now), score, why });
    }
    Err(why_not)
}

/// The slot, and the second one if the rest of the answer holds it.
fn with_second(collect: &Collect, answer: &Answer, found: Found, now: NaiveDateTime) -> Vec<(String, String)> {
    let second = collect.also.as_ref().and_then(|(slot, shape)| {
        let value = answer.without(&found).find_shape(shape, now)?.value;
        Some((slot.name.clone(), value))
    });
    std::iter::once((collect.slot.name.clone(), found.value)).chain(second).collect()
}

/// Why a value of the right kind is not acceptable.
fn refused(collect: &Collect, value: &str, now: NaiveDateTime) -> Option<String> {
    if let (SlotType::Number, Ok(number)) = (collect.shape.kind, value.parse::<f64>()) {
        let (least, most) = (collect.shape.at_least, collect.shape.at_most);
        let outside = least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most);
        return outside.then(|| format!("{value} is out of range"));
    }
    if let (SlotType::Digits, Some(length)) = (collect.shape.kind, collect.shape.length) {
        return (value.len() != length as usize).then(|| format!("{} digits instead of {length}", value.len()));
    }
    if let (SlotType::Date, Ok(date)) = (collect.shape.kind, value.parse::<chrono::NaiveDate>()) {
        let today = now.date();
        let last = collect.shape.within_days.and_then(|days| today.checked_add_days(Days::new(u64::from(days))));
        if date < today {
            return Some(format!("{value} is in the past"));
        }
        return last.is_some_and(|last| date > last).then(|| format!("{value} is too far away"));
    }
    None
}
