//! From readings of an utterance to a meaning, with the reason.
//!
//! Every reading is tried against every candidate: a listed phrase word for word, regular
//! expressions, keyword rules, a listed phrase inside a longer answer, a phrase of nearly the same
//! words, the nearest listed phrase by sentence embedding, and the template's classifier. Each gives a
//! score; the best candidate wins if it is good enough and, where the match is soft, clearly better
//! than the next or of higher priority. What else an utterance holds is the business of `several`.

mod candidate;
mod categories;
mod classifier;
mod lexicon;
mod misheard;
mod negation;
mod phrases;
mod reading;
mod rules;
mod semantic;
mod sentiment;
mod sentiment_words;
mod several;

pub(crate) use candidate::{Candidate, Phrase};
pub(crate) use categories::Categories;
pub(crate) use several::{Asides, Contradiction, clause_texts, contradiction};

use candidate::Fit;
use classifier::Classifier;
use lexicon::Lexicon;
pub(crate) use misheard::{Misheard, misheard};
use reading::Reading;
use warmline_classify::Vectors;

use crate::api::{Alternative, Utterance};
use crate::words;
use std::collections::BTreeMap;
use warmline_schema::GlobalIntent;

/// Readings the recogniser itself does not believe in.
pub(crate) const LEAST_CONFIDENCE: f32 = 0.3;
/// A match below this is no match.
const LEAST_SCORE: f32 = 0.6;
/// A soft match of what ends the call wants to be this good: "my number is …" is near to "wrong number".
const LEAST_ENDING: f32 = 0.75;
/// A soft match must be better than another meaning by this.
const MARGIN: f32 = 0.03;
/// Each later reading counts a little less than the one before it.
const RANK_FACTOR: f32 = 0.95;
/// What the step asked for wins over what could be said anywhere.
const GLOBAL_FACTOR: f32 = 0.99;
/// So many other meanings are kept for the record, from this score on.
const ALTERNATIVES: usize = 4;
const LEAST_ALTERNATIVE: f32 = 0.3;

/// What all candidates of a template are compared by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Corpus {
    lexicon: Lexicon,
    /// One for each utterance, or none.
    vectors: Vectors,
    /// Trained with the vectors.
    classifier: Option<Classifier>,
}

impl Corpus {
    pub(crate) fn new(utterances: &[String]) -> Self {
        Self { lexicon: Lexicon::new(utterances), ..Self::default() }
    }

    /// With one unit-length vector for each utterance, and utterances as they might be misheard, in rising order of
    /// their places.
    pub(crate) fn with_vectors<'a>(
        self,
        vectors: Vectors,
        misheard: &[Misheard],
        candidates: impl Iterator<Item = &'a Candidate>,
    ) -> Self {
        let phrases = candidates.flat_map(|c| c.phrases.iter().map(|phrase| (c.name.as_str(), phrase)));
        let classifier = Classifier::train(phrases, &vectors, misheard);
        Self { vectors, classifier, ..self }
    }

    pub(crate) fn vectors(&self) -> &Vectors {
        &self.vectors
    }
}

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

/// What was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match {
    pub meaning: Meaning,
    pub name: String,
    pub score: f32,
    pub why: String,
    /// Slots filled by named groups of a regular expression.
    pub captures: BTreeMap<String, String>,
    /// The other meanings it might have had, best first.
    pub alternatives: Vec<Alternative>,
}

/// Nothing was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Miss {
    pub why: String,
    /// What it might have meant, best first.
    pub alternatives: Vec<Alternative>,
}

impl From<&str> for Miss {
    fn from(why: &str) -> Self {
        Self { why: why.to_owned(), ..Self::default() }
    }
}

/// Does `text` as a whole deny something?
pub(crate) fn denies(text: &str) -> bool {
    negation::denies(&words::compared(&words::normalise(text)))
}

/// How much a reading counts, by its place and its confidence.
pub(crate) fn trust(rank: usize, confidence: f32) -> f32 {
    (0.5 + confidence).min(1.0) * RANK_FACTOR.powi(i32::try_from(rank).unwrap_or(i32::MAX))
}

/// The meaning of `utterance`, or why there is none.
pub(crate) fn understand<'a>(
    candidates: impl Iterator<Item = &'a Candidate> + Clone,
    utterance: &Utterance,
    corpus: &Corpus,
) -> Result<Match, Miss> {
    if utterance.readings.is_empty() {
        return Err("the speech could not be read".into());
    }
    let mut found: Vec<(&Candidate, Fit)> = Vec::new();
    let mut believed = false;
    for (rank, reading) in utterance.readings.iter().enumerate() {
        if reading.confidence < LEAST_CONFIDENCE {
            continue;
        }
        believed = true;
        let embedding = utterance.embedding.as_deref().filter(|_| rank == 0);
        let heard = Reading::new(&reading.text, embedding, corpus);
        if heard.words.is_empty() {
            continue;
        }
        let trust = trust(rank, reading.confidence);
        let classifier = corpus.classifier.as_ref().filter(|_| rank == 0);
        let opinion = classifier.and_then(|classifier| classifier.opinion(&heard.text, embedding));
        for candidate in candidates.clone() {
            if let Some(mut fit) = candidate.best(&heard, opinion.as_ref()) {
                let ends =
                    matches!(candidate.meaning, Meaning::Global(GlobalIntent::WrongNumber | GlobalIntent::BusyNow));
                if ends && fit.soft && fit.score < LEAST_ENDING {
                    continue;
                }
                fit.score *= trust * if matches!(candidate.meaning, Meaning::Answer(_)) { 1.0 } else { GLOBAL_FACTOR };
                found.push((candidate, fit));
            }
        }
    }
    if !believed {
        return Err("the recogniser was not sure of any reading".into());
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

fn choose(mut found: Vec<(&Candidate, Fit)>) -> Result<Match, Miss> {
    found.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    prefer(&mut found);
    let Some((candidate, fit)) = found.first() else { return Err("nothing like it is expected here".into()) };
    let score = fit.score;
    if score < LEAST_SCORE {
        let why = format!("nearest is `{}` at {score:.2}, which is too far: {}", candidate.name, fit.why);
        return Err(Miss { why, alternatives: alternatives(&found, None) });
    }
    let others = &found[1..];
    let same_priority = |other: &&(&Candidate, Fit)| other.0.priority == candidate.priority;
    let rival = others.iter().filter(same_priority).find(|(other, _)| other.meaning != candidate.meaning);
    if let Some((other, next)) = rival.filter(|_| fit.soft)
        && score - next.score < MARGIN
    {
        let (a, b) = (&candidate.name, &other.name);
        let why = format!("could be `{a}` ({score:.2}) or `{b}` ({:.2})", next.score);
        return Err(Miss { why, alternatives: alternatives(&found, None) });
    }
    Ok(Match {
        meaning: candidate.meaning,
        name: candidate.name.clone(),
        score,
        why: fit.why.clone(),
        captures: fit.captures.clone(),
        alternatives: alternatives(others, Some(&candidate.name)),
    })
}

/// The best of each other meaning, best first.
fn alternatives(found: &[(&Candidate, Fit)], chosen: Option<&str>) -> Vec<Alternative> {
    let mut out: Vec<Alternative> = Vec::new();
    for (candidate, fit) in found.iter().filter(|(_, fit)| fit.score >= LEAST_ALTERNATIVE) {
        let known = chosen == Some(&candidate.name) || out.iter().any(|other| other.intent == candidate.name);
        if !known && out.len() < ALTERNATIVES {
            out.push(Alternative { intent: candidate.name.clone(), score: fit.score });
        }
    }
    out
}
