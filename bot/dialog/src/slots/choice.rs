//! One of a list with synonyms, and what a regular expression finds.

use super::Found;
use crate::words;
use std::ops::Range;
use warmline_schema::{Choice, Named, REGEX_SIZE_LIMIT};

/// The choice whose longest synonym is said; of equally long ones, the first said.
pub(super) fn find(heard: &[String], choices: &[Choice]) -> Option<Found> {
    let mut best: Option<Found> = None;
    for choice in choices {
        for synonym in std::iter::once(&choice.value).chain(&choice.synonyms) {
            let wanted = words::normalise(&synonym.name);
            let wanted: Vec<&str> = wanted.split_whitespace().collect();
            let Some(used) = place(heard, &wanted) else { continue };
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

fn place(heard: &[String], wanted: &[&str]) -> Option<Range<usize>> {
    if wanted.is_empty() {
        return None;
    }
    heard.windows(wanted.len()).position(|window| window == wanted).map(|at| at..at + wanted.len())
}

/// The first group of `pattern` in the normalised words, else all that it matches.
pub(super) fn matched(heard: &[String], pattern: &Named) -> Option<Found> {
    let limit = REGEX_SIZE_LIMIT;
    let regex = regex::RegexBuilder::new(&pattern.name).case_insensitive(true).size_limit(limit).build().ok()?;
    let text = heard.join(" ");
    let found = regex.captures(&text)?;
    let all = found.get(0)?;
    let value = found.get(1).unwrap_or(all).as_str().to_owned();
    let before = text[..all.start()].split_whitespace().count();
    let used = before..before + all.as_str().split_whitespace().count();
    (!value.is_empty()).then_some(Found { value, used })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn heard(text: &str) -> Vec<String> {
        words::normalise(text).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_longest_synonym_wins() {
        let named = |name: &str| Named { name: name.to_owned(), ..Named::default() };
        let choices = [
            Choice { value: named("small"), synonyms: vec![] },
            Choice { value: named("extra_small"), synonyms: vec![named("extra small")] },
        ];
        let found = |text: &str| find(&heard(text), &choices).map(|found| (found.value, found.used));
        assert_eq!(found("the extra small one please"), Some(("extra_small".into(), 1..3)));
        assert_eq!(found("a small one"), Some(("small".into(), 1..2)));
        assert_eq!(found("a large one"), None);
    }

    #[test]
    fn a_pattern_gives_its_group_and_the_words_it_used() {
        let pattern = Named { name: "room (\\w+)".to_owned(), ..Named::default() };
        let found = matched(&heard("it is room seven, upstairs"), &pattern).unwrap();
        assert_eq!((found.value.as_str(), found.used), ("seven", 2..4));
        assert_eq!(matched(&heard("upstairs"), &pattern), None);
    }
}
