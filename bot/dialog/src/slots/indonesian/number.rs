//! Numbers and strings of digits in Indonesian words: "dua puluh lima", "seratus lima", "satu setengah juta",
//! "tiga koma lima", "bertiga".

use super::{Found, is};

const DIGITS: [&str; 10] = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"];
const GROUPS: [(&str, u64); 4] =
    [("triliun", 1_000_000_000_000), ("miliar", 1_000_000_000), ("juta", 1_000_000), ("ribu", 1000)];
/// One of them, in one word.
const ONE: [(&str, u64); 4] =
    [("seribu", 1000), ("sejuta", 1_000_000), ("semiliar", 1_000_000_000), ("setriliun", 1_000_000_000_000)];
/// Words that count one: "seorang", "sebuah".
const SINGLE: [&str; 6] = ["seorang", "sebuah", "seekor", "selembar", "sekotak", "sebiji"];
/// What is counted.
const COUNTED: [&str; 17] = [
    "orang", "buah", "kursi", "porsi", "tiket", "kamar", "meja", "lembar", "ekor", "biji", "kotak", "botol", "anak",
    "tamu", "pasang", "pcs", "bungkus",
];
/// Before a number that is an hour, a day or a sum.
const INTRODUCED: [&str; 7] = ["jam", "pukul", "tanggal", "bulan", "tahun", "lewat", "kurang"];
/// After a number that only measures.
const MEASURED: [&str; 14] = [
    "pagi", "siang", "sore", "malam", "menit", "jam", "hari", "minggu", "bulan", "detik", "rupiah", "januari",
    "november", "desember",
];

fn digit(word: &str) -> Option<u64> {
    if word == "kosong" {
        return Some(0);
    }
    DIGITS.iter().position(|digit| *digit == word).map(|n| n as u64)
}

pub(super) fn is_digit(word: &str) -> bool {
    digit(word).is_some()
}

/// A number below one hundred at the beginning of `words`, and how many words it takes.
pub(in crate::slots) fn below_hundred(words: &[String]) -> Option<(u64, usize)> {
    match words.first()?.as_str() {
        "sepuluh" => return Some((10, 1)),
        "sebelas" => return Some((11, 1)),
        _ => {}
    }
    let first = digit(&words[0])?;
    if first > 0 && is(words, 1, &["belas"]) {
        return Some((10 + first, 2));
    }
    if first > 0 && is(words, 1, &["puluh"]) {
        let next = words.get(2).and_then(|word| digit(word)).filter(|n| *n > 0);
        // "Dua puluh tiga puluh" is 20 and 30.
        let own = next.filter(|_| !is(words, 3, &["puluh", "belas", "ratus"]));
        return Some(own.map_or((first * 10, 2), |n| (first * 10 + n, 3)));
    }
    Some((first, 1))
}

fn below_thousand(words: &[String]) -> Option<(u64, usize)> {
    let (hundreds, used) = match words.first()?.as_str() {
        "seratus" => (1, 1),
        first => match digit(first).filter(|n| *n > 0 && is(words, 1, &["ratus"])) {
            Some(n) => (n, 2),
            None => return below_hundred(words),
        },
    };
    let rest = words.get(used..).and_then(below_hundred).filter(|(n, _)| *n > 0);
    Some(rest.map_or((hundreds * 100, used), |(n, more)| (hundreds * 100 + n, used + more)))
}

fn group(words: &[String], at: usize) -> Option<u64> {
    GROUPS.iter().find(|(name, _)| is(words, at, &[name])).map(|(_, size)| *size)
}

/// A cardinal number at the beginning of `words`, and how many words it takes.
pub(super) fn cardinal(words: &[String]) -> Option<(u64, usize)> {
    let (mut total, mut at, mut smallest) = (0u64, 0, u64::MAX);
    loop {
        let rest = words.get(at..)?;
        if let Some((_, size)) = ONE.iter().find(|(name, size)| is(rest, 0, &[name]) && *size < smallest) {
            (total, smallest, at) = (total + size, *size, at + 1);
            continue;
        }
        // "Setengah juta", "satu setengah juta".
        if is(rest, 0, &["setengah"])
            && let Some(size) = group(rest, 1).filter(|size| *size < smallest)
        {
            return Some((total + size / 2, at + 2));
        }
        let Some((n, used)) = below_thousand(rest) else { break };
        let half = usize::from(is(rest, used, &["setengah"]));
        match group(rest, used + half) {
            Some(size) if size < smallest => {
                let extra = if half > 0 { size / 2 } else { 0 };
                total = total.checked_add(n.checked_mul(size)?)?.checked_add(extra)?;
                (smallest, at) = (size, at + used + half + 1);
            }
            None if smallest > 1 && (at == 0 || n > 0) => return Some((total + n, at + used)),
            _ => break,
        }
    }
    (at > 0).then_some((total, at))
}

