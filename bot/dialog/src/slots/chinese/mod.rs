//! Values in Chinese answers, of either script. The rules read single signs, folded to the simplified script.

mod amount;
mod date;
mod denial;
mod duration;
mod name;
mod number;
#[cfg(test)]
mod tests;
mod time;
mod yes_no;

use super::{Found, Understands};
use crate::words::script::{is_sign, simplified};
use chrono::NaiveDate;
use std::ops::Range;

pub(super) struct Chinese {
    /// What 元 and 塊 mean where nothing else is said (ISO 4217).
    pub currency: &'static str,
}

/// One sign for each word of the answer; a word of Latin letters is no sign of any rule.
fn signs(words: &[String]) -> Vec<char> {
    let sign = |word: &String| {
        let mut signs = word.chars();
        match (signs.next(), signs.next()) {
            (Some(only), None) if is_sign(only) => simplified(only),
            _ => '\u{fffd}',
        }
    };
    words.iter().map(sign).collect()
}

/// How many signs of the longest of `options` stand at the beginning of `signs`.
fn begins(signs: &[char], options: &[&str]) -> Option<usize> {
    let fits = |option: &&&str| option.chars().enumerate().all(|(at, sign)| signs.get(at) == Some(&sign));
    options.iter().filter(fits).map(|option| option.chars().count()).max()
}

/// [`begins`], and 0 where none of them stands.
fn skipped(signs: &[char], options: &[&str]) -> usize {
    begins(signs, options).unwrap_or(0)
}

/// Do the signs before `at` end in one of `options`?
fn ends(signs: &[char], at: usize, options: &[&str]) -> bool {
    let before: String = signs[..at].iter().collect();
    options.iter().any(|option| before.ends_with(option))
}

impl Understands for Chinese {
    fn words(&self, normalised: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for run in normalised.split_whitespace() {
            let mut open = false;
            for sign in run.chars() {
                match words.last_mut().filter(|_| open && !is_sign(sign)) {
                    Some(word) => word.push(sign),
                    None => words.push(sign.to_string()),
                }
                open = !is_sign(sign);
            }
        }
        words
    }

    fn yes_no(&self, words: &[String]) -> Option<bool> {
        yes_no::read(words)
    }

    fn number(&self, words: &[String]) -> Option<Found> {
        number::find(&signs(words))
    }

    fn digits(&self, words: &[String]) -> Option<Found> {
        number::find_digits(&signs(words))
    }

    fn phone(&self, words: &[String], _raw: &str) -> Option<Found> {
        number::find_phone(&signs(words))
    }

    fn amount(&self, words: &[String], _raw: &str) -> Option<Found> {
        amount::find(words, &signs(words), self.currency)
    }

    fn date(&self, words: &[String], today: NaiveDate) -> Option<(NaiveDate, Range<usize>)> {
        date::find(&signs(words), today)
    }

    fn time(&self, words: &[String]) -> Option<Found> {
        time::find(&signs(words))
    }

    fn duration(&self, words: &[String]) -> Option<Found> {
        duration::find(&signs(words))
    }

    fn name(&self, words: &[String]) -> Option<Found> {
        name::find(words, &signs(words))
    }

    fn denied(&self, words: &[String], used: &Range<usize>) -> Option<Range<usize>> {
        denial::around(&signs(words), used)
    }

    fn skips_denied(&self) -> bool {
        true
    }

    fn corrects(&self, words: &[String]) -> bool {
        let signs = signs(words);
        let cues = ["不", "没", "错", "改", "换", "应该", "而是", "更正", "抱歉", "对不起"];
        (0..signs.len()).any(|at| begins(&signs[at..], &cues).is_some())
    }

    fn shortest_synonym(&self) -> usize {
        2
    }
}
