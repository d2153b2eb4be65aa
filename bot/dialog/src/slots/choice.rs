//! One of a list with synonyms, and what a regular expression finds.

use super::Found;
use crate::words::script::folded;
use std::ops::Range;
use warmline_schema::{Choice, Named, REGEX_SIZE_LIMIT};

/// The choice whose longest synonym is said; of equally long ones, the first said. A synonym of fewer than `shortest`
/// words counts only where hardly anything else is said. `words` takes a synonym apart as the answer was.
pub(super) fn find(
    heard: &[String],
    choices: &[Choice],
    shortest: usize,
    words: impl Fn(&str) -> Vec<String>,
) -> Option<Found> {
    let mut best: Option<Found> = None;
    for choice in choices {
        for synonym in std::iter::once(&choice.value).chain(&choice.synonyms) {
            let wanted = words(&synonym.name);
            let short = wanted.len() < shortest && heard.len() > wanted.len() + 1;
            let Some(used) = place(heard, &wanted).filter(|_| !short) else { continue };
            let better = best.as_ref().is_none_or(|best| {
                (used.len(), std::cmp::Reverse(used.start)) > (best.used.len(), std::cmp::Reverse(best.used.start))
            });
            if better {
                best = Some(Found { value: choice.value.name.clone(), used });
            }
        }
    }
    best
}

/// Where `wanted` stands in `heard`, in either Chinese script.
pub(super) fn place(heard: &[String], wanted: &[String]) -> Option<Range<usize>> {
    if wanted.is_empty() {
        return None;
    }
    let same = |window: &[String]| {
        window.iter().zip(wanted).all(|(a, b)| a == b || a.len() == b.len() && folded(a) == folded(b))
    };
    heard.windows(wanted.len()).position(same).map(|at| at..at + wanted.len())
}

/// The first group of `pattern` in the normalised words, else all that it matches. `space` stands between words.
pub(super) fn matched(heard: &[String], pattern: &Named, space: &str) -> Option<Found> {
    let (limit, source) = (REGEX_SIZE_LIMIT, folded(&pattern.name));
    let regex = regex::RegexBuilder::new(&source).case_insensitive(true).size_limit(limit).build().ok()?;
    let text = heard.join(space);
    // Folding moves no byte.
    let simple = folded(&text);
    let found = regex.captures(&simple)?;
    let all = found.get(0)?;
    let value = text[found.get(1).unwrap_or(all).range()].to_owned();
    let ends = heard.iter().scan(0, |end, word| {
        *end += word.len() + space.len();
        Some(*end)
    });
    let ends: Vec<usize> = ends.collect();
    let used = ends.partition_point(|end| *end <= all.start())..ends.partition_point(|end| *end <= all.end());
    let last = usize::from(ends.get(used.end).is_some_and(|end| end - heard[used.end].len() - space.len() < all.end()));
    let used = used.start..used.end + last;
    (!value.is_empty()).then_some(Found { value, used })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn heard(text: &str) -> Vec<String> {
        crate::words::normalise(text).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_longest_synonym_wins() {
        let named = |name: &str| Named { name: name.to_owned(), ..Named::default() };
        let choices = [
            Choice { value: named("small"), synonyms: vec![] },
            Choice { value: named("extra_small"), synonyms: vec![named("extra small")] },
        ];
        let found = |text: &str| find(&heard(text), &choices, 1, heard).map(|found| (found.value, found.used));
        assert_eq!(found("the extra small one please"), Some(("extra_small".into(), 1..3)));
        assert_eq!(found("a small one"), Some(("small".into(), 1..2)));
        assert_eq!(found("a large one"), None);
    }

    #[test]
    fn a_pattern_gives_its_group_and_the_words_it_used() {
        let pattern = Named { name: "room (\\w+)".to_owned(), ..Named::default() };
        let found = matched(&heard("it is room seven, upstairs"), &pattern, " ").unwrap();
        assert_eq!((found.value.as_str(), found.used), ("seven", 2..4));
        assert_eq!(matched(&heard("upstairs"), &pattern, " "), None);
    }
}
