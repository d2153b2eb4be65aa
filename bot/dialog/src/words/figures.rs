//! Figures in Chinese and Indonesian text as the words they are read with: 12月25號 → 十二月二十五號,
//! `Rp50.000` → "rp lima puluh ribu".
//!
//! Readings and typed text may hold figures, and recognisers used to hand figures on as English words ("three 點半"),
//! as in turns that are stored: both become words of the language, so that every rule behind this sees one form.

use crate::language::Language;
use crate::slots::english_number;
use crate::speak::{INDONESIAN_MONTHS, chinese_cardinal, indonesian_cardinal, with_comma};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// What figures can be, the longer forms first. A sign of currency before them is read by [`SIGNS`].
const FORMS: &str = concat!(
    r"(?P<iso>\d{4}[-/]\d{1,2}[-/]\d{1,2}(?-u:\b))",
    r"|(?P<clock>(?-u:\b)\d{1,2}:\d{2}(?::\d{2})?)",
    r"|(?P<point_clock>(?:jam|pukul) \d{1,2}\.\d{2}(?-u:\b))",
    r"|(?P<day>(?-u:\b)\d{1,2}/\d{1,2}(?:/\d{2,4})?(?-u:\b))",
    r"|(?P<code>\+?\d[\d() -]{5,}\d)",
    r"|(?P<figure>\d+(?:[.,]\d+)*)",
);

#[allow(clippy::expect_used)]
static FIGURES: LazyLock<Regex> = LazyLock::new(|| Regex::new(FORMS).expect("the forms of figures compile"));

/// Signs of currencies: Taiwan, mainland, Indonesian.
const SIGNS: [(&str, [&str; 3]); 7] = [
    ("NT$", ["新台幣", "新台币", "dolar taiwan "]),
    ("US$", ["美元", "美元", "dolar "]),
    ("HK$", ["港幣", "港币", "dolar hong kong "]),
    ("$", ["新台幣", "美元", "dolar "]),
    ("¥", ["人民幣", "人民币", "yen "]),
    ("€", ["歐元", "欧元", "euro "]),
    ("£", ["英鎊", "英镑", "pound "]),
];

/// `text` with its figures as words of `language`, which is not English.
pub(super) fn as_words(text: &str, language: Language) -> String {
    let mut text = english_as_figures(&half_width(text));
    let column = match language {
        Language::Traditional => 0,
        Language::Simplified => 1,
        Language::English | Language::Indonesian => 2,
    };
    for (sign, names) in SIGNS {
        // Recognisers write in lower case.
        text = text.replace(sign, names[column]).replace(&sign.to_lowercase(), names[column]);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for found in FIGURES.captures_iter(&text) {
        let Some(all) = found.get(0) else { continue };
        out.push_str(&text[from..all.start()]);
        from = all.end();
        let words = match language {
            Language::Indonesian => indonesian(&found),
            _ => chinese(&found, &text[from..], language == Language::Traditional),
        };
        match language {
            Language::Indonesian => out.push_str(&format!(" {words} ")),
            _ => out.push_str(&words),
        }
    }
    out.push_str(&text[from..]);
    out
}

fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '０'..='９' | '：' | '／' | '．' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '￥' => '¥',
        '＄' => '$',
        other => other,
    };
    text.chars().map(narrow).collect()
}

/// "three 點半" → "3點半", "ten thirty" → "10:30", "zero nine one two" → "0912".
fn english_as_figures(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if !words.iter().any(|word| english_number(std::slice::from_ref(word)).is_some()) {
        return text.to_owned();
    }
    let (mut out, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let mut numbers = Vec::new();
        while let Some((n, used)) = words.get(at..).and_then(english_number) {
            numbers.push(n);
            at += used;
        }
        let text = |n: &u64| n.to_string();
        match numbers.as_slice() {
            [] => {
                out.push(words[at].clone());
                at += 1;
            }
            [hour @ 0..=24, minute @ 10..60] => out.push(format!("{hour}:{minute}")),
            digits if digits.len() > 1 && digits.iter().all(|n| *n < 10) => {
                out.push(digits.iter().map(text).collect());
            }
            several => out.push(several.iter().map(text).collect::<Vec<_>>().join(" ")),
        }
    }
    out.join(" ")
}

