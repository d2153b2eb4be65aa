//! Yes or no in Indonesian, with its traps: "bisa nggak?" asks, "tidak apa-apa" allows, "ya nggak" denies.

use super::{begins, is};

/// Decide at once.
const YES: [&str; 16] = [
    "ya", "iya", "iyah", "yap", "yoi", "benar", "betul", "tentu", "pasti", "setuju", "tepat", "yes", "yup", "jelas",
    "siap", "ya betul",
];
/// A yes that a later no takes back.
const MAYBE: [&str; 15] = [
    "boleh", "bisa", "oke", "okay", "ok", "okey", "baik", "baiklah", "mau", "cocok", "silakan", "silahkan", "sip",
    "sudah", "pas",
];
/// Sayings whose words alone would mislead.
const YES_SAYINGS: [&str; 20] = [
    "tidak masalah",
    "nggak masalah",
    "gak masalah",
    "tidak apa apa",
    "nggak apa apa",
    "gak apa apa",
    "ga apa apa",
    "enggak apa apa",
    "gapapa",
    "nggak papa",
    "gak papa",
    "tidak keberatan",
    "nggak keberatan",
    "kenapa tidak",
    "kenapa nggak",
    "tidak salah",
    "nggak salah",
    "bukan tidak mau",
    "bukannya tidak mau",
    "bukan nggak mau",
];
const NO: [&str; 16] = [
    "tidak", "enggak", "nggak", "ngga", "gak", "ga", "ndak", "kagak", "tak", "bukan", "bukannya", "jangan", "belum",
    "salah", "batal", "no",
];
const NO_SAYINGS: [&str; 6] =
    ["kurang tepat", "kurang cocok", "kurang setuju", "nanti dulu", "lain kali", "tidak usah"];
/// They neither affirm nor deny.
const NEITHER: [&str; 9] = [
    "tidak tahu",
    "nggak tahu",
    "gak tahu",
    "nggak tau",
    "gak tau",
    "tidak dengar",
    "nggak dengar",
    "tidak mengerti",
    "kurang jelas",
];
/// After these a no asks: "bisa nggak", "boleh tidak".
const ASKED: [&str; 9] = ["bisa", "boleh", "mau", "benar", "betul", "ada", "jadi", "sudah", "cocok"];
const QUESTIONS: [&str; 11] =
    ["apa", "siapa", "kapan", "berapa", "kenapa", "mengapa", "bagaimana", "gimana", "mana", "apakah", "bisakah"];

/// `None`: neither was said.
pub(super) fn read(words: &[String]) -> Option<bool> {
    let asks = words.iter().any(|word| QUESTIONS.contains(&word.as_str()));
    let (mut at, mut maybe) = (0, false);
    while at < words.len() {
        let rest = &words[at..];
        if let Some(used) = begins(rest, &NEITHER) {
            at += used;
        } else if begins(rest, &YES_SAYINGS).is_some() {
            return Some(true);
        } else if begins(rest, &NO_SAYINGS).is_some() {
            return Some(false);
        } else if is(rest, 0, &ASKED) && is(rest, 1, &NO[..9]) {
            // "Bisa nggak?", unless more follows: "bisa, tidak masalah".
            if begins(&rest[1..], &YES_SAYINGS).is_some() {
                return Some(true);
            }
            at += 2;
        } else if is(rest, 0, &NO) {
            return Some(false);
        } else if is(rest, 0, &YES) {
            // "Ya nggak", "ya bukan".
            let denied = is(rest, 1, &NO) && begins(&rest[1..], &YES_SAYINGS).is_none();
            return Some(!denied);
        } else {
            maybe |= is(rest, 0, &MAYBE) && !asks;
            at += 1;
        }
    }
    maybe.then_some(true)
}
