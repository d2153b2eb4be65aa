//! First and last names in a sentence: two capitalised words side by side, or what an answer to "your name?" holds.

use super::{Kind, Stretch};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Capitalised words that are no names.
const ORDINARY: &str = "the a i my we is yes no hi hello please thanks thank can could table restaurant monday tuesday \
    wednesday thursday friday saturday sunday january february march april may june july august september october \
    november december do are it it's i'm name in on at for and what how when where sure ok okay today tomorrow this that \
    under book reservation mr mrs ms dr jan feb mar apr jun jul aug sep oct nov dec mon tue wed thu fri sat sun our you \
    your they there just would will need let make change cancel sorry actually great good also but if so to with";

/// A sentence about places holds names of places.
const PLACES: &str = r"(?i)\b(?:restaurants?|neighbou?rhoods?|cuisine|called|food|area|find|cafe|looking for|located|options|parking|wheelchair|rating|place|information|city|town|hill|try|want to go|inquire|kitchen|park|road|street|green|bar)\b";
const INTRODUCED: &str = r"(?i)\b(?:name(?:'s| is| of| was|:)?|under|i'?m|i am|this is|it'?s|by|for|call me|mr\.?|mrs\.?|ms\.?)(?: the name)?(?: of| is)? +([a-z][a-z'’-]+)(?: +([a-z][a-z'’-]+))?";

struct Names {
    places: Regex,
    introduced: Regex,
    word: Regex,
}

#[allow(clippy::expect_used)]
static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let compiled = |source| Regex::new(source).expect("the patterns of names compile");
    Names { places: compiled(PLACES), introduced: compiled(INTRODUCED), word: compiled(r"[A-Za-z][A-Za-z'’-]*") }
});

fn ordinary(word: &str) -> bool {
    let lower = word.to_lowercase();
    ORDINARY.split_whitespace().any(|other| other == lower)
}

fn looks_like_a_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && !letters.any(char::is_uppercase) && !ordinary(word)
}

pub(super) fn find(text: &str, asked: &[Kind], taken: &[Stretch]) -> Vec<Stretch> {
    if NAMES.places.is_match(text) {
        return Vec::new();
    }
    let words: Vec<Range<usize>> = NAMES.word.find_iter(text).map(|word| word.range()).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some([first, last]) = words.get(at..at + 2) {
        let free = |stretch: &Stretch| first.end <= stretch.at.start || first.start >= stretch.at.end;
        let beside = text.get(first.end..last.start) == Some(" ");
        let named = [first, last].into_iter().all(|word| looks_like_a_name(&text[word.clone()]));
        at += 1;
        if beside && named && taken.iter().all(free) {
            out.extend(pair(first, last));
            at += 1;
        }
    }
    if out.is_empty() { answered(text, asked, &words) } else { out }
}

fn pair(first: &Range<usize>, last: &Range<usize>) -> [Stretch; 2] {
    [Stretch { kind: Kind::FirstName, at: first.clone() }, Stretch { kind: Kind::LastName, at: last.clone() }]
}

/// The answer to a question for a name.
fn answered(text: &str, asked: &[Kind], words: &[Range<usize>]) -> Vec<Stretch> {
    let wanted = asked.iter().copied().find(|kind| matches!(kind, Kind::FirstName | Kind::LastName));
    let Some(wanted) = wanted else { return Vec::new() };
    let said: Vec<Range<usize>> = match NAMES.introduced.captures(text) {
        Some(found) => {
            let groups = [found.get(1), found.get(2)].into_iter().flatten();
            groups.filter(|word| !ordinary(word.as_str())).map(|word| word.range()).collect()
        }
        None => words.to_vec(),
    };
    match said.as_slice() {
        [only] => vec![Stretch { kind: wanted, at: only.clone() }],
        [first, last] => pair(first, last).to_vec(),
        _ => Vec::new(),
    }
}
