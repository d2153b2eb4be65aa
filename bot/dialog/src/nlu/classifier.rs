//! The template's own classifier: every listed phrase of every meaning, learned together.
//!
//! It weighs an answer against all meanings of the template at once, those of other steps included, so that words
//! which belong elsewhere are not taken for an answer here. Rules come first; this speaks where they are silent.

use super::{Candidate, Fit, Reading, negation};
use std::collections::{BTreeMap, BTreeSet};
use warmline_classify::{Example, Machine, Options, Prediction};

/// Less than this over all meanings of the template is no answer.
const LEAST_PROBABILITY: f32 = 0.5;
/// The best must be this much more probable than the next.
const LEAST_MARGIN: f32 = 0.2;
/// Of more phrases than this, every n-th is learned: training grows with their square and more.
const MOST_PHRASES: usize = 4000;

/// A classifier trained on a template's phrases.
#[derive(Clone, Debug)]
pub(crate) struct Classifier {
    machine: Machine,
    names: Vec<String>,
    /// The phrases learned, in the machine's order.
    phrases: Vec<String>,
}

/// What the classifier makes of one reading.
pub(crate) struct Opinion<'a> {
    classifier: &'a Classifier,
    prediction: Prediction,
}

impl Classifier {
    /// `embeddings`: one for each of the template's utterances, or none. `None` with fewer than two meanings.
    pub(crate) fn train<'a>(candidates: impl Iterator<Item = &'a Candidate>, embeddings: &[Vec<f32>]) -> Option<Self> {
        let mut by_name: BTreeMap<&str, BTreeSet<(usize, &str)>> = BTreeMap::new();
        for candidate in candidates {
            let phrases = candidate.phrases.iter().map(|phrase| (phrase.utterance, phrase.text.as_str()));
            by_name.entry(&candidate.name).or_default().extend(phrases);
        }
        by_name.retain(|_, phrases| !phrases.is_empty());
        if by_name.len() < 2 {
            return None;
        }
        let all = by_name.values().enumerate().flat_map(|(label, phrases)| phrases.iter().map(move |p| (label, p)));
        let all: Vec<_> = all.collect();
        let step = all.len().div_ceil(MOST_PHRASES).max(1);
        let examples: Vec<Example> = all
            .iter()
            .step_by(step)
            .map(|(label, (place, text))| Example {
                text,
                embedding: embeddings.get(*place).map(Vec::as_slice),
                label: *label,
            })
            .collect();
        let machine = Machine::train(&examples, by_name.len(), Options::default()).ok()?;
        let phrases = examples.iter().map(|example| example.text.to_owned()).collect();
        Some(Self { machine, names: by_name.keys().map(|name| (*name).to_owned()).collect(), phrases })
    }

    /// What all meanings of the template have to say to normalised `text`.
    pub(crate) fn opinion(&self, text: &str, embedding: Option<&[f32]>) -> Option<Opinion<'_>> {
        Some(Opinion { classifier: self, prediction: self.machine.predict(text, embedding)? })
    }
}

impl Opinion<'_> {
    /// How `candidate` fits, if it is the most probable meaning and clearly so.
    pub(super) fn fit(&self, candidate: &Candidate, heard: &Reading) -> Option<Fit> {
        let best = self.prediction.ranked.first()?;
        let sure = best.probability >= LEAST_PROBABILITY && self.prediction.margin() >= LEAST_MARGIN;
        if !sure || self.classifier.names[best.label] != candidate.name {
            return None;
        }
        // A changed sign is a small change to a classifier.
        let same_side = candidate
            .phrases
            .iter()
            .any(|phrase| phrase.denies == heard.denies && !negation::opposed(&heard.words, &phrase.words));
        let (nearest, cosine) = self.prediction.nearest;
        let near = &self.classifier.phrases[nearest];
        let next = self.prediction.ranked.get(1);
        let next = next.map_or_else(String::new, |next| {
            format!(", then `{}` {:.2}", self.classifier.names[next.label], next.probability)
        });
        let why = format!("classifier {:.2}{next}; nearest `{near}` ({cosine:.2})", best.probability);
        same_side.then(|| Fit::soft(0.55 + 0.35 * best.probability, why))
    }
}