/// A number with its decimals (`3.5`), "dua koma lima juta" multiplied out.
pub(super) fn number(words: &[String]) -> Option<(String, usize)> {
    let lead = usize::from(is(words, 0, &["minus"]));
    let sign = if lead > 0 { "-" } else { "" };
    let (whole, used) = cardinal(&words[lead..])?;
    let at = lead + used;
    let digits: String = match is(words, at, &["koma"]) {
        true => words[at + 1..].iter().map_while(|word| digit(word)).map(|n| n.to_string()).collect(),
        false => String::new(),
    };
    if digits.is_empty() {
        return Some((format!("{sign}{whole}"), at));
    }
    let end = at + 1 + digits.len();
    match group(words, end) {
        Some(size) => {
            let scale = 10u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
            let part = digits.parse::<u64>().ok()?.checked_mul(size)? / scale;
            Some((format!("{sign}{}", whole.checked_mul(size)?.checked_add(part)?), end + 1))
        }
        None => Some((format!("{sign}{whole}.{digits}"), end)),
    }
}

/// "Pertama", "ketiga", "kedua puluh", "bertiga", "seorang".
fn derived(words: &[String]) -> Option<(u64, usize)> {
    let first = words.first()?.as_str();
    if first == "pertama" || SINGLE.contains(&first) {
        return Some((1, 1));
    }
    let stem = first.strip_prefix("ke").or_else(|| first.strip_prefix("ber"))?;
    let mut own = words.to_vec();
    own[0] = stem.to_owned();
    cardinal(&own).filter(|(n, _)| *n > 1)
}

/// Is the word at `at` inside a number that began before it?
pub(super) fn inside(words: &[String], at: usize) -> bool {
    at > 0
        && (is_digit(&words[at])
            && is(words, at - 1, &["puluh", "ratus", "ribu", "juta", "seratus", "seribu", "sejuta"]))
        || at > 0 && is(words, at - 1, &["salah"]) && words[at] == "satu"
}

/// The first number of something, else the first number.
pub(super) fn find(words: &[String]) -> Option<Found> {
    let found = (0..words.len()).filter(|at| !inside(words, *at)).filter_map(|at| {
        let plain = number(&words[at..]).map(|(value, used)| (value, used, 2));
        let derived = || derived(&words[at..]).map(|(n, used)| (n.to_string(), used, 3));
        let (value, used, clear) = plain.or_else(derived)?;
        let clear = match clear {
            2 if is(words, at + used, &COUNTED) => 3,
            2 if at > 0 && is(words, at - 1, &INTRODUCED) || is(words, at + used, &MEASURED) => 1,
            clear => clear,
        };
        Some((Found { value, used: at..at + used }, clear))
    });
    // Earliest wins among equally clear ones: `max_by_key` keeps the last, hence the reversal.
    let all: Vec<_> = found.collect();
    all.into_iter().rev().max_by_key(|(_, clear)| *clear).map(|(found, _)| found)
}

/// The longest run of digits: "nol delapan satu dua", "dobel lima", "dua puluh tiga" (23).
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
    let (mut out, mut at) = (String::new(), 0);
    while at < words.len() {
        let times = usize::from(is(words, at, &["dobel", "double", "kembar"])) + 1;
        let rest = &words[at + times - 1..];
        let Some((n, used)) = below_thousand(rest).filter(|(n, _)| times == 1 || *n < 10) else { break };
        out.push_str(&n.to_string().repeat(times));
        at += times - 1 + used;
    }
    (out, at)
}

/// Fewer digits than this are no telephone number, nor are more (ITU-T E.164).
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=15;

pub(super) fn find_phone(words: &[String]) -> Option<Found> {
    let mut found = find_digits(words).filter(|found| LENGTHS.contains(&found.value.len()))?;
    if found.used.start > 0 && words[found.used.start - 1] == "plus" {
        found.value.insert(0, '+');
        found.used.start -= 1;
    }
    Some(found)
}
