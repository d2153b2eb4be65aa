//! Values as Indonesian words: "setengah tiga sore", "Kamis, tiga Desember", "dua juta lima ratus ribu rupiah".

use super::written::{Decimal, Money};
use super::{Form, Speaks};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

/// Zero to eleven.
const SMALL: [&str; 12] =
    ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"];
pub(crate) const MONTHS: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
const WEEKDAYS: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];
/// Size, name, and how one of them is said.
const GROUPS: [(u64, &str, &str); 4] = [
    (1_000_000_000_000, "triliun", "satu triliun"),
    (1_000_000_000, "miliar", "satu miliar"),
    (1_000_000, "juta", "satu juta"),
    (1000, "ribu", "seribu"),
];
const CURRENCIES: [(&str, &str); 12] = [
    ("IDR", "rupiah"),
    ("USD", "dolar"),
    ("EUR", "euro"),
    ("GBP", "pound"),
    ("CHF", "franc"),
    ("SGD", "dolar Singapura"),
    ("AUD", "dolar Australia"),
    ("HKD", "dolar Hong Kong"),
    ("TWD", "dolar Taiwan"),
    ("MYR", "ringgit"),
    ("CNY", "yuan"),
    ("JPY", "yen"),
];

/// `1250` → "seribu dua ratus lima puluh".
pub(crate) fn cardinal(n: u64) -> String {
    let and = |head: String, rest: u64| if rest == 0 { head } else { format!("{head} {}", cardinal(rest)) };
    match n {
        0..12 => SMALL[n as usize].to_owned(),
        12..20 => format!("{} belas", SMALL[(n - 10) as usize]),
        20..100 => and(format!("{} puluh", SMALL[(n / 10) as usize]), n % 10),
        100..200 => and("seratus".to_owned(), n - 100),
        200..1000 => and(format!("{} ratus", SMALL[(n / 100) as usize]), n % 100),
        _ => {
            let (size, name, one) =
                GROUPS.into_iter().find(|(size, ..)| n >= *size).unwrap_or((1000, "ribu", "seribu"));
            let head = if n / size == 1 { one.to_owned() } else { format!("{} {name}", cardinal(n / size)) };
            and(head, n % size)
        }
    }
}

/// `3` → "ketiga".
fn ordinal(n: u64) -> String {
    if n == 1 { "pertama".to_owned() } else { format!("ke{}", cardinal(n)) }
}

fn digit_words(digits: &str) -> Vec<&'static str> {
    digits.bytes().filter(u8::is_ascii_digit).map(|b| SMALL[usize::from(b - b'0')]).collect()
}

fn spelled(digits: &str, groups: &[usize]) -> String {
    let words = digit_words(digits);
    let (mut out, mut from) = (Vec::new(), 0);
    // The last size goes on to the end.
    for size in groups.iter().chain(groups.last().into_iter().cycle()) {
        if from >= words.len() {
            break;
        }
        let to = (from + size.max(&1)).min(words.len());
        out.push(words[from..to].join(" "));
        from = to;
    }
    out.join(", ")
}

fn decimal(whole: u64, decimals: &str) -> String {
    match decimals.is_empty() {
        true => cardinal(whole),
        false => format!("{} koma {}", cardinal(whole), digit_words(decimals).join(" ")),
    }
}

/// The part of the day in which a time lies.
fn part_of_day(time: NaiveTime) -> &'static str {
    match time.hour() * 60 + time.minute() {
        // Midnight belongs to the night before.
        0..60 | 1080.. => "malam",
        60..240 => "dini hari",
        240..660 => "pagi",
        660..870 => "siang",
        870..1080 => "sore",
    }
}

pub(super) struct Indonesian;

impl Speaks for Indonesian {
    fn number(&self, number: &Decimal) -> String {
        let words = decimal(number.whole, &number.decimals);
        if number.negative { format!("minus {words}") } else { words }
    }

    fn ordinal(&self, n: u64) -> String {
        ordinal(n)
    }

    fn date(&self, date: NaiveDate) -> String {
        let weekday = WEEKDAYS[date.weekday().num_days_from_monday() as usize];
        format!("{weekday}, {} {}", cardinal(date.day().into()), MONTHS[date.month0() as usize])
    }

