//! Values as they stand in contact data and in slots, before any language speaks them.

use crate::language::Language;
use chrono::{NaiveDate, NaiveTime};

/// A date of contact data or of a slot: `2026-11-24`, `2026/11/24`, `24.11.2026`.
pub(crate) fn read_date(value: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y"].into_iter().find_map(|form| NaiveDate::parse_from_str(value, form).ok())
}

/// A time of contact data or of a slot: `14:30`, `14:30:00`, `2:30 pm`.
pub(crate) fn read_time(value: &str) -> Option<NaiveTime> {
    let plain = value.to_lowercase().replace(['.', ' '], "");
    ["%H:%M", "%H:%M:%S", "%I:%M%p"].into_iter().find_map(|form| NaiveTime::parse_from_str(&plain, form).ok()).or_else(
        || {
            // `2 pm`: chrono wants minutes.
            let (hour, half) = plain.split_at_checked(plain.len().checked_sub(2)?)?;
            NaiveTime::parse_from_str(&format!("{hour}:00{half}"), "%I:%M%p").ok()
        },
    )
}

/// A number as written: `-1,250.50`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub negative: bool,
    pub whole: u64,
    /// Digits after the point, as written.
    pub decimals: String,
}

impl Decimal {
    /// `None`: not a number.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (negative, plain) = match text.strip_prefix('-') {
            Some(plain) => (true, plain),
            None => (false, text),
        };
        let plain = plain.replace([',', ' ', '\u{a0}'], "");
        let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = decimals.bytes().all(|b| b.is_ascii_digit());
        Some(Self { negative, whole: whole.parse().ok().filter(|_| digits)?, decimals: decimals.to_owned() })
    }
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Money {
    pub whole: u64,
    pub hundredths: u64,
    /// ISO 4217.
    pub currency: Option<&'static str>,
}

/// How currencies are written: code, and signs, the longer ones first.
const CURRENCIES: [(&str, &[&str]); 12] = [
    ("TWD", &["NT$"]),
    ("HKD", &["HK$"]),
    ("SGD", &["S$"]),
    ("USD", &["US$", "$"]),
    ("EUR", &["€"]),
    ("GBP", &["£"]),
    ("CHF", &["Fr."]),
    ("IDR", &["Rp.", "Rp"]),
    ("CNY", &["RMB", "CN¥", "¥"]),
    ("JPY", &["JP¥"]),
    ("MYR", &["RM"]),
    ("AUD", &["A$"]),
];

impl Money {
    /// `49.90 EUR`, `€49.90`, `NT$1,250`; in Indonesian also `Rp2.500.000,00`. `None`: not an amount.
    pub(crate) fn read(text: &str, language: Language) -> Option<Self> {
        let marked = CURRENCIES.iter().find_map(|(code, signs)| {
            std::iter::once(code).chain(signs.iter()).find_map(|mark| {
                let amount = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark))?;
                Some((amount.trim(), Some(*code)))
            })
        });
        let (amount, currency) = marked.unwrap_or((text, None));
        let plain = match language {
            Language::Indonesian => with_comma(amount),
            _ => amount.replace([',', ' '], ""),
        };
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, "0"));
        let hundredths = match part.len() {
            1 => part.parse::<u64>().ok()? * 10,
            2 => part.parse().ok()?,
            _ => return None,
        };
        Some(Self { whole: whole.parse().ok()?, hundredths, currency })
    }
}

/// A figure in which a comma may begin the decimals and points may stand between thousands, with a point only.
pub(crate) fn with_comma(figure: &str) -> String {
    let plain = figure.replace(' ', "");
    let thousands = |text: &str| text.split('.').skip(1).all(|group| group.len() == 3);
    match plain.split_once(',') {
        Some((whole, decimals)) if decimals.len() < 3 => format!("{}.{decimals}", whole.replace('.', "")),
        None if plain.contains('.') && thousands(&plain) => plain.replace('.', ""),
        _ => plain.replace(',', ""),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn amounts_are_read_as_each_country_writes_them() {
        let read = |text, language| {
            Money::read(text, language).map(|money| (money.whole, money.hundredths, money.currency.unwrap_or("")))
        };
        assert_eq!(read("NT$1,250", Language::Traditional), Some((1250, 0, "TWD")));
        assert_eq!(read("49.9 USD", Language::English), Some((49, 90, "USD")));
        assert_eq!(read("Rp2.500.000", Language::Indonesian), Some((2_500_000, 0, "IDR")));
        assert_eq!(read("Rp 50.000,50", Language::Indonesian), Some((50_000, 50, "IDR")));
        assert_eq!(read("50000.00 IDR", Language::Indonesian), Some((50_000, 0, "IDR")));
        assert_eq!(read("lots", Language::Simplified), None);
    }

    #[test]
    fn times_are_read_in_the_usual_forms() {
        assert_eq!(read_time("2 p.m."), read_time("14:00"));
        assert_eq!(read_time("25:00"), None);
        assert_eq!(read_time("é"), None);
    }
}
