//! Is what was said so far a whole answer? Endpointing is quick after one and patient within one.

use crate::api::Completeness;
use crate::compiled::CompiledTemplate;
use crate::dialog::Listening;
use crate::nlu::Candidate;
use crate::slots::Answer;
use crate::words;
use chrono::NaiveDateTime;
use warmline_schema::{Collect, SlotType, StepKind};

/// Words after which more is to come.
const HANGING: [&str; 38] = [
    "a", "an", "the", "my", "your", "our", "is", "am", "are", "was", "i", "you", "we", "to", "at", "on", "in", "of",
    "for", "from", "with", "and", "but", "or", "because", "so", "if", "that's", "i'm", "it's", "next", "um", "uh",
    "er", "half", "quarter", "past", "would",
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
    if let Some(answer) = by_phrase(phrases, &text) {
        return answer;
    }
    if let StepKind::Collect(collect) = &template.template().steps[at.point.step].kind {
        return if at.point.confirm { yes_or_no(&text, now) } else { by_slot(collect, &text, now) };
    }
    if hangs(&text) {
        return Completeness::Unfinished;
    }
    // An expected reading that is no whole phrase came from a grammar.
    if expected { Completeness::Complete } else { Completeness::Unknown }
}

/// A listed phrase is complete, unless one with another meaning goes on from it; the beginning of one
/// ("can I speak" of "can I speak to someone") is unfinished.
fn by_phrase<'a>(candidates: impl Iterator<Item = &'a Candidate> + Clone, text: &str) -> Option<Completeness> {
    let goes_on = |phrase: &str| phrase.strip_prefix(text).is_some_and(|rest| rest.starts_with(' '));
    let longer = |candidate: &&Candidate| candidate.phrases.iter().any(|phrase| goes_on(&phrase.text));
    let mut open = candidates.clone().filter(longer);
    let owner = candidates.clone().find(|candidate| candidate.phrases.iter().any(|phrase| phrase.text == text));
    match owner {
        Some(owner) if open.any(|candidate| candidate.meaning != owner.meaning) => Some(Completeness::Unknown),
        Some(_) => Some(Completeness::Complete),
        None => open.next().map(|_| Completeness::Unfinished),
    }
}

fn hangs(text: &str) -> bool {
    text.rsplit(' ').next().is_some_and(|word| HANGING.contains(&word))
}

fn yes_or_no(text: &str, now: NaiveDateTime) -> Completeness {
    match Answer::new(text).find(SlotType::YesNo, now) {
        Some(found) if found.value == "yes" => Completeness::Complete,
        _ => Completeness::Unknown,
    }
}

fn by_slot(collect: &Collect, text: &str, now: NaiveDateTime) -> Completeness {
    if hangs(text) {
        return Completeness::Unfinished;
    }
    let answer = Answer::new(text);
    let Some(found) = answer.find(collect.kind, now) else { return Completeness::Unknown };
    // "Ten" may go on as "ten thirty", and a string of digits goes on until its length is reached.
    let bare_hour = collect.kind == SlotType::Time && found.used.len() == 1 && found.value != "12:00";
    let more = match collect.kind {
        SlotType::YesNo | SlotType::Date => false,
        SlotType::Time => bare_hour,
        SlotType::Number | SlotType::Text => true,
        SlotType::Digits => collect.length.is_none_or(|length| found.value.len() < length as usize),
    };
    let also = collect.also.is_some();
    if more || also { Completeness::Unknown } else { Completeness::Complete }
}
