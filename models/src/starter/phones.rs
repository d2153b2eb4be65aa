//! The 41 phones the acoustic model knows, and how espeak-ng's mnemonics map to them.
//!
//! The order of [`PHONES`] is the order of the model's output columns; it was fixed by training.

/// A column of the acoustic model's output.
pub(crate) type Phone = u8;

/// How many phones there are, silence included.
pub(crate) const COUNT: usize = 41;

/// Silence.
pub(crate) const SILENCE: Phone = 0;

const PHONES: [&str; COUNT] = [
    "sil", "aa", "ae", "ah", "ao", "aw", "ax", "ay", "b", "ch", "d", "dh", "eh", "er", "ey", "f", "g", "hh", "ih",
    "iy", "jh", "k", "l", "m", "n", "ng", "ow", "oy", "p", "r", "s", "sh", "t", "th", "uh", "uw", "v", "w", "y", "z",
    "zh",
];

/// Which way of speaking English a mnemonic comes from: it decides whether an `r` is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accent {
    American,
    British,
}

/// Phones written as in the lexicon (`"t uw z d ey"`); `None` names no known phone or nothing at all.
pub(crate) fn parse(text: &str) -> Option<Vec<Phone>> {
    let phones: Option<Vec<Phone>> = text.split_whitespace().map(index).collect();
    phones.filter(|p| !p.is_empty())
}

fn index(name: &str) -> Option<Phone> {
    PHONES.iter().position(|p| *p == name).and_then(|i| Phone::try_from(i).ok())
}

/// The phones of one espeak-ng mnemonic, stress marks ignored. Unknown mnemonics give none, since a
/// pronunciation short of one sound still serves.
pub(crate) fn from_espeak(mnemonic: &str, accent: Accent) -> Vec<Phone> {
    let plain = mnemonic.trim_matches(|c| "',%=|*".contains(c));
    let own = match accent {
        Accent::American => american(plain),
        Accent::British => british(plain),
    };
    own.or_else(|| consonant(plain)).or_else(|| vowel(plain)).and_then(parse).unwrap_or_default()
}

fn american(m: &str) -> Option<&'static str> {
    Some(match m {
        "A@" => "aa r",
        "O@" | "o@" => "ao r",
        "e@" => "eh r",
        "i@" | "i@3" => "ih r",
        "U@" => "uh r",
        "3" => "er",
        "aI@" | "aI3" => "ay er",
        "aU@" => "aw er",
        "aa" => "ae",
        _ => return None,
    })
}

fn british(m: &str) -> Option<&'static str> {
    Some(match m {
        "A@" | "aa" => "aa",
        "O@" | "o@" => "ao",
        "e@" => "eh",
        "i@" | "i@3" => "ih ax",
        "U@" => "uh ax",
        "3" => "ax",
        "aI@" | "aI3" => "ay ax",
        "aU@" => "aw ax",
        _ => return None,
    })
}

fn consonant(m: &str) -> Option<&'static str> {
    Some(match m {
        "p" => "p",
        "b" => "b",
        "t" | "t#" | "t2" | "t[" => "t",
        "d" | "d[" => "d",
        "k" | "x" => "k",
        "g" => "g",
        "f" => "f",
        "v" => "v",
        "T" => "th",
        "D" => "dh",
        "s" => "s",
        "z" => "z",
        "S" => "sh",
        "Z" => "zh",
        "h" => "hh",
        "tS" => "ch",
        "dZ" => "jh",
        "m" => "m",
        "n" => "n",
        "N" => "ng",
        "l" | "l/" | "l#" | "L" => "l",
        "r" | "r-" | "R" => "r",
        "w" | "w#" => "w",
        "j" | ";" => "y",
        "m-" => "ax m",
        "n-" => "ax n",
        "l-" => "ax l",
        _ => return None,
    })
}

fn vowel(m: &str) -> Option<&'static str> {
    Some(match m {
        "a" => "ae",
        "a#" | "@" | "@2" | "@5" | "@-" => "ax",
        "@L" => "ax l",
        "0" | "0#" | "A:" | "A" | "A#" | "O2" => "aa",
        "O:" | "O" => "ao",
        "V" | "V#" => "ah",
        "E" | "E2" | "E#" | "e" => "eh",
        "e:" | "eI" => "ey",
        "I" | "I2" | "I#" => "ih",
        "i" | "i:" | "i2" => "iy",
        "U" | "U2" => "uh",
        "u" | "u:" | "Y" => "uw",
        "3:" | "IR" | "VR" => "er",
        "aI" | "aI2" => "ay",
        "OI" => "oy",
        "oU" | "o:" | "o" => "ow",
        "aU" => "aw",
        _ => return None,
    })
}

/// Frames (20 ms) that a phone takes at least within a word: nobody says a diphthong in 40 ms, and a
/// recogniser that may put in words made of moments will.
pub(crate) fn least_frames(phone: Phone) -> usize {
    let diphthong = ["aw", "ay", "ey", "ow", "oy"].contains(&PHONES[usize::from(phone)]);
    if diphthong { 3 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_r_is_heard_in_one_accent_only() {
        assert_eq!(from_espeak("A@", Accent::American), parse("aa r").unwrap_or_default());
        assert_eq!(from_espeak("'A@", Accent::British), parse("aa").unwrap_or_default());
        assert_eq!(from_espeak("??", Accent::British), Vec::<Phone>::new());
    }

    #[test]
    fn lexicon_notation_is_read_and_unknown_phones_refused() {
        assert_eq!(parse("sil aa zh"), Some(vec![0, 1, 40]));
        assert_eq!(parse("aa qq"), None);
        assert_eq!(parse(" "), None);
    }
}
