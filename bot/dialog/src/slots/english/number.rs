//! Numbers and strings of digits in words.

use crate::slots::Found;
use crate::speak::number::SMALL;

const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const GROUPS: [(&str, u64); 3] = [("billion", 1_000_000_000), ("million", 1_000_000), ("thousand", 1000)];

fn unit(word: &str) -> Option<u64> {
    SMALL.iter().position(|unit| *unit == word).map(|n| n as u64)
}

fn tens(word: &str) -> Option<u64> {
    TENS.iter().position(|tens| *tens == word).map(|n| (n as u64 + 2) * 10)
}

/// A number below one hundred at the beginning of `words`, and how many words it takes.
pub(in crate::slots) fn below_hundred(words: &[String]) -> Option<(u64, usize)> {
    let first = words.first()?;
    if let Some(tens) = tens(first) {
        let after = words.get(1).and_then(|word| unit(word)).filter(|n| (1..10).contains(n));
        return Some(after.map_or((tens, 1), |n| (tens + n, 2)));
    }
    unit(first).map(|n| (n, 1))
}

/// Is the word at `at` the second half of a number such as "thirty five"?
pub(super) fn inside(words: &[String], at: usize) -> bool {
    let second =
        |word: &str| unit(word).is_some_and(|n| (1..10).contains(&n)) || plain_ordinal(word).is_some_and(|n| n < 10);
    at > 0 && tens(&words[at - 1]).is_some() && second(&words[at])
}

fn plain_ordinal(word: &str) -> Option<u64> {
    (1..=31).find(|n| crate::speak::number::ordinal(*n) == word)
}

fn below_thousand(words: &[String]) -> Option<(u64, usize)> {
    let article = ["a", "an"].contains(&words.first()?.as_str());
    let (hundreds, used) = if article { (1, 1) } else { below_hundred(words)? };
    if hundreds == 0 || words.get(used).map(String::as_str) != Some("hundred") {
        return (!article).then_some((hundreds, used));
    }
    let mut total = (hundreds * 100, used + 1);
    let and = usize::from(words.get(total.1).map(String::as_str) == Some("and"));
    let rest = words.get(total.1 + and..).unwrap_or_default();
    if let Some((n, used)) = below_hundred(rest).filter(|(n, _)| *n > 0) {
        total = (total.0 + n, total.1 + and + used);
    }
    Some(total)
}

/// A cardinal number at the beginning of `words`, and how many words it takes.
pub(crate) fn cardinal(words: &[String]) -> Option<(u64, usize)> {
    let mut total = 0;
    let mut at = 0;
    let mut smallest = u64::MAX;
    loop {
        let rest = words.get(at..)?;
        let and = usize::from(at > 0 && rest.first().map(String::as_str) == Some("and"));
        let article = rest.first().is_some_and(|word| word == "a");
        let group_of = |used: usize| {
            let name = rest.get(and + used)?;
            GROUPS.iter().find(|(group, _)| group == name).map(|(_, size)| *size)
        };
        let part = below_thousand(rest.get(and..).unwrap_or_default())
            .or((article && group_of(1).is_some()).then_some((1, 1)));
        let Some((n, used)) = part else { break };
        let size = group_of(used);
        match size {
            Some(size) if size < smallest => {
                (total, smallest, at) = (total + n * size, size, at + and + used + 1);
            }
            None if smallest > 1 && (at == 0 || n > 0 && n < smallest) => {
                return Some((total + n, at + and + used));
            }
            _ => break,
        }
    }
    (at > 0).then_some((total, at))
}

/// `first` to `thirty first` and so on at the beginning of `words`.
pub(super) fn ordinal(words: &[String]) -> Option<(u64, usize)> {
    let first = words.first()?;
    if let (Some(tens), Some(n)) = (tens(first), words.get(1).and_then(|word| plain_ordinal(word)))
        && n < 10
    {
        return Some((tens + n, 2));
    }
    plain_ordinal(first).map(|n| (n, 1))
}

/// The first number; decimals after "point".
pub(super) fn find(words: &[String]) -> Option<Found> {
    (0..words.len()).find_map(|from| {
        let (whole, mut used) = cardinal(&words[from..])?;
        let mut value = whole.to_string();
        if words.get(from + used).is_some_and(|word| word == "point") {
            let digits: String = words[from + used + 1..]
                .iter()
                .map_while(|word| unit(word).filter(|n| *n < 10))
                .map(|n| n.to_string())
                .collect();
            if !digits.is_empty() {
                used += 1 + digits.len();
                value = format!("{value}.{digits}");
            }
        }
        Some(Found { value, used: from..from + used })
    })
}

/// The longest run of digits: "four oh two", "double seven", "twenty three".
pub(super) fn find_digits(words: &[String]) -> Option<Found> {
    let mut best: Option<Found> = None;
    let mut from = 0;
    while from < words.len() {
        let (digits, used) = digits(&words[from..]);
        if best.as_ref().is_none_or(|best| digits.len() > best.value.len()) && !digits.is_empty() {
            best = Some(Found { value: digits, used: from..from + used });
        }
        from += used.max(1);
    }
    best
}

fn digits(words: &[String]) -> (String, usize) {
    let mut out = String::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let times = match word.as_str() {
            "double" => 2,
            "triple" => 3,
            _ => 1,
        };
        let skip = usize::from(times > 1);
        let rest = words.get(at + skip..).unwrap_or_default();
        let zero = rest.first().is_some_and(|word| ["oh", "o"].contains(&word.as_str()));
        let read = if zero { Some((0, 1)) } else { below_thousand(rest) };
        let Some((n, used)) = read.filter(|(n, _)| times == 1 || *n < 10) else { break };
        out.push_str(&n.to_string().repeat(times));
        at += skip + used;
    }
    (out, at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_number_that_is_spoken_is_read_back() {
        let steps = (0..20_000).chain((20_000..2_000_000).step_by(991)).chain([1_000_000_000, 7_000_000_001]);
        for n in steps {
            let spoken = words(&crate::speak::number::cardinal(n));
            assert_eq!(cardinal(&spoken), Some((n, spoken.len())), "{spoken:?}");
        }
        for n in 1..=31 {
            let spoken = words(&crate::speak::number::ordinal(n));
            assert_eq!(ordinal(&spoken), Some((n, spoken.len())), "{spoken:?}");
        }
    }

    #[test]
    fn numbers_inside_answers() {
        let read = |text: &str| find(&words(text)).map(|found| found.value);
        assert_eq!(read("there will be twenty five of us").as_deref(), Some("25"));
        assert_eq!(read("a hundred and five").as_deref(), Some("105"));
        assert_eq!(read("a thousand").as_deref(), Some("1000"));
        assert_eq!(read("three point one four").as_deref(), Some("3.14"));
        assert_eq!(read("two thousand and ten").as_deref(), Some("2010"));
        assert_eq!(read("a table please"), None);
    }

    #[test]
    fn digits_as_people_say_them() {
        let read = |text: &str| find_digits(&words(text)).map(|found| found.value);
        assert_eq!(read("my code is four oh two double seven").as_deref(), Some("40277"));
        assert_eq!(read("twenty three forty five").as_deref(), Some("2345"));
        assert_eq!(read("triple nine one").as_deref(), Some("9991"));
        assert_eq!(read("no idea"), None);
    }
}
