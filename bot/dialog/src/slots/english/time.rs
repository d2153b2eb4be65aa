//! Times of day: "half past four", "ten thirty", "a quarter to five in the afternoon", "noon".
//!
//! Without "a m", "p m" or a part of the day, one to seven is the afternoon and eight to eleven the
//! morning: the hours at which people make appointments.

use super::number;
use crate::slots::Found;
use std::ops::Range;

/// Which half of the day was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
    /// "At night": eight to eleven in the evening, else after midnight.
    Night,
}

/// Hour and minute as said, before the half of the day is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    hour: u32,
    minute: u32,
    /// Minutes before that hour ("quarter to").
    before: u32,
    /// Nothing but a number was said.
    bare: bool,
}

/// The clearest time in `words`.
pub(super) fn find(words: &[String]) -> Option<Found> {
    let said = (0..words.len()).filter(|from| !number::inside(words, *from)).filter_map(|from| at(words, from));
    // Earliest wins among equally clear ones: `max_by_key` keeps the last, hence the reversal.
    let (time, used, _) = said.collect::<Vec<_>>().into_iter().rev().max_by_key(|(_, _, clear)| *clear)?;
    Some(Found { value: time, used })
}

/// A time that begins at `from`: value, words, how clear it is.
fn at(words: &[String], from: usize) -> Option<(String, Range<usize>, u8)> {
    let rest = &words[from..];
    if let Some(hour) = named(&rest[0]) {
        return Some((format!("{hour:02}:00"), from..from + 1, 3));
    }
    let (clock, used) = relative(rest).or_else(|| plain(rest))?;
    let (half, more) = half(&rest[used..]);
    // "Tomorrow morning at nine": the part of the day stands elsewhere.
    let half =
        half.or_else(|| words.iter().enumerate().filter(|(i, _)| *i < from).find_map(|(_, word)| part_of_day(word)));
    let introduced = from > 0 && ["at", "around", "about", "by", "after"].contains(&words[from - 1].as_str());
    let clear = if !clock.bare || more > 0 { 3 } else { 1 + u8::from(introduced) };
    Some((resolve(clock, half)?, from..from + used + more, clear))
}

fn named(word: &str) -> Option<u32> {
    match word {
        "noon" | "midday" | "lunchtime" => Some(12),
        "midnight" => Some(0),
        _ => None,
    }
}

fn is(words: &[String], at: usize, any: &[&str]) -> bool {
    words.get(at).is_some_and(|word| any.contains(&word.as_str()))
}

/// "Half past four", "quarter to five", "ten minutes past three", British "half four".
fn relative(words: &[String]) -> Option<(Clock, usize)> {
    let article = usize::from(is(words, 0, &["a"]));
    let rest = &words[article..];
    let (minutes, mut used) = match rest.first()?.as_str() {
        "half" => (30, 1),
        "quarter" => (15, 1),
        _ => number::below_hundred(rest).filter(|(n, _)| (1..60).contains(n))?,
    };
    used += usize::from(is(rest, used, &["minutes", "minute"]));
    let past = is(rest, used, &["past", "after"]);
    let to = is(rest, used, &["to", "before", "of", "till"]);
    let half_hour = rest[0] == "half" && !past && !to;
    if !past && !to && !half_hour {
        return None;
    }
    used += usize::from(!half_hour);
    let (hour, more) = match rest.get(used).and_then(|word| named(word)) {
        Some(hour) => (hour.max(12), 1),
        None => {
            number::below_hundred(&rest[used..]).filter(|(n, _)| (1..=24).contains(n)).map(|(n, u)| (n as u32, u))?
        }
    };
    let oclock = usize::from(is(rest, used + more, &["o'clock"]));
    let (minute, before) = if to { (0, minutes as u32) } else { (minutes as u32, 0) };
    Some((Clock { hour, minute, before, bare: false }, article + used + more + oclock))
}

