//! The sentences of the benchmark: steps with their phrases from `steps.txt`, closed questions from `slots.txt`.

use crate::{AsrContext, Grammar};
use std::sync::Arc;

const STEPS: &str = include_str!("steps.txt");
const SLOTS: &str = include_str!("slots.txt");

/// What a sentence is to its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A phrase of the step, or an answer to its closed question.
    Answer,
    /// A wish of the step in other words.
    OtherWords,
    Unrelated,
    /// Almost a phrase of the step, with another meaning.
    NearMiss,
}

/// One dialog step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Empty for a step of phrases.
    pub(super) grammars: Vec<Grammar>,
    pub(super) lines: Vec<(Kind, String)>,
}

impl Step {
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = String> + '_ {
        self.lines.iter().filter(move |(k, _)| *k == kind).map(|(_, text)| text.clone())
    }

    pub(super) fn is_closed(&self) -> bool {
        !self.grammars.is_empty()
    }

    /// What the recogniser is told; `free` are the phrases of all steps, as a template has them.
    pub(super) fn context(&self, free: &Arc<Vec<String>>) -> AsrContext {
        let phrases = if self.is_closed() { vec![] } else { self.of(Kind::Answer).collect() };
        AsrContext { language: "en".into(), phrases, grammars: self.grammars.clone(), free: free.clone() }
    }

    /// `text` as a speech program must see it to say it as meant: letters large, or "a" is an article.
    pub(super) fn spoken(&self, text: &str) -> String {
        if !self.grammars.contains(&Grammar::Letters) && !self.grammars.contains(&Grammar::Time) {
            return text.to_string();
        }
        let article = |at: usize, words: &[&str]| words[at] == "a" && words.get(at + 1).is_some_and(|w| w.len() > 1);
        let words: Vec<&str> = text.split(' ').collect();
        let large = |(at, word): (usize, &&str)| {
            if word.len() == 1 && !article(at, &words) { word.to_uppercase() } else { (*word).to_string() }
        };
        words.iter().enumerate().map(large).collect::<Vec<_>>().join(" ")
    }

    /// Do both texts mean the same to the step? Closed answers may be worded in several ways.
    pub(super) fn same(&self, said: &str, read: &str) -> bool {
        said == read || (self.is_closed() && meaning(&self.grammars, said) == meaning(&self.grammars, read))
    }
}

fn meaning(grammars: &[Grammar], text: &str) -> String {
    if grammars == [Grammar::YesNo] {
        let no = ["no", "nope", "nah", "not", "wrong", "incorrect", "never"];
        let negative = |w: &str| no.contains(&w) || w.ends_with("n't");
        return if text.split(' ').any(negative) { "no" } else { "yes" }.to_string();
    }
    let digits = grammars == [Grammar::Digits];
    let letters = grammars == [Grammar::Letters];
    let plain = |word: &str| match word {
        "oh" | "o" if digits => Some("zero".to_string()),
        _ if letters => Some(word.to_string()),
        "a" | "and" | "the" | "of" | "on" | "at" | "about" | "around" => None,
        _ => Some(word.to_string()),
    };
    let text = if letters { text.to_string() } else { text.replace("a hundred", "one hundred") };
    text.split(' ').filter_map(plain).collect::<Vec<_>>().join(" ")
}

/// All steps; lines that are neither a step nor a sentence are remarks.
pub(super) fn all() -> Vec<Step> {
    parse(STEPS).into_iter().chain(parse(SLOTS)).collect()
}

fn parse(text: &'static str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        let Some((mark, text)) = line.split_once(' ') else { continue };
        let kind = match mark {
            "#" => {
                steps.push(Step { name: text, grammars: grammars(text), lines: vec![] });
                continue;
            }
            "+" => Kind::Answer,
            "-" => Kind::OtherWords,
            "?" => Kind::Unrelated,
            "!" => Kind::NearMiss,
            _ => continue,
        };
        if let Some(step) = steps.last_mut() {
            step.lines.push((kind, text.to_string()));
        }
    }
    steps
}

fn grammars(name: &str) -> Vec<Grammar> {
    match name {
        "yes or no" => vec![Grammar::YesNo],
        "number" => vec![Grammar::Number],
        "digits" => vec![Grammar::Digits],
        "date" => vec![Grammar::Date],
        "time" => vec![Grammar::Time],
        "date and time" => vec![Grammar::Date, Grammar::Time],
        "letters" => vec![Grammar::Letters],
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn steps_of_phrases_have_every_kind_and_no_sentence_is_two_kinds() {
        let steps = all();
        for step in steps.iter().filter(|s| !s.is_closed()) {
            assert!((10..=15).contains(&step.of(Kind::Answer).count()), "{}", step.name);
            for kind in [Kind::OtherWords, Kind::Unrelated, Kind::NearMiss] {
                assert!(step.of(kind).count() >= 3, "{}", step.name);
            }
            let texts: HashSet<&String> = step.lines.iter().map(|(_, text)| text).collect();
            assert_eq!(texts.len(), step.lines.len(), "{}", step.name);
        }
        let answers: usize = steps.iter().map(|s| s.of(Kind::Answer).count()).sum();
        assert!(answers >= 200 && steps.iter().filter(|s| s.is_closed()).count() == 7, "{answers}");
    }

    #[test]
    fn closed_answers_are_compared_by_meaning() {
        let step = |name| Step { name, grammars: grammars(name), lines: vec![] };
        assert!(step("digits").same("oh two", "zero two") && !step("digits").same("one two", "one one"));
        assert!(step("yes or no").same("yeah", "that's right") && !step("yes or no").same("i do", "i don't"));
        assert!(step("number").same("a hundred and two", "one hundred two"));
        assert!(!step("letters").same("a b", "b"));
        assert!(!step("survey").same("a good one", "good one"), "phrases are told apart by their words");
    }

    #[test]
    fn letters_are_spoken_by_their_names() {
        let time = Step { name: "time", grammars: grammars("time"), lines: vec![] };
        assert_eq!(time.spoken("nine a m"), "nine A M");
        assert_eq!(time.spoken("a quarter past six"), "a quarter past six");
    }
}
