//! From what files say, piece by piece, to [`Lessons`].
//!
//! Other tools know a value's type by the marks in utterances, its other words by synonyms, and its values by
//! look-up tables, each in its own place; here they come together as one choice.

use super::annotation::Marked;
use super::{Lesson, Lessons, Note, TaughtForm, TaughtType, name};
use crate::intent::REGEX_SIZE_LIMIT;
use crate::slot::SLOT_TYPES;
use std::collections::BTreeMap;

/// What was read so far.
#[derive(Default)]
pub(super) struct Gathered {
    file: String,
    intents: Vec<Lesson>,
    /// Utterance in small letters to the intent that has it.
    seen: BTreeMap<String, usize>,
    marks: Vec<(u32, Marked)>,
    synonyms: Vec<(u32, String, Vec<String>)>,
    lookups: Vec<(u32, String, Vec<String>)>,
    patterns: Vec<(u32, String, String)>,
    notes: Vec<Note>,
}

impl Gathered {
    /// What follows stands in `file`.
    pub(super) fn begin(&mut self, file: &str) {
        self.file = file.to_owned();
    }

    pub(super) fn note(&mut self, line: u32, message: impl Into<String>) {
        self.notes.push(Note { file: self.file.clone(), line, message: message.into() });
    }

    /// The place of an intent, which is made if it is new.
    pub(super) fn intent(&mut self, line: u32, written: &str) -> usize {
        let own = name(written);
        if own != written.trim() && !self.intents.iter().any(|lesson| lesson.name == own) {
            self.note(line, format!("intent `{}` is called `{own}` here", written.trim()));
        }
        self.intents.iter().position(|lesson| lesson.name == own).unwrap_or_else(|| {
            self.intents.push(Lesson { name: own, ..Lesson::default() });
            self.intents.len() - 1
        })
    }

    pub(super) fn phrase(&mut self, line: u32, intent: usize, phrase: &str) {
        let phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
        match self.seen.insert(phrase.to_lowercase(), intent) {
            None => self.intents[intent].phrases.push(phrase),
            Some(owner) if owner != intent => {
                let (owner_name, own) = (self.intents[owner].name.clone(), self.intents[intent].name.clone());
                self.note(
                    line,
                    format!("not taken: `{phrase}` means `{owner_name}` already and cannot mean `{own}` too"),
                );
                self.seen.insert(phrase.to_lowercase(), owner);
            }
            Some(_) => {}
        }
    }

    pub(super) fn marked(&mut self, line: u32, marks: Vec<Marked>) {
        self.marks.extend(marks.into_iter().map(|mark| (line, mark)));
    }

    pub(super) fn synonym(&mut self, line: u32, value: &str, words: Vec<String>) {
        self.synonyms.push((line, value.trim().to_owned(), words));
    }

    pub(super) fn lookup(&mut self, line: u32, written: &str, values: Vec<String>) {
        self.lookups.push((line, name(written), values));
    }

    pub(super) fn pattern(&mut self, line: u32, written: &str, pattern: String) {
        self.patterns.push((line, name(written), pattern));
    }

    /// All of it. An intent without anything to know it by is left out.
    pub(super) fn lessons(mut self) -> Lessons {
        let mut types = self.choices();
        self.take_synonyms(&mut types);
        let mut slot_types: Vec<TaughtType> = Vec::new();
        for (line, of, pattern) in std::mem::take(&mut self.patterns) {
            self.take_pattern(line, of, pattern, &types, &mut slot_types);
        }
        for (name, choices) in types {
            let one = |choice: Choice| (choice.value, choice.words);
            slot_types.push(TaughtType { name, form: TaughtForm::Choice(choices.into_iter().map(one).collect()) });
        }
        let (taught, empty): (Vec<_>, Vec<_>) =
            self.intents.iter().cloned().partition(|lesson| !lesson.phrases.is_empty() || !lesson.regex.is_empty());
        for lesson in empty {
            self.note(0, format!("not taken: intent `{}` has no utterance of its own", lesson.name));
        }
        self.notes.sort();
        Lessons { intents: taught, slot_types, notes: self.notes }
    }

