//! Values inside an answer: yes or no, numbers, digits, telephone numbers, amounts, dates, times of day,
//! lengths of time, names, choices, free text.
//!
//! Parsers look for their value anywhere in the words, so that "I think Friday would be best" is a
//! date, and say which words they used.

mod amount;
mod choice;
mod date;
mod duration;
mod name;
mod number;
mod phone;
mod time;
pub mod written;
mod yes_no;

use crate::{speak, words};
use chrono::{NaiveDate, NaiveDateTime};
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

/// An answer split into words for the parsers.
pub(crate) struct Answer {
    words: Vec<String>,
    raw: String,
}

impl Answer {
    pub(crate) fn new(text: &str) -> Self {
        let words = words::normalise(text).split_whitespace().map(str::to_owned).collect();
        Self { words, raw: text.trim().to_owned() }
    }

    /// The first value that `shape` describes, where `now` is the speaker's local time.
    pub(crate) fn find_shape(&self, shape: &SlotShape, now: NaiveDateTime) -> Option<Found> {
        match shape.kind {
            SlotType::Choice => choice::find(&self.words, &shape.choices),
            SlotType::Regex => choice::matched(&self.words, shape.pattern.as_ref()?),
            kind => self.find(kind, now),
        }
    }

    /// The first value of `kind`, where `now` is the speaker's local time.
    pub(crate) fn find(&self, kind: SlotType, now: NaiveDateTime) -> Option<Found> {
        let all = 0..self.words.len();
        match kind {
            SlotType::YesNo => {
                let value = if yes_no::read(&self.words)? { "yes" } else { "no" };
                Some(Found { value: value.to_owned(), used: all })
            }
            SlotType::Number => number::find(&self.words),
            SlotType::Digits => number::find_digits(&self.words),
            SlotType::Date => self.date(now.date()),
            SlotType::Time => time::find(&self.words),
            SlotType::Phone => phone::find(&self.words, &self.raw),
            SlotType::Amount => amount::find(&self.words, &self.raw),
            SlotType::Duration => duration::find(&self.words),
            SlotType::Name => name::find(&self.words),
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
        let (date, used) = date::find(&self.words, today)?;
        Some(Found { value: date.to_string(), used })
    }

    /// What is left when the words of `found` are taken out.
    pub(crate) fn without(&self, found: &Found) -> Self {
        let keep = |i: &usize| !found.used.contains(i);
        let words: Vec<_> = (0..self.words.len()).filter(keep).map(|i| self.words[i].clone()).collect();
        Self { raw: words.join(" "), words }
    }

    /// Share of the words that a value was read from, 0–1.
    pub(crate) fn coverage(&self, found: &Found) -> f32 {
        found.used.len() as f32 / self.words.len().max(1) as f32
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}
