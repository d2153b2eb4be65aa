//! From readings of an utterance to a meaning, with the reason.
//!
//! Every reading is tried against every candidate: a listed phrase word for word, regular
//! expressions, keyword rules, a listed phrase inside a longer answer, a phrase of nearly the same
//! words, the nearest listed phrase by sentence embedding, and the template's classifier. Each gives a
//! score; the best candidate wins if it is good enough and, where the match is soft, clearly better
//! than the next or of higher priority.

mod classifier;
mod negation;
mod phrases;
mod rules;
mod semantic;

pub(crate) use classifier::Classifier;
use classifier::Opinion;

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
        let mut prepared = |sources: &mut dyn Iterator<Item = &str>| {
            let mut phrases: Vec<Phrase> = Vec::new();
            for text in sources.map(words::normalise) {
                if !text.is_empty() && phrases.iter().all(|other| other.text != text) {
                    phrases.push(Phrase { words: words::compared(&text), utterance: intern(&text), text });
                }
            }
            phrases
        };
        let phrases = prepared(&mut listed.chain(built_in.iter().copied()));
        let negatives = prepared(&mut patterns.iter().flat_map(|p| &p.not_phrases).map(|phrase| phrase.name.as_str()));
        // Checked when the template was read; one that does not compile matches nothing.
        let compile = |source: &str| {
            let limit = warmline_schema::REGEX_SIZE_LIMIT;
            regex::RegexBuilder::new(&words::script::folded(source))
                .case_insensitive(true)
                .size_limit(limit)
                .build()
                .ok()
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

    pub(crate) fn with_priority(self, priority: i32) -> Self {
        Self { priority, ..self }
    }

    /// The best of rules, nearness and the classifier's `opinion`. A negative example that is nearer than any phrase
    /// forbids every soft match, and one said word for word all of them.
    fn best(
        &self,
        text: &str,
        heard: &[String],
        embedding: Option<&[f32]>,
        embeddings: &[Vec<f32>],
        opinion: Option<&Opinion>,
    ) -> Option<Fit> {
        let near = |phrases: &[Phrase]| {
            let fits = [phrases::near(phrases, heard), semantic::nearest(phrases, heard, embedding, embeddings)];
            fits.into_iter().flatten().max_by(|a, b| a.score.total_cmp(&b.score))
        };
        let score = |fit: &Option<Fit>| fit.as_ref().map_or(0.0, |fit| fit.score);
        if phrases::exact(&self.negatives, heard).is_some() {
            return None;
        }
        let by_meaning = semantic::nearest(&self.phrases, heard, embedding, embeddings);
        let by_all = opinion.and_then(|opinion| opinion.fit(self, heard));
        let denied = !self.negatives.is_empty() && score(&near(&self.negatives)) > score(&near(&self.phrases));
        let fits = [self.fit(text, heard), by_meaning, by_all].into_iter().flatten();
        fits.filter(|fit| !(fit.soft && denied)).max_by(|a, b| a.score.total_cmp(&b.score))
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
    classifier: Option<&Classifier>,
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
        let embedding = utterance.embedding.as_deref().filter(|_| rank == 0);
        let opinion = classifier.filter(|_| rank == 0).and_then(|classifier| classifier.opinion(&text, embedding));
        for candidate in candidates.clone() {
            let best = candidate.best(&text, &heard, embedding, embeddings, opinion.as_ref());
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

/// The one of the highest priority among those about as good as the best comes first.
fn prefer(found: &mut [(&Candidate, Fit)]) {
    let Some(top) = found.first().map(|(_, fit)| fit.score) else { return };
    let close = found.iter().take_while(|(_, fit)| top - fit.score < MARGIN).map(|(candidate, _)| candidate.priority);
    // The first of equals: `max_by_key` keeps the last, hence the reversal.
    let close: Vec<i32> = close.collect();
    if let Some((place, _)) = close.iter().enumerate().rev().max_by_key(|(_, priority)| **priority) {
        found[..=place].rotate_right(1);
    }
}

fn choose(mut found: Vec<(&Candidate, Fit)>) -> Result<Match, String> {
    found.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    prefer(&mut found);
    let mut found = found.into_iter();
    let Some((candidate, fit)) = found.next() else { return Err("nothing like it is expected here".to_owned()) };
    let score = fit.score;
    if score < LEAST_SCORE {
        return Err(format!("nearest is `{}` at {score:.2}, which is too far: {}", candidate.name, fit.why));
    }
    let rival = found.find(|(other, _)| other.meaning != candidate.meaning && other.priority == candidate.priority);
    if let Some((other, next)) = rival.filter(|_| fit.soft)
        && score - next.score < MARGIN
    {
        let (a, b) = (&candidate.name, &other.name);
        return Err(format!("could be `{a}` ({score:.2}) or `{b}` ({:.2})", next.score));
    }
    Ok(Match { meaning: candidate.meaning, name: candidate.name.clone(), score, why: fit.why, captures: fit.captures })
}
