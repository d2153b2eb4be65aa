//! Names of people: what follows "my name is", or a short answer that is nothing else.

use super::number;
use crate::slots::Found;

/// How people begin the answer to "your name, please?".
const OPENINGS: [&[&str]; 10] = [
    &["my", "name", "is"],
    &["my", "name's"],
    &["the", "name", "is"],
    &["the", "name's"],
    &["name", "is"],
    &["this", "is"],
    &["it", "is"],
    &["it's"],
    &["i", "am"],
    &["i'm"],
];
/// Words that no name holds; an answer with one of them is about something else.
const OTHERS: [&str; 40] = [
    "yes", "yeah", "no", "not", "the", "what", "who", "why", "how", "when", "where", "you", "your", "my", "i", "we",
    "it", "that", "this", "is", "are", "do", "does", "can", "could", "would", "will", "want", "need", "please",
    "sorry", "busy", "call", "again", "repeat", "and", "or", "but", "okay", "hello",
];
/// Given names, middle names, family names.
const MOST_WORDS: usize = 4;

pub(super) fn find(words: &[String]) -> Option<Found> {
    let opened = OPENINGS.iter().find_map(|opening| {
        let at = words.windows(opening.len()).position(|window| window == *opening)?;
        Some(at + opening.len())
    });
    let from = opened.unwrap_or(0);
    let said = words[from..].iter().take_while(|word| !OTHERS.contains(&word.as_str()));
    let to = from + said.count();
    // Without an opening the whole answer must be the name; a courtesy may follow.
    let whole = words[to..].iter().all(|word| word == "please");
    let good = (1..=MOST_WORDS).contains(&(to - from)) && (opened.is_some() || whole);
    let named = good && words[from..to].iter().all(|word| number::cardinal(std::slice::from_ref(word)).is_none());
    named.then(|| Found {
        value: words[from..to].iter().map(|w| capital(w)).collect::<Vec<_>>().join(" "),
        used: from..to,
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        find(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).map(|found| found.value)
    }

    #[test]
    fn names_as_people_give_them() {
        assert_eq!(read("my name is anna maria lopez").as_deref(), Some("Anna Maria Lopez"));
        assert_eq!(read("hello this is john").as_deref(), Some("John"));
        assert_eq!(read("maria lopez please").as_deref(), Some("Maria Lopez"));
        for other in ["what do you mean", "i am busy", "yes", "four two one", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
