//! Values inside an answer: yes or no, numbers, digits, telephone numbers, amounts, dates, times of day,
//! lengths of time, names, choices, free text.
//!
//! Parsers look for their value anywhere in the words, so that "I think Friday would be best" is a
//! date, and say which words they used. Each language has a folder behind [`Understands`].

mod chinese;
mod choice;
mod english;
pub(crate) mod grouped;
mod indonesian;
#[cfg(test)]
mod round_trip;
pub mod written;

pub(crate) use english::cardinal as english_number;

use crate::language::Language;
use crate::{speak, words};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use std::ops::Range;
use warmline_schema::{SlotShape, SlotType};

/// A value found in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// In the form in which slots are stored: `yes`, `42`, `2026-11-24`, `14:30`.
    pub value: String,
    /// The words it was read from.
    pub used: Range<usize>,
}

/// How values are found in one language. `words` are those of [`Understands::words`].
trait Understands: Sync {
    /// Normalised text taken apart: at its spaces, or into signs.
    fn words(&self, normalised: &str) -> Vec<String> {
        normalised.split_whitespace().map(str::to_owned).collect()
    }
    fn yes_no(&self, words: &[String]) -> Option<bool>;
    fn number(&self, words: &[String]) -> Option<Found>;
    fn digits(&self, words: &[String]) -> Option<Found>;
    /// `raw` is the answer as it was typed, where it was typed.
    fn phone(&self, words: &[String], raw: &str) -> Option<Found>;
    fn amount(&self, words: &[String], raw: &str) -> Option<Found>;
    fn date(&self, words: &[String], today: NaiveDate) -> Option<(NaiveDate, Range<usize>)>;
    fn time(&self, words: &[String]) -> Option<Found>;
    fn duration(&self, words: &[String]) -> Option<Found>;
    fn name(&self, words: &[String]) -> Option<Found>;
    /// The words `used` with those that deny them ("not on Thursday"), if some do.
    fn denied(&self, words: &[String], used: &Range<usize>) -> Option<Range<usize>>;
    /// Is a value that is denied passed over for another one?
    fn skips_denied(&self) -> bool;
    /// Are there words of somebody who corrects?
    fn corrects(&self, words: &[String]) -> bool;
    /// Fewest words of a choice that are looked for inside a longer answer.
    fn shortest_synonym(&self) -> usize {
        1
    }
}

fn understands(language: Language) -> &'static dyn Understands {
    match language {
        Language::English => &english::English,
        Language::Traditional => &chinese::Chinese { currency: "TWD" },
        Language::Simplified => &chinese::Chinese { currency: "CNY" },
        Language::Indonesian => &indonesian::Indonesian,
    }
}

/// `text` as the words of an answer in `language`.
pub(crate) fn words_of(text: &str, language: Language) -> Vec<String> {
    understands(language).words(&words::normalise_in(text, language))
}

/// `used` from the denial before it on, where only words of `between` stand in between.
fn denied_by(words: &[String], used: &Range<usize>, denials: &[&str], between: &[&str]) -> Option<Range<usize>> {
    let mut at = used.start;
    while at > 0 {
        at -= 1;
        if denials.contains(&words[at].as_str()) {
            return Some(at..used.end);
        }
        if !between.contains(&words[at].as_str()) {
            return None;
        }
    }
    None
}

/// Takes the place of words that were passed over.
const PASSED_OVER: &str = "\u{fffd}";
/// Values tried in one answer.
const MOST_VALUES: usize = 6;
/// Values of one type that are looked for when all of them are wanted.
const MOST_OF_A_TYPE: usize = 50;

/// An answer split into words for the parsers.
#[derive(Clone)]
pub(crate) struct Answer {
    language: Language,
    words: Vec<String>,
    raw: String,
}

impl Answer {
    pub(crate) fn new(text: &str, language: Language) -> Self {
        Self { language, words: words_of(text, language), raw: text.trim().to_owned() }
    }

    /// Of words that are known; those in `taken` are nothing to any parser.
    pub(crate) fn of_words(mut words: Vec<String>, taken: impl Fn(usize) -> bool, language: Language) -> Self {
        for (_, word) in words.iter_mut().enumerate().filter(|(at, _)| taken(*at)) {
            PASSED_OVER.clone_into(word);
        }
        Self { language, raw: words.join(language.space()), words }
    }

    /// Every value of `kind`, whether it is meant or not, the clearest first; none of them shares a word with another.
    pub(crate) fn every(&self, kind: SlotType, now: NaiveDateTime) -> Vec<Found> {
        let (mut rest, mut all) = (self.clone(), Vec::new());
        while let Some(found) = rest.find(kind, now).filter(|_| all.len() < MOST_OF_A_TYPE) {
            rest.words[found.used.clone()].fill(PASSED_OVER.to_owned());
            all.push(found);
        }
        all
    }

