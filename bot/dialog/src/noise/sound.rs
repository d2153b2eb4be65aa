//! How words sound, roughly: spelling to a row of sounds, and how far two rows are apart.
//!
//! Good enough to say which known words a recogniser may put in place of another; no claim to phonetics. The rules are
//! those of English spelling, and do little harm to languages that are spelled as they are spoken.

/// Sounds that are easily taken for each other on the telephone, and what the mistake costs.
const NEAR: [(u8, u8, f32); 17] = [
    (b'p', b'b', 0.35),
    (b't', b'd', 0.3),
    (b'k', b'g', 0.35),
    (b'f', b'v', 0.3),
    (b's', b'z', 0.2),
    (b'f', b's', 0.45),
    (b'f', b'0', 0.3),
    (b's', b'0', 0.45),
    (b's', b'X', 0.4),
    (b'X', b'C', 0.4),
    (b'C', b'j', 0.35),
    (b'm', b'n', 0.3),
    (b'l', b'r', 0.4),
    (b'w', b'v', 0.4),
    (b'w', b'r', 0.5),
    (b'b', b'v', 0.5),
    (b'd', b'0', 0.5),
];
/// Another vowel.
const VOWEL: f32 = 0.35;
/// A sound that comes or goes: a vowel, a breath, the last one of a word, any other.
const VOWEL_LOST: f32 = 0.6;
const BREATH_LOST: f32 = 0.4;
const LAST_LOST: f32 = 0.6;
const LOST: f32 = 1.0;

pub(super) fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Spellings of several letters, the longer ones first; an empty sound is not heard.
const SPELLINGS: [(&str, &str); 34] = [
    ("tion", "Xan"),
    ("sion", "Xan"),
    ("ough", "o"),
    ("augh", "o"),
    ("eigh", "ai"),
    ("igh", "ai"),
    ("tch", "C"),
    ("dge", "j"),
    ("sch", "sk"),
    ("ch", "C"),
    ("sh", "X"),
    ("th", "0"),
    ("ph", "f"),
    ("ck", "k"),
    ("qu", "kw"),
    ("gh", ""),
    ("wh", "w"),
    ("ee", "i"),
    ("ea", "i"),
    ("ie", "i"),
    ("ei", "i"),
    ("oo", "u"),
    ("ou", "au"),
    ("ow", "au"),
    ("oa", "o"),
    ("ai", "e"),
    ("ay", "e"),
    ("ey", "i"),
    ("au", "o"),
    ("aw", "o"),
    ("oi", "oi"),
    ("oy", "oi"),
    ("ng", "n"),
    ("x", "ks"),
];

/// The sounds of a word, one byte each: lower case for letters spoken as written, `X` sh, `C` ch, `0` th.
pub(super) fn of(word: &str) -> Vec<u8> {
    let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut rest = word.as_str();
    for (written, spoken) in [("kn", "n"), ("wr", "r"), ("wh", "w"), ("ps", "s")] {
        if let Some(tail) = rest.strip_prefix(written) {
            return [spoken.as_bytes(), &of_rest(tail)].concat();
        }
    }
    // A last e is silent unless it is the only vowel.
    if let Some(head) = rest.strip_suffix('e').filter(|head| head.chars().any(is_vowel)) {
        rest = head;
    }
    of_rest(rest)
}

fn of_rest(mut rest: &str) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some((written, spoken)) = SPELLINGS.iter().find(|(written, _)| rest.starts_with(written)) {
            out.extend(spoken.bytes());
            rest = &rest[written.len()..];
            continue;
        }
        let next = rest[first.len_utf8()..].chars().next();
        let sound = match first {
            'c' if next.is_some_and(|n| matches!(n, 'e' | 'i' | 'y')) => b's',
            'c' | 'q' => b'k',
            'y' if out.is_empty() => b'y',
            'y' => b'i',
            // Letters of other alphabets stand for themselves, by a byte of theirs.
            other => other.encode_utf8(&mut [0; 4]).bytes().last().unwrap_or_default(),
        };
        out.push(sound);
        rest = &rest[first.len_utf8()..];
    }
    out.dedup();
    out
}

/// What it costs to take one for the other: about 1 for each sound that is quite another.
pub(super) fn distance(a: &[u8], b: &[u8]) -> f32 {
    let mut above: Vec<f32> = Vec::with_capacity(b.len() + 1);
    above.push(0.0);
    (0..b.len()).for_each(|j| above.push(above[j] + lost(b, j)));
    for i in 0..a.len() {
        let mut row = Vec::with_capacity(above.len());
        row.push(above[0] + lost(a, i));
        for j in 0..b.len() {
            let swapped = above[j] + swap(a[i], b[j]);
            row.push(swapped.min(above[j + 1] + lost(a, i)).min(row[j] + lost(b, j)));
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}

fn lost(word: &[u8], at: usize) -> f32 {
    match word[at] {
        b'h' => BREATH_LOST,
        sound if is_vowel(sound as char) => VOWEL_LOST,
        _ if at + 1 == word.len() => LAST_LOST,
        _ => LOST,
    }
}

fn swap(a: u8, b: u8) -> f32 {
    if a == b {
        return 0.0;
    }
    if is_vowel(a as char) && is_vowel(b as char) {
        return VOWEL;
    }
    NEAR.iter().find(|(x, y, _)| (*x, *y) == (a, b) || (*y, *x) == (a, b)).map_or(1.0, |(_, _, cost)| *cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(a: &str, b: &str) -> f32 {
        distance(&of(a), &of(b))
    }

    #[test]
    fn words_that_sound_alike_are_near() {
        assert!(apart("sell", "cell") < 0.01);
        for (a, b, far) in [
            ("bill", "pill", "window"),
            ("cancel", "counsel", "confirm"),
            ("thirty", "thirteen", "seven"),
            ("call", "tall", "pay"),
            ("right", "write", "left"),
        ] {
            assert!(apart(a, b) < apart(a, far), "{a} {b} {}", apart(a, b));
        }
    }

    #[test]
    fn letters_of_other_alphabets_are_sounds_too() {
        assert!(!of("über").is_empty());
        assert!(apart("größe", "größer") < apart("größe", "klein"));
        assert!(of("'").is_empty());
    }
}
