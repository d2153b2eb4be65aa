//! Is what was said so far a whole answer? Endpointing is quick after one and patient within one.

use crate::api::Completeness;
use crate::compiled::CompiledTemplate;
use crate::context::Part;
use crate::dialog::Listening;
use crate::nlu::Candidate;
use crate::slots::Answer;
use crate::words;
use chrono::NaiveDateTime;
use std::cmp::Ordering;
use warmline_schema::{SlotShape, SlotType, StepKind};

/// Whole answers that people like to go on from: "yes … I will be there".
const OPENING: [&str; 11] = ["yes", "yeah", "yep", "no", "nope", "okay", "ok", "sure", "right", "well", "fine"];

/// Nobody minds a reply that comes before these.
const COURTESIES: [&str; 3] = ["please", "thanks", "thank you"];

/// Words for a day after which nobody says which week.
const SURE_DAYS: [&str; 2] = ["today", "yesterday"];

/// A number that ends so is often not over.
const NUMBER_OPENINGS: [&str; 11] =
    ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "point"];

/// Words after which more is to come.
const HANGING: [&str; 44] = [
    "a", "an", "the", "my", "your", "our", "is", "am", "are", "was", "be", "i", "you", "we", "to", "at", "on", "in",
    "of", "for", "from", "with", "and", "but", "or", "because", "so", "if", "that's", "i'm", "it's", "next", "um",
    "uh", "er", "half", "quarter", "past", "would", "have", "need", "afraid", "another", "thank",
];

pub(crate) fn judge(
    template: &CompiledTemplate,
    at: &Listening,
    text: &str,
    expected: bool,
    now: NaiveDateTime,
) -> Completeness {
    let text = words::normalise(text);
    if text.is_empty() {
        return Completeness::Unknown;
    }
    let phrases = template.answers(at.point).iter().chain(template.global_candidates());
    let listed = by_phrase(phrases, &text);
    if let Some(value) = by_value(&template.template().steps[at.point.step].kind, at.point.part, &text, now) {
        return match listed {
            // "No" is a value here, whatever else begins with it.
            Some(Completeness::Unfinished) => match value {
                Completeness::Complete => Completeness::MayGoOn,
                Completeness::Unknown => Completeness::Unfinished,
                other => other,
            },
            Some(listed) => listed,
            None => value,
        };
    }
    if let Some(listed) = listed {
        return listed;
    }
    if hangs(&text) {
        return Completeness::Unfinished;
    }
    // An expected reading that is no whole phrase came from a grammar.
    if expected { Completeness::Complete } else { Completeness::Unknown }
}

/// A listed phrase is complete. If a longer one goes on from it, it may go on, and it is not known
/// what it is if that one means something else. The beginning of one ("can I speak" of "can I speak
/// to someone") is unfinished.
fn by_phrase<'a>(candidates: impl Iterator<Item = &'a Candidate> + Clone, text: &str) -> Option<Completeness> {
    let rest = |phrase: &str| phrase.strip_prefix(text).is_some_and(|rest| rest.starts_with(' '));
    let owner = candidates.clone().find(|candidate| candidate.phrases.iter().any(|phrase| phrase.text == text));
    let Some(owner) = owner else {
        let mut phrases = candidates.flat_map(|candidate| &candidate.phrases);
        return phrases.any(|phrase| rest(&phrase.text)).then_some(Completeness::Unfinished);
    };
    let goes_on = |phrase: &str| rest(phrase) && !COURTESIES.contains(&phrase[text.len()..].trim_start());
    let mut open = candidates.filter(|candidate| candidate.phrases.iter().any(|phrase| goes_on(&phrase.text)));
    if open.clone().any(|candidate| candidate.meaning != owner.meaning) {
        return Some(Completeness::Unknown);
    }
    let more = open.next().is_some() || OPENING.contains(&text);
    Some(if more { Completeness::MayGoOn } else { Completeness::Complete })
}

