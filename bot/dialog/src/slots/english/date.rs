//! Dates: "tomorrow", "next Friday", "the third of May", "in two weeks".
//!
//! A date without a year is the next one to come. A weekday is the next such day after today; "next
//! Friday" is the Friday of the next calendar week, which begins on Monday.

use super::number;
use crate::speak::{MONTHS, WEEKDAYS};
use chrono::{Datelike, Days, Months, NaiveDate};
use std::ops::Range;

/// A date and how much was said: a full date wins over a weekday, a weekday over a mere "the third".
struct Said {
    date: NaiveDate,
    used: usize,
    clear: u8,
}

/// The clearest date in `words`, the earliest of equally clear ones.
pub(super) fn find(words: &[String], today: NaiveDate) -> Option<(NaiveDate, Range<usize>)> {
    let said: Vec<_> = (0..words.len())
        .filter(|from| !number::inside(words, *from) && (*from == 0 || words[from - 1] != "not"))
        .filter_map(|from| at(&words[from..], today).map(|said| (from, said)))
        .collect();
    let (from, said) = said.into_iter().rev().max_by_key(|(_, said)| said.clear)?;
    Some((said.date, from..from + said.used))
}

fn at(words: &[String], today: NaiveDate) -> Option<Said> {
    day_name(words, today)
        .or_else(|| distance(words, today))
        .or_else(|| weekday(words, today))
        .or_else(|| day_and_month(words, today))
        .or_else(|| month_and_day(words, today))
        .or_else(|| day_of_month(words, today))
}

fn begins(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, other)| word == other)
}

fn day_name(words: &[String], today: NaiveDate) -> Option<Said> {
    let names: [(&[&str], u64); 5] = [
        (&["the", "day", "after", "tomorrow"], 2),
        (&["day", "after", "tomorrow"], 2),
        (&["today"], 0),
        (&["tonight"], 0),
        (&["tomorrow"], 1),
    ];
    let (phrase, days) = names.into_iter().find(|(phrase, _)| begins(words, phrase))?;
    Some(Said { date: today.checked_add_days(Days::new(days))?, used: phrase.len(), clear: 3 })
}

/// "In two weeks", "a week from now", "ten days from today".
fn distance(words: &[String], today: NaiveDate) -> Option<Said> {
    let lead = usize::from(begins(words, &["in"]));
    let (count, used) = match words.get(lead)?.as_str() {
        "a" | "an" | "one" => (1, 1),
        _ => number::below_hundred(&words[lead..])?,
    };
    let unit = words.get(lead + used)?.trim_end_matches('s');
    let after = &words[lead + used + 1..];
    let from = [&["from", "now"], &["from", "today"]].into_iter().any(|phrase| begins(after, phrase));
    if lead == 0 && !from {
        return None;
    }
    let date = match unit {
        "day" => today.checked_add_days(Days::new(count))?,
        "week" => today.checked_add_days(Days::new(count * 7))?,
        "fortnight" => today.checked_add_days(Days::new(count * 14))?,
        "month" => today.checked_add_months(Months::new(u32::try_from(count).ok()?))?,
        _ => return None,
    };
    Some(Said { date, used: lead + used + 1 + if from { 2 } else { 0 }, clear: 3 })
}

fn weekday_name(word: &str) -> Option<u64> {
    let word = word.trim_end_matches("'s");
    WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(word)).map(|n| n as u64)
}

/// "Friday", "this Friday", "next Friday", "Friday next week", "next week on Friday".
fn weekday(words: &[String], today: NaiveDate) -> Option<Said> {
    let today_is = u64::from(today.weekday().num_days_from_monday());
    let next_week = begins(words, &["next", "week"]);
    let lead = match words.first()?.as_str() {
        "next" if next_week => 2 + usize::from(words.get(2).is_some_and(|word| word == "on")),
        "next" | "this" | "coming" => 1,
        _ => 0,
    };
    let day = weekday_name(words.get(lead)?)?;
    let after = &words[lead + 1..];
    let trailing = [&["next", "week"][..], &["of", "next", "week"]].into_iter().find(|phrase| begins(after, phrase));
    let this = words[0] == "this";
    let days = if next_week || trailing.is_some() || words[0] == "next" {
        7 - today_is + day
    } else if this && day == today_is {
        0
    } else {
        (day + 6 - today_is) % 7 + 1
    };
    let used = lead + 1 + trailing.map_or(0, <[_]>::len);
    Some(Said { date: today.checked_add_days(Days::new(days))?, used, clear: 3 })
}

fn month(word: &str) -> Option<u32> {
    MONTHS.iter().position(|month| month.eq_ignore_ascii_case(word)).map(|n| n as u32 + 1)
}

fn day(words: &[String]) -> Option<(u32, usize)> {
    let (day, used) = number::ordinal(words).or_else(|| number::below_hundred(words))?;
    (1..=31).contains(&day).then_some((day as u32, used))
}

