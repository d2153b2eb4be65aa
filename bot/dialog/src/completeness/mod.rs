//! Is what was said so far a whole answer? Endpointing is quick after one and patient within one.

mod habits;

use crate::api::Completeness;
use crate::compiled::CompiledTemplate;
use crate::context::Part;
use crate::dialog::Listening;
use crate::language::Here;
use crate::nlu::Candidate;
use crate::slots::Answer;
use crate::words::{self, script};
use habits::Habits;
use std::borrow::Cow;
use std::cmp::Ordering;
use warmline_schema::{SlotShape, SlotType, StepKind};

pub(crate) fn judge(
    template: &CompiledTemplate,
    at: &Listening,
    text: &str,
    expected: bool,
    here: Here,
) -> Completeness {
    let text = words::normalise_in(text, here.language);
    let habits = habits::of(here.language);
    if text.is_empty() {
        return Completeness::Unknown;
    }
    let phrases = template.answers(at.point).iter().chain(template.global_candidates());
    let listed = by_phrase(phrases, &text, habits);
    if let Some(value) = by_value(&template.template().steps[at.point.step].kind, at.point.part, &text, here) {
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
    if habits.hangs(&text) {
        return Completeness::Unfinished;
    }
    // An expected reading that is no whole phrase came from a grammar.
    if expected { Completeness::Complete } else { Completeness::Unknown }
}

/// A listed phrase is complete. If a longer one goes on from it, it may go on, and it is not known
/// what it is if that one means something else. The beginning of one ("can I speak" of "can I speak
/// to someone") is unfinished.
fn by_phrase<'a>(
    candidates: impl Iterator<Item = &'a Candidate> + Clone,
    text: &str,
    habits: &Habits,
) -> Option<Completeness> {
    let folded = in_one_script(text);
    let text = &*folded;
    // A word ends at a space, a Chinese one anywhere.
    let word_ends = |rest: &str| rest.starts_with(|c: char| c == ' ' || script::is_sign(c));
    let rest = |phrase: &str| phrase.strip_prefix(text).is_some_and(word_ends);
    let owner =
        candidates.clone().find(|candidate| candidate.phrases.iter().any(|phrase| in_one_script(&phrase.text) == text));
    let Some(owner) = owner else {
        let mut phrases = candidates.flat_map(|candidate| &candidate.phrases);
        return phrases.any(|phrase| rest(&in_one_script(&phrase.text))).then_some(Completeness::Unfinished);
    };
    let goes_on = |phrase: &str| rest(phrase) && !habits.courtesies.contains(&phrase[text.len()..].trim_start());
    let mut open =
        candidates.filter(|candidate| candidate.phrases.iter().any(|phrase| goes_on(&in_one_script(&phrase.text))));
    if open.clone().any(|candidate| candidate.meaning != owner.meaning) {
        return Some(Completeness::Unknown);
    }
    let more = open.next().is_some() || habits.opening.contains(&text);
    Some(if more { Completeness::MayGoOn } else { Completeness::Complete })
}

fn in_one_script(text: &str) -> Cow<'_, str> {
    if text.contains(script::is_sign) { Cow::Owned(script::folded(text)) } else { Cow::Borrowed(text) }
}

fn yes_or_no(text: &str, here: Here) -> Completeness {
    match Answer::new(text, here.language).find(SlotType::YesNo, here.now) {
        Some(found) if found.value == "yes" => open_if(habits::of(here.language).opening.contains(&text)),
        _ => Completeness::Unknown,
    }
}

fn open_if(open: bool) -> Completeness {
    if open { Completeness::MayGoOn } else { Completeness::Complete }
}

/// What it is as a value, where a value was asked for.
fn by_value(kind: &StepKind, part: Part, text: &str, here: Here) -> Option<Completeness> {
    match (kind, part) {
        (StepKind::Collect(_) | StepKind::Form(_), Part::Confirm) => Some(yes_or_no(text, here)),
        (StepKind::Collect(collect), _) => {
            Some(by_slot(&collect.shape, collect.also.as_ref().map(|(_, shape)| shape), text, here))
        }
        (StepKind::Form(form), Part::Field(place)) => {
            let found = by_slot(&form.fields.get(place)?.shape, None, text, here);
            // The next field may be told in the same breath.
            let last = place + 1 == form.fields.len();
            Some(if found == Completeness::Complete && !last { Completeness::MayGoOn } else { found })
        }
        _ => None,
    }
}

fn by_slot(shape: &SlotShape, also: Option<&SlotShape>, text: &str, here: Here) -> Completeness {
    let (now, habits) = (here.now, habits::of(here.language));
    if habits.hangs(text) {
        return Completeness::Unfinished;
    }
    let answer = Answer::new(text, here.language);
    let Some(found) = answer.find_shape(shape, now) else { return Completeness::Unknown };
    let second = |shape: &SlotShape| answer.without(&found).find_shape(shape, now).is_some();
    if also.is_some_and(|shape| !second(shape)) {
        return Completeness::Unknown;
    }
    match shape.kind {
        SlotType::Text | SlotType::Name | SlotType::Regex | SlotType::Phone => Completeness::Unknown,
        SlotType::Choice => Completeness::Complete,
        // "An hour" may go on as "an hour and a half", "ten euros" as "ten euros fifty".
        SlotType::Amount | SlotType::Duration => Completeness::MayGoOn,
        SlotType::YesNo => open_if(habits.opening.contains(&text)),
        SlotType::Date => open_if((habits.date_goes_on)(&found, text)),
        SlotType::Time => open_if((habits.time_goes_on)(&found, text)),
        // "Twenty one" may follow.
        SlotType::Number if habits.number_openings.iter().any(|ending| habits.ends(text, ending)) => {
            Completeness::Unknown
        }
        SlotType::Number => Completeness::MayGoOn,
        SlotType::Digits => by_length(shape.length, found.value.len()),
    }
}

/// Digits are said in groups, with a pause after each; only their number tells which was the last.
fn by_length(wanted: Option<u32>, heard: usize) -> Completeness {
    match wanted.map(|wanted| heard.cmp(&(wanted as usize))) {
        Some(Ordering::Less) => Completeness::Unfinished,
        Some(Ordering::Equal) => Completeness::Complete,
        Some(Ordering::Greater) | None => Completeness::Unknown,
    }
}
