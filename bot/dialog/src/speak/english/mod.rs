//! Values as English words.

mod calendar;
mod money;
pub mod number;

pub(crate) use calendar::{MONTHS, WEEKDAYS};

use super::written::{Decimal, Money};
use super::{Form, Speaks};
use chrono::{NaiveDate, NaiveTime};

pub(super) struct English;

impl Speaks for English {
    fn number(&self, number: &Decimal) -> String {
        number::written(number)
    }

    fn ordinal(&self, n: u64) -> String {
        number::ordinal(n)
    }

    fn date(&self, date: NaiveDate) -> String {
        calendar::date_words(date)
    }

    fn time(&self, time: NaiveTime) -> String {
        calendar::time_words(time)
    }

    fn money(&self, money: &Money) -> Option<String> {
        money::words(money)
    }

    fn duration(&self, seconds: u64) -> String {
        calendar::duration_words(seconds)
    }

    fn digits(&self, digits: &str) -> String {
        number::spelled(digits, 4)
    }

    /// In the groups in which such numbers are written: 3-3-4 in North America, else by three.
    fn phone(&self, digits: &str, _abroad: bool) -> String {
        let national =
            |digits: &str| format!("{}, {}", number::spelled(&digits[..6], 3), number::spelled(&digits[6..], 4));
        match (digits.len(), digits.strip_prefix('1')) {
            (11, Some(rest)) => format!("one, {}", national(rest)),
            (10, _) => national(digits),
            _ => number::spelled(digits, 3),
        }
    }

    /// As it is stored: templates write prompts around it.
    fn yes_no<'v>(&self, value: &'v str) -> &'v str {
        value
    }

    fn counted(&self, _form: Form, _value: &str, _after: &str) -> Option<&'static str> {
        None
    }
}
