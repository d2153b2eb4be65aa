//! `collect`: from an answer or keys to a value, in its range, confirmed if the template wants it.

use super::{Flow, Heard, anywhere, certain, global_key};
use crate::api::{Effect, Utterance};
use crate::compiled::CompiledTemplate;
use crate::context::{Part, Point};
use crate::dialog::{Dialog, Listening};
use crate::language::Here;
use crate::nlu::{self, Match, Meaning};
use crate::slots::{Answer, Found};
use chrono::{Days, NaiveDateTime};
use warmline_schema::{Collect, SlotShape, SlotType};

/// A global intent must be this clear to win over words that a text slot would take as they are.
const CLEAR_GLOBAL: f32 = 0.85;

/// What was read from an answer.
struct Value {
    /// The step's slot, and the second one if it was answered in the same breath.
    slots: Vec<(String, String)>,
    score: f32,
    why: String,
}

/// Ask, unless the answer that led here has told it already: "I'll pay on Friday" where "On which day?" comes next.
pub(super) fn enter<'a>(dialog: &mut Dialog, collect: &'a Collect, step: usize, out: &mut Vec<Effect>) -> Flow<'a> {
    let point = Point { step, part: Part::Answer };
    let language = dialog.spoken_language();
    let heard = dialog.carried.take().zip(dialog.now);
    let told = heard.and_then(|(heard, now)| told(collect, &heard, Here { now, language }));
    let at = Listening { point, pending: Vec::new(), keyed: String::new() };
    match (told, &collect.confirm) {
        (None, _) => {
            dialog.open(point, out);
            Flow::Wait
        }
        (Some(slots), Some(confirm)) => {
            dialog.read_back(&at, slots, confirm, out);
            Flow::Wait
        }
        (Some(slots), None) => {
            dialog.fill(slots, out);
            Flow::Next(&collect.next)
        }
    }
}

/// The one value that `heard` has for the step, of a kind that is not taken for anything else, in a clause that denies
/// nothing.
fn told(collect: &Collect, heard: &str, here: Here) -> Option<Vec<(String, String)>> {
    let now = here.now;
    use SlotType as T;
    if !matches!(collect.shape.kind, T::Date | T::Time | T::Amount | T::Duration | T::Phone) {
        return None;
    }
    let mut found = nlu::clause_texts(heard).into_iter().filter(|clause| !nlu::denies(clause)).filter_map(|clause| {
        let answer = Answer::new(&clause, here.language);
        let found = answer.find_shape(&collect.shape, now)?;
        let refused = refused(&collect.shape, &found.value, now).is_some();
        (!refused).then(|| with_second(collect, &answer, found, now))
    });
    let first = found.next()?;
    found.all(|other| other[0] == first[0]).then_some(first)
}

