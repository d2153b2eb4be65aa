//! Keyword rules and regular expressions.

use super::{Fit, negation};
use crate::words;
use regex::Regex;
use std::collections::BTreeMap;
use warmline_schema::Keywords;

const REGEX_SCORE: f32 = 0.95;
const KEYWORD_SCORE: f32 = 0.9;

/// The first expression that matches, in either Chinese script; its named groups become slots.
pub(super) fn regex(regexes: &[Regex], text: &str) -> Option<Fit> {
    // Folding moves no byte.
    let simple = words::script::folded(text);
    regexes.iter().find_map(|regex| {
        let found = regex.captures(&simple)?;
        let captures: BTreeMap<_, _> = regex
            .capture_names()
            .flatten()
            .filter_map(|name| Some((name.to_owned(), text[found.name(name)?.range()].to_owned())))
            .collect();
        Some(Fit { captures, ..Fit::firm(REGEX_SCORE, format!("regex `{}`", regex.as_str())) })
    })
}

/// A rule with its words in the form in which they are compared.
pub(super) fn prepared(rule: &Keywords) -> Keywords {
    let form = |list: &[String]| list.iter().map(|word| words::compared(&words::normalise(word)).join(" ")).collect();
    Keywords { must: form(&rule.must), any: form(&rule.any), not: form(&rule.not) }
}

/// The first rule that holds. A keyword inside a denial does not count, unless the rule itself asks for the denial.
pub(super) fn keywords(rules: &[Keywords], heard: &[String]) -> Option<Fit> {
    rules.iter().find_map(|rule| {
        let present = |word: &String| place(heard, word);
        let wants_denial = negation::denies(&rule.must);
        let said = |word: &String| present(word).is_some_and(|at| wants_denial || !negation::reaches(heard, at));
        if rule.not.iter().any(|word| present(word).is_some()) || !rule.must.iter().all(said) {
            return None;
        }
        let any = rule.any.iter().find(|word| said(word));
        if any.is_none() && !rule.any.is_empty() {
            return None;
        }
        let words: Vec<_> = rule.must.iter().chain(any).map(String::as_str).collect();
        Some(Fit::firm(KEYWORD_SCORE, format!("keywords `{}`", words.join("`, `"))))
    })
}

/// Where `phrase` (one or more words) stands in `heard`.
fn place(heard: &[String], phrase: &str) -> Option<usize> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    heard.windows(phrase.len()).position(|window| window.iter().zip(&phrase).all(|(a, b)| a == b))
}