    /// Without "jam" or "pukul", which stand in the prompt.
    fn time(&self, time: NaiveTime) -> String {
        let name = |hour: u32| cardinal(u64::from((hour + 11) % 12 + 1));
        let (hour, next) = (name(time.hour()), name(time.hour() + 1));
        let part = part_of_day(time);
        match time.minute() {
            0 => format!("{hour} {part}"),
            15 => format!("{hour} lewat seperempat {part}"),
            // Half of the way to the next hour.
            30 => format!("setengah {next} {part}"),
            45 => format!("{next} kurang seperempat {part}"),
            minute => format!("{hour} lewat {} menit {part}", cardinal(minute.into())),
        }
    }

    fn money(&self, money: &Money) -> Option<String> {
        let decimals = match money.hundredths {
            0 => String::new(),
            hundredths => format!("{hundredths:02}").trim_end_matches('0').to_owned(),
        };
        let sum = decimal(money.whole, &decimals);
        let Some(code) = money.currency else { return Some(sum) };
        let (_, name) = CURRENCIES.into_iter().find(|(known, _)| *known == code)?;
        Some(format!("{sum} {name}"))
    }

    fn duration(&self, seconds: u64) -> String {
        let half = seconds % 3600 == 1800 && seconds < 86_400;
        match seconds / 3600 {
            0 if half => return "setengah jam".to_owned(),
            hours if half => return format!("{} setengah jam", cardinal(hours)),
            _ => {}
        }
        let mut rest = seconds;
        let mut parts = Vec::new();
        for (size, unit) in [(86_400, "hari"), (3600, "jam"), (60, "menit"), (1, "detik")] {
            let count = rest / size;
            rest %= size;
            if count > 0 || (size == 1 && parts.is_empty()) {
                parts.push(format!("{} {unit}", cardinal(count)));
            }
        }
        parts.join(" ")
    }

    fn digits(&self, digits: &str) -> String {
        spelled(digits, &[4])
    }

    /// As numbers are written at home: 0812-3456-7890, 021-555-0102.
    fn phone(&self, digits: &str, abroad: bool) -> String {
        let own = digits.strip_prefix("62").filter(|_| abroad);
        let national = match (own, abroad) {
            (Some(rest), _) => format!("0{rest}"),
            (None, true) => return format!("plus {}", spelled(digits, &[3])),
            (None, false) => digits.to_owned(),
        };
        let groups: &[usize] = match national.len() {
            _ if national.starts_with("08") => &[4],
            9.. if national.starts_with("021") || national.starts_with("022") => &[3, 4],
            9.. if national.starts_with('0') => &[4],
            _ => &[3],
        };
        spelled(&national, groups)
    }

    fn yes_no<'v>(&self, value: &'v str) -> &'v str {
        match value {
            "yes" => "ya",
            "no" => "tidak",
            other => other,
        }
    }

    fn counted(&self, _form: Form, _value: &str, _after: &str) -> Option<&'static str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::language::Language::Indonesian;
    use crate::speak::{Form, spoken};

    #[test]
    fn values_are_said_as_people_say_them() {
        let said = [
            ("11", Form::Number, "sebelas"),
            ("17", Form::Number, "tujuh belas"),
            ("125", Form::Number, "seratus dua puluh lima"),
            ("1001", Form::Number, "seribu satu"),
            ("3.5", Form::Number, "tiga koma lima"),
            ("1", Form::Ordinal, "pertama"),
            ("3", Form::Ordinal, "ketiga"),
            ("2026-12-03", Form::Date, "Kamis, tiga Desember"),
            ("14:30", Form::Time, "setengah tiga sore"),
            ("12:30", Form::Time, "setengah satu siang"),
            ("09:00", Form::Time, "sembilan pagi"),
            ("09:45", Form::Time, "sepuluh kurang seperempat pagi"),
            ("19:20", Form::Time, "tujuh lewat dua puluh menit malam"),
            ("00:00", Form::Time, "dua belas malam"),
            ("2500000 IDR", Form::Money, "dua juta lima ratus ribu rupiah"),
            ("Rp1.000", Form::Money, "seribu rupiah"),
            ("49.90 USD", Form::Money, "empat puluh sembilan koma sembilan dolar"),
            ("5400", Form::Duration, "satu setengah jam"),
            ("259200", Form::Duration, "tiga hari"),
            ("40277", Form::Digits, "empat nol dua tujuh, tujuh"),
            ("+6281234567890", Form::Phone, "nol delapan satu dua, tiga empat lima enam, tujuh delapan sembilan nol"),
            ("no", Form::YesNo, "tidak"),
        ];
        for (value, form, words) in said {
            assert_eq!(spoken(value, form, Indonesian).as_deref(), Ok(words), "{value} {form:?}");
        }
    }
}
