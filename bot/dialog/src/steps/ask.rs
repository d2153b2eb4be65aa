//! `ask`: from an answer or a key to the step that follows.

use super::{Heard, certain, global_key};
use crate::api::Utterance;
use crate::compiled::CompiledTemplate;
use crate::dialog::Listening;
use crate::nlu::Meaning;
use warmline_schema::Ask;

pub(super) fn heard(template: &CompiledTemplate, ask: &Ask, at: &Listening, utterance: &Utterance) -> Heard {
    match template.understand(at.point, utterance) {
        Ok(found) => match found.meaning {
            Meaning::Answer(place) => match ask.answers.get(place) {
                Some(answer) => Heard::Answer { goto: answer.goto.clone(), slots: Vec::new(), found },
                None => Heard::Missed("no such answer".to_owned()),
            },
            _ => Heard::Anywhere(found),
        },
        Err(miss) => Heard::Unsure(miss),
    }
}

pub(super) fn keyed(template: &CompiledTemplate, ask: &Ask, key: char) -> Heard {
    let answer = ask.answers.iter().enumerate().find(|(_, answer)| answer.key == Some(key));
    match answer {
        Some((place, answer)) => {
            let found = certain(Meaning::Answer(place), &answer.intent.name, format!("key {key}"));
            Heard::Answer { goto: answer.goto.clone(), slots: Vec::new(), found }
        }
        None => global_key(template, key).unwrap_or_else(|| Heard::Missed(format!("key {key} means nothing here"))),
    }
}
