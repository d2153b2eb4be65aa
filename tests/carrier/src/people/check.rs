//! Values that parse but make no sense, each named by number and field.

use super::{Behaviour, Entry, People, PeopleError};
use crate::voice::Voice;
use std::collections::BTreeSet;

const OUTCOMES: [&str; 8] =
    ["person", "machine", "busy", "no_answer", "declined", "invalid_number", "congestion", "failed"];

pub(super) fn check(people: &People) -> Result<(), PeopleError> {
    let nobody = |field, reason| PeopleError::Value { number: "(file)".into(), field, reason };
    if people.person.is_empty() {
        return Err(nobody("person", "the file has no [[person]]".into()));
    }
    if people.hearing.voices.is_empty() && people.person.iter().any(|p| !p.phrases().is_empty()) {
        return Err(nobody("hearing.voices", "is empty although somebody listens for phrases".into()));
    }
    for voice in people.hearing.voices.iter().chain([&people.defaults.voice]) {
        voice.parse::<Voice>().map_err(|e| nobody("voice", e.to_string()))?;
    }
    let mut seen = BTreeSet::new();
    for entry in &people.person {
        let fault = |(field, reason): (&'static str, String)| PeopleError::Value {
            number: entry.number.clone(),
            field,
            reason,
        };
        if !seen.insert(entry.number.as_str()) {
            return Err(fault(("number", "appears twice".into())));
        }
        check_entry(entry).map_err(fault)?;
        check_behaviour(&entry.behaviour).map_err(fault)?;
    }
    Ok(())
}

type Fault = (&'static str, String);

fn check_entry(entry: &Entry) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-_.".contains(c);
    if entry.number.is_empty() || !entry.number.chars().all(allowed) {
        return Err(("number", format!("`{}` is no number or SIP user part", entry.number)));
    }
    if let Some(voice) = &entry.voice {
        voice.parse::<Voice>().map_err(|e| ("voice", e.to_string()))?;
    }
    for (field, share) in
        [("loss_percent", entry.network.loss_percent), ("reorder_percent", entry.network.reorder_percent)]
    {
        if !(0.0..=100.0).contains(&share) {
            return Err((field, format!("{share} is not between 0 and 100")));
        }
    }
    if entry.reaction_ms.is_some_and(|[from, to]| from > to) {
        return Err(("reaction_ms", "the first value is greater than the second".into()));
    }
    let outcome = entry.expect.outcome.as_str();
    if !outcome.is_empty() && !OUTCOMES.contains(&outcome) {
        return Err(("expect.outcome", format!("`{outcome}` is none of {}", OUTCOMES.join(", "))));
    }
    for line in entry.lines() {
        crate::voice::line::Line::parse(&line).map_err(|reason| ("line", format!("`{line}`: {reason}")))?;
    }
    Ok(())
}

fn check_behaviour(behaviour: &Behaviour) -> Result<(), Fault> {
    match behaviour {
        Behaviour::Talks(talks) => {
            for rule in &talks.script {
                if rule.say.is_empty() && rule.keys.is_empty() && !rule.hangup {
                    return Err(("script", "a rule neither says, keys nor hangs up".into()));
                }
                if let Some(key) = rule.keys.chars().find(|c| !"0123456789*#ABCD".contains(*c)) {
                    return Err(("keys", format!("`{key}` is no telephone key")));
                }
            }
            if talks.barge_in_ms.is_some() && talks.script.is_empty() {
                return Err(("barge_in_ms", "needs a rule with the words to interrupt with".into()));
            }
            Ok(())
        }
        Behaviour::Refuses(r) if !(400..=699).contains(&r.status) => {
            Err(("status", format!("{} is no refusal (400 to 699)", r.status)))
        }
        Behaviour::Invalid(i) if !(400..=699).contains(&i.status) => {
            Err(("status", format!("{} is no refusal (400 to 699)", i.status)))
        }
        Behaviour::Machine(m) if m.beep.is_some_and(|b| !(200.0..=3400.0).contains(&b.hz)) => {
            Err(("beep.hz", "is outside 200 to 3400".into()))
        }
        Behaviour::Interrupts(i) if i.words.is_empty() => Err(("words", "is empty".into())),
        Behaviour::Interrupts(i) if i.after_ms[0] > i.after_ms[1] => {
            Err(("after_ms", "the first value is greater than the second".into()))
        }
        Behaviour::Turns(t) if t.utterances.is_empty() => Err(("utterances", "is empty".into())),
        _ => Ok(()),
    }
}
