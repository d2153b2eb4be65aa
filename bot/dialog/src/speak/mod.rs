//! Values as they are said: `14:30` → "two thirty p m", 下午兩點半, "setengah tiga sore".
//!
//! One folder for each language behind [`Speaks`]. A value that is not what its type says is spoken as it
//! is written; `campaign check` reports it before anybody is called.

mod chinese;
mod english;
mod indonesian;
mod written;

pub use english::number;
pub(crate) use english::{MONTHS, WEEKDAYS};
pub(crate) use written::{read_date, read_time, with_comma};

use crate::language::Language;
use chrono::{NaiveDate, NaiveTime};
use warmline_schema::{SlotType, VariableType};
use written::{Decimal, Money};

pub(crate) use chinese::cardinal as chinese_cardinal;
pub(crate) use indonesian::MONTHS as INDONESIAN_MONTHS;
pub(crate) use indonesian::cardinal as indonesian_cardinal;

/// How a variable or a slot is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    YesNo,
    Number,
    Ordinal,
    Date,
    Time,
    Money,
    Phone,
    Digits,
    /// Seconds.
    Duration,
}

impl From<VariableType> for Form {
    fn from(kind: VariableType) -> Self {
        match kind {
            VariableType::Text => Self::Plain,
            VariableType::Number => Self::Number,
            VariableType::Ordinal => Self::Ordinal,
            VariableType::Date => Self::Date,
            VariableType::Time => Self::Time,
            VariableType::Money => Self::Money,
            VariableType::Phone => Self::Phone,
            VariableType::Digits => Self::Digits,
        }
    }
}

impl From<SlotType> for Form {
    fn from(kind: SlotType) -> Self {
        match kind {
            SlotType::Text | SlotType::Name | SlotType::Choice | SlotType::Regex => Self::Plain,
            SlotType::YesNo => Self::YesNo,
            SlotType::Duration => Self::Duration,
            SlotType::Phone => Self::Phone,
            SlotType::Amount => Self::Money,
            SlotType::Number => Self::Number,
            SlotType::Digits => Self::Digits,
            SlotType::Date => Self::Date,
            SlotType::Time => Self::Time,
        }
    }
}

/// How one language says values.
trait Speaks: Sync {
    fn number(&self, number: &Decimal) -> String;
    fn ordinal(&self, n: u64) -> String;
    fn date(&self, date: NaiveDate) -> String;
    fn time(&self, time: NaiveTime) -> String;
    /// `None`: the language has no name for the currency.
    fn money(&self, money: &Money) -> Option<String>;
    fn duration(&self, seconds: u64) -> String;
    /// One by one, with pauses between groups.
    fn digits(&self, digits: &str) -> String;
    /// `abroad`: a country code leads the digits.
    fn phone(&self, digits: &str, abroad: bool) -> String;
    /// `value` is `yes` or `no`.
    fn yes_no<'v>(&self, value: &'v str) -> &'v str;
    /// A value that is said in another way because `after` follows it (兩個, not 二個).
    fn counted(&self, form: Form, value: &str, after: &str) -> Option<&'static str>;
}

fn speaks(language: Language) -> &'static dyn Speaks {
    match language {
        Language::English => &english::English,
        Language::Traditional => &chinese::TRADITIONAL,
        Language::Simplified => &chinese::SIMPLIFIED,
        Language::Indonesian => &indonesian::Indonesian,
    }
}

/// `value` in words of `language`, or what it should have looked like.
pub(crate) fn spoken(value: &str, form: Form, language: Language) -> Result<String, &'static str> {
    let (value, speaks) = (value.trim(), speaks(language));
    match form {
        Form::Plain => Ok(value.to_owned()),
        Form::YesNo => Ok(speaks.yes_no(value).to_owned()),
        Form::Number => Decimal::read(value).map(|n| speaks.number(&n)).ok_or("a number such as 1250 or 3.5"),
        Form::Ordinal => value.parse().map(|n| speaks.ordinal(n)).map_err(|_| "a whole number such as 3"),
        Form::Date => read_date(value).map(|date| speaks.date(date)).ok_or("a date such as 2026-11-24"),
        Form::Time => read_time(value).map(|time| speaks.time(time)).ok_or("a time such as 14:30"),
        Form::Money => {
            let money = Money::read(value, language).and_then(|money| speaks.money(&money));
            money.ok_or("an amount such as 49.90 EUR")
        }
        Form::Duration => value.parse().map(|seconds| speaks.duration(seconds)).map_err(|_| "a number of seconds"),
        Form::Phone => phone(value, speaks).ok_or("a telephone number such as +1 555 010 2030"),
        Form::Digits if value.bytes().any(|b| b.is_ascii_digit()) => Ok(speaks.digits(value)),
        Form::Digits => Err("digits"),
    }
}

/// [`spoken`], where the text goes on with `after`.
pub(crate) fn spoken_before(value: &str, form: Form, language: Language, after: &str) -> Result<String, &'static str> {
    match speaks(language).counted(form, value.trim(), after) {
        Some(words) => Ok(words.to_owned()),
        None => spoken(value, form, language),
    }
}

fn phone(value: &str, speaks: &dyn Speaks) -> Option<String> {
    let good = value.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    (good && digits.len() >= 3).then(|| speaks.phone(&digits, value.starts_with('+')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(value: &str, form: Form) -> Result<String, &'static str> {
        spoken(value, form, Language::English)
    }

    #[test]
    fn telephone_numbers_are_said_in_groups() {
        let said = english("+1 (555) 010-2030", Form::Phone);
        assert_eq!(said.as_deref(), Ok("one, five five five, zero one zero, two zero three zero"));
        assert_eq!(english("7001", Form::Phone).as_deref(), Ok("seven zero zero, one"));
        assert!(english("call us", Form::Phone).is_err());
    }

    #[test]
    fn a_value_that_is_not_of_its_type_says_what_it_should_be() {
        assert_eq!(english("soon", Form::Date), Err("a date such as 2026-11-24"));
        assert_eq!(english("half ten", Form::Time), Err("a time such as 14:30"));
        assert_eq!(english("some", Form::Digits), Err("digits"));
    }
}
