//! From readings of an utterance to a meaning, with the reason.
//!
//! Every reading is tried against every candidate: a listed phrase word for word, regular
//! expressions, keyword rules, a listed phrase inside a longer answer, a phrase of nearly the same
//! words, and the nearest listed phrase by sentence embedding. Each gives a score; the best candidate
//! wins if it is good enough and, where the match is soft, clearly better than the next.

mod negation;
mod phrases;
mod rules;
mod semantic;

use crate::api::Utterance;
use crate::words;
use regex::Regex;
use std::collections::BTreeMap;
use warmline_schema::{GlobalIntent, Keywords, Patterns};

/// Readings the recogniser itself does not believe in.
pub(crate) const LEAST_CONFIDENCE: f32 = 0.3;
/// A match below this is no match.
const LEAST_SCORE: f32 = 0.6;
/// A soft match must be better than another meaning by this.
const MARGIN: f32 = 0.03;
/// Each later reading counts a little less than the one before it.
const RANK_FACTOR: f32 = 0.95;
/// What the step asked for wins over what could be said anywhere.
const GLOBAL_FACTOR: f32 = 0.99;

/// What a candidate stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// An answer of the step, by its place.
    Answer(usize),
    Global(GlobalIntent),
    /// An entry of the knowledge base, by its place.
    Knowledge(usize),
    /// A wish for another language of the template, by its place.
    Language(usize),
}

/// One meaning that may be recognised in a context.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub meaning: Meaning,
    pub name: String,
    pub phrases: Vec<Phrase>,
    keywords: Vec<Keywords>,
    regexes: Vec<Regex>,
}

/// A listed utterance.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    /// Normalised, as the recogniser expects it.
    pub text: String,
    words: Vec<String>,
    /// Its place among the template's embeddings.
    pub utterance: usize,
}

/// What was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match {
    pub meaning: Meaning,
    pub name: String,
    pub score: f32,
    pub why: String,
    /// Slots filled by named groups of a regular expression.
    pub captures: BTreeMap<String, String>,
}

/// How one candidate fits one reading.
struct Fit {
    score: f32,
    why: String,
    captures: BTreeMap<String, String>,
    /// Nearness rather than a rule: wants a margin.
    soft: bool,
}

impl Fit {
    fn firm(score: f32, why: String) -> Self {
        Self { score, why, captures: BTreeMap::new(), soft: false }
    }

    fn soft(score: f32, why: String) -> Self {
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
        let mut phrases: Vec<Phrase> = Vec::new();
        for source in listed.chain(built_in.iter().copied()) {
            let text = words::normalise(source);
            if !text.is_empty() && phrases.iter().all(|other| other.text != text) {
                phrases.push(Phrase { words: words::compared(&text), utterance: intern(&text), text });
            }
        }
        // Checked when the template was read; one that does not compile matches nothing.
        let compile = |source: &str| {
            let limit = warmline_schema::REGEX_SIZE_LIMIT;
            regex::RegexBuilder::new(source).case_insensitive(true).size_limit(limit).build().ok()
        };
        Self {
            meaning,
            name: name.to_owned(),
            phrases,
            keywords: patterns.iter().flat_map(|p| &p.keywords).map(rules::prepared).collect(),
            regexes: patterns.iter().flat_map(|p| &p.regex).filter_map(|source| compile(&source.name)).collect(),
        }
    }

    fn fit(&self, text: &str, heard: &[String]) -> Option<Fit> {
        let fits = [
            phrases::exact(&self.phrases, heard),
            rules::regex(&self.regexes, text),
            rules::keywords(&self.keywords, heard),
            phrases::contained(&self.phrases, heard),
            phrases::near(&self.phrases, heard),
        ];
        fits.into_iter().flatten().max_by(|a, b| a.score.total_cmp(&b.score))
    }
}

/// How much a reading counts, by its place and its confidence.
pub(crate) fn trust(rank: usize, confidence: f32) -> f32 {
    (0.5 + confidence).min(1.0) * RANK_FACTOR.powi(i32::try_from(rank).unwrap_or(i32::MAX))
}

/// The meaning of `utterance`, or why there is none.
pub(crate) fn understand<'a>(
    candidates: impl Iterator<Item = &'a Candidate> + Clone,
    utterance: &Utterance,
    embeddings: &[Vec<f32>],
) -> Result<Match, String> {
    if utterance.readings.is_empty() {
        return Err("the speech could not be read".to_owned());
    }
    let mut found: Vec<(&Candidate, Fit)> = Vec::new();
    let mut believed = false;
    for (rank, reading) in utterance.readings.iter().enumerate() {
        if reading.confidence < LEAST_CONFIDENCE {
            continue;
        }
        believed = true;
        let text = words::normalise(&reading.text);
        let heard = words::compared(&text);
        if heard.is_empty() {
            continue;
        }
        let trust = trust(rank, reading.confidence);
        for candidate in candidates.clone() {
            let by_words = candidate.fit(&text, &heard);
            let by_meaning = (rank == 0)
                .then(|| semantic::nearest(&candidate.phrases, &heard, utterance.embedding.as_deref(), embeddings));
            let best =
                [by_words, by_meaning.flatten()].into_iter().flatten().max_by(|a, b| a.score.total_cmp(&b.score));
            if let Some(mut fit) = best {
                fit.score *= trust * if matches!(candidate.meaning, Meaning::Answer(_)) { 1.0 } else { GLOBAL_FACTOR };
                found.push((candidate, fit));
            }
        }
    }
    if !believed {
        return Err("the recogniser was not sure of any reading".to_owned());
    }
    choose(found)
}

fn choose(mut found: Vec<(&Candidate, Fit)>) -> Result<Match, String> {
    found.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    let mut found = found.into_iter();
    let Some((candidate, fit)) = found.next() else { return Err("nothing like it is expected here".to_owned()) };
    let score = fit.score;
    if score < LEAST_SCORE {
        return Err(format!("nearest is `{}` at {score:.2}, which is too far: {}", candidate.name, fit.why));
    }
    let rival = found.find(|(other, _)| other.meaning != candidate.meaning);
    if let Some((other, next)) = rival.filter(|_| fit.soft)
        && score - next.score < MARGIN
    {
        let (a, b) = (&candidate.name, &other.name);
        return Err(format!("could be `{a}` ({score:.2}) or `{b}` ({:.2})", next.score));
    }
    Ok(Match { meaning: candidate.meaning, name: candidate.name.clone(), score, why: fit.why, captures: fit.captures })
}
