//! The opposite of a phrase: "i'm interested" and "i'm not interested" differ by one short word, and taking
//! one for the other is the worst mistake a recogniser can make on a call.
//!
//! A step that expects only one of the two gets the other as a decoy, so that the sound decides between
//! them. Rules, not understanding: a decoy that nobody would say does no harm.

use std::collections::BTreeSet;

/// Positive words and their negative forms.
const PAIRS: &[(&str, &str)] = &[
    ("can", "can't"),
    ("could", "couldn't"),
    ("do", "don't"),
    ("does", "doesn't"),
    ("did", "didn't"),
    ("is", "isn't"),
    ("are", "aren't"),
    ("was", "wasn't"),
    ("have", "haven't"),
    ("has", "hasn't"),
    ("will", "won't"),
    ("would", "wouldn't"),
    ("should", "shouldn't"),
    ("i'll", "i won't"),
];
/// Words after which "not" goes.
const BEFORE_NOT: &[&str] = &["i'm", "i am", "it's", "it is", "that's", "that is", "he's", "she's", "we're", "they're"];
/// Verbs that take "don't" before them.
const WITH_DONT: &[&str] = &["want", "need", "like", "agree", "know", "think", "remember", "care"];

/// Verbs that requests begin with; "don't" before them makes the opposite.
const REQUESTS: &[&str] = &[
    "add", "ask", "book", "bring", "call", "cancel", "change", "charge", "close", "come", "confirm", "connect",
    "deliver", "do", "email", "explain", "give", "go", "hold", "keep", "leave", "let", "mail", "make", "move", "open",
    "order", "pay", "put", "remind", "remove", "renew", "repeat", "send", "sign", "skip", "speak", "start", "stop",
    "take", "tell", "text", "transfer", "try", "use", "wait",
];

/// The opposites of `phrases` that are not phrases themselves.
pub(crate) fn of_all(phrases: &[String]) -> BTreeSet<String> {
    phrases.iter().filter_map(|phrase| of(phrase)).filter(|opposite| !phrases.contains(opposite)).collect()
}

fn of(phrase: &str) -> Option<String> {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    without_not(&words)
        .or_else(|| without_dont(&words))
        .or_else(|| replaced(&words, |w| PAIRS.iter().find(|(_, no)| *no == w).map(|(yes, _)| (*yes).to_string())))
        .or_else(|| with_not(phrase))
        .or_else(|| with_dont(&words))
        .or_else(|| request(&words))
        .or_else(|| replaced(&words, |w| PAIRS.iter().find(|(yes, _)| *yes == w).map(|(_, no)| (*no).to_string())))
}

fn without_not(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|w| *w == "not")?;
    let rest: Vec<&str> = [&words[..at], &words[at + 1..]].concat();
    (at > 0 && at + 1 < words.len()).then(|| rest.join(" "))
}

/// "don't call me" → "call me", where "do call me" is what nobody says.
fn without_dont(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|w| *w == "don't")?;
    let requests = words.get(at + 1).is_some_and(|verb| REQUESTS.contains(verb));
    let subject = at > 0 && words[at - 1] != "please";
    (requests && !subject).then(|| [&words[..at], &words[at + 1..]].concat().join(" "))
}

fn replaced(words: &[&str], other: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (at, new) = words.iter().enumerate().find_map(|(at, w)| other(w).map(|new| (at, new)))?;
    let mut words: Vec<&str> = words.to_vec();
    words[at] = &new;
    Some(words.join(" "))
}

fn with_not(phrase: &str) -> Option<String> {
    BEFORE_NOT.iter().find_map(|start| {
        let rest = phrase.strip_prefix(start)?.strip_prefix(' ')?;
        Some(format!("{start} not {rest}"))
    })
}

/// "please cancel it" → "please don't cancel it".
fn request(words: &[&str]) -> Option<String> {
    let polite = usize::from(words.first() == Some(&"please"));
    let verb = words.get(polite)?;
    let mut with = words.to_vec();
    with.insert(polite, "don't");
    (REQUESTS.contains(verb) && words.len() > polite + 1).then(|| with.join(" "))
}

fn with_dont(words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let (verb, _) = rest.split_first()?;
    let subject = ["i", "we", "you", "they"].contains(first);
    (subject && WITH_DONT.contains(verb)).then(|| format!("{first} don't {}", rest.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_is_put_in_and_taken_out() {
        for (a, b) in [
            ("i'm interested", "i'm not interested"),
            ("i want to talk", "i don't want to talk"),
            ("i can make it", "i can't make it"),
            ("that's right", "that's not right"),
            ("i will come", "i won't come"),
            ("please cancel it", "please don't cancel it"),
            ("don't call me again", "call me again"),
            ("put me on hold", "don't put me on hold"),
        ] {
            assert_eq!(of(a).as_deref(), Some(b));
        }
        assert_eq!(of("i'm not interested").as_deref(), Some("i'm interested"));
        assert_eq!(of("i can't make it").as_deref(), Some("i can make it"));
        assert_eq!(of("no not really").as_deref(), Some("no really"));
        for lone in ["yes", "not", "not now", "wrong number", "stop", ""] {
            assert_eq!(of(lone), None, "{lone}");
        }
    }

    #[test]
    fn what_the_step_expects_anyway_is_no_decoy() {
        let both = ["i'm interested", "i'm not interested", "wrong number"].map(String::from);
        assert!(of_all(&both).is_empty());
        assert_eq!(of_all(&both[1..]).into_iter().collect::<Vec<_>>(), ["i'm interested"]);
    }
}
