//! Calling hours: when a person may be called, by the clock where the person is.
//!
//! A profile has one window for each day of the week, and days off. The default is the United States'
//! rule, 08:00–21:00 at the called person's place (47 CFR 64.1200(c)(1)). The end is exclusive: at
//! 21:00:00 the window is closed.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Minutes in a day.
const DAY_MIN: u16 = 24 * 60;
/// Days searched for the next opening: a profile without one in a year never opens.
const SEARCH_DAYS: u64 = 366;

/// Part of a day, in minutes after midnight. Written `08:00-21:00`; `24:00` is the day's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window {
    from_min: u16,
    to_min: u16,
}

/// Why a window or profile cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    #[error("`{text}` is not a window of hours; write it as 08:00-21:00")]
    Window { text: String },
    #[error("there are no calling hours named `{name}`; known are us, florida, indonesia and any_time")]
    UnknownProfile { name: String },
}

impl FromStr for Window {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let bad = || HoursError::Window { text: text.into() };
        let (from, to) = text.split_once(['-', '–']).ok_or_else(bad)?;
        let minutes = |part: &str| {
            let (hour, minute) = part.trim().split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            let total = hour.checked_mul(60)?.checked_add(minute)?;
            (minute < 60 && total <= DAY_MIN).then_some(total)
        };
        match (minutes(from), minutes(to)) {
            (Some(from_min), Some(to_min)) if from_min < to_min => Ok(Self { from_min, to_min }),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Window {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from_min, self.to_min);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// One week of windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursProfile {
    /// Shown with every refusal.
    pub name: String,
    /// Monday first; none is a day without calls.
    pub week: [Option<Window>; 7],
    /// Days without calls.
    #[serde(default)]
    pub days_off: Vec<NaiveDate>,
}

impl Default for HoursProfile {
    fn default() -> Self {
        Self::us()
    }
}

impl HoursProfile {
    /// 08:00–21:00 every day.
    pub fn us() -> Self {
        Self::daily("us", 8, 21)
    }

    /// 08:00–20:00 every day (Fla. Stat. 501.616).
    pub fn florida() -> Self {
        Self::daily("florida", 8, 20)
    }

    /// Monday to Saturday, 08:00–18:00 (POJK 6/2022). Holidays go into `days_off`.
    pub fn indonesia() -> Self {
        let mut profile = Self::daily("indonesia", 8, 18);
        profile.week[6] = None;
        profile
    }

    /// Round the clock: for simulated people only, refused for trunks beyond loopback.
    pub fn any_time() -> Self {
        Self::daily("any_time", 0, 24)
    }

    /// A built-in profile by name.
    pub fn named(name: &str) -> Result<Self, HoursError> {
        match name {
            "us" => Ok(Self::us()),
            "florida" => Ok(Self::florida()),
            "indonesia" => Ok(Self::indonesia()),
            "any_time" => Ok(Self::any_time()),
            _ => Err(HoursError::UnknownProfile { name: name.into() }),
        }
    }

    fn daily(name: &str, from_hour: u16, to_hour: u16) -> Self {
        let window = Window { from_min: from_hour * 60, to_min: to_hour * 60 };
        Self { name: name.into(), week: [Some(window); 7], days_off: Vec::new() }
    }

    /// Open around the clock on every day: no restriction at all.
    pub fn is_unrestricted(&self) -> bool {
        let whole = Window { from_min: 0, to_min: DAY_MIN };
        self.days_off.is_empty() && self.week.iter().all(|w| *w == Some(whole))
    }

    /// Is it a time to call somebody in `zone`?
    pub fn is_open(&self, zone: Tz, now: DateTime<Utc>) -> bool {
        let local = now.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        self.window_on(local.date_naive())
            .is_some_and(|w| (u32::from(w.from_min)..u32::from(w.to_min)).contains(&minute))
    }

