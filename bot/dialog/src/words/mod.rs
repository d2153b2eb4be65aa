//! Words as the recogniser, the phrases and the slot parsers all see them.

mod chinese;
mod figures;
mod indonesian;
pub(crate) mod script;

use crate::language::Language;
use std::borrow::Cow;

/// [`normalise`] with figures read as `language` reads them: 12月25號 becomes 十二月二十五號.
pub fn normalise_in(text: &str, language: Language) -> String {
    normalise(&figures_read(text, language))
}

/// `text` with its figures read as `language` reads them, otherwise as it is written. English ones are read by
/// [`normalise`].
pub(crate) fn figures_read(text: &str, language: Language) -> String {
    match language {
        Language::English => text.to_owned(),
        other => figures::as_words(text, other),
    }
}

/// Lower case, no punctuation but apostrophes, digits as words, one space between words.
///
/// `"It's 10:30, OK?"` becomes `it's ten thirty ok`. Figures among Chinese signs become Chinese words.
pub fn normalise(text: &str) -> String {
    if text.contains(|c: char| c.is_ascii_digit()) && text.contains(script::is_sign) {
        let traditional = script::is_traditional(text);
        return normalise_in(text, if traditional { Language::Traditional } else { Language::Simplified });
    }
    let mut out: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = rest.find(|c: char| kind(c) != kind(first)).unwrap_or(rest.len());
        let run = &rest[..taken];
        match kind(first) {
            Kind::Digit => {
                let (words, used) = digits(rest, run);
                out.extend(words);
                rest = &rest[used..];
                continue;
            }
            Kind::Letter => {
                let word = run.to_lowercase().replace('\u{2019}', "'");
                let word = word.trim_matches('\'');
                if !word.is_empty() {
                    out.push(word.to_owned());
                }
            }
            Kind::Other => {}
        }
        rest = &rest[taken..];
    }
    out.join(" ")
}

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Letter,
    Digit,
    Other,
}

fn kind(c: char) -> Kind {
    if c.is_ascii_digit() {
        Kind::Digit
    } else if c.is_alphabetic() || c == '\'' || c == '\u{2019}' {
        Kind::Letter
    } else {
        Kind::Other
    }
}

/// The words of a run of digits and how many bytes of `rest` they stand for (an ordinal's ending included).
fn digits(rest: &str, run: &str) -> (Vec<String>, usize) {
    let ending = rest[run.len()..].get(..2).unwrap_or("").to_lowercase();
    let single = |n: u64| crate::speak::number::cardinal(n);
    match run.parse::<u64>() {
        Ok(n) if ["st", "nd", "rd", "th"].contains(&ending.as_str()) && n <= 99 => {
            (vec![crate::speak::number::ordinal(n)], run.len() + 2)
        }
        // A leading zero or a long run is a code, read digit by digit; `00` of a clock is silent.
        Ok(0) if run.len() == 2 => (Vec::new(), run.len()),
        Ok(n) if run.len() <= 4 && (run.len() == 1 || !run.starts_with('0')) => (vec![single(n)], run.len()),
        _ => (run.bytes().map(|b| single(u64::from(b - b'0'))).collect(), run.len()),
    }
}

/// Words that carry no meaning of their own.
const FILLERS: [&str; 11] = ["um", "uh", "er", "erm", "ah", "oh", "hmm", "well", "please", "actually", "just"];

/// The words of normalised `text` in the form in which they are compared: contractions and spoken forms opened,
/// Chinese taken apart, in one script, fillers gone. Never empty unless `text` is. A template's phrases may be of
/// several languages, so the rules of all of them apply.
pub(crate) fn compared(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match contraction(word).or_else(|| indonesian::plain(word)) {
            Some(full) => words.extend(full.split(' ').map(str::to_owned)),
            None if word.contains(script::is_sign) => chinese::split(word, &mut words),
            None => open_suffix(word, &mut words),
        }
    }
    chinese::mark_questions(&mut words);
    indonesian::open_double_denials(&mut words);
    let filler = |word: &str| FILLERS.contains(&word) || chinese::is_particle(word) || indonesian::is_particle(word);
    let kept: Vec<_> = words.iter().filter(|word| !filler(word)).cloned().collect();
    if kept.is_empty() { words } else { kept }
}

/// `text` without the Chinese words that only ask or wish: 可以改到下星期嗎 and 我想改到下星期 are about the same. Other
/// languages stay as they are.
pub(crate) fn subject(text: &str) -> Cow<'_, str> {
    if !text.contains(script::is_sign) {
        return Cow::Borrowed(text);
    }
    let kept = chinese::WISHES.iter().fold(text.to_owned(), |text, wish| text.replace(wish, ""));
    if kept.contains(script::is_sign) { Cow::Owned(kept) } else { Cow::Borrowed(text) }
}

fn contraction(word: &str) -> Option<&'static str> {
    Some(match word {
        "can't" | "cannot" | "cant" => "can not",
        "won't" | "wont" => "will not",
        "dont" => "do not",
        "i'm" | "im" => "i am",
        "let's" => "let us",
        "ok" => "okay",
        "yeah" | "yep" | "yup" | "yea" | "aye" => "yes",
        "nope" | "nah" => "no",
        "wanna" => "want to",
        "gonna" => "going to",
        "o'clock" => "o'clock",
        _ => return None,
    })
}

fn open_suffix(word: &str, words: &mut Vec<String>) {
    const ENDINGS: [(&str, &str); 6] =
        [("n't", "not"), ("'ll", "will"), ("'re", "are"), ("'ve", "have"), ("'d", "would"), ("'s", "is")];
    for (ending, full) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| !stem.is_empty()) {
            // "Anna's" keeps its owner; only these take "is".
            if ending != "'s" || ["that", "it", "who", "what", "he", "she", "there", "here"].contains(&stem) {
                words.push(stem.to_owned());
                words.push(full.to_owned());
                return;
            }
        }
    }
    words.push(word.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_spoken_forms_meet() {
        assert_eq!(normalise("It\u{2019}s 10:30, OK?"), "it's ten thirty ok");
        assert_eq!(normalise("  The 3rd of May!  "), "the third of may");
        assert_eq!(normalise("at 4:00"), "at four");
        assert_eq!(normalise("code 007"), "code zero zero seven");
        assert_eq!(normalise("...''"), "");
        assert_eq!(normalise("Größe 2"), "größe two");
        assert_eq!(normalise("12月25號，3點半"), "十二月二十五號 三點半");
        assert_eq!(normalise_in("jam 3, ya", Language::Indonesian), "jam tiga ya");
    }

    #[test]
    fn contractions_and_fillers_do_not_matter() {
        assert_eq!(compared("um i can't make it please"), compared("i cannot make it"));
        assert_eq!(compared("yeah that's fine"), compared("yes that is fine"));
        assert_eq!(compared("please"), ["please"]);
    }
}
