//! Times of day: "setengah tiga sore" (14:30), "jam tiga lewat sepuluh", "empat kurang seperempat", "pukul empat belas
//! tiga puluh", "tengah hari".
//!
//! Without a part of the day, one to seven is the afternoon and eight to eleven the morning: the hours at which
//! people make appointments.

use super::{Found, begins, is, number, skipped};
use std::ops::Range;

/// Which part of the day was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Early,
    Morning,
    Noon,
    Afternoon,
    Night,
}

const PARTS: [(&str, Part); 9] = [
    ("dini hari", Part::Early),
    ("subuh", Part::Early),
    ("pagi", Part::Morning),
    ("siang", Part::Noon),
    ("sore", Part::Afternoon),
    ("petang", Part::Afternoon),
    ("malam", Part::Night),
    ("magrib", Part::Afternoon),
    ("tengah malam", Part::Night),
];
/// What after a number says that it is no hour.
const OTHERS: [&str; 26] = [
    "orang",
    "hari",
    "minggu",
    "bulan",
    "tahun",
    "jam",
    "menit",
    "detik",
    "ribu",
    "ratus",
    "juta",
    "rupiah",
    "buah",
    "kali",
    "januari",
    "februari",
    "maret",
    "april",
    "mei",
    "juni",
    "juli",
    "agustus",
    "september",
    "oktober",
    "november",
    "desember",
];

/// Hour and minutes as said, before the part of the day is known.
struct Clock {
    hour: u64,
    minute: u64,
    /// Minutes before that hour.
    before: u64,
    /// Nothing but a number was said.
    bare: bool,
}

fn part(words: &[String]) -> Option<(Part, usize)> {
    PARTS.iter().find_map(|(name, part)| Some((*part, begins(words, &[name])?)))
}

/// The clearest time in `words`.
pub(super) fn find(words: &[String]) -> Option<Found> {
    let said = (0..words.len()).filter(|from| !number::inside(words, *from)).filter_map(|from| at(words, from));
    // Earliest wins among equally clear ones: `max_by_key` keeps the last, hence the reversal.
    let (value, used, _) = said.collect::<Vec<_>>().into_iter().rev().max_by_key(|(_, _, clear)| *clear)?;
    Some(Found { value, used })
}

fn at(words: &[String], from: usize) -> Option<(String, Range<usize>, u8)> {
    let rest = &words[from..];
    if let Some(used) = begins(rest, &["tengah hari", "siang bolong"]) {
        return Some(("12:00".to_owned(), from..from + used, 2));
    }
    if let Some(used) = begins(rest, &["tengah malam"]) {
        return Some(("00:00".to_owned(), from..from + used, 2));
    }
    let lead = skipped(rest, &["jam", "pukul"]);
    let about = lead + if lead > 0 { skipped(&rest[lead..], &["sekitar", "kira kira", "kurang lebih"]) } else { 0 };
    let (clock, used) = half(&rest[about..]).or_else(|| plain(&rest[about..]))?;
    let end = about + used;
    let end = end + skipped(&rest[end..], &["tepat", "pas", "teng"]);
    if lead == 0 && (is(rest, end, &OTHERS) || from > 0 && is(words, from - 1, &["tanggal", "bulan", "koma", "tahun"]))
    {
        return None;
    }
    let own = part(&rest[end..]);
    // "Besok pagi jam tujuh": the part of the day stands elsewhere.
    let elsewhere = || (0..from).rev().find_map(|at| part(&words[at..]));
    let said = own.or_else(elsewhere).map(|(part, _)| part);
    let more = own.map_or(0, |(_, used)| used);
    let clear = if !clock.bare || more > 0 || lead > 0 { 3 } else { 1 };
    Some((resolve(&clock, said)?, from..from + end + more, clear))
}

/// "Setengah tiga": half of the way to three.
fn half(words: &[String]) -> Option<(Clock, usize)> {
    if !is(words, 0, &["setengah"]) {
        return None;
    }
    let (hour, used) = number::below_hundred(&words[1..]).filter(|(n, _)| (1..=24).contains(n))?;
    Some((Clock { hour, minute: 0, before: 30, bare: false }, 1 + used))
}

fn plain(words: &[String]) -> Option<(Clock, usize)> {
    let (hour, used) = number::below_hundred(words).filter(|(n, _)| *n <= 24)?;
    let clock = |minute, before, bare| Clock { hour, minute, before, bare };
    let rest = &words[used..];
    if let Some(lead) = begins(rest, &["lewat", "lebih", "liwat"])
        && let Some((minute, more)) = minutes(&rest[lead..])
    {
        return Some((clock(minute, 0, false), used + lead + more));
    }
    if let Some(lead) = begins(rest, &["kurang"])
        && let Some((minute, more)) = minutes(&rest[lead..])
    {
        return Some((clock(0, minute, false), used + lead + more));
    }
    if begins(rest, &["setengah"]).is_some() && !is(rest, 1, &["jam"]) {
        return Some((clock(30, 0, false), used + 1));
    }
    if is(rest, 0, &["nol", "kosong"])
        && let Some((minute, more)) = number::below_hundred(&rest[1..]).filter(|(n, used)| *n < 10 && *used == 1)
    {
        return Some((clock(minute, 0, false), used + 1 + more));
    }
    match number::below_hundred(rest).filter(|(n, used)| (10..60).contains(n) && !is(rest, *used, &OTHERS[..1])) {
        Some((minute, more)) => {
            let unit = skipped(&rest[more..], &["menit"]);
            Some((clock(minute, 0, false), used + more + unit))
        }
        None => Some((clock(0, 0, true), used)),
    }
}

/// "Sepuluh menit", "seperempat".
fn minutes(words: &[String]) -> Option<(u64, usize)> {
    if let Some(used) = begins(words, &["seperempat", "seperempat jam"]) {
        return Some((15, used));
    }
    let (n, used) = number::below_hundred(words).filter(|(n, _)| (1..60).contains(n))?;
    Some((n, used + skipped(&words[used..], &["menit"])))
}

/// `HH:MM`.
fn resolve(clock: &Clock, part: Option<Part>) -> Option<String> {
    let twelve = (1..=12).contains(&clock.hour);
    let hour = match part {
        _ if !twelve => clock.hour % 24,
        Some(Part::Early | Part::Morning) => clock.hour % 12,
        Some(Part::Noon) if clock.hour < 6 => clock.hour + 12,
        Some(Part::Noon) => clock.hour,
        Some(Part::Afternoon) => clock.hour % 12 + 12,
        // "Dua belas malam" is midnight, "satu malam" the night.
        Some(Part::Night) if (6..12).contains(&clock.hour) => clock.hour + 12,
        Some(Part::Night) => clock.hour % 12,
        None if clock.hour < 8 => clock.hour + 12,
        None => clock.hour,
    };
    let minutes = (hour * 60 + clock.minute + 24 * 60).checked_sub(clock.before)? % (24 * 60);
    Some(format!("{:02}:{:02}", minutes / 60, minutes % 60))
}
