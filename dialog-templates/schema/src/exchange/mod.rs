//! Training data of other tools: read into a template, and written from one.
//!
//! [`from_rasa`] and [`from_csv`] read files into [`Lessons`]: intents with their utterances, types of slot, and
//! notes on what could not be taken and why. [`Lessons::put_into`] writes them into a template that exists, so that
//! its comments stay; [`Lessons::template`] makes a new one. [`to_rasa`] and [`to_csv`] are the way back.

mod annotation;
mod csv;
mod export;
mod gather;
mod rasa;

pub use csv::from_csv;
pub use export::{Exported, to_csv, to_rasa};
pub use rasa::from_rasa;

use crate::edit::{Edit, Place, edit};
use crate::globals::GlobalIntent;
use crate::parse;
use crate::problem::Problems;
use crate::template::Template;
use std::fmt;

/// What a file, or several, teach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lessons {
    pub intents: Vec<Lesson>,
    pub slot_types: Vec<TaughtType>,
    /// What was not taken, or not as it was written.
    pub notes: Vec<Note>,
}

/// One intent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    pub name: String,
    pub phrases: Vec<String>,
    pub regex: Vec<String>,
}

/// One type of slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaughtType {
    pub name: String,
    pub form: TaughtForm,
}

/// What a type of slot accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaughtForm {
    /// Values with other words for them.
    Choice(Vec<(String, Vec<String>)>),
    Pattern(String),
}

/// Something about a line of a file that a trainer should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Name of the file, as it was given.
    pub file: String,
    /// Counts from 1; 0: the whole file.
    pub line: u32,
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:line {line}: {}", self.file, self.message),
        }
    }
}

impl Lessons {
    /// How many utterances there are.
    pub fn phrases(&self) -> usize {
        self.intents.iter().map(|lesson| lesson.phrases.len()).sum()
    }

    /// The text of a template with what was learned in it; what it has already is not written twice.
    ///
    /// # Errors
    /// It has errors, is written in a way that cannot be changed, or would have errors then.
    pub fn put_into(&self, source: &str) -> Result<String, Problems> {
        let template = parse(source)?;
        let text = edit(source, &self.edits(Some(&template)))?;
        parse(&text).map(|_| text)
    }

    /// The text of a new template: it greets, asks one question, and listens to every intent.
    ///
    /// # Errors
    /// What was learned makes no template, such as one utterance for two intents.
    pub fn template(&self, name: &str) -> Result<String, Problems> {
        let text = edit(&self.beginnings(name), &self.edits(None))?;
        parse(&text).map(|_| text)
    }

    fn edits(&self, template: Option<&Template>) -> Vec<Edit> {
        let mut edits = Vec::new();
        for Lesson { name, phrases, regex } in &self.intents {
            let phrases = phrases.clone();
            let global = GlobalIntent::ALL.into_iter().find(|global| global.name() == name);
            if let Some(global) = global {
                edits.push(Edit::Phrases { of: Place::Global(global), phrases });
                continue;
            }
            let known = template.is_some_and(|t| t.intents.iter().any(|intent| intent.name.name == *name));
            match (known, phrases.is_empty()) {
                (_, true) => {}
                (true, _) => edits.push(Edit::Phrases { of: Place::Intent(name.clone()), phrases }),
                (false, _) => edits.push(Edit::NewIntent { name: name.clone(), phrases }),
            }
            if !regex.is_empty() {
                edits.push(Edit::Regex { intent: name.clone(), patterns: regex.clone() });
            }
        }
        for TaughtType { name, form } in &self.slot_types {
            let known = template.is_some_and(|t| t.slot_types.iter().any(|(own, _)| own.name == *name));
            let name = name.clone();
            match form {
                TaughtForm::Choice(values) if known => edits.extend(values.iter().map(|(value, words)| Edit::Choice {
                    slot_type: name.clone(),
                    value: value.clone(),
                    words: if words.is_empty() { vec![value.clone()] } else { words.clone() },
                })),
                TaughtForm::Choice(choices) => edits.push(Edit::NewChoice { name, choices: choices.clone() }),
                TaughtForm::Pattern(_) if known => {}
                TaughtForm::Pattern(pattern) => edits.push(Edit::NewPattern { name, pattern: pattern.clone() }),
            }
        }
        edits
    }

    fn beginnings(&self, name: &str) -> String {
        let own = self.intents.iter().filter(|l| GlobalIntent::ALL.iter().all(|global| global.name() != l.name));
        let answers: String = own.map(|lesson| format!("      {}: done\n", lesson.name)).collect();
        let answers =
            if answers.is_empty() { "      yes: { goto: done, phrases: [\"yes\"] }\n".to_owned() } else { answers };
        format!(
            "# Made of training data: write what is said, and where each answer leads.\n\
             template: {name}\n\
             language: en\n\
             voice: flite:slt\n\n\
             variables:\n  company: text\n  our_number: phone\n\n\
             identification:\n  company: \"{{{{company}}}}\"\n  callback_number: \"{{{{our_number}}}}\"\n  \
             statement: \"This is the automated assistant of {{{{company}}}}.\"\n  \
             opt_out: \"To stop these calls, say stop calling.\"\n\n\
             entry: {{ person: ask }}\n\n\
             steps:\n  ask:\n    type: ask\n    \
             prompt: \"Hello. {{{{identification}}}} {{{{opt_out}}}} How can I help you?\"\n    answers:\n{answers}  \
             done: {{ type: end, prompt: \"Thank you. Goodbye.\" }}\n"
        )
    }
}

/// A name as templates have them: other letters become `_`.
fn name(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = text.trim().chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("x{name}") }
}
