//! Built-in wordings in Indonesian.

use crate::context::SlotGrammar;
use warmline_schema::GlobalIntent;

pub(super) fn global_phrases(intent: GlobalIntent) -> &'static [&'static str] {
    match intent {
        GlobalIntent::Human => &[
            "saya mau bicara dengan orang",
            "bicara dengan petugas",
            "saya mau bicara dengan petugas",
            "sambungkan ke petugas",
            "tolong sambungkan ke operator",
            "bicara dengan manusia",
            "minta petugas",
            "minta operator",
            "customer service",
            "bisa bicara dengan orang",
            "sambungkan ke customer service",
        ],
        GlobalIntent::DoNotCall => &[
            "jangan telepon lagi",
            "jangan telepon saya lagi",
            "tolong jangan telepon lagi",
            "jangan hubungi saya lagi",
            "berhenti menelepon",
            "berhenti menelepon saya",
            "hapus nomor saya",
            "tolong hapus nomor saya",
            "saya tidak mau ditelepon lagi",
            "jangan ganggu saya lagi",
        ],
        GlobalIntent::Repeat => &[
            "tolong ulangi",
            "ulangi",
            "bisa diulang",
            "bisa ulangi",
            "coba ulangi",
            "sekali lagi",
            "apa tadi",
            "tadi bilang apa",
            "saya tidak dengar",
            "saya tidak mengerti",
            "kurang jelas",
            "tidak jelas",
        ],
        GlobalIntent::WhoIsThis => &[
            "ini siapa",
            "siapa ini",
            "ini dengan siapa",
            "dari mana ini",
            "ini dari mana",
            "ini perusahaan apa",
            "siapa yang menelepon",
            "ada apa ini",
            "ada keperluan apa",
            "tentang apa ini",
            "ini robot ya",
            "ini penipuan ya",
        ],
        GlobalIntent::WrongNumber => &[
            "salah sambung",
            "anda salah sambung",
            "salah nomor",
            "nomornya salah",
            "tidak ada orang itu di sini",
            "tidak ada nama itu di sini",
            "salah orang",
        ],
        GlobalIntent::Slower => &[
            "pelan pelan",
            "tolong lebih pelan",
            "bicara lebih pelan",
            "bisa lebih pelan",
            "lebih lambat",
            "terlalu cepat",
            "jangan cepat cepat",
        ],
        GlobalIntent::BusyNow => &[
            "saya sedang sibuk",
            "saya lagi sibuk",
            "saya sedang menyetir",
            "saya lagi di jalan",
            "saya sedang rapat",
            "saya lagi meeting",
            "saya sedang kerja",
            "tidak ada waktu sekarang",
            "nanti telepon lagi",
            "telepon nanti saja",
            "hubungi saya nanti",
        ],
    }
}

pub(super) fn usual_answers(grammar: SlotGrammar) -> Vec<String> {
    let hours = [
        "satu",
        "dua",
        "tiga",
        "empat",
        "lima",
        "enam",
        "tujuh",
        "delapan",
        "sembilan",
        "sepuluh",
        "sebelas",
        "dua belas",
    ];
    match grammar {
        SlotGrammar::YesNo => [
            "ya", "iya", "betul", "benar", "boleh", "bisa", "oke", "tidak", "nggak", "bukan", "jangan", "belum",
            "salah",
        ]
        .map(str::to_owned)
        .to_vec(),
        SlotGrammar::Date => {
            let days = ["senin", "selasa", "rabu", "kamis", "jumat", "sabtu"];
            let weekdays = days.iter().flat_map(|day| [format!("hari {day}"), format!("{day} depan")]);
            weekdays.chain(["hari ini", "besok", "lusa", "hari minggu"].map(str::to_owned)).collect()
        }
        SlotGrammar::Time => {
            hours.iter().flat_map(|hour| [format!("jam {hour}"), format!("jam setengah {hour}")]).collect()
        }
        // Too many to list.
        SlotGrammar::Number | SlotGrammar::Digits => Vec::new(),
    }
}
