//! From readings of an utterance to a meaning, with the reason.
//!
//! Every reading is tried against every candidate: a listed phrase word for word, regular
//! expressions, keyword rules, a listed phrase inside a longer answer, a phrase of nearly the same
//! words, the nearest listed phrase by sentence embedding, and the template's classifier. Each gives a
//! score; the best candidate wins if it is good enough and, where the match is soft, clearly better
//! than the next or of higher priority. What else an utterance holds is the business of `several`.

mod classifier;
mod lexicon;
mod negation;
mod phrases;
mod reading;
mod rules;
mod semantic;
mod sentiment;
mod sentiment_words;
mod several;

pub(crate) use classifier::Classifier;
pub(crate) use sentiment::sentiment;
pub(crate) use several::{Asides, Contradiction, clause_texts, contradiction};

use classifier::Opinion;
use lexicon::Lexicon;
use reading::Reading;
use warmline_classify::Vectors;

use crate::api::{Alternative, Utterance};
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

    /// With one unit-length vector for each utterance; `None` when they are of different lengths.
    pub(crate) fn with_vectors<'a>(
        self,
        vectors: &[Vec<f32>],
        candidates: impl Iterator<Item = &'a Candidate>,
    ) -> Option<Self> {
        let classifier = Classifier::train(candidates, vectors);
        Some(Self { vectors: Vectors::new(vectors)?, classifier, ..self })
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
    weight: f32,
    /// It denies something.
    denies: bool,
    /// It answers a question but says nothing by itself.
    plain: bool,
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

    fn fit(&self, heard: &Reading) -> Option<Fit> {
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
    fn best(&self, heard: &Reading, opinion: Option<&Opinion>) -> Option<Fit> {
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
