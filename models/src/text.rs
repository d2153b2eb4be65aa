//! Text on its way to a voice: cleaned, and cut into clauses.
//!
//! Clauses are the unit of synthesis, of latency (the first is heard while the next is made) and of the
//! cache (of "Hello Anna, your parcel is here." only the first clause differs from person to person).
//! Not here: numbers, dates and abbreviations, which the engines read out themselves.

use crate::ModelError;

/// Longest text accepted for one utterance, in characters.
pub const MAX_CHARS: usize = 5_000;
/// A clause this long is cut at its next comma.
const LONG_CLAUSE: usize = 90;
/// The first clause is cut at a comma from here on, so that speech starts early.
const FIRST_CLAUSE: usize = 8;
/// What follows a comma must be at least this long, else the cut is not worth its change of melody.
const LEAST_REST: usize = 20;

/// A piece of an utterance that is synthesised at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Clean text with its closing punctuation.
    pub text: String,
    /// Silence after it when another clause follows, in milliseconds.
    pub pause_ms: u32,
}

/// Clean `text` and cut it. Clauses with nothing to say (only punctuation) are left out.
///
/// [`ModelError::Unsupported`] when the text is longer than [`MAX_CHARS`].
pub fn clauses(text: &str) -> Result<Vec<Clause>, ModelError> {
    let length = text.chars().count();
    if length > MAX_CHARS {
        return Err(ModelError::Unsupported(format!("a text of {length} characters is longer than {MAX_CHARS}")));
    }
    let clean = sanitise(text);
    let mut found = Vec::new();
    let mut start = 0;
    for (at, sign) in clean.char_indices() {
        let end = at + sign.len_utf8();
        let so_far = clean[start..end].chars().count();
        if ends_clause(&clean, at, sign, so_far, found.is_empty()) {
            push(&mut found, &clean[start..end]);
            start = end;
        }
    }
    push(&mut found, &clean[start..]);
    Ok(found)
}

fn push(found: &mut Vec<Clause>, text: &str) {
    let text = text.trim();
    if !text.chars().any(char::is_alphanumeric) {
        return;
    }
    let pause_ms = match text.chars().next_back() {
        Some(',') => 120,
        Some(';' | ':') => 220,
        _ => 320,
    };
    found.push(Clause { text: text.to_string(), pause_ms });
}

fn ends_clause(clean: &str, at: usize, sign: char, so_far: usize, first: bool) -> bool {
    let rest = &clean[at + sign.len_utf8()..];
    if !rest.starts_with(' ') {
        // Inside "3.50", "10:30" or "1,000", or at the very end.
        return false;
    }
    match sign {
        '!' | '?' | ';' | ':' | '。' | '！' | '？' => true,
        '.' => !is_abbreviation(&clean[..at], rest.trim_start()),
        ',' => {
            let long_enough = so_far >= if first { FIRST_CLAUSE } else { LONG_CLAUSE };
            long_enough && rest.chars().count() > LEAST_REST
        }
        _ => false,
    }
}

/// A clause cut at every sign that a voice makes a pause or a melody of, with that sign.
#[cfg(any(feature = "piper", test))]
pub(crate) fn phrases(clause: &str) -> Vec<(&str, Option<char>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, sign) in clause.char_indices().filter(|(_, c)| ".,:;?!".contains(*c)) {
        let rest = &clause[at + 1..];
        let inside = !(rest.is_empty() || rest.starts_with(' '));
        let of_a_word = sign == '.' && !rest.is_empty() && is_abbreviation(&clause[..at], rest.trim_start());
        if inside || of_a_word {
            continue;
        }
        found.push((clause[start..at].trim(), Some(sign)));
        start = at + 1;
    }
    found.push((clause[start..].trim(), None));
    found.retain(|(text, _)| text.chars().any(char::is_alphanumeric));
    found
}

/// Whether the full stop after `before` belongs to the word.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let word = before.rsplit([' ', '(']).next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "mr" | "mrs" | "ms" | "dr" | "prof" | "st" | "vs" | "e.g" | "i.e" => true,
        "no" => after.starts_with(|c: char| c.is_ascii_digit()),
        "a.m" | "p.m" => !after.starts_with(char::is_uppercase),
        // An initial, as in "J. Smith"; "I." ends a sentence.
        _ => word.len() == 1 && word != "i" && word.starts_with(|c: char| c.is_ascii_alphabetic()),
    }
}

/// One line without control characters, without what engines take for mark-up (`[[…]]` switches espeak-ng
/// to phonemes) and with plain quotes and dashes.
fn sanitise(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '‘' | '’' => clean.push('\''),
            '“' | '”' | '„' | '«' | '»' => clean.push('"'),
            '–' | '—' => clean.push_str(", "),
            '…' => clean.push('.'),
            '[' | ']' | '{' | '}' | '<' | '>' | '|' | '\\' | '^' | '~' | '`' | '_' => clean.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            c if c.is_control() || c.is_whitespace() => clean.push(' '),
            c => clean.push(c),
        }
    }
    let words: Vec<&str> = clean.split(' ').filter(|w| !w.is_empty()).collect();
    words.join(" ").replace(" ,", ",")
}

