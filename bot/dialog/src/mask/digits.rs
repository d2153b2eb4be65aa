//! Digits that are said one by one or in groups, in the words of the language that is spoken.

use super::LEAST;
use super::heard::Word;
use crate::language::Language;
use crate::slots::grouped;
use crate::speak::{chinese_cardinal, indonesian_cardinal, number};
use regex::{Captures, Regex};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Figures with what joins them to a date, a time of day or an amount.
#[allow(clippy::expect_used)]
static FIGURES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9]+(?:[.,:/-][0-9]+)*").expect("the form of figures compiles"));

fn name(digit: u64, language: Language) -> String {
    match language {
        Language::English => number::cardinal(digit),
        Language::Indonesian => indonesian_cardinal(digit),
        Language::Traditional | Language::Simplified => chinese_cardinal(digit, true),
    }
}

/// Other names of a digit.
fn other_name(word: &str, language: Language) -> Option<usize> {
    match (language, word) {
        (Language::Indonesian, "kosong") | (Language::Traditional | Language::Simplified, "〇") => Some(0),
        (Language::Traditional | Language::Simplified, "幺") => Some(1),
        (Language::Traditional | Language::Simplified, "兩" | "两") => Some(2),
        _ => None,
    }
}

/// Words that stand in a run of digits and are kept.
fn between(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["oh", "double", "triple"],
        Language::Indonesian => &["dobel", "double", "kembar"],
        Language::Traditional | Language::Simplified => &[],
    }
}

fn digit(word: &str, language: Language) -> Option<usize> {
    (0..10).position(|digit| name(digit, language) == word).or_else(|| other_name(word, language))
}

/// Are `words` digits and nothing else?
pub(super) fn one_by_one(words: &[Word], language: Language) -> bool {
    words.len() > 1 && words.iter().all(|word| digit(&word.text, language).is_some())
}

/// Every run of three or more digits as `to` has them. `numbers`: those that are somebody's, although they could be a
/// time of day.
pub(super) fn replace(words: &mut Vec<Word>, to: &[u8; 10], numbers: &BTreeSet<String>, language: Language) {
    in_groups(words, to, numbers, language);
    let counts = |word: &&Word| {
        !word.masked && (digit(&word.text, language).is_some() || between(language).contains(&word.text.as_str()))
    };
    let mut at = 0;
    while at < words.len() {
        let run = words[at..].iter().take_while(counts).count();
        for word in words[at..at + run].iter_mut().filter(|_| run >= LEAST) {
            if let Some(digit) = digit(&word.text, language) {
                word.text = name(u64::from(to[digit]), language);
            }
        }
        at += run.max(1);
    }
}

/// "Nineteen eighty four" becomes digits one by one, which are heard as the same number.
fn in_groups(words: &mut Vec<Word>, to: &[u8; 10], numbers: &BTreeSet<String>, language: Language) {
    let said: Vec<String> =
        words.iter().map(|word| if word.masked { String::new() } else { word.text.clone() }).collect();
    let found = grouped::private(&said, language, |digits| numbers.contains(digits));
    for groups in found.into_iter().rev() {
        let digits = groups.digits.bytes().map(|b| name(u64::from(to[usize::from(b - b'0')]), language));
        let digits = digits.collect::<Vec<_>>().join(language.space());
        words.splice(groups.used, Word::all(&digits, language, true));
    }
}

/// `text` with its figures and English digits one by one in words of `language`, where there are three or more: read
/// as a number (一千兩百三十四) they would be no run.
pub(super) fn spelled(text: &str, language: Language) -> String {
    let english: Vec<String> = (0..10).map(number::cardinal).collect();
    let digit = |word: &&str| english.iter().position(|name| name.eq_ignore_ascii_case(word));
    let words: Vec<&str> = text.split_whitespace().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let run: String = words[at..].iter().map_while(digit).map(|digit| digit.to_string()).collect();
        let used = if run.len() < LEAST { 1 } else { run.len() };
        out.push(if run.len() < LEAST { words[at].to_owned() } else { run });
        at += used;
    }
    let one_by_one = |found: &Captures| {
        let figure = &found[0];
        if figure.len() < LEAST || !figure.bytes().all(|b| b.is_ascii_digit()) {
            return figure.to_owned();
        }
        let words = figure.bytes().map(|b| name(u64::from(b - b'0'), language));
        words.collect::<Vec<_>>().join(language.space())
    };
    FIGURES.replace_all(&out.join(" "), one_by_one).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_digits_are_replaced_in_every_language_and_other_numbers_stay() {
        let to = [0, 2, 3, 4, 5, 6, 7, 8, 9, 1];
        for (language, heard, masked) in [
            (Language::English, "it's four two double oh", "it's five three double oh"),
            (Language::English, "two or three", "two or three"),
            (Language::Indonesian, "nomor nol delapan satu dua", "nomor nol sembilan dua tiga"),
            (Language::Indonesian, "kosong satu dua", "nol dua tiga"),
            (Language::Indonesian, "dua puluh tiga orang", "dua puluh tiga orang"),
            (Language::Traditional, "我的電話是零九一二 三四", "我的電話是零一二三 四五"),
            (Language::Traditional, "零九 一二 三四", "零一 二三 四五"),
            (Language::Simplified, "〇幺两", "零二三"),
            (Language::Traditional, "十二月三號 兩位", "十二月三號 兩位"),
            (Language::English, "born in nineteen eighty four", "born in two one nine five"),
            (Language::English, "at ten thirty for twenty three people", "at ten thirty for twenty three people"),
            (Language::English, "my pin is twelve thirty four", "my pin is two three four five"),
            (Language::Indonesian, "dua puluh tiga empat puluh lima", "tiga empat lima enam"),
            (Language::Indonesian, "jam empat belas tiga puluh", "jam empat belas tiga puluh"),
        ] {
            let mut words = Word::all(heard, language, false);
            replace(&mut words, &to, &["1234".to_owned()].into(), language);
            assert_eq!(Word::joined(&words), masked, "{heard}");
        }
    }

    #[test]
    fn figures_that_would_be_read_as_one_number_are_spelled() {
        for (language, text, spelt) in [
            (Language::Traditional, "密碼是1234", "密碼是一二三四"),
            (Language::Traditional, "密碼是 one two three four", "密碼是 一二三四"),
            (Language::Indonesian, "kode 1234", "kode satu dua tiga empat"),
            (Language::Indonesian, "jam 14.30 tanggal 3", "jam 14.30 tanggal 3"),
            (Language::Traditional, "three 點半", "three 點半"),
        ] {
            assert_eq!(spelled(text, language), spelt, "{text}");
        }
    }
}
