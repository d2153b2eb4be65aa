//! Is what was heard what the step expects? Its phrases as they stand, and the closed grammars word by word.

use crate::{
    AsrContext, Grammar,
    lm::words::{Figures, spoken},
    starter::{Expr, expected_of},
};
use std::{collections::BTreeSet, ops::Range};

/// A step's phrases and grammars, with the words that people put around an answer.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    phrases: BTreeSet<String>,
    expr: Option<Expr>,
    figures: Figures,
}

impl Expected {
    /// Grammars are English; other languages have their phrases only.
    pub(crate) fn new(context: &AsrContext) -> Expected {
        let figures = Figures::of(&context.language);
        let phrases: BTreeSet<String> = context.phrases.iter().map(|phrase| spoken(phrase, figures)).collect();
        let english = figures == Figures::Words;
        let grammars: &[Grammar] = if english { &context.grammars } else { &[] };
        let list: Vec<String> = phrases.iter().filter(|phrase| !phrase.is_empty()).cloned().collect();
        let expr = if english { expected_of(&list, grammars) } else { None };
        Expected { phrases, expr, figures }
    }

    /// What a model wrote, as words of the step's language.
    pub(crate) fn words(&self, written: &str) -> String {
        spoken(written, self.figures)
    }

    /// The phrases, as words.
    pub(crate) fn phrases(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().map(String::as_str)
    }

    /// Which words of `text` are the answer, and the answer; `None` when it is not an expected one.
    pub(crate) fn find(&self, text: &str) -> Option<(Range<usize>, String)> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            return None;
        }
        if self.phrases.contains(text) {
            return Some((0..words.len(), text.to_owned()));
        }
        // Signs without spaces between words: where the model puts them says nothing.
        if text.chars().any(super::words::stands_alone) {
            let joined: String = words.concat();
            let same = self.phrases.iter().find(|phrase| phrase.replace(' ', "") == joined)?;
            return Some((0..words.len(), same.clone()));
        }
        let ends = matches(self.expr.as_ref()?, &words, Place { at: 0, from: None, to: 0 });
        let whole = ends.into_iter().filter(|place| place.at == words.len());
        // "yes please" is an answer and also "yes" with a word behind it: the longer one counts.
        let range = whole.filter_map(|place| Some(place.from?..place.to)).max_by_key(ExactSizeIterator::len)?;
        Some((range.clone(), words[range].join(" ")))
    }
}

/// How far a match has come, and which words of it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: usize,
    from: Option<usize>,
    to: usize,
}

/// Everywhere that a match of `expr` from `start` can end.
fn matches(expr: &Expr, words: &[&str], start: Place) -> BTreeSet<Place> {
    let here = |word: &str| words.get(start.at).is_some_and(|own| *own == word);
    match expr {
        Expr::Word(word) if here(word) => {
            let at = start.at + 1;
            BTreeSet::from([Place { at, from: start.from.or(Some(start.at)), to: at }])
        }
        Expr::Filler(word) if here(word) => BTreeSet::from([Place { at: start.at + 1, ..start }]),
        Expr::Word(_) | Expr::Filler(_) => BTreeSet::new(),
        Expr::Seq(parts) => parts.iter().fold(BTreeSet::from([start]), |places, part| {
            places.into_iter().flat_map(|place| matches(part, words, place)).collect()
        }),
        Expr::Any(ways) => ways.iter().flat_map(|way| matches(way, words, start)).collect(),
        Expr::Opt(inner) => matches(inner, words, start).into_iter().chain([start]).collect(),
        Expr::Cost(_, inner) => matches(inner, words, start),
        Expr::Many(inner) => {
            let mut all = BTreeSet::new();
            let mut new = matches(inner, words, start);
            while !new.is_empty() {
                all.extend(new.iter().copied());
                let next = new.into_iter().flat_map(|place| matches(inner, words, place));
                new = next.filter(|place| !all.contains(place)).collect();
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn expected(language: &str, phrases: &[&str], grammars: &[Grammar]) -> Expected {
        Expected::new(&AsrContext {
            language: language.into(),
            phrases: phrases.iter().map(|p| (*p).to_owned()).collect(),
            grammars: grammars.to_vec(),
            ..AsrContext::default()
        })
    }

    #[test]
    fn phrases_and_grammars_are_found_without_the_words_around_them() {
        let step = expected("en", &["i'm busy"], &[Grammar::YesNo, Grammar::Date, Grammar::Digits]);
        let found = |text| step.find(text).map(|(_, text)| text);
        assert_eq!(found("i'm busy"), Some("i'm busy".into()));
        assert_eq!(found("well i'm busy thanks"), Some("i'm busy".into()));
        assert_eq!(found("yes please"), Some("yes please".into()));
        assert_eq!(found("on the third of may"), Some("on the third of may".into()));
        assert_eq!(found("five five five zero"), Some("five five five zero".into()));
        assert_eq!(found("i'm busy with a horse"), None);
        assert_eq!(found(""), None);
        assert_eq!(expected("en", &[], &[]).find("yes"), None);
    }

    #[test]
    fn other_languages_are_matched_whole_and_chinese_without_regard_to_spaces() {
        let step = expected("zh", &["不用了谢谢", "是"], &[]);
        assert_eq!(step.find("不用了 谢谢").unwrap().1, "不用了谢谢");
        assert_eq!(step.find("是的"), None);
        assert_eq!(expected("id", &["tidak terima kasih"], &[]).find("tidak terima kasih").unwrap().0, 0..3);
    }
}
