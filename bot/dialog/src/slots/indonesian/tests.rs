//! Answers as people give them and as recognisers write them down, colloquial forms included.
#![allow(clippy::unwrap_used)]

use crate::language::Language;
use crate::slots::Answer;
use warmline_schema::{Choice, Named, SlotShape, SlotType};

/// A Friday.
const NOW: &str = "2026-11-20T10:00:00";

fn read(text: &str, kind: SlotType) -> Option<String> {
    let mut shape = SlotShape::yes_no();
    shape.kind = kind;
    Answer::new(text, Language::Indonesian).find_shape(&shape, NOW.parse().unwrap()).map(|found| found.value)
}

fn all(kind: SlotType, said: &[(&str, &str)]) {
    let wrong: Vec<_> = said
        .iter()
        .filter_map(|(text, value)| {
            let found = read(text, kind);
            (found.as_deref() != Some(*value)).then(|| format!("`{text}`: {found:?}, not {value}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn none(kind: SlotType, said: &[&str]) {
    let wrong: Vec<_> = said.iter().filter_map(|text| Some(format!("`{text}`: {}", read(text, kind)?))).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn numbers() {
    all(
        SlotType::Number,
        &[
            ("tiga", "3"),
            ("untuk tiga orang", "3"),
            ("sebelas", "11"),
            ("tujuh belas orang", "17"),
            ("tujuhbelas", "17"),
            ("dua puluh lima", "25"),
            ("duapuluh lima", "25"),
            ("seratus lima", "105"),
            ("seribu dua ratus lima puluh", "1250"),
            ("dua juta lima ratus ribu", "2500000"),
            ("setengah juta", "500000"),
            ("satu setengah juta", "1500000"),
            ("dua koma lima juta", "2500000"),
            ("tiga koma empat belas", "3.4"),
            ("tiga koma satu empat", "3.14"),
            ("1.250", "1250"),
            ("3,5", "3.5"),
            ("yang ketiga", "3"),
            ("pertama", "1"),
            ("kami berdua", "2"),
            ("kami bertiga", "3"),
            ("seorang saja", "1"),
            ("jam tiga untuk dua orang", "2"),
            ("kira kira sepuluh", "10"),
            ("nol", "0"),
            ("twenty five", "25"),
            ("bukan tiga, empat", "4"),
        ],
    );
    none(SlotType::Number, &["tidak tahu", "salah satu", "besok", ""]);
}

#[test]
fn digits_and_telephone_numbers() {
    all(
        SlotType::Digits,
        &[
            ("empat nol dua tujuh tujuh", "40277"),
            ("kodenya kosong kosong tujuh", "007"),
            ("dobel lima satu", "551"),
            ("dua puluh tiga empat puluh lima", "2345"),
            ("40277", "40277"),
            ("four zero two", "402"),
        ],
    );
    all(
        SlotType::Phone,
        &[
            ("nol delapan satu dua tiga empat lima enam tujuh delapan sembilan nol", "081234567890"),
            ("kosong delapan satu dua tiga empat lima enam", "08123456"),
            ("0812-3456-7890", "081234567890"),
            ("nomor saya 0812 3456 7890", "081234567890"),
            ("plus enam dua delapan satu dua tiga empat lima", "+62812345"),
            ("+62 812 3456 7890", "+6281234567890"),
        ],
    );
    none(SlotType::Phone, &["satu dua", "yang biasa", "tidak punya"]);
}

#[test]
fn amounts() {
    all(
        SlotType::Amount,
        &[
            ("lima puluh ribu", "50000.00"),
            ("lima puluh ribu rupiah", "50000.00 IDR"),
            ("dua juta lima ratus ribu rupiah", "2500000.00 IDR"),
            ("Rp50.000", "50000.00 IDR"),
            ("Rp 2.500.000,00", "2500000.00 IDR"),
            ("50rb", "50000.00"),
            ("seribu perak", "1000.00 IDR"),
            ("satu setengah juta rupiah", "1500000.00 IDR"),
            ("sejuta rupiah", "1000000.00 IDR"),
            ("sepuluh dolar", "10.00 USD"),
            ("lima dolar singapura", "5.00 SGD"),
            ("empat puluh sembilan koma sembilan dolar", "49.90 USD"),
            ("kira kira dua ratus ribu rupiah pak", "200000.00 IDR"),
            ("untuk dua orang lima puluh ribu rupiah", "50000.00 IDR"),
            ("bukan lima puluh ribu, enam puluh ribu rupiah", "60000.00 IDR"),
        ],
    );
    none(SlotType::Amount, &["terlalu mahal", "berapa harganya"]);
}

#[test]
fn dates() {
    all(
        SlotType::Date,
        &[
            ("hari ini", "2026-11-20"),
            ("besok", "2026-11-21"),
            ("besok pagi jam sembilan", "2026-11-21"),
            ("lusa", "2026-11-22"),
            ("besok lusa", "2026-11-22"),
            ("hari senin", "2026-11-23"),
            ("selasa aja", "2026-11-24"),
            ("jumat", "2026-11-27"),
            ("jum'at", "2026-11-27"),
            ("jumat ini", "2026-11-20"),
            ("hari minggu", "2026-11-22"),
            ("minggu pagi", "2026-11-22"),
            ("kamis depan", "2026-11-26"),
            ("senin minggu depan", "2026-11-23"),
            ("minggu depan hari rabu", "2026-11-25"),
            ("hari minggu depan", "2026-11-29"),
            ("tanggal tiga desember", "2026-12-03"),
            ("tiga desember dua ribu dua puluh enam", "2026-12-03"),
            ("kamis tanggal tiga desember", "2026-12-03"),
            ("3 Desember 2026", "2026-12-03"),
            ("tanggal 25", "2026-11-25"),
            ("tanggal tiga", "2026-12-03"),
            ("tanggal lima bulan depan", "2026-12-05"),
            ("bulan depan tanggal lima", "2026-12-05"),
            ("tanggal tiga bulan dua belas", "2026-12-03"),
            ("lima januari tahun depan", "2027-01-05"),
            ("tiga hari lagi", "2026-11-23"),
            ("dua minggu lagi", "2026-12-04"),
            ("seminggu lagi", "2026-11-27"),
            ("dalam sebulan", "2026-12-20"),
            ("3/12/2026", "2026-12-03"),
            ("2026-12-03", "2026-12-03"),
            ("bukan kamis, selasa", "2026-11-24"),
            ("bukan hari kamis tapi hari selasa", "2026-11-24"),
            ("tidak, selasa", "2026-11-24"),
            ("kamis tidak bisa, jumat bisa", "2026-11-27"),
            ("kamis saya nggak bisa kalau jumat gimana", "2026-11-27"),
            ("kamis bisa nggak", "2026-11-26"),
            ("twenty five desember", "2026-12-25"),
        ],
    );
    none(
        SlotType::Date,
        &[
            "terserah",
            "minggu depan",
            "dua minggu",
            "bukan kamis",
            "kamis tidak bisa",
            "tiga puluh februari",
            "jam tiga",
            "",
        ],
    );
}

#[test]
fn times_of_day() {
    all(
        SlotType::Time,
        &[
            ("jam setengah tiga", "14:30"),
            ("setengah tiga sore", "14:30"),
            ("setengah delapan pagi", "07:30"),
            ("setengah satu siang", "12:30"),
            ("jam tiga", "15:00"),
            ("jam tiga sore", "15:00"),
            ("jam sepuluh pagi", "10:00"),
            ("pukul 14.30", "14:30"),
            ("jam 3", "15:00"),
            ("jam three", "15:00"),
            ("pukul empat belas tiga puluh", "14:30"),
            ("dua puluh tiga puluh", "20:30"),
            ("jam tiga lewat sepuluh", "15:10"),
            ("jam tiga lewat seperempat", "15:15"),
            ("jam tiga kurang seperempat", "14:45"),
            ("empat kurang lima menit sore", "15:55"),
            ("jam delapan malam", "20:00"),
            ("jam dua belas malam", "00:00"),
            ("jam satu malam", "01:00"),
            ("jam tiga dini hari", "03:00"),
            ("jam dua belas siang", "12:00"),
            ("jam satu siang", "13:00"),
            ("jam sebelas siang", "11:00"),
            ("tengah hari", "12:00"),
            ("besok pagi jam tujuh", "07:00"),
            ("untuk dua orang jam setengah delapan malam", "19:30"),
            ("delapan nol lima pagi", "08:05"),
            ("bukan jam tiga, jam empat", "16:00"),
            ("jam tiga nggak bisa, jam empat aja", "16:00"),
            ("sekitar jam lima", "17:00"),
            ("10:30", "10:30"),
        ],
    );
    none(
        SlotType::Time,
        &["pagi", "dua orang", "dua jam", "tanggal tiga", "tiga desember", "lima puluh ribu", "bukan jam tiga", ""],
    );
}

#[test]
fn lengths_of_time() {
    all(
        SlotType::Duration,
        &[
            ("setengah jam", "1800"),
            ("satu jam", "3600"),
            ("sejam", "3600"),
            ("satu setengah jam", "5400"),
            ("dua jam setengah", "9000"),
            ("dua jam tiga puluh menit", "9000"),
            ("tiga puluh menit", "1800"),
            ("30 menit", "1800"),
            ("seperempat jam", "900"),
            ("tiga perempat jam", "2700"),
            ("seminggu", "604800"),
            ("dua minggu", "1209600"),
            ("tiga hari", "259200"),
            ("sebulan", "2592000"),
            ("kira kira sembilan puluh detik", "90"),
        ],
    );
    none(SlotType::Duration, &["sebentar", "tidak lama", "dua orang", "jam dua"]);
    // Longer than can be counted.
    let billions = "lima ratus delapan puluh empat miliar";
    none(SlotType::Duration, &[&format!("{billions} tahun {billions} tahun"), "lima ratus triliun tahun"]);
    let years = format!(
        "{billions} sembilan ratus empat puluh dua juta empat ratus tujuh belas ribu tiga ratus lima puluh lima"
    );
    let whole = "18446744073707280000";
    assert_eq!(584_942_417_355_u64.checked_mul(365 * 24 * 3600).map(|n| n.to_string()).as_deref(), Some(whole));
    assert_eq!(read(&format!("{years} tahun"), SlotType::Duration).as_deref(), Some(whole));
    for rest in ["tahun setengah", "setengah tahun", "koma sembilan tahun", "tahun satu tahun"] {
        let found = read(&format!("{years} {rest}"), SlotType::Duration);
        assert_ne!(found.as_deref(), Some(whole), "{rest}");
    }
}

#[test]
fn yes_and_no() {
    for yes in [
        "ya",
        "iya",
        "iya betul",
        "benar",
        "boleh",
        "oke",
        "ok",
        "setuju",
        "tidak masalah",
        "nggak apa apa",
        "baik pak",
        "bisa",
        "sudah benar",
        "ya boleh",
        "kenapa tidak",
        "bukan tidak mau",
        "siap",
        "iya nggak apa apa",
        "tentu saja",
        "bisa tidak masalah",
    ] {
        assert_eq!(read(yes, SlotType::YesNo).as_deref(), Some("yes"), "{yes}");
    }
    for no in [
        "tidak",
        "nggak",
        "enggak",
        "gak",
        "bukan",
        "jangan",
        "belum",
        "tidak benar",
        "nggak usah",
        "belum benar",
        "salah",
        "ya nggak",
        "bukan hari kamis",
        "tidak bisa",
        "nggak mau",
        "boleh tapi jangan sekarang",
        "kurang tepat",
        "tidak terima kasih",
        "nanti dulu",
        "maaf tidak bisa",
    ] {
        assert_eq!(read(no, SlotType::YesNo).as_deref(), Some("no"), "{no}");
    }
    for neither in ["bisa nggak", "boleh tidak", "apa", "besok jam tiga", "berapa", "tidak tahu", "ini siapa", "halo"] {
        assert_eq!(read(neither, SlotType::YesNo), None, "{neither}");
    }
}

#[test]
fn names() {
    all(
        SlotType::Name,
        &[
            ("nama saya budi santoso", "Budi Santoso"),
            ("saya Ani", "Ani"),
            ("dengan ibu siti", "Siti"),
            ("halo ini dengan rudi", "Rudi"),
            ("budi santoso", "Budi Santoso"),
            ("atas nama dewi lestari ya", "Dewi Lestari"),
            ("nama saya agus terima kasih", "Agus"),
        ],
    );
    none(SlotType::Name, &["saya sedang sibuk", "apa maksudnya itu apa", "ya", "empat dua satu", "jam tiga", ""]);
}

#[test]
fn choices_are_never_their_contrary() {
    let named = |name: &str| Named { name: name.to_owned(), ..Named::default() };
    let choice = |value: &str, word: &str| Choice { value: named(value), synonyms: vec![named(word)] };
    let mut shape = SlotShape::yes_no();
    shape.kind = SlotType::Choice;
    shape.choices = vec![choice("good", "puas"), choice("small", "ukuran kecil")];
    let read = |text: &str| {
        Answer::new(text, Language::Indonesian).find_shape(&shape, NOW.parse().unwrap()).map(|found| found.value)
    };
    assert_eq!(read("saya puas").as_deref(), Some("good"));
    assert_eq!(read("yang ukuran kecil").as_deref(), Some("small"));
    assert_eq!(read("tidak puas"), None);
    assert_eq!(read("kurang begitu puas"), None);
}
