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
            SlotType::YesNo | SlotType::Text => Self::Plain,
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
        Form::Phone => phone(value).ok_or("a telephone number such as +1 555 010 2030"),
        Form::Digits if value.bytes().any(|b| b.is_ascii_digit()) => Ok(number::spelled(value, 4)),
        Form::Digits => Err("digits"),
    }
}

fn phone(value: &str) -> Option<String> {
    let good = value.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    (good && digits >= 3).then(|| number::spelled(value, 3))
}
