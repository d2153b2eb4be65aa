//! Values in English answers.

mod amount;
mod date;
mod duration;
mod name;
mod number;
mod phone;
mod time;
mod yes_no;

pub(super) use number::below_hundred;
pub(crate) use number::cardinal;

use super::{Found, Understands};
use chrono::NaiveDate;
use std::ops::Range;

/// Words of somebody who corrects.
const CUES: [&str; 14] = [
    "no",
    "not",
    "wrong",
    "actually",
    "instead",
    "change",
    "mean",
    "meant",
    "incorrect",
    "rather",
    "isn't",
    "wasn't",
    "correct",
    "sorry",
];
/// Words before a value that is not meant.
const DENIALS: [&str; 3] = ["not", "isn't", "wasn't"];
/// Words that may stand between a denial and its value.
const BETWEEN: [&str; 6] = ["on", "at", "the", "for", "in", "a"];

pub(super) struct English;

impl Understands for English {
    fn yes_no(&self, words: &[String]) -> Option<bool> {
        yes_no::read(words)
    }

    fn number(&self, words: &[String]) -> Option<Found> {
        number::find(words)
    }

    fn digits(&self, words: &[String]) -> Option<Found> {
        number::find_digits(words)
    }

    fn phone(&self, words: &[String], raw: &str) -> Option<Found> {
        phone::find(words, raw)
    }

    fn amount(&self, words: &[String], raw: &str) -> Option<Found> {
        amount::find(words, raw)
    }

    fn date(&self, words: &[String], today: NaiveDate) -> Option<(NaiveDate, Range<usize>)> {
        date::find(words, today)
    }

    fn time(&self, words: &[String]) -> Option<Found> {
        time::find(words)
    }

    fn duration(&self, words: &[String]) -> Option<Found> {
        duration::find(words)
    }

    fn name(&self, words: &[String]) -> Option<Found> {
        name::find(words)
    }

    fn denied(&self, words: &[String], used: &Range<usize>) -> Option<Range<usize>> {
        super::denied_by(words, used, &DENIALS, &BETWEEN)
    }

    /// [`date`] passes them over itself.
    fn skips_denied(&self) -> bool {
        false
    }

    fn corrects(&self, words: &[String]) -> bool {
        words.iter().any(|word| CUES.contains(&word.as_str()))
    }
}