pub(super) fn heard(
    template: &CompiledTemplate,
    collect: &Collect,
    at: &Listening,
    utterance: &Utterance,
    here: Here,
) -> Heard {
    let global = template.understand(at.point, utterance).ok();
    if at.point.confirms() {
        return read_back_answered(collect, at, utterance, global, here);
    }
    let value = value(collect, utterance, &[], here);
    let bar = match &value {
        _ if collect.shape.kind == SlotType::Text => CLEAR_GLOBAL,
        Ok(value) => value.score,
        Err(none) => none.score,
    };
    match (global.filter(|found| found.score >= bar), value) {
        (Some(found), _) => anywhere(found),
        (None, Ok(value)) => accept(collect, value),
        (None, Err(none)) => Heard::Missed(none.why),
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
    let shape = if at.point.confirms() { &SlotShape::yes_no() } else { &collect.shape };
    match read_key(shape, at, key, now) {
        Some(Ok(Keyed::More(keyed))) => Heard::MoreKeys(keyed),
        Some(Ok(Keyed::Value(value))) if at.point.confirms() => match value.as_str() {
            "yes" => filled(collect, at.pending.clone(), 1.0, format!("key {key}")),
            _ => denied(collect, format!("key {key}")),
        },
        Some(Ok(Keyed::Value(value))) => {
            let why = format!("keys {value}");
            accept(collect, Value { slots: vec![(collect.slot.name.clone(), value)], score: 1.0, why })
        }
        Some(Err(why)) => Heard::Missed(why),
        None => global_key(template, key).unwrap_or_else(|| Heard::Missed(format!("key {key} means nothing here"))),
    }
}

/// What a key makes of a value.
pub(super) enum Keyed {
    Value(String),
    /// Digits so far.
    More(String),
}

/// `key` as a part of a value of `shape`, or why that value is refused; none when it is no part of one.
pub(super) fn read_key(
    shape: &SlotShape,
    at: &Listening,
    key: char,
    now: NaiveDateTime,
) -> Option<Result<Keyed, String>> {
    use SlotType as T;
    let typed = |keyed: String| match refused(shape, &keyed, now) {
        Some(why) => Err(why),
        None => Ok(Keyed::Value(keyed)),
    };
    match (key, shape.kind) {
        ('1', T::YesNo) => Some(Ok(Keyed::Value("yes".to_owned()))),
        ('2', T::YesNo) => Some(Ok(Keyed::Value("no".to_owned()))),
        ('0'..='9', T::Digits | T::Number | T::Phone | T::Amount) => {
            let keyed = format!("{}{key}", at.keyed);
            let whole = shape.length.is_some_and(|length| keyed.len() >= length as usize);
            Some(if whole { typed(keyed) } else { Ok(Keyed::More(keyed)) })
        }
        // The first options of a choice have keys of their own.
        ('1'..='9', T::Choice) => {
            let place = key.to_digit(10).unwrap_or_default() as usize;
            let choice = shape.choices.get(place.checked_sub(1)?)?;
            Some(Ok(Keyed::Value(choice.value.name.clone())))
        }
        ('#', _) if !at.keyed.is_empty() => Some(typed(at.keyed.clone())),
        _ => None,
    }
}

/// The slot is filled, or read back first.
fn accept(collect: &Collect, value: Value) -> Heard {
    match &collect.confirm {
        Some(confirm) => Heard::ReadBack {
            found: slot_match(collect, value.score, value.why),
            pending: value.slots,
            confirm: confirm.clone(),
        },
        None => filled(collect, value.slots, value.score, value.why),
    }
}

fn slot_match(collect: &Collect, score: f32, why: String) -> Match {
    let name = format!("slot:{}", collect.slot.name);
    Match { score, ..certain(Meaning::Answer(0), &name, why) }
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
    here: Here,
) -> Heard {
    let literal = matches!(collect.shape.kind, SlotType::YesNo | SlotType::Text);
    let other = value(collect, utterance, &at.pending, here).ok().filter(|value| !literal && value.slots != at.pending);
    if let Some(value) = other {
        return accept(collect, value);
    }
    let yes_no = utterance.readings.iter().find_map(|reading| {
        let answer = || Answer::new(&reading.text, here.language).find(SlotType::YesNo, here.now);
        (reading.confidence >= nlu::LEAST_CONFIDENCE).then(answer)?
    });
    match (global, yes_no) {
        (Some(found), None) => anywhere(found),
        (_, Some(found)) if found.value == "yes" => filled(collect, at.pending.clone(), 1.0, "confirmed".to_owned()),
        (_, Some(_)) => denied(collect, "the read-back was denied".to_owned()),
        (None, None) => Heard::Missed("neither yes nor no".to_owned()),
    }
}

/// Why there is no value.
pub(super) struct NoValue {
    pub why: String,
    /// How much of the answer is a value of the right kind that is refused: "eleven", where ten is the most, is an
    /// answer all the same.
    pub score: f32,
}

/// The first believable reading in which the slot's kind of value is found. `pending`: what was read back.
fn value(collect: &Collect, utterance: &Utterance, pending: &[(String, String)], here: Here) -> Result<Value, NoValue> {
    let why = match utterance.readings.is_empty() {
        true => "the speech could not be read".to_owned(),
        false => "the recogniser was not sure of any reading".to_owned(),
    };
    let mut none = NoValue { why, score: 0.0 };
    for (rank, reading) in utterance.readings.iter().enumerate() {
        if reading.confidence < nlu::LEAST_CONFIDENCE {
            continue;
        }
        let answer = Answer::new(&reading.text, here.language);
        let read_back = pending.first().map(|(_, value)| value.as_str());
        let found = answer.find_shape(&collect.shape, here.now);
        let Some(found) = found.or_else(|| answer.other_than(read_back?, &collect.shape, here.now)) else {
            none.why = format!("no {} in it", collect.shape.kind.word());
            continue;
        };
        let score = nlu::trust(rank, reading.confidence) * (0.6 + 0.4 * answer.coverage(&found));
        if let Some(why) = refused(&collect.shape, &found.value, here.now) {
            none = NoValue { why, score: none.score.max(score) };
            continue;
        }
        let why = format!("{} in `{}`", collect.shape.kind.word(), answer.text());
        return Ok(Value { slots: with_second(collect, &answer, found, here.now), score, why });
    }
    Err(none)
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
pub(super) fn refused(shape: &SlotShape, value: &str, now: NaiveDateTime) -> Option<String> {
    let counted = matches!(shape.kind, SlotType::Number | SlotType::Amount | SlotType::Duration);
    let number = value.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    if let (true, Some(number)) = (counted, number) {
        let outside =
            shape.at_least.is_some_and(|least| number < least) || shape.at_most.is_some_and(|most| number > most);
        return outside.then(|| format!("{value} is out of range"));
    }
    if let (SlotType::Digits, Some(length)) = (shape.kind, shape.length) {
        return (value.len() != length as usize).then(|| format!("{} digits instead of {length}", value.len()));
    }
    if let (SlotType::Date, Ok(date)) = (shape.kind, value.parse::<chrono::NaiveDate>()) {
        let today = now.date();
        let last = shape.within_days.and_then(|days| today.checked_add_days(Days::new(u64::from(days))));
        if date < today {
            return Some(format!("{value} is in the past"));
        }
        return last.is_some_and(|last| date > last).then(|| format!("{value} is too far away"));
    }
    None
}
