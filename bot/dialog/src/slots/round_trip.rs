//! What is spoken is understood again: thousands of values of each type in each language.
#![allow(clippy::unwrap_used)]

use super::Answer;
use crate::language::Language;
use crate::speak::{Form, spoken};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use warmline_schema::SlotType;

const ALL: [Language; 4] = [Language::English, Language::Traditional, Language::Simplified, Language::Indonesian];
const NEW: [Language; 3] = [Language::Traditional, Language::Simplified, Language::Indonesian];

fn now() -> NaiveDateTime {
    "2026-11-20T10:00:00".parse().unwrap()
}

/// `wanted` is heard where `value` was spoken.
fn returns(languages: &[Language], value: &str, form: Form, kind: SlotType, wanted: &str) {
    for language in languages {
        let words = spoken(value, form, *language).unwrap_or_else(|why| panic!("{value}: {why}"));
        let found = Answer::new(&words, *language).find(kind, now()).map(|found| found.value);
        assert_eq!(found.as_deref(), Some(wanted), "{language:?}: `{words}` for {value}");
    }
}

#[test]
fn every_number() {
    let few = (0..3000u64).chain((3000..100_000).step_by(37)).chain((100_000..2_000_000_000).step_by(7_654_321));
    let round =
        [10_000, 10_001, 10_010, 100_000, 110_000, 1_000_000, 20_000_000, 100_000_000, 1_000_000_000, 200_500_000_000];
    for n in few.chain(round) {
        let n = n.to_string();
        returns(&ALL, &n, Form::Number, SlotType::Number, &n);
    }
    for n in ["0.5", "3.14", "12.05", "-7", "-0.25", "1500.75"] {
        returns(&NEW, n, Form::Number, SlotType::Number, n);
    }
    for n in 1..=300 {
        returns(&NEW, &n.to_string(), Form::Ordinal, SlotType::Number, &n.to_string());
    }
}

#[test]
fn every_minute_of_a_day() {
    for minute in 0..24 * 60 {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap().format("%H:%M").to_string();
        returns(&ALL, &time, Form::Time, SlotType::Time, &time);
    }
}

#[test]
fn every_day_of_a_year() {
    let today: NaiveDate = now().date();
    for days in 0..365 {
        let date = (today + Days::new(days)).to_string();
        returns(&ALL, &date, Form::Date, SlotType::Date, &date);
    }
}

#[test]
fn day_and_time_in_one_breath() {
    for step in 0..1000u64 {
        let date = (now().date() + Days::new(step * 7 % 365)).to_string();
        let time = NaiveTime::from_num_seconds_from_midnight_opt((step as u32 * 487 % 1440) * 60, 0).unwrap();
        let time = time.format("%H:%M").to_string();
        for language in NEW {
            let between = if language == Language::Indonesian { " jam " } else { "" };
            let words = format!(
                "{}{between}{}",
                spoken(&date, Form::Date, language).unwrap(),
                spoken(&time, Form::Time, language).unwrap()
            );
            let answer = Answer::new(&words, language);
            let day = answer.find(SlotType::Date, now()).unwrap_or_else(|| panic!("no day in {words}"));
            let hour = answer.without(&day).find(SlotType::Time, now()).map(|found| found.value);
            assert_eq!((day.value, hour), (date.clone(), Some(time.clone())), "{words}");
        }
    }
}

#[test]
fn amounts_with_and_without_a_currency() {
    let mut sums: Vec<String> = (0..2500).map(|n| format!("{}.{:02}", n * n % 99_991, n * 7 % 100)).collect();
    sums.extend((1..500).map(|n| format!("{}.00", n * 12_500)));
    for sum in sums {
        for currency in ["TWD", "CNY", "USD", "EUR", "IDR"] {
            let value = format!("{sum} {currency}");
            returns(&NEW, &value, Form::Money, SlotType::Amount, &value);
        }
        returns(&NEW, &sum, Form::Money, SlotType::Amount, &sum);
    }
}

#[test]
fn lengths_of_time() {
    let whole =
        (1..600).map(|minutes| minutes * 60).chain((0..200).map(|n| n * 3725)).chain((1..60).map(|n| n * 86_400));
    for seconds in whole {
        let seconds = seconds.to_string();
        returns(&ALL, &seconds, Form::Duration, SlotType::Duration, &seconds);
    }
}

#[test]
fn digits_and_telephone_numbers() {
    let mut code: u64 = 7;
    for length in 1..=12usize {
        for _ in 0..150 {
            code = code.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let digits: String = format!("{code:020}").chars().rev().take(length).collect();
            returns(&ALL, &digits, Form::Digits, SlotType::Digits, &digits);
            if length >= 3 {
                returns(&ALL, &digits, Form::Phone, SlotType::Phone, &digits);
            }
        }
    }
    for (language, abroad, home) in [
        (Language::Traditional, "+886912345678", "0912345678"),
        (Language::Simplified, "+8613812345678", "13812345678"),
        (Language::Indonesian, "+6281234567890", "081234567890"),
    ] {
        returns(&[language], abroad, Form::Phone, SlotType::Phone, home);
        returns(&[language], "+15550102030", Form::Phone, SlotType::Phone, "+15550102030");
    }
}

#[test]
fn yes_and_no() {
    for value in ["yes", "no"] {
        returns(&ALL, value, Form::YesNo, SlotType::YesNo, value);
    }
}
