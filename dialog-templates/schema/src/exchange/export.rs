//! A template's utterances for other tools, with notes on what they have no place for.

use crate::slot::{SlotShape, SlotType};
use crate::steps::StepKind;
use crate::template::Template;
use std::fmt::Write;

/// What another tool can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    pub text: String,
    /// What is not in it.
    pub notes: Vec<String>,
}

/// Rasa's NLU training data, version 3.1. Questions of the knowledge base become intents `faq/NAME`.
pub fn to_rasa(template: &Template) -> Exported {
    let mut text = String::from("version: \"3.1\"\nnlu:\n");
    let mut notes = notes(template);
    for (name, phrases) in utterances(template) {
        // A text with square brackets would be read as a marked value.
        let (plain, marked): (Vec<&str>, Vec<&str>) = phrases.into_iter().partition(|phrase| !phrase.contains('['));
        item(&mut text, "intent", &name, &plain);
        notes.extend(marked.iter().map(|phrase| format!("`{phrase}` of `{name}`: square brackets mark values there")));
    }
    for intent in &template.intents {
        let patterns: Vec<&str> = intent.patterns.regex.iter().map(|regex| regex.name.as_str()).collect();
        item(&mut text, "regex", &intent.name.name, &patterns);
    }
    for (name, shape) in types(template) {
        let pattern: Vec<&str> = shape.pattern.iter().map(|pattern| pattern.name.as_str()).collect();
        item(&mut text, "regex", name, &pattern);
        let values: Vec<&str> = shape.choices.iter().map(|choice| choice.value.name.as_str()).collect();
        item(&mut text, "lookup", name, &values);
        for choice in &shape.choices {
            let words: Vec<&str> = choice.synonyms.iter().map(|word| word.name.as_str()).collect();
            item(&mut text, "synonym", &choice.value.name, &words);
        }
    }
    Exported { text, notes }
}

/// A line `intent,utterance` for each utterance. Questions of the knowledge base become intents `faq/NAME`.
pub fn to_csv(template: &Template) -> Exported {
    let mut text = String::from("intent,utterance\n");
    for (name, phrases) in utterances(template) {
        for phrase in phrases {
            let quoted = phrase.contains([',', '"', '\'']) || phrase.trim() != phrase;
            let phrase = if quoted { format!("\"{}\"", phrase.replace('"', "\"\"")) } else { phrase.to_owned() };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name},{phrase}");
        }
    }
    let mut notes = notes(template);
    let regex = template.intents.iter().filter(|intent| !intent.patterns.regex.is_empty()).count();
    if regex > 0 {
        notes.push(format!("regex of {}: CSV has only utterances", count(regex, "intent")));
    }
    let types = types(template).count();
    if types > 0 {
        notes.push(format!(
            "{} of slot: CSV has only utterances",
            if types == 1 { "1 type".into() } else { format!("{types} types") }
        ));
    }
    Exported { text, notes }
}

fn utterances(template: &Template) -> Vec<(String, Vec<&str>)> {
    let own = template.intents.iter().map(|intent| (intent.name.name.clone(), &intent.patterns.phrases));
    let faq = template.knowledge.iter().map(|entry| (format!("faq/{}", entry.name.name), &entry.questions.phrases));
    own.chain(faq).map(|(name, phrases)| (name, phrases.iter().map(|phrase| phrase.name.as_str()).collect())).collect()
}

/// Types of slot that are lists of words or patterns.
fn types(template: &Template) -> impl Iterator<Item = (&str, &SlotShape)> {
    let own = template.slot_types.iter().map(|(name, shape)| (name.name.as_str(), shape));
    own.filter(|(_, shape)| matches!(shape.kind, SlotType::Choice | SlotType::Regex))
}

/// An entry, unless it would be empty.
fn item(text: &mut String, kind: &str, name: &str, examples: &[&str]) {
    if examples.is_empty() {
        return;
    }
    let safe = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/".contains(c))
        && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let name = if safe { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) };
    let _ = writeln!(text, "- {kind}: {name}\n  examples: |");
    for example in examples {
        let _ = writeln!(text, "    - {example}");
    }
}

fn notes(template: &Template) -> Vec<String> {
    let mut notes = Vec::new();
    let mut left = |many: usize, what: &str| {
        if many > 0 {
            notes.push(format!("{what} of {}", count(many, "intent")));
        }
    };
    left(template.intents.iter().filter(|i| !i.patterns.keywords.is_empty()).count(), "keyword rules");
    left(template.intents.iter().filter(|i| !i.patterns.not_phrases.is_empty()).count(), "negative examples");
    left(template.intents.iter().filter(|i| i.priority != 0).count(), "priorities");
    let in_steps = |kind: &StepKind| match kind {
        StepKind::Ask(ask) => ask.answers.iter().filter(|answer| !answer.patterns.is_empty()).count(),
        _ => 0,
    };
    let answers: usize = template.steps.iter().map(|step| in_steps(&step.kind)).sum();
    if answers > 0 {
        let what = if answers == 1 { "1 answer".to_owned() } else { format!("{answers} answers") };
        notes.push(format!("wordings of {what} that only one step listens to"));
    }
    notes
}

fn count(many: usize, one: &str) -> String {
    if many == 1 { format!("1 {one}") } else { format!("{many} {one}s") }
}