/// "Four", "four o'clock", "four thirty", "four oh five", "sixteen hundred".
fn plain(words: &[String]) -> Option<(Clock, usize)> {
    let (hour, used) = number::below_hundred(words).filter(|(n, _)| *n <= 24)?;
    let hour = hour as u32;
    let clock = |minute, bare| Clock { hour, minute, before: 0, bare };
    if is(words, used, &["o'clock"]) {
        return Some((clock(0, false), used + 1));
    }
    if is(words, used, &["hundred"]) {
        return Some((clock(0, false), used + 1 + usize::from(is(words, used + 1, &["hours"]))));
    }
    if is(words, used, &["oh", "o", "zero"]) {
        let minute = number::below_hundred(words.get(used + 1..)?).filter(|(n, used)| *n < 10 && *used == 1);
        return minute.map(|(n, _)| (clock(n as u32, false), used + 2));
    }
    match number::below_hundred(&words[used..]).filter(|(n, _)| (10..60).contains(n)) {
        Some((minute, more)) => Some((clock(minute as u32, false), used + more)),
        None => Some((clock(0, true), used)),
    }
}

/// The half of the day right after a time, and how many words it takes.
fn half(words: &[String]) -> (Option<Half>, usize) {
    let two = |a: &str, b: &str| is(words, 0, &[a]) && is(words, 1, &[b]);
    if is(words, 0, &["am"]) {
        return (Some(Half::Morning), 1);
    }
    if is(words, 0, &["pm"]) {
        return (Some(Half::Afternoon), 1);
    }
    if two("a", "m") {
        return (Some(Half::Morning), 2);
    }
    if two("p", "m") {
        return (Some(Half::Afternoon), 2);
    }
    let lead = if two("in", "the") { 2 } else { usize::from(is(words, 0, &["at", "this", "tomorrow"])) };
    match words.get(lead).and_then(|word| part_of_day(word)) {
        Some(half) => (Some(half), lead + 1),
        None => (None, 0),
    }
}

fn part_of_day(word: &str) -> Option<Half> {
    match word {
        "morning" => Some(Half::Morning),
        "afternoon" | "evening" | "tonight" => Some(Half::Afternoon),
        "night" => Some(Half::Night),
        _ => None,
    }
}

/// `HH:MM`.
fn resolve(clock: Clock, half: Option<Half>) -> Option<String> {
    let twelve = (1..=12).contains(&clock.hour);
    let hour = match half {
        _ if !twelve => clock.hour % 24,
        Some(Half::Morning) => clock.hour % 12,
        Some(Half::Afternoon) => clock.hour % 12 + 12,
        Some(Half::Night) if (6..12).contains(&clock.hour) => clock.hour + 12,
        Some(Half::Night) => clock.hour % 12,
        None if clock.hour < 8 => clock.hour + 12,
        None => clock.hour,
    };
    let minutes = (hour * 60 + clock.minute + 24 * 60).checked_sub(clock.before)? % (24 * 60);
    Some(format!("{:02}:{:02}", minutes / 60, minutes % 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use chrono::NaiveTime;

    fn read(text: &str) -> Option<String> {
        find(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).map(|found| found.value)
    }

    #[test]
    fn every_minute_that_is_spoken_is_read_back() {
        for minute in 0..24 * 60 {
            let time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).expect("a time of day");
            let words =
                crate::speak::spoken(&time.format("%H:%M").to_string(), crate::speak::Form::Time, Language::English);
            let words = words.expect("a time");
            assert_eq!(read(&words), Some(time.format("%H:%M").to_string()), "{words}");
        }
    }

    #[test]
    fn the_clock_as_people_say_it() {
        let said = [
            ("half past four", "16:30"),
            ("half four would be good", "16:30"),
            ("a quarter to five", "16:45"),
            ("quarter past nine", "09:15"),
            ("ten minutes to three", "14:50"),
            ("twenty past eleven in the morning", "11:20"),
            ("four thirty p m", "16:30"),
            ("nine oh five am", "09:05"),
            ("around ten", "10:00"),
            ("at seven in the evening", "19:00"),
            ("tomorrow morning at seven", "07:00"),
            ("sixteen thirty", "16:30"),
            ("sixteen hundred hours", "16:00"),
            ("twenty one fifteen", "21:15"),
            ("noon", "12:00"),
            ("half past noon", "12:30"),
            ("ten o'clock at night", "22:00"),
            ("one at night", "01:00"),
            ("quarter to twelve", "11:45"),
            ("two people at five thirty", "17:30"),
        ];
        for (words, time) in said {
            assert_eq!(read(words).as_deref(), Some(time), "{words}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for words in ["in the morning", "sometime", "thirty five", "fifty past", ""] {
            assert_eq!(read(words), None, "{words}");
        }
    }
}
