//! Colloquial Indonesian words in the form in which answers are compared.

/// Spoken and short forms, with the word they stand for.
const COLLOQUIAL: [(&str, &str); 37] = [
    ("nggak", "tidak"),
    ("ngga", "tidak"),
    ("enggak", "tidak"),
    ("engga", "tidak"),
    ("gak", "tidak"),
    ("ga", "tidak"),
    ("tak", "tidak"),
    ("ndak", "tidak"),
    ("kagak", "tidak"),
    ("bukannya", "bukan"),
    ("iya", "ya"),
    ("iyah", "ya"),
    ("yoi", "ya"),
    ("yap", "ya"),
    ("oke", "okay"),
    ("okey", "okay"),
    ("udah", "sudah"),
    ("udh", "sudah"),
    ("blm", "belum"),
    ("aja", "saja"),
    ("gimana", "bagaimana"),
    ("gmn", "bagaimana"),
    ("kalo", "kalau"),
    ("tlp", "telepon"),
    ("telpon", "telepon"),
    ("telfon", "telepon"),
    ("nelpon", "menelepon"),
    ("nelepon", "menelepon"),
    ("menelpon", "menelepon"),
    ("pengen", "ingin"),
    ("pingin", "ingin"),
    ("kasi", "kasih"),
    ("tau", "tahu"),
    ("gue", "saya"),
    ("aku", "saya"),
    ("bgt", "sekali"),
    ("banget", "sekali"),
];
/// Words that only colour an answer. Polite forms of address are among them.
const PARTICLES: [&str; 15] =
    ["eh", "em", "anu", "sih", "dong", "deh", "kok", "lho", "loh", "lah", "mas", "mbak", "pak", "bu", "kak"];

pub(super) fn plain(word: &str) -> Option<&'static str> {
    COLLOQUIAL.iter().find(|(spoken, _)| *spoken == word).map(|(_, plain)| *plain)
}

pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

/// "Bukan tidak mau": two denials are none.
pub(super) fn open_double_denials(words: &mut Vec<String>) {
    while let Some(at) = words.windows(2).position(|pair| pair[0] == "bukan" && pair[1] == "tidak") {
        words.drain(at..at + 2);
    }
}

#[cfg(test)]
mod tests {
    use crate::words::compared;

    #[test]
    fn spoken_forms_meet_written_ones() {
        assert_eq!(compared("nggak bisa dong mas"), compared("tidak bisa"));
        assert_eq!(compared("udah oke kok"), compared("sudah ok"));
        assert_eq!(compared("bukannya nggak mau"), ["mau"]);
        assert_eq!(compared("pak"), ["pak"]);
    }
}
