//! Values in Indonesian answers, colloquial ones included.

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

pub(super) use number::below_hundred;

use super::{Found, Understands};
use chrono::NaiveDate;
use std::ops::Range;

/// Words of somebody who corrects.
const CUES: [&str; 17] = [
    "tidak",
    "nggak",
    "enggak",
    "gak",
    "ga",
    "bukan",
    "bukannya",
    "salah",
    "ganti",
    "ubah",
    "rubah",
    "maksud",
    "maksudnya",
    "jangan",
    "maaf",
    "harusnya",
    "seharusnya",
];
/// Endings of numbers that are written together with what is before them: "duapuluh", "limaribu".
const JOINED: [&str; 5] = ["belas", "puluh", "ratus", "ribu", "juta"];
/// Short forms.
const SHORT: [(&str, &str); 9] = [
    ("rb", "ribu"),
    ("jt", "juta"),
    ("milyar", "miliar"),
    ("tgl", "tanggal"),
    ("jum'at", "jumat"),
    ("pk", "pukul"),
    ("mnt", "menit"),
    ("rupiahnya", "rupiah"),
    ("ahad", "minggu"),
];

pub(super) struct Indonesian;

fn is(words: &[String], at: usize, any: &[&str]) -> bool {
    words.get(at).is_some_and(|word| any.contains(&word.as_str()))
}

/// How many words of the longest of `phrases` stand at the beginning of `words`.
fn begins(words: &[String], phrases: &[&str]) -> Option<usize> {
    let fits = |phrase: &&&str| {
        let mut wanted = phrase.split(' ').enumerate();
        wanted.all(|(at, word)| words.get(at).is_some_and(|own| own == word))
    };
    phrases.iter().filter(fits).map(|phrase| phrase.split(' ').count()).max()
}

/// [`begins`], and 0 where none of them stands.
fn skipped(words: &[String], phrases: &[&str]) -> usize {
    begins(words, phrases).unwrap_or(0)
}

impl Understands for Indonesian {
    fn words(&self, normalised: &str) -> Vec<String> {
        let mut words = Vec::new();
        for word in normalised.split_whitespace() {
            let word = SHORT.iter().find(|(short, _)| *short == word).map_or(word, |(_, full)| full);
            let joined = JOINED.iter().find_map(|ending| {
                let head = word.strip_suffix(ending)?;
                number::is_digit(head).then_some([head, ending])
            });
            match joined {
                Some(parts) => words.extend(parts.map(str::to_owned)),
                None => words.push(word.to_owned()),
            }
        }
        words
    }

    fn yes_no(&self, words: &[String]) -> Option<bool> {
        yes_no::read(words)
    }

    fn number(&self, words: &[String]) -> Option<Found> {
        number::find(words)
    }

    fn digits(&self, words: &[String]) -> Option<Found> {
        number::find_digits(words)
    }

    fn phone(&self, words: &[String], _raw: &str) -> Option<Found> {
        number::find_phone(words)
    }

    fn amount(&self, words: &[String], _raw: &str) -> Option<Found> {
        amount::find(words)
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
        denial::around(words, used)
    }

    fn skips_denied(&self) -> bool {
        true
    }

    fn corrects(&self, words: &[String]) -> bool {
        words.iter().any(|word| CUES.contains(&word.as_str()))
    }
}
