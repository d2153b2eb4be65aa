//! Digits that are said in groups: "nineteen eighty four", "twenty three forty five", "dua belas tiga puluh empat".
//!
//! Several groups with four digits or more may be the number of an account or the year of a birth. A single number, a
//! time of day and a range ("twenty thirty people") are not. In Chinese such digits are said one by one.

use super::{english, indonesian};
use crate::language::Language;
use std::ops::Range;

/// Fewest digits that may be somebody's.
const LEAST: usize = 4;
/// A group beside one of these is a part of a number.
const LARGER: [&str; 16] = [
    "hundred",
    "thousand",
    "million",
    "billion",
    "ratus",
    "seratus",
    "ribu",
    "seribu",
    "juta",
    "sejuta",
    "miliar",
    "semiliar",
    "triliun",
    "setriliun",
    "setengah",
    "half",
];
/// Behind these are decimals.
const POINTS: [&str; 2] = ["point", "koma"];
/// Behind one of these two groups are a time of day, or a day and its month.
const CLOCK_FOLLOWS: [&str; 9] = ["at", "by", "around", "until", "till", "jam", "pukul", "sekitar", "tanggal"];
/// Before one of these two groups are a time of day.
const PARTS_OF_DAY: [&str; 6] = ["pagi", "siang", "sore", "petang", "malam", "subuh"];
/// What two numbers may count: "twenty thirty people".
const COUNTED: [&str; 27] = [
    "people", "persons", "guests", "adults", "children", "kids", "of", "minutes", "hours", "days", "weeks", "months",
    "years", "percent", "dollars", "euros", "pounds", "orang", "tamu", "menit", "jam", "hari", "minggu", "bulan",
    "tahun", "kali", "rupiah",
];

/// Groups that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Groups {
    /// All digits, in order.
    pub digits: String,
    pub used: Range<usize>,
}

/// One group: its digits, its value and its words.
struct Group {
    digits: String,
    value: u64,
    used: usize,
}

/// Groups in `words` that may be somebody's number. `known`: digits that are, although they could be a time of day.
pub(crate) fn private(words: &[String], language: Language, known: impl Fn(&str) -> bool) -> Vec<Groups> {
    let (mut found, mut from) = (Vec::new(), 0);
    while from < words.len() {
        let groups = groups(&words[from..], language);
        let end = from + groups.iter().map(|group| group.used).sum::<usize>();
        found.extend(of_somebody(words, from, groups, &known));
        from = end.max(from + 1);
    }
    found
}

fn is(word: Option<&String>, any: &[&str]) -> bool {
    word.is_some_and(|word| any.contains(&word.as_str()))
}

fn of_somebody(
    words: &[String],
    mut from: usize,
    mut groups: Vec<Group>,
    known: impl Fn(&str) -> bool,
) -> Option<Groups> {
    let before = |at: usize| at.checked_sub(1).and_then(|at| words.get(at));
    if is(before(from), &LARGER) && !groups.is_empty() {
        from += groups.remove(0).used;
    }
    let mut to = from + groups.iter().map(|group| group.used).sum::<usize>();
    if is(words.get(to), &LARGER) {
        to -= groups.pop()?.used;
    }
    let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
    // Digits one by one are no groups.
    let grouped = groups.len() > 1 && groups.iter().any(|group| group.value >= 10) && digits.len() >= LEAST;
    if !grouped || is(before(from), &POINTS) {
        return None;
    }
    let two = <[Group; 2]>::try_from(groups).ok().map(|[first, second]| (first.value, second.value));
    let on_clock = two.is_some_and(|(hour, minute)| {
        let said_so = is(before(from), &CLOCK_FOLLOWS) || is(words.get(to), &PARTS_OF_DAY);
        // After noon a clock of twenty-four hours is seldom read without a word that says so.
        (10..60).contains(&minute) && (hour <= 12 || hour <= 24 && said_so)
    });
    let counts = two.is_some() && is(words.get(to), &COUNTED);
    let elsewhere = (on_clock || counts) && !known(&digits);
    (!elsewhere).then_some(Groups { digits, used: from..to })
}

/// The groups at the beginning of `words`.
fn groups(words: &[String], language: Language) -> Vec<Group> {
    let (mut groups, mut at) = (Vec::new(), 0);
    while let Some(group) = group(&words[at..], language) {
        at += group.used;
        groups.push(group);
    }
    groups
}

fn group(words: &[String], language: Language) -> Option<Group> {
    let times = match (words.first()?.as_str(), language) {
        ("double", Language::English | Language::Indonesian) | ("dobel" | "kembar", Language::Indonesian) => 2,
        ("triple", Language::English) => 3,
        _ => 1,
    };
    let lead = usize::from(times > 1);
    let rest = &words[lead..];
    let (value, used) = match language {
        Language::English if is(rest.first(), &["oh", "o"]) => (0, 1),
        Language::English => english::below_hundred(rest)?,
        Language::Indonesian => indonesian::below_hundred(rest)?,
        Language::Traditional | Language::Simplified => return None,
    };
    let digits = value.to_string();
    (times == 1 || value < 10).then(|| Group { digits: digits.repeat(times), value, used: lead + used })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, language: Language, known: &str) -> Vec<String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        private(&words, language, |digits| digits == known).into_iter().map(|groups| groups.digits).collect()
    }

    #[test]
    fn groups_that_may_be_an_account_or_a_year_are_found() {
        for (text, digits) in [
            ("i was born in nineteen eighty four", "1984"),
            ("nineteen fifty", "1950"),
            ("it is twenty three forty five", "2345"),
            ("five five five double one twenty three", "5551123"),
            ("four oh two seventeen", "40217"),
            ("twelve thirty four fifty six", "123456"),
        ] {
            assert_eq!(found(text, Language::English, ""), [digits], "{text}");
        }
        for (text, digits) in [
            ("lahir tahun sembilan belas delapan puluh empat", "1984"),
            ("nol delapan dua belas tiga puluh empat", "081234"),
        ] {
            assert_eq!(found(text, Language::Indonesian, ""), [digits], "{text}");
        }
    }

    #[test]
    fn small_numbers_and_times_of_day_are_not() {
        for text in [
            "two people",
            "twenty three",
            "at ten thirty",
            "twelve fifteen please",
            "at nineteen fifty",
            "twenty thirty people",
            "two hundred fifty dollars",
            "one thousand one hundred eleven",
            "two thousand twenty six",
            "four oh two seven",
        ] {
            assert!(found(text, Language::English, "").is_empty(), "{text}");
        }
        for text in
            ["jam empat belas tiga puluh", "dua puluh tiga puluh orang", "dua belas lima belas", "dua puluh lima"]
        {
            assert!(found(text, Language::Indonesian, "").is_empty(), "{text}");
        }
        assert_eq!(found("twelve thirty four", Language::English, "1234"), ["1234"], "it is known");
    }
}