/// `text` in ASCII for an engine that knows nothing else: accents are dropped, other letters left out.
/// `None` when more is left out than kept, since the rest would be no sentence.
pub fn fold_to_ascii(text: &str) -> Option<String> {
    let mut folded = String::with_capacity(text.len());
    let mut lost = 0;
    for sign in text.chars() {
        if sign.is_ascii() {
            folded.push(sign);
        } else if let Some(plain) = without_accent(sign) {
            folded.push_str(plain);
        } else if sign.is_alphanumeric() {
            lost += 1;
        }
    }
    let kept = folded.chars().filter(|c| c.is_alphanumeric()).count();
    (kept > lost).then_some(folded)
}

fn without_accent(sign: char) -> Option<&'static str> {
    Some(match sign {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => "A",
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'Æ' => "Ae",
        'æ' => "ae",
        'Ç' | 'Ć' | 'Č' => "C",
        'ç' | 'ć' | 'č' => "c",
        'Ď' | 'Đ' | 'Ð' => "D",
        'ď' | 'đ' | 'ð' => "d",
        'È'..='Ë' | 'Ē' | 'Ę' | 'Ě' => "E",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'Ğ' => "G",
        'ğ' => "g",
        'Ì'..='Ï' | 'Ī' | 'İ' => "I",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'Ł' => "L",
        'ł' => "l",
        'Ñ' | 'Ń' | 'Ň' => "N",
        'ñ' | 'ń' | 'ň' => "n",
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' => "O",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'Ř' => "R",
        'ř' => "r",
        'Ś' | 'Ş' | 'Š' => "S",
        'ś' | 'ş' | 'š' => "s",
        'ß' => "ss",
        'Ţ' | 'Ť' | 'Ț' => "T",
        'ţ' | 'ť' | 'ț' => "t",
        'Ù'..='Ü' | 'Ū' | 'Ů' | 'Ű' => "U",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'Ý' => "Y",
        'ý' | 'ÿ' => "y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'ź' | 'ż' | 'ž' => "z",
        'Þ' => "Th",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        clauses(text).unwrap().into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn the_personal_part_of_a_greeting_is_a_clause_of_its_own() {
        assert_eq!(
            cut("Hello Anna, this is a reminder from the dental clinic. Can you come at 10:30 on Friday?"),
            ["Hello Anna,", "this is a reminder from the dental clinic.", "Can you come at 10:30 on Friday?"]
        );
    }

    #[test]
    fn numbers_abbreviations_and_initials_are_not_cut() {
        assert_eq!(cut("Dr. J. Smith owes $1,250.50 for no. 7."), ["Dr. J. Smith owes $1,250.50 for no. 7."]);
        assert_eq!(cut("Come at 10 a.m. on Monday."), ["Come at 10 a.m. on Monday."]);
        assert_eq!(cut("Come at 10 a.m. Bring water."), ["Come at 10 a.m.", "Bring water."]);
        assert_eq!(cut("The answer is no. Good bye."), ["The answer is no.", "Good bye."]);
    }

    #[test]
    fn a_clause_is_cut_at_every_sign_that_can_be_heard() {
        assert_eq!(
            phrases("Hello Anna, I am Dr. Lee: hi!"),
            [("Hello Anna", Some(',')), ("I am Dr. Lee", Some(':')), ("hi", Some('!')),]
        );
        assert_eq!(phrases("it is 10:30"), [("it is 10:30", None)]);
        assert_eq!(phrases("?!"), []);
    }

    #[test]
    fn nothing_to_say_gives_no_clause() {
        for text in ["", "   \n", "...", "?! -- \"\"", "[[", "\u{0}\u{7}"] {
            assert!(clauses(text).unwrap().is_empty(), "{text:?}");
        }
    }

    #[test]
    fn mark_up_and_control_characters_do_not_reach_an_engine() {
        assert_eq!(cut("Hi\u{0} [[h@l'oU]] <break/> you\r\nthere"), ["Hi h@l'oU break/ you there"]);
        assert_eq!(cut("It’s “ready” – really…"), ["It's \"ready\", really."]);
    }

    #[test]
    fn too_long_a_text_is_refused() {
        assert!(clauses(&"a ".repeat(MAX_CHARS / 2 + 1)).is_err());
    }

    #[test]
    fn accents_are_folded_and_foreign_scripts_refused() {
        assert_eq!(fold_to_ascii("Señor Müller, naïve café").unwrap(), "Senor Muller, naive cafe");
        assert_eq!(fold_to_ascii("你好，请问"), None);
    }
}
