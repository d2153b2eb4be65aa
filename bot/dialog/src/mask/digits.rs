//! Digits that are said one by one, in the words of the language that is spoken.

use crate::language::Language;
use crate::speak::{chinese_cardinal, indonesian_cardinal, number};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Digits of the shortest run that may be somebody's.
const LEAST: usize = 3;

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

/// `heard`, normalised, with every run of three or more digits as `to` has them.
pub(super) fn replaced(heard: &str, to: &[u8; 10], language: Language) -> String {
    let names: Vec<String> = (0..10).map(|digit| name(digit, language)).collect();
    let digit = |word: &str| names.iter().position(|name| name == word).or_else(|| other_name(word, language));
    let chinese = language.is_chinese();
    let mut words: Vec<String> = match chinese {
        true => heard.chars().map(String::from).collect(),
        false => heard.split_whitespace().map(str::to_owned).collect(),
    };
    let counts = |word: &&String| digit(word).is_some() || between(language).contains(&word.as_str());
    // A pause ends no run: 零九 一二 三四.
    let of_run = |word: &&String| counts(word) || chinese && word.as_str() == " ";
    let mut at = 0;
    while at < words.len() {
        let run = words[at..].iter().take_while(of_run).count();
        if words[at..at + run].iter().filter(counts).count() >= LEAST {
            for word in &mut words[at..at + run] {
                if let Some(digit) = digit(word) {
                    *word = name(u64::from(to[digit]), language);
                }
            }
        }
        at += run.max(1);
    }
    words.join(language.space())
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
        ] {
            assert_eq!(replaced(heard, &to, language), masked, "{heard}");
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
