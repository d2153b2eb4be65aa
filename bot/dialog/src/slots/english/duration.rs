//! Lengths of time: "half an hour", "two and a half hours", "an hour and twenty minutes", "three days".

use super::number;
use crate::slots::Found;

const UNITS: [(&str, u64); 7] = [
    ("second", 1),
    ("minute", 60),
    ("min", 60),
    ("hour", 3600),
    ("day", 24 * 3600),
    ("week", 7 * 24 * 3600),
    ("month", 30 * 24 * 3600),
];

fn unit(word: Option<&String>) -> Option<u64> {
    let word = word?.trim_end_matches('s');
    UNITS.iter().find(|(name, _)| *name == word).map(|(_, seconds)| *seconds)
}

/// The first length of time, its parts added up; in seconds. A month counts 30 days.
pub(super) fn find(words: &[String]) -> Option<Found> {
    let start = |from: usize| (!number::inside(words, from)).then(|| part(&words[from..])).flatten();
    let (from, (mut seconds, mut used)) = (0..words.len()).find_map(|from| Some((from, start(from)?)))?;
    loop {
        let and = usize::from(words.get(from + used).is_some_and(|word| word == "and"));
        let Some((more, length)) = words.get(from + used + and..).and_then(part) else { break };
        seconds = seconds.checked_add(more)?;
        used += and + length;
    }
    Some(Found { value: seconds.to_string(), used: from..from + used })
}

/// One count with its unit: seconds and words.
fn part(words: &[String]) -> Option<(u64, usize)> {
    let is = |at: usize, wanted: &[&str]| {
        wanted.iter().enumerate().all(|(i, word)| words.get(at + i).is_some_and(|w| w == word))
    };
    for (lead, divisor) in [(&["half", "a"][..], 2), (&["half", "an"], 2), (&["quarter", "of", "an"], 4)] {
        let article = usize::from(is(0, &["a"]) || is(0, &["three"]));
        let times = if is(0, &["three"]) { 3 } else { 1 };
        if is(article, lead) || (is(article, &["quarters", "of", "an"]) && divisor == 4) {
            let at = article + lead.len();
            return Some((unit(words.get(at))? * times / divisor, at + 1));
        }
    }
    let (count, used) = match words.first()?.as_str() {
        "a" | "an" => number::cardinal(words).unwrap_or((1, 1)),
        _ => number::cardinal(words)?,
    };
    if is(used, &["and", "a", "half"]) {
        let seconds = unit(words.get(used + 3))?;
        return Some((count.checked_mul(seconds)?.checked_add(seconds / 2)?, used + 4));
    }
    let seconds = unit(words.get(used))?;
    let half = is(used + 1, &["and", "a", "half"]) && unit(words.get(used + 4)).is_none();
    let (extra, more) = if half { (seconds / 2, 3) } else { (0, 0) };
    Some((count.checked_mul(seconds)?.checked_add(extra)?, used + 1 + more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        find(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).map(|found| found.value)
    }

    #[test]
    fn lengths_of_time_as_people_say_them() {
        let said = [
            ("half an hour", 1800),
            ("a quarter of an hour", 900),
            ("three quarters of an hour", 2700),
            ("about an hour and a half", 5400),
            ("two and a half hours", 9000),
            ("an hour and twenty minutes", 4800),
            ("ninety seconds please", 90),
            ("twenty five minutes", 1500),
            ("three days", 259_200),
        ];
        for (words, seconds) in said {
            assert_eq!(read(words), Some(seconds.to_string()), "{words}");
        }
        assert_eq!(read("not long"), None);
        assert_eq!(read("a while"), None);
        assert_eq!(read("two people"), None);
        let month = "nine hundred ninety nine billion months ";
        assert_eq!(read(month), Some("2589408000000000000".to_owned()));
        assert_eq!(read(&month.repeat(8)), None, "longer than can be counted");
    }
}