fn hangs(text: &str) -> bool {
    !text.ends_with("thank you") && text.rsplit(' ').next().is_some_and(|word| HANGING.contains(&word))
}

fn yes_or_no(text: &str, now: NaiveDateTime) -> Completeness {
    match Answer::new(text).find(SlotType::YesNo, now) {
        Some(found) if found.value == "yes" => open_if(OPENING.contains(&text)),
        _ => Completeness::Unknown,
    }
}

fn open_if(open: bool) -> Completeness {
    if open { Completeness::MayGoOn } else { Completeness::Complete }
}

/// What it is as a value, where a value was asked for.
fn by_value(kind: &StepKind, part: Part, text: &str, now: NaiveDateTime) -> Option<Completeness> {
    match (kind, part) {
        (StepKind::Collect(_) | StepKind::Form(_), Part::Confirm) => Some(yes_or_no(text, now)),
        (StepKind::Collect(collect), _) => {
            Some(by_slot(&collect.shape, collect.also.as_ref().map(|(_, shape)| shape), text, now))
        }
        (StepKind::Form(form), Part::Field(place)) => {
            let found = by_slot(&form.fields.get(place)?.shape, None, text, now);
            // The next field may be told in the same breath.
            let last = place + 1 == form.fields.len();
            Some(if found == Completeness::Complete && !last { Completeness::MayGoOn } else { found })
        }
        _ => None,
    }
}

fn by_slot(shape: &SlotShape, also: Option<&SlotShape>, text: &str, now: NaiveDateTime) -> Completeness {
    if hangs(text) {
        return Completeness::Unfinished;
    }
    let answer = Answer::new(text);
    let Some(found) = answer.find_shape(shape, now) else { return Completeness::Unknown };
    let second = |shape: &SlotShape| answer.without(&found).find_shape(shape, now).is_some();
    if also.is_some_and(|shape| !second(shape)) {
        return Completeness::Unknown;
    }
    let last = text.rsplit(' ').next().unwrap_or_default();
    match shape.kind {
        SlotType::Text | SlotType::Name | SlotType::Regex | SlotType::Phone => Completeness::Unknown,
        SlotType::Choice => Completeness::Complete,
        // "An hour" may go on as "an hour and a half", "ten euros" as "ten euros fifty".
        SlotType::Amount | SlotType::Duration => Completeness::MayGoOn,
        SlotType::YesNo => open_if(OPENING.contains(&text)),
        // "Tuesday" may go on as "Tuesday next week", "the third" as "the third of December".
        SlotType::Date => {
            let weekday = found.used.len() == 1 && last.ends_with("day") && !SURE_DAYS.contains(&last);
            open_if(weekday || ends_with_a_day_of_some_month(text))
        }
        // "Ten" may go on as "ten thirty".
        SlotType::Time => open_if(found.used.len() == 1 && found.value != "12:00"),
        // "Twenty one" may follow.
        SlotType::Number if NUMBER_OPENINGS.contains(&last) => Completeness::Unknown,
        SlotType::Number => Completeness::MayGoOn,
        SlotType::Digits => by_length(shape.length, found.value.len()),
    }
}

/// "The third", with no month before it.
fn ends_with_a_day_of_some_month(text: &str) -> bool {
    let mut words = text.rsplit(' ');
    let ordinal = words.next().is_some_and(|last| ["st", "nd", "rd", "th"].iter().any(|end| last.ends_with(end)));
    ordinal && words.next() == Some("the")
}

/// Digits are said in groups, with a pause after each; only their number tells which was the last.
fn by_length(wanted: Option<u32>, heard: usize) -> Completeness {
    match wanted.map(|wanted| heard.cmp(&(wanted as usize))) {
        Some(Ordering::Less) => Completeness::Unfinished,
        Some(Ordering::Equal) => Completeness::Complete,
        Some(Ordering::Greater) | None => Completeness::Unknown,
    }
}
