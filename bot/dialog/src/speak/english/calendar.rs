//! Dates and times of day as English words.

use super::number::{cardinal, ordinal};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(crate) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// "Tuesday, November twenty fourth".
pub(crate) fn date_words(date: NaiveDate) -> String {
    let weekday = WEEKDAYS[date.weekday().num_days_from_monday() as usize];
    let month = MONTHS[date.month0() as usize];
    format!("{weekday}, {month} {}", ordinal(u64::from(date.day())))
}

/// "two thirty p m", "nine oh five a m", "noon".
pub(crate) fn time_words(time: NaiveTime) -> String {
    let (afternoon, hour) = time.hour12();
    let half = if afternoon { "p m" } else { "a m" };
    let hour = cardinal(u64::from(hour));
    match (time.hour(), time.minute()) {
        (12, 0) => "noon".to_owned(),
        (0, 0) => "midnight".to_owned(),
        (_, 0) => format!("{hour} {half}"),
        (_, minute @ 1..10) => format!("{hour} oh {} {half}", cardinal(u64::from(minute))),
        (_, minute) => format!("{hour} {} {half}", cardinal(u64::from(minute))),
    }
}

/// Seconds as "one hour and thirty minutes".
pub(crate) fn duration_words(seconds: u64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")] {
        let count = rest / size;
        rest %= size;
        if count > 0 || (size == 1 && parts.is_empty()) {
            parts.push(format!("{} {unit}{}", cardinal(count), if count == 1 { "" } else { "s" }));
        }
    }
    let last = parts.pop().unwrap_or_default();
    if parts.is_empty() { last } else { format!("{} and {last}", parts.join(" ")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::speak::{read_date, read_time};

    #[test]
    fn dates_and_times_are_said_as_people_say_them() {
        assert_eq!(date_words(read_date("2026-11-24").unwrap()), "Tuesday, November twenty fourth");
        assert_eq!(date_words(read_date("3.5.2027").unwrap()), "Monday, May third");
        let said = |time| time_words(read_time(time).unwrap());
        assert_eq!(said("14:30"), "two thirty p m");
        assert_eq!(said("09:05"), "nine oh five a m");
        assert_eq!(said("12:00"), "noon");
        assert_eq!(said("00:00"), "midnight");
        assert_eq!(said("9:00:00"), "nine a m");
        assert_eq!(duration_words(5400), "one hour and thirty minutes");
        assert_eq!(duration_words(60), "one minute");
        assert_eq!(duration_words(0), "zero seconds");
        assert_eq!(said("2:30 PM"), "two thirty p m");
        assert_eq!(said("2 p.m."), "two p m");
    }
}
