//! Telephone numbers: digits by ear, with a `+` when the country was said.

use super::number;
use crate::slots::Found;

/// Fewer digits than this are no telephone number.
const FEWEST: usize = 3;
/// ITU-T E.164 allows no more.
const MOST: usize = 15;

/// `raw` is the answer as it was typed, where it was typed.
pub(super) fn find(words: &[String], raw: &str) -> Option<Found> {
    let found = typed(raw).map(|value| Found { value, used: 0..words.len() }).or_else(|| spoken(words))?;
    let digits = found.value.trim_start_matches('+').len();
    (FEWEST..=MOST).contains(&digits).then_some(found)
}

fn typed(raw: &str) -> Option<String> {
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    let before = raw.find(|c: char| c.is_ascii_digit()).map(|at| raw[..at].trim_end());
    let plus = before.is_some_and(|before| before.trim_end_matches('(').ends_with('+'));
    (digits.len() >= FEWEST).then(|| if plus { format!("+{digits}") } else { digits })
}

fn spoken(words: &[String]) -> Option<Found> {
    let mut found = number::find_digits(words)?;
    if found.used.start > 0 && words[found.used.start - 1] == "plus" {
        found.value.insert(0, '+');
        found.used.start -= 1;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let words: Vec<_> = crate::words::normalise(text).split_whitespace().map(str::to_owned).collect();
        find(&words, text).map(|found| found.value)
    }

    #[test]
    fn spoken_and_typed_numbers() {
        assert_eq!(read("plus one five five five oh one oh").as_deref(), Some("+1555010"));
        assert_eq!(read("it's double five five, three two one").as_deref(), Some("555321"));
        assert_eq!(read("+1 (555) 010-2030").as_deref(), Some("+15550102030"));
        assert_eq!(read("call me on 0555 1234").as_deref(), Some("05551234"));
        assert_eq!(read("one two"), None, "too short");
        assert_eq!(read("the usual one"), None);
    }
}
