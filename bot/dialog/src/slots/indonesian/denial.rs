//! A value that is not meant: "bukan Kamis", "Kamis tidak bisa".

use super::{begins, is, number};
use std::ops::Range;

const DENIALS: [&str; 4] = ["bukan", "bukannya", "jangan", "selain"];
/// These deny a quality ("tidak puas"), but before a day or a number they are an answer ("tidak, Selasa").
const NOES: [&str; 7] = ["tidak", "nggak", "enggak", "gak", "ga", "tak", "kurang"];
const BETWEEN: [&str; 12] =
    ["hari", "tanggal", "jam", "pukul", "pada", "di", "yang", "mau", "untuk", "terlalu", "begitu", "sangat"];
const AFTER: [&str; 11] =
    ["itu", "saya", "aku", "sepertinya", "kayaknya", "mungkin", "ternyata", "malah", "sih", "nya", "kalau"];
const REFUSALS: [&str; 16] = [
    "tidak bisa",
    "nggak bisa",
    "gak bisa",
    "ga bisa",
    "enggak bisa",
    "tidak jadi",
    "nggak jadi",
    "gak jadi",
    "tidak cocok",
    "nggak cocok",
    "tidak sempat",
    "nggak sempat",
    "tidak boleh",
    "penuh",
    "sibuk",
    "salah",
];
const DAYS: [&str; 13] = [
    "senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu", "besok", "lusa", "hari", "tanggal", "setengah",
    "jam",
];

/// The value with the words that deny it, if some do.
pub(super) fn around(words: &[String], used: &Range<usize>) -> Option<Range<usize>> {
    if let Some(denied) = crate::slots::denied_by(words, used, &DENIALS, &BETWEEN) {
        return Some(denied);
    }
    let counted = words.get(used.start..).is_some_and(|rest| number::cardinal(rest).is_some());
    if !counted && !is(words, used.start, &DAYS) {
        let quality = crate::slots::denied_by(words, used, &NOES, &BETWEEN);
        if quality.is_some() {
            return quality;
        }
    }
    let mut at = used.end;
    while is(words, at, &AFTER) {
        at += 1;
    }
    let refusal = begins(words.get(at..)?, &REFUSALS)?;
    Some(used.start..at + refusal)
}
