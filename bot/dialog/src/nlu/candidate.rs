//! One meaning that may be understood, and how it fits a reading.

use super::classifier::Opinion;
use super::{Meaning, Reading, negation, phrases, rules, semantic};
use crate::words;
use regex::Regex;
use std::collections::BTreeMap;
use warmline_schema::{Keywords, Patterns};

/// One meaning that may be recognised in a context.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub meaning: Meaning,
    pub name: String,
    pub phrases: Vec<Phrase>,
    /// Negative examples: what is nearer to one of these than to any phrase does not mean it.
    negatives: Vec<Phrase>,
    /// Of two that fit about equally well the higher wins.
    pub priority: i32,
    keywords: Vec<Keywords>,
    regexes: Vec<Regex>,
}

/// A listed utterance.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    /// Normalised, as the recogniser expects it.
    pub text: String,
    pub(super) words: Vec<String>,
    pub(super) weight: f32,
    /// It denies something.
    pub(super) denies: bool,
    /// It answers a question but says nothing by itself.
    pub(super) plain: bool,
    /// Its place among the template's utterances.
    pub utterance: usize,
}

impl Phrase {
    fn new(text: String, utterance: usize) -> Self {
        let words = words::compared(&text);
        Self {
            weight: phrases::weight(&words),
            denies: negation::denies(&words),
            plain: semantic::is_plain(&words),
            utterance,
            words,
            text,
        }
    }
}

/// How one candidate fits one reading.
pub(super) struct Fit {
    pub score: f32,
    pub why: String,
    pub captures: BTreeMap<String, String>,
    /// Nearness rather than a rule: wants a margin.
    pub soft: bool,
}

impl Fit {
    pub(super) fn firm(score: f32, why: String) -> Self {
        Self { score, why, captures: BTreeMap::new(), soft: false }
    }

    pub(super) fn soft(score: f32, why: String) -> Self {
        Self { score, why, captures: BTreeMap::new(), soft: true }
    }
}

impl Candidate {
    /// `intern` gives an utterance its place among the embeddings.
    pub(crate) fn new(
        meaning: Meaning,
        name: &str,
        patterns: &[&Patterns],
        built_in: &[&str],
        mut intern: impl FnMut(&str) -> usize,
    ) -> Self {
        let listed = patterns.iter().flat_map(|p| &p.phrases).map(|phrase| phrase.name.as_str());
        let mut prepared = |sources: &mut dyn Iterator<Item = &str>| {
            let mut phrases: Vec<Phrase> = Vec::new();
            for text in sources.map(words::normalise) {
                if !text.is_empty() && phrases.iter().all(|other| other.text != text) {
                    let utterance = intern(&text);
                    phrases.push(Phrase::new(text, utterance));
                }
            }
            phrases
        };
        let phrases = prepared(&mut listed.chain(built_in.iter().copied()));
        let negatives = prepared(&mut patterns.iter().flat_map(|p| &p.not_phrases).map(|phrase| phrase.name.as_str()));
        // Checked when the template was read; one that does not compile matches nothing.
        let compile = |source: &str| {
            let limit = warmline_schema::REGEX_SIZE_LIMIT;
            regex::RegexBuilder::new(source).case_insensitive(true).size_limit(limit).build().ok()
        };
        Self {
            meaning,
            name: name.to_owned(),
            phrases,
            negatives,
            priority: 0,
            keywords: patterns.iter().flat_map(|p| &p.keywords).map(rules::prepared).collect(),
            regexes: patterns.iter().flat_map(|p| &p.regex).filter_map(|source| compile(&source.name)).collect(),
        }
    }

    pub(super) fn fit(&self, heard: &Reading) -> Option<Fit> {
        let fits = [
            phrases::exact(&self.phrases, heard),
            rules::regex(&self.regexes, &heard.text),
            rules::keywords(&self.keywords, &heard.words),
            phrases::contained(&self.phrases, heard),
            phrases::near(&self.phrases, heard),
        ];
        fits.into_iter().flatten().max_by(|a, b| a.score.total_cmp(&b.score))
    }

    pub(crate) fn with_priority(self, priority: i32) -> Self {
        Self { priority, ..self }
    }

    /// The best of rules, nearness and the classifier's `opinion`. A negative example that is nearer than any phrase
    /// forbids every soft match, and one said word for word all of them.
    pub(super) fn best(&self, heard: &Reading, opinion: Option<&Opinion>) -> Option<Fit> {
        let near = |phrases: &[Phrase]| {
            let fits = [phrases::near(phrases, heard), semantic::nearest(phrases, heard)];
            fits.into_iter().flatten().map(|fit| fit.score).max_by(f32::total_cmp).unwrap_or_default()
        };
        if phrases::exact(&self.negatives, heard).is_some() {
            return None;
        }
        let by_meaning = semantic::nearest(&self.phrases, heard);
        let by_all = opinion.and_then(|opinion| opinion.fit(self, heard));
        let denied = !self.negatives.is_empty() && near(&self.negatives) > near(&self.phrases);
        let fits = [self.fit(heard), by_meaning, by_all].into_iter().flatten();
        fits.filter(|fit| !(fit.soft && denied)).max_by(|a, b| a.score.total_cmp(&b.score))
    }
}
