//! Dates: "besok", "lusa", "Kamis depan", "tanggal tiga Desember", "tanggal lima bulan depan", "tiga hari lagi".
//!
//! A date without a year is the next one to come. A weekday is the next such day after today; "Kamis depan" is the
//! Thursday of the next calendar week, which begins on Monday. "Minggu" is Sunday or a week, as its neighbours say.

use super::{begins, is, number, skipped};
use chrono::{Datelike, Days, Months, NaiveDate};
use std::ops::Range;

/// A date and how much was said: a full date wins over a weekday, a weekday over a mere "tanggal tiga".
struct Said {
    date: NaiveDate,
    used: usize,
    clear: u8,
}

const MONTHS: [&[&str]; 12] = [
    &["januari", "jan"],
    &["februari", "pebruari", "feb"],
    &["maret", "mar"],
    &["april", "apr"],
    &["mei"],
    &["juni", "jun"],
    &["juli", "jul"],
    &["agustus", "agu"],
    &["september", "sep"],
    &["oktober", "okt"],
    &["november", "nopember", "nov"],
    &["desember", "des"],
];
const WEEKDAYS: [&str; 7] = ["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"];
const DAYS: [(&str, i64); 12] = [
    ("besok lusa", 2),
    ("hari ini", 0),
    ("malam ini", 0),
    ("nanti malam", 0),
    ("nanti sore", 0),
    ("nanti siang", 0),
    ("besok", 1),
    ("esok", 1),
    ("lusa", 2),
    ("tulat", 3),
    ("kemarin dulu", -2),
    ("kemarin", -1),
];

pub(super) fn find(words: &[String], today: NaiveDate) -> Option<(NaiveDate, Range<usize>)> {
    let said: Vec<_> = (0..words.len())
        .filter(|from| !number::inside(words, *from))
        .filter_map(|from| at(words, from, today).map(|said| (from, said)))
        .collect();
    let (mut from, mut said) = said.into_iter().rev().max_by_key(|(_, said)| said.clear)?;
    // "Kamis, tiga Desember": the weekday says the same again.
    if said.clear == 4 {
        let lead = [(1, 0), (2, 1)].into_iter().find(|(back, name)| {
            *back <= from
                && is(words, from - back + name, &WEEKDAYS)
                && (*name == 0 || is(words, from - back, &["hari"]))
        });
        let lead = match lead {
            Some((1, _)) if from > 1 && is(words, from - 2, &["hari"]) => 2,
            Some((back, _)) => back,
            None => 0,
        };
        from -= lead;
        said.used += lead;
    }
    Some((said.date, from..from + said.used))
}

fn at(words: &[String], from: usize, today: NaiveDate) -> Option<Said> {
    let rest = &words[from..];
    day_name(rest, today)
        .or_else(|| distance(rest, today))
        .or_else(|| weekday(words, from, today))
        .or_else(|| full_date(words, from, today))
}

fn moved(today: NaiveDate, days: i64) -> Option<NaiveDate> {
    match u64::try_from(days) {
        Ok(days) => today.checked_add_days(Days::new(days)),
        Err(_) => today.checked_sub_days(Days::new(days.unsigned_abs())),
    }
}

fn day_name(words: &[String], today: NaiveDate) -> Option<Said> {
    let (days, used) = DAYS.into_iter().find_map(|(name, days)| Some((days, begins(words, &[name])?)))?;
    // "Nanti malam" says a part of the day too, which stays for the time.
    let used = if is(words, used - 1, &["malam", "sore", "siang"]) { 1 } else { used };
    Some(Said { date: moved(today, days)?, used, clear: 3 })
}

/// "Tiga hari lagi", "dalam dua minggu", "seminggu lagi", "sebulan dari sekarang".
fn distance(words: &[String], today: NaiveDate) -> Option<Said> {
    let lead = skipped(words, &["dalam"]);
    let (count, unit, used) = match words.get(lead)?.as_str() {
        "sehari" => (1, "hari", 1),
        "seminggu" => (1, "minggu", 1),
        "sebulan" => (1, "bulan", 1),
        _ => {
            let (count, used) = number::cardinal(&words[lead..])?;
            (count, words.get(lead + used)?.as_str(), used + 1)
        }
    };
    let end = lead + used;
    let after =
        begins(&words[end..], &["lagi", "dari sekarang", "dari hari ini", "kemudian", "ke depan", "setelah ini"]);
    if lead == 0 && after.is_none() {
        return None;
    }
    let date = match unit {
        "hari" => today.checked_add_days(Days::new(count))?,
        "minggu" => today.checked_add_days(Days::new(count.checked_mul(7)?))?,
        "bulan" => today.checked_add_months(Months::new(u32::try_from(count).ok()?))?,
        _ => return None,
    };
    Some(Said { date, used: end + after.unwrap_or(0), clear: 3 })
}

