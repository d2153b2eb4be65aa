//! Lengths of time: "setengah jam", "satu setengah jam", "dua jam tiga puluh menit", "seminggu", "tiga perempat jam".

use super::{Found, begins, is, number};

const UNITS: [(&str, u64); 7] = [
    ("detik", 1),
    ("menit", 60),
    ("jam", 3600),
    ("hari", 24 * 3600),
    ("minggu", 7 * 24 * 3600),
    ("bulan", 30 * 24 * 3600),
    ("tahun", 365 * 24 * 3600),
];
/// A part of a unit, in quarters.
const PARTS: [(&str, u64); 3] = [("setengah", 2), ("seperempat", 1), ("tiga perempat", 3)];

fn unit(words: &[String], at: usize) -> Option<u64> {
    UNITS.iter().find(|(name, _)| is(words, at, &[name])).map(|(_, seconds)| *seconds)
}

/// The first length of time, its parts added up; in seconds. A month counts 30 days.
pub(super) fn find(words: &[String]) -> Option<Found> {
    let start = |from: usize| (!number::inside(words, from)).then(|| part(&words[from..])).flatten();
    let (from, (mut seconds, mut used)) = (0..words.len()).find_map(|from| Some((from, start(from)?)))?;
    loop {
        let and = begins(&words[from + used..], &["dan", "lebih", "lewat"]).unwrap_or(0);
        let Some((more, length)) = words.get(from + used + and..).and_then(part) else { break };
        seconds = seconds.checked_add(more)?;
        used += and + length;
    }
    Some(Found { value: seconds.to_string(), used: from..from + used })
}

/// One count with its unit: seconds and words.
fn part(words: &[String]) -> Option<(u64, usize)> {
    // "Sejam", "seminggu".
    let one = words.first()?.strip_prefix("se");
    if let Some((_, seconds)) = UNITS.iter().find(|(name, _)| one == Some(name)) {
        let half = is(words, 1, &["setengah"]) && unit(words, 2).is_none();
        return Some((seconds + if half { seconds / 2 } else { 0 }, 1 + usize::from(half)));
    }
    if let Some((quarters, used)) = PARTS.iter().find_map(|(name, quarters)| Some((quarters, begins(words, &[name])?)))
    {
        return Some((unit(words, used)? * quarters / 4, used + 1));
    }
    let (count, used) = number::cardinal(words)?;
    // "Satu setengah jam".
    if is(words, used, &["setengah"]) {
        let seconds = unit(words, used + 1)?;
        return Some((count.checked_mul(seconds)?.checked_add(seconds / 2)?, used + 2));
    }
    // "Satu koma lima jam".
    if is(words, used, &["koma"]) {
        let (tenths, _) = number::below_hundred(&words[used + 1..]).filter(|(n, used)| *n < 10 && *used == 1)?;
        let seconds = unit(words, used + 2)?;
        return Some((count.checked_mul(seconds)?.checked_add(tenths * seconds / 10)?, used + 3));
    }
    let seconds = unit(words, used)?;
    let half = is(words, used + 1, &["setengah"]) && unit(words, used + 2).is_none();
    let extra = if half { seconds / 2 } else { 0 };
    Some((count.checked_mul(seconds)?.checked_add(extra)?, used + 1 + usize::from(half)))
}