/// The numbers in a date or a time of day.
fn parts(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// A leading zero or a long run is a code, read digit by digit.
fn is_code(figure: &str) -> bool {
    figure.bytes().all(|b| b.is_ascii_digit()) && (figure.len() > 4 || figure.len() > 1 && figure.starts_with('0'))
}

fn digits(text: &str, of: impl Fn(u64) -> String, space: &str) -> String {
    text.bytes().filter(u8::is_ascii_digit).map(|b| of(u64::from(b - b'0'))).collect::<Vec<_>>().join(space)
}

fn full_year(year: u64) -> u64 {
    if year < 100 { 2000 + year } else { year }
}

fn chinese(found: &Captures, after: &str, traditional: bool) -> String {
    let number = |n: u64| chinese_cardinal(n, traditional);
    let [point, day, plus] = if traditional { ["點", "號", "加"] } else { ["点", "号", "加"] };
    let date = |year: Option<u64>, month: u64, of_month: u64| {
        let year = year.map(|year| format!("{}年", digits(&full_year(year).to_string(), number, "")));
        format!("{}{}月{}{day}", year.unwrap_or_default(), number(month), number(of_month))
    };
    let text = |name: &str| found.name(name).map(|group| group.as_str());
    if let Some([year, month, of_month]) = text("iso").map(parts).as_deref() {
        return date(Some(*year), *month, *of_month);
    }
    if let Some([hour, minute, ..]) = text("clock").map(parts).as_deref() {
        let minutes = match minute {
            0 => String::new(),
            1..10 => format!("零{}分", number(*minute)),
            _ => format!("{}分", number(*minute)),
        };
        return format!("{}{point}{minutes}", number(*hour));
    }
    match text("day").map(parts).as_deref() {
        Some([month, of_month]) => return date(None, *month, *of_month),
        Some([month, of_month, year]) => return date(Some(*year), *month, *of_month),
        _ => {}
    }
    if let Some(code) = text("code") {
        let lead = if code.starts_with('+') { plus } else { "" };
        return format!("{lead}{}", digits(code, number, ""));
    }
    let figure = text("figure").unwrap_or_default();
    let year = figure.len() == 4 && after.trim_start().starts_with('年');
    if is_code(figure) || year {
        return digits(figure, number, "");
    }
    let plain = figure.replace(',', "");
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let whole = whole.parse().map_or_else(|_| digits(whole, number, ""), number);
    if decimals.is_empty() { whole } else { format!("{whole}{point}{}", digits(decimals, number, "")) }
}

fn indonesian(found: &Captures) -> String {
    let number = indonesian_cardinal;
    let date = |day: u64, month: u64, year: Option<u64>| {
        let month = INDONESIAN_MONTHS.get((month as usize).wrapping_sub(1)).map_or("", |month| month);
        let year = year.map(|year| format!(" {}", number(full_year(year))));
        format!("{} {month}{}", number(day), year.unwrap_or_default())
    };
    let time = |parts: &[u64]| match parts {
        [hour, 0, ..] => number(*hour),
        [hour, minute @ 1..10, ..] => format!("{} nol {}", number(*hour), number(*minute)),
        [hour, minute, ..] => format!("{} {}", number(*hour), number(*minute)),
        _ => String::new(),
    };
    let text = |name: &str| found.name(name).map(|group| group.as_str());
    if let Some([year, month, day]) = text("iso").map(parts).as_deref() {
        return date(*day, *month, Some(*year));
    }
    if let Some(clock) = text("clock") {
        return time(&parts(clock));
    }
    if let Some(clock) = text("point_clock") {
        let (word, clock) = clock.split_once(' ').unwrap_or(("jam", clock));
        return format!("{word} {}", time(&parts(clock)));
    }
    match text("day").map(parts).as_deref() {
        Some([day, month]) => return date(*day, *month, None),
        Some([day, month, year]) => return date(*day, *month, Some(*year)),
        _ => {}
    }
    if let Some(code) = text("code") {
        let lead = if code.starts_with('+') { "plus " } else { "" };
        return format!("{lead}{}", digits(code, number, " "));
    }
    let figure = text("figure").unwrap_or_default();
    if is_code(figure) {
        return digits(figure, number, " ");
    }
    let plain = with_comma(figure);
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let whole = whole.parse().map_or_else(|_| digits(whole, number, " "), number);
    if decimals.is_empty() { whole } else { format!("{whole} koma {}", digits(decimals, number, " ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_the_language_reads_them() {
        let said = [
            ("12月25號", "十二月二十五號"),
            ("３點半", "三點半"),
            ("three 點半", "三 點半"),
            ("下午2:05", "下午二點零五分"),
            ("2026年12月3日", "二零二六年十二月三日"),
            ("2026-12-03", "二零二六年十二月三號"),
            ("12/25", "十二月二十五號"),
            ("NT$1,250", "新台幣一千兩百五十"),
            ("nt$1,250", "新台幣一千兩百五十"),
            ("0912-345-678", "零九一二三四五六七八"),
            ("+886 912 345 678", "加八八六九一二三四五六七八"),
            ("3.5", "三點五"),
            ("50000元", "五零零零零元"),
        ];
        for (text, words) in said {
            assert_eq!(as_words(text, Language::Traditional), words, "{text}");
        }
        let said = [
            ("jam 14.30", "jam empat belas tiga puluh"),
            ("jam 3", "jam tiga"),
            ("jam three", "jam tiga"),
            ("Rp50.000", "Rp lima puluh ribu"),
            ("3,5 juta", "tiga koma lima juta"),
            ("3/12/2026", "tiga Desember dua ribu dua puluh enam"),
            ("0812-3456-7890", "nol delapan satu dua tiga empat lima enam tujuh delapan sembilan nol"),
            ("12:05", "dua belas nol lima"),
        ];
        for (text, words) in said {
            let found = as_words(text, Language::Indonesian);
            assert_eq!(found.split_whitespace().collect::<Vec<_>>().join(" "), words, "{text}");
        }
    }
}