/// "Kamis", "hari Minggu", "Kamis depan", "Senin minggu depan", "minggu depan hari Senin".
fn weekday(words: &[String], from: usize, today: NaiveDate) -> Option<Said> {
    let rest = &words[from..];
    let week = begins(rest, &["minggu depan", "minggu ini"]);
    // "Minggu depan" is next week; it is the Sunday only with "hari".
    let lead = week.map_or(0, |used| used + skipped(&rest[used..], &["di", "pada"]));
    let named = usize::from(is(rest, lead, &["hari"]));
    let day = WEEKDAYS.iter().position(|day| is(rest, lead + named, &[day]))?;
    let end = lead + named + 1;
    let introduced = named > 0 || from > 0 && is(words, from - 1, &["hari"]);
    if day == 6 && !introduced {
        let counted = from > 0
            && (number::is_digit(&words[from - 1]) || is(words, from - 1, &["puluh", "belas", "akhir", "tiap"]));
        if counted || lead > 0 || begins(&rest[end..], &["depan", "ini", "lalu", "lagi", "kemarin"]).is_some() {
            return None;
        }
    }
    let trailing = begins(&rest[end..], &["minggu depan", "minggu ini", "depan", "ini", "besok"]);
    let next =
        is(rest, 1, &["depan"]) && week.is_some() || trailing.is_some_and(|used| is(rest, end + used - 1, &["depan"]));
    let this =
        week.is_some() && is(rest, 1, &["ini"]) || trailing.is_some_and(|used| is(rest, end + used - 1, &["ini"]));
    let (day, today_is) = (day as i64, i64::from(today.weekday().num_days_from_monday()));
    let days = match (next, this) {
        (true, _) => 7 - today_is + day,
        (_, true) if day >= today_is => day - today_is,
        _ => (day + 6 - today_is) % 7 + 1,
    };
    Some(Said { date: moved(today, days)?, used: end + trailing.unwrap_or(0), clear: 3 })
}

fn month(word: Option<&String>) -> Option<u32> {
    let word = word?;
    MONTHS.iter().position(|names| names.contains(&word.as_str())).map(|n| n as u32 + 1)
}

/// "Tanggal tiga Desember dua ribu dua puluh enam", "tiga Desember", "tanggal lima bulan depan", "bulan depan tanggal
/// lima", "tanggal tiga bulan dua belas", "tanggal tiga".
fn full_date(words: &[String], from: usize, today: NaiveDate) -> Option<Said> {
    let rest = &words[from..];
    if let Some(lead) = begins(rest, &["bulan depan tanggal", "bulan ini tanggal"]) {
        let (day, used) = day(&rest[lead..])?;
        return of_month(u32::from(is(rest, 1, &["depan"])), day, lead + used, today);
    }
    let lead = skipped(rest, &["tanggal"]);
    let (day, used) = day(&rest[lead..])?;
    let at = lead + used;
    if let Some(used) = begins(&rest[at..], &["bulan depan", "bulan ini"]) {
        return of_month(u32::from(is(rest, at + 1, &["depan"])), day, at + used, today);
    }
    let by_number = || {
        let (n, used) = number::below_hundred(rest.get(at + 1..)?).filter(|(n, _)| (1..=12).contains(n))?;
        is(rest, at, &["bulan"]).then_some((n as u32, used + 1))
    };
    let named = || {
        let lead = skipped(&rest[at..], &["bulan"]);
        month(rest.get(at + lead)).map(|month| (month, lead + 1))
    };
    if let Some((month, used)) = named().or_else(by_number) {
        let at = at + used;
        let (date, more) = match year(&rest[at..], today) {
            Some((year, more)) => (NaiveDate::from_ymd_opt(year, month, day)?, more),
            // Far enough for a 29 February.
            None => {
                let years = (0..9).filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day));
                (years.into_iter().find(|date| *date >= today)?, 0)
            }
        };
        return Some(Said { date, used: at + more, clear: 4 });
    }
    if lead == 0 {
        return None;
    }
    let first = today.with_day(1)?;
    let days = (0..13).filter_map(|months| first.checked_add_months(Months::new(months))?.with_day(day));
    let date = days.into_iter().find(|date| *date >= today)?;
    Some(Said { date, used: at, clear: 2 })
}

fn of_month(months: u32, day: u32, used: usize, today: NaiveDate) -> Option<Said> {
    let date = today.with_day(1)?.checked_add_months(Months::new(months))?.with_day(day)?;
    Some(Said { date, used, clear: 4 })
}

fn day(words: &[String]) -> Option<(u32, usize)> {
    let (day, used) = number::below_hundred(words).filter(|(n, _)| (1..=31).contains(n))?;
    Some((day as u32, used))
}

/// "Dua ribu dua puluh tujuh", "tahun dua ribu dua puluh tujuh", "dua nol dua tujuh", "tahun depan".
fn year(words: &[String], today: NaiveDate) -> Option<(i32, usize)> {
    if let Some(used) = begins(words, &["tahun depan", "tahun ini"]) {
        return Some((today.year() + i32::from(is(words, 1, &["depan"])), used));
    }
    let lead = skipped(words, &["tahun"]);
    let rest = &words[lead..];
    if let Some((n, used)) = number::cardinal(rest).filter(|(n, _)| (2000..2100).contains(n)) {
        return Some((n as i32, lead + used));
    }
    let digits: Vec<u64> = rest
        .iter()
        .take(4)
        .map_while(|word| number::below_hundred(std::slice::from_ref(word)))
        .map(|(n, _)| n)
        .collect();
    match digits.as_slice() {
        [2, 0, tens @ 0..10, ones @ 0..10] => Some((2000 + (tens * 10 + ones) as i32, lead + 4)),
        _ => None,
    }
}