    /// The first value that `shape` describes and that is meant, where `now` is the speaker's local time.
    pub(crate) fn find_shape(&self, shape: &SlotShape, now: NaiveDateTime) -> Option<Found> {
        if !understands(self.language).skips_denied() || matches!(shape.kind, SlotType::YesNo | SlotType::Text) {
            return self.said(shape, now);
        }
        let mut rest = self.clone();
        for _ in 0..MOST_VALUES {
            let found = rest.said(shape, now)?;
            let Some(denied) = rest.denied(&found) else { return Some(found) };
            rest.words[denied].fill(PASSED_OVER.to_owned());
        }
        None
    }

    /// The value of "no, five" where another one was `read_back`; without commas it looks like "not five".
    pub(crate) fn other_than(&self, read_back: &str, shape: &SlotShape, now: NaiveDateTime) -> Option<Found> {
        let found = self.said(shape, now).filter(|found| found.value != read_back)?;
        let opens = understands(self.language).skips_denied() && self.denied(&found)?.start == 0;
        // Two names of one day may be two dates: "bukan Kamis".
        let day = |value: &str| value.parse::<NaiveDate>().map(|date| date.weekday());
        let same_day = matches!((day(&found.value), day(read_back)), (Ok(a), Ok(b)) if a == b);
        (opens && !same_day).then_some(found)
    }

    /// The first value that `shape` describes, meant or not.
    pub(crate) fn said(&self, shape: &SlotShape, now: NaiveDateTime) -> Option<Found> {
        let shortest = understands(self.language).shortest_synonym();
        match shape.kind {
            SlotType::Choice => {
                choice::find(&self.words, &shape.choices, shortest, |text| words_of(text, self.language))
            }
            SlotType::Regex => choice::matched(&self.words, shape.pattern.as_ref()?, self.language.space()),
            kind => self.find(kind, now),
        }
    }

    /// The first value of `kind`, where `now` is the speaker's local time.
    pub(crate) fn find(&self, kind: SlotType, now: NaiveDateTime) -> Option<Found> {
        let (all, words, language) = (0..self.words.len(), self.words.as_slice(), understands(self.language));
        match kind {
            SlotType::YesNo => {
                let value = if language.yes_no(words)? { "yes" } else { "no" };
                Some(Found { value: value.to_owned(), used: all })
            }
            SlotType::Number => language.number(words),
            SlotType::Digits => language.digits(words),
            SlotType::Date => self.date(now.date()),
            SlotType::Time => language.time(words),
            SlotType::Phone => language.phone(words, &self.raw),
            SlotType::Amount => language.amount(words, &self.raw),
            SlotType::Duration => language.duration(words),
            SlotType::Name => language.name(words),
            // Described by more than their type.
            SlotType::Choice | SlotType::Regex => None,
            SlotType::Text => (!self.raw.is_empty()).then(|| Found { value: self.raw.clone(), used: all }),
        }
    }

    fn date(&self, today: NaiveDate) -> Option<Found> {
        // Typed dates (text chat) never reach the words.
        let typed = self.raw.split_whitespace().find_map(speak::read_date);
        if let Some(date) = typed {
            return Some(Found { value: date.to_string(), used: 0..self.words.len() });
        }
        let (date, used) = understands(self.language).date(&self.words, today)?;
        Some(Found { value: date.to_string(), used })
    }

    /// What is left when the words of `found` are taken out.
    pub(crate) fn without(&self, found: &Found) -> Self {
        let keep = |i: &usize| !found.used.contains(i);
        let words: Vec<_> = (0..self.words.len()).filter(keep).map(|i| self.words[i].clone()).collect();
        Self { raw: words.join(self.language.space()), words, language: self.language }
    }

    /// Share of the words that a value was read from, 0–1.
    pub(crate) fn coverage(&self, found: &Found) -> f32 {
        found.used.len() as f32 / self.words.len().max(1) as f32
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// As it may be shown.
    pub(crate) fn text(&self) -> String {
        self.words.join(self.language.space())
    }

    /// The words of `found` with those that deny it, if some do.
    pub(crate) fn denied(&self, found: &Found) -> Option<Range<usize>> {
        understands(self.language).denied(&self.words, &found.used)
    }

    /// Are there words of somebody who corrects?
    pub(crate) fn corrects(&self) -> bool {
        understands(self.language).corrects(&self.words)
    }

    /// Is one of `names` said?
    pub(crate) fn names_one_of<'n>(&self, names: impl Iterator<Item = &'n str>) -> bool {
        names.map(|name| words_of(name, self.language)).any(|name| choice::place(&self.words, &name).is_some())
    }
}