/// "Twenty twenty seven", "two thousand twenty seven".
fn year(words: &[String]) -> Option<(i32, usize)> {
    if let Some((century, used)) = number::below_hundred(words).filter(|(n, _)| *n == 20)
        && let Some((rest, more)) = number::below_hundred(&words[used..]).filter(|(n, _)| *n >= 10)
    {
        return Some(((century * 100 + rest) as i32, used + more));
    }
    number::cardinal(words).filter(|(n, _)| (2000..2100).contains(n)).map(|(n, used)| (n as i32, used))
}

/// "The third of May", "third May twenty twenty seven".
fn day_and_month(words: &[String], today: NaiveDate) -> Option<Said> {
    let lead = usize::from(begins(words, &["the"]));
    let (day, used) = day(&words[lead..])?;
    let of = usize::from(words.get(lead + used).is_some_and(|word| word == "of"));
    let month = month(words.get(lead + used + of)?)?;
    with_year(words, lead + used + of + 1, month, day, today)
}

/// "May third", "May the third", "May three".
fn month_and_day(words: &[String], today: NaiveDate) -> Option<Said> {
    let month = month(words.first()?)?;
    let the = usize::from(words.get(1).is_some_and(|word| word == "the"));
    let (day, used) = day(&words[1 + the..])?;
    with_year(words, 1 + the + used, month, day, today)
}

fn with_year(words: &[String], used: usize, month: u32, day: u32, today: NaiveDate) -> Option<Said> {
    if let Some((year, more)) = year(&words[used..]) {
        return Some(Said { date: NaiveDate::from_ymd_opt(year, month, day)?, used: used + more, clear: 4 });
    }
    // Far enough for a 29 February.
    let date =
        (0..9).filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day)).find(|d| *d >= today)?;
    Some(Said { date, used, clear: 4 })
}

/// "The third", "on the twenty first": the next such day.
fn day_of_month(words: &[String], today: NaiveDate) -> Option<Said> {
    if !begins(words, &["the"]) {
        return None;
    }
    let (day, used) = number::ordinal(&words[1..]).filter(|(n, _)| (1..=31).contains(n))?;
    let next = words.get(1 + used).map(String::as_str);
    // "The first available one" is not a date.
    if next.is_some_and(|word| !["at", "in", "please", "around", "would", "is", "if", "maybe"].contains(&word)) {
        return None;
    }
    let first = today.with_day(1)?;
    let date = (0..13)
        .filter_map(|months| first.checked_add_months(Months::new(months))?.with_day(day as u32))
        .find(|date| *date >= today)?;
    Some(Said { date, used: 1 + used, clear: 1 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::Language;

    fn read(text: &str, today: &str) -> Option<String> {
        let words: Vec<_> = crate::words::normalise(text).split_whitespace().map(str::to_owned).collect();
        find(&words, today.parse().unwrap()).map(|(date, _)| date.to_string())
    }

    #[test]
    fn every_date_that_is_spoken_is_read_back() {
        let today: NaiveDate = "2026-11-20".parse().unwrap();
        for days in 0..365 {
            let date = today + Days::new(days);
            let spoken = crate::speak::spoken(&date.to_string(), crate::speak::Form::Date, Language::English).unwrap();
            assert_eq!(read(&spoken, "2026-11-20"), Some(date.to_string()), "{spoken}");
            let (day, month) = (date.day(), MONTHS[date.month0() as usize]);
            let ordinal = crate::speak::number::ordinal(u64::from(day));
            for said in
                [format!("the {ordinal} of {month}"), format!("{month} the {ordinal}"), format!("{day} {month}")]
            {
                assert_eq!(read(&said, "2026-11-20"), Some(date.to_string()), "{said}");
            }
        }
    }

    #[test]
    fn days_as_people_say_them() {
        // 2026-11-20 is a Friday.
        let said = [
            ("tomorrow please", "2026-11-21"),
            ("the day after tomorrow", "2026-11-22"),
            ("monday would be good", "2026-11-23"),
            ("friday", "2026-11-27"),
            ("this friday", "2026-11-20"),
            ("next friday", "2026-11-27"),
            ("next monday", "2026-11-23"),
            ("tuesday next week", "2026-11-24"),
            ("next week on wednesday", "2026-11-25"),
            ("not monday tuesday", "2026-11-24"),
            ("in two weeks", "2026-12-04"),
            ("in a month", "2026-12-20"),
            ("ten days from now", "2026-11-30"),
            ("maybe the third", "2026-12-03"),
            ("tuesday november twenty fourth", "2026-11-24"),
            ("the third of may", "2027-05-03"),
            ("may third twenty twenty eight", "2028-05-03"),
            ("29 february", "2028-02-29"),
        ];
        for (words, date) in said {
            assert_eq!(read(words, "2026-11-20").as_deref(), Some(date), "{words}");
        }
        assert_eq!(read("next friday", "2026-11-17").as_deref(), Some("2026-11-27"), "said on a Tuesday");
        assert_eq!(read("the thirty first", "2026-11-20").as_deref(), Some("2026-12-31"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for words in
            ["whenever you like", "next week", "the first available one", "thirty first of february", "may", ""]
        {
            assert_eq!(read(words, "2026-11-20"), None, "{words}");
        }
    }
}