    /// The values of each type, by marks and look-up tables.
    fn choices(&mut self) -> Vec<(String, Vec<Choice>)> {
        let mut types: Vec<(String, Vec<Choice>)> = Vec::new();
        let synonyms: Vec<(String, String)> = self
            .synonyms
            .iter()
            .flat_map(|(_, value, words)| words.iter().map(|word| (word.to_lowercase(), value.clone())))
            .collect();
        let stands_for =
            |text: &str| synonyms.iter().find(|(word, _)| *word == text.to_lowercase()).map(|(_, v)| v.clone());
        let mut open: Vec<String> = Vec::new();
        for (line, mark) in std::mem::take(&mut self.marks) {
            let of = name(&mark.entity);
            if let Some(more) = mark.more {
                self.note(
                    line,
                    format!("`{more}` of `{}` is not taken: a slot of a template says which value it is", mark.text),
                );
            }
            if SLOT_TYPES.iter().any(|(word, _)| *word == of) {
                self.note(line, format!("`{}` is not taken: `as: {of}` understands such values by itself", mark.text));
                continue;
            }
            if mark.value.is_none() && stands_for(&mark.text).is_none() && !open.contains(&of) {
                open.push(of.clone());
            }
            let value = mark.value.or_else(|| stands_for(&mark.text)).unwrap_or_else(|| mark.text.clone());
            add(&mut types, &of, value, Some(mark.text));
        }
        for (line, of, values) in std::mem::take(&mut self.lookups) {
            if SLOT_TYPES.iter().any(|(word, _)| *word == of) {
                self.note(line, format!("look-up table not taken: `{of}` is a type that templates have already"));
                continue;
            }
            open.retain(|name| *name != of);
            values.into_iter().for_each(|value| {
                let value = stands_for(&value).unwrap_or(value);
                add(&mut types, &of, value, None);
            });
        }
        let with_pattern = |of: &String| self.patterns.iter().any(|(_, name, _)| name == of);
        let unsure: Vec<String> = open.into_iter().filter(|of| !with_pattern(of)).collect();
        for of in unsure {
            let count = types.iter().find(|(name, _)| *name == of).map_or(0, |(_, values)| values.len());
            self.note(0, format!("type `{of}` knows the {count} values that utterances mark, and no other; give it another type if any value is meant"));
        }
        types
    }

    fn take_synonyms(&mut self, types: &mut [(String, Vec<Choice>)]) {
        for (line, value, words) in std::mem::take(&mut self.synonyms) {
            let mut found = false;
            for (_, choices) in types.iter_mut() {
                let Some(place) = choices.iter().position(|choice| choice.value.to_lowercase() == value.to_lowercase())
                else {
                    continue;
                };
                found = true;
                for word in &words {
                    if !choices.iter().any(|choice| choice.knows(word)) {
                        choices[place].words.push(word.clone());
                    }
                }
            }
            if !found {
                self.note(line, format!("synonym `{value}` is not taken: no marked utterance or look-up table has that value, so its type is not known"));
            }
        }
    }

    /// A pattern belongs to the intent or the type that it is named after.
    fn take_pattern(
        &mut self,
        line: u32,
        of: String,
        pattern: String,
        types: &[(String, Vec<Choice>)],
        slot_types: &mut Vec<TaughtType>,
    ) {
        if let Err(error) = regex::RegexBuilder::new(&pattern).size_limit(REGEX_SIZE_LIMIT).build() {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            return self.note(line, format!("regex `{pattern}` is not taken: {why}"));
        }
        if pattern.contains("\\d") || pattern.contains("0-9") {
            self.note(line, format!("regex `{pattern}` looks for digits, but numbers are heard as words: consider `as: digits` or `number`"));
        }
        if let Some(place) = self.intents.iter().position(|lesson| lesson.name == of) {
            self.intents[place].regex.push(pattern);
        } else if types.iter().any(|(name, _)| *name == of) {
            self.note(
                line,
                format!("regex `{pattern}` is not taken: `{of}` is a choice of the values that utterances mark"),
            );
        } else if slot_types.iter().any(|known| known.name == of) || SLOT_TYPES.iter().any(|(word, _)| *word == of) {
            self.note(line, format!("regex `{pattern}` is not taken: the type `{of}` has another one"));
        } else {
            slot_types.push(TaughtType { name: of, form: TaughtForm::Pattern(pattern) });
        }
    }
}

/// One value with other words for it.
struct Choice {
    value: String,
    words: Vec<String>,
}

impl Choice {
    fn knows(&self, word: &str) -> bool {
        let same = |own: &String| own.to_lowercase() == word.to_lowercase();
        same(&self.value) || self.words.iter().any(same)
    }
}

fn add(types: &mut Vec<(String, Vec<Choice>)>, of: &str, value: String, word: Option<String>) {
    let place = types.iter().position(|(name, _)| name == of).unwrap_or_else(|| {
        types.push((of.to_owned(), Vec::new()));
        types.len() - 1
    });
    let choices = &mut types[place].1;
    if !choices.iter().any(|choice| choice.knows(&value)) {
        choices.push(Choice { value: value.clone(), words: Vec::new() });
    }
    let Some(word) = word.filter(|word| !choices.iter().any(|choice| choice.knows(word))) else { return };
    if let Some(choice) = choices.iter_mut().find(|choice| choice.knows(&value)) {
        choice.words.push(word);
    }
}