    /// The first instant at or after `now` that is open, or none within a year.
    pub fn next_opening(&self, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_open(zone, now) {
            return Some(now);
        }
        let today = now.with_timezone(&zone).date_naive();
        (0..=SEARCH_DAYS)
            .filter_map(|days| today.checked_add_days(Days::new(days)))
            .filter_map(|day| Some((day, self.window_on(day)?)))
            .filter_map(|(day, window)| instant(zone, day, window.from_min))
            .find(|at| *at > now && self.is_open(zone, *at))
    }

    fn window_on(&self, day: NaiveDate) -> Option<Window> {
        if self.days_off.contains(&day) {
            return None;
        }
        self.week[day.weekday().num_days_from_monday() as usize]
    }
}

/// A local wall-clock minute as an instant. A minute that the spring change skips becomes the first
/// one after the gap; one that the autumn change repeats is its first occurrence.
fn instant(zone: Tz, day: NaiveDate, minute: u16) -> Option<DateTime<Utc>> {
    let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
    let local = day.and_time(time);
    (0..=4)
        .find_map(|half_hours| zone.from_local_datetime(&(local + TimeDelta::minutes(30 * half_hours))).earliest())
        .map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono_tz::America::{Los_Angeles, New_York};
    use chrono_tz::Asia::Jakarta;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_instant_is_open_in_new_york_and_closed_in_los_angeles() {
        let profile = HoursProfile::us();
        let now = utc("2026-01-15T13:30:00Z");
        assert!(profile.is_open(New_York, now));
        assert!(!profile.is_open(Los_Angeles, now));
        assert_eq!(profile.next_opening(Los_Angeles, now), Some(utc("2026-01-15T16:00:00Z")));
    }

    #[test]
    fn the_window_closes_on_the_minute() {
        let profile = HoursProfile::us();
        assert!(profile.is_open(New_York, utc("2026-01-16T01:59:59Z")));
        assert!(!profile.is_open(New_York, utc("2026-01-16T02:00:00Z")));
        assert_eq!(profile.next_opening(New_York, utc("2026-01-16T02:00:00Z")), Some(utc("2026-01-16T13:00:00Z")));
    }

    #[test]
    fn days_off_and_sundays_are_skipped() {
        let mut profile = HoursProfile::indonesia();
        profile.days_off.push(NaiveDate::from_ymd_opt(2026, 1, 19).unwrap());
        // Saturday 17 January, 19:00 in Jakarta; Sunday and the day off on Monday follow.
        let now = utc("2026-01-17T12:00:00Z");
        assert_eq!(profile.next_opening(Jakarta, now), Some(utc("2026-01-20T01:00:00Z")));
    }

    #[test]
    fn clock_changes_move_the_opening() {
        let profile = HoursProfile::us();
        // Clocks go forward on 8 March 2026 in New York.
        assert_eq!(profile.next_opening(New_York, utc("2026-03-07T05:00:00Z")), Some(utc("2026-03-07T13:00:00Z")));
        assert_eq!(profile.next_opening(New_York, utc("2026-03-08T06:00:00Z")), Some(utc("2026-03-08T12:00:00Z")));
        let night = HoursProfile { week: [Some("02:15-03:30".parse().unwrap()); 7], ..HoursProfile::us() };
        assert_eq!(night.next_opening(New_York, utc("2026-03-08T06:00:00Z")), Some(utc("2026-03-08T07:15:00Z")));
    }

    #[test]
    fn a_profile_that_never_opens_says_so() {
        let never = HoursProfile { week: [None; 7], ..HoursProfile::us() };
        assert_eq!(never.next_opening(New_York, utc("2026-01-01T00:00:00Z")), None);
        assert!(HoursProfile::any_time().is_unrestricted() && !HoursProfile::us().is_unrestricted());
    }

    #[test]
    fn windows_are_written_as_hours_and_bad_ones_are_named() {
        assert_eq!("08:00-24:00".parse::<Window>().unwrap().to_string(), "08:00-24:00");
        for bad in ["8-21", "21:00-08:00", "08:00-24:01", "08:61-09:00", "", "99999:00-1:00"] {
            let error = bad.parse::<Window>().unwrap_err();
            assert!(error.to_string().contains(bad), "{error}");
        }
    }
}
