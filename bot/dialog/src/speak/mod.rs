//! Values as they are said: `14:30` → "two thirty p m".
//!
//! English. A value that is not what its type says is spoken as it is written; `campaign check`
//! reports it before anybody is called.

mod calendar;
mod money;
pub mod number;

pub(crate) use calendar::{MONTHS, WEEKDAYS, read_date, read_time};

use warmline_schema::{SlotType, VariableType};

/// How a variable or a slot is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Number,
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
            SlotType::YesNo | SlotType::Text | SlotType::Name | SlotType::Choice | SlotType::Regex => Self::Plain,
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

/// `value` in words, or what it should have looked like.
pub(crate) fn spoken(value: &str, form: Form) -> Result<String, &'static str> {
    let value = value.trim();
    match form {
        Form::Plain => Ok(value.to_owned()),
        Form::Number => number::written(value).ok_or("a number such as 1250 or 3.5"),
        Form::Date => read_date(value).map(calendar::date_words).ok_or("a date such as 2026-11-24"),
        Form::Time => read_time(value).map(calendar::time_words).ok_or("a time such as 14:30"),
        Form::Money => money::words(value).ok_or("an amount such as 49.90 EUR"),
        Form::Duration => calendar::duration_words(value).ok_or("a number of seconds"),
        Form::Phone => phone(value).ok_or("a telephone number such as +1 555 010 2030"),
        Form::Digits if value.bytes().any(|b| b.is_ascii_digit()) => Ok(number::spelled(value, 4)),
        Form::Digits => Err("digits"),
    }
}

/// In the groups in which such numbers are written: 3-3-4 in North America, else by three.
fn phone(value: &str) -> Option<String> {
    let good = value.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if !good || digits.len() < 3 {
        return None;
    }
    let national = |digits: &str| format!("{}, {}", number::spelled(&digits[..6], 3), number::spelled(&digits[6..], 4));
    Some(match (digits.len(), digits.strip_prefix('1')) {
        (11, Some(rest)) => format!("one, {}", national(rest)),
        (10, _) => national(&digits),
        _ => number::spelled(&digits, 3),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_are_said_in_groups() {
        let said = spoken("+1 (555) 010-2030", Form::Phone);
        assert_eq!(said.as_deref(), Ok("one, five five five, zero one zero, two zero three zero"));
        assert_eq!(spoken("7001", Form::Phone).as_deref(), Ok("seven zero zero, one"));
        assert!(spoken("call us", Form::Phone).is_err());
    }

    #[test]
    fn a_value_that_is_not_of_its_type_says_what_it_should_be() {
        assert_eq!(spoken("soon", Form::Date), Err("a date such as 2026-11-24"));
        assert_eq!(spoken("half ten", Form::Time), Err("a time such as 14:30"));
        assert_eq!(spoken("some", Form::Digits), Err("digits"));
    }
}
