//! Names of people: what follows "nama saya", "saya" or "dengan", or a short answer that is nothing else.

use super::{Found, begins, number};

/// How people begin.
const OPENINGS: [&str; 14] = [
    "nama saya adalah",
    "nama saya",
    "nama lengkap saya",
    "namaku",
    "namanya",
    "nama",
    "atas nama",
    "panggil saya",
    "panggil aja",
    "saya dengan",
    "dengan",
    "ini dengan",
    "ini",
    "saya",
];
const TITLES: [&str; 8] = ["bapak", "ibu", "pak", "bu", "mas", "mbak", "saudara", "saudari"];
/// Words that no name holds; an answer with one of them is about something else.
const OTHERS: [&str; 75] = [
    "ya",
    "iya",
    "tidak",
    "nggak",
    "enggak",
    "gak",
    "bukan",
    "belum",
    "jangan",
    "apa",
    "siapa",
    "kapan",
    "berapa",
    "kenapa",
    "mengapa",
    "bagaimana",
    "mana",
    "di",
    "ke",
    "dari",
    "yang",
    "itu",
    "ini",
    "saya",
    "aku",
    "kami",
    "kita",
    "anda",
    "kamu",
    "mau",
    "ingin",
    "bisa",
    "boleh",
    "tolong",
    "maaf",
    "sibuk",
    "sedang",
    "lagi",
    "sudah",
    "akan",
    "ada",
    "telepon",
    "ulangi",
    "dan",
    "atau",
    "tapi",
    "untuk",
    "dengan",
    "oke",
    "okay",
    "halo",
    "baik",
    "benar",
    "betul",
    "salah",
    "nomor",
    "hari",
    "besok",
    "lusa",
    "jam",
    "tanggal",
    "pagi",
    "siang",
    "sore",
    "malam",
    "minggu",
    "bulan",
    "butuh",
    "perlu",
    "pesan",
    "datang",
    "setuju",
    "setengah",
    "tak",
    "orang",
];
const COURTESIES: [&str; 6] = ["terima", "kasih", "makasih", "ya", "pak", "bu"];
/// Given names and family names.
const MOST_WORDS: usize = 4;

pub(super) fn find(words: &[String]) -> Option<Found> {
    let opened = (0..words.len()).find_map(|at| Some(at + begins(&words[at..], &OPENINGS)?));
    let mut from = opened.unwrap_or(0);
    from += usize::from(words.get(from).is_some_and(|word| TITLES.contains(&word.as_str())));
    let said = words[from..].iter().take_while(|word| {
        let other = OTHERS.contains(&word.as_str()) || ["terima", "makasih"].contains(&word.as_str());
        !other && number::cardinal(std::slice::from_ref(word)).is_none() && word.as_str() != super::super::PASSED_OVER
    });
    let to = from + said.count();
    // Without an opening the whole answer must be the name; a courtesy may follow.
    let whole = words[to..].iter().all(|word| COURTESIES.contains(&word.as_str()));
    let good = (1..=MOST_WORDS).contains(&(to - from)) && (opened.is_some() || whole);
    good.then(|| Found {
        value: words[from..to].iter().map(|word| capital(word)).collect::<Vec<_>>().join(" "),
        used: from..to,
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
