//! The template's own classifier: every listed phrase of every meaning, learned together.
//!
//! It weighs an answer against all meanings of the template at once, those of other steps included, so that words
//! which belong elsewhere are not taken for an answer here. Rules come first; this speaks where they are silent.

use super::{Candidate, Fit, Misheard, Phrase, Reading, negation};
use std::collections::{BTreeMap, BTreeSet};
use warmline_classify::{Example, Machine, Options, Prediction, Vectors};

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
    /// Of phrases with what they mean; `vectors`: one for each of the template's utterances, or none. What `misheard`
    /// has for an utterance is learned beside it. `None` with fewer than two meanings.
    pub(crate) fn train<'a>(
        phrases: impl Iterator<Item = (&'a str, &'a Phrase)>,
        vectors: &Vectors,
        misheard: &[Misheard],
    ) -> Option<Self> {
        let mut by_name: BTreeMap<&str, BTreeSet<(usize, &str)>> = BTreeMap::new();
        for (name, phrase) in phrases {
            by_name.entry(name).or_default().insert((phrase.utterance, phrase.text.as_str()));
        }
        if by_name.len() < 2 {
            return None;
        }
        let all = by_name.values().enumerate().flat_map(|(label, phrases)| phrases.iter().map(move |p| (label, p)));
        let all: Vec<_> = all.collect();
        let step = all.len().div_ceil(MOST_PHRASES).max(1);
        let examples: Vec<Example> = all
            .iter()
            .step_by(step)
            .flat_map(|(label, (place, text))| {
                let own = Example::new(text, vectors.get(*place), *label);
                let from = misheard.partition_point(|variant| variant.of < *place);
                let variants = misheard[from..].iter().take_while(|variant| variant.of == *place);
                let made_up = variants.map(move |variant| Example {
                    made_up: true,
                    ..Example::new(&variant.text, variant.vector.as_deref(), *label)
                });
                std::iter::once(own).chain(made_up)
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
    /// The most probable meaning, and how probable it is, 0–1.
    pub(super) fn best(&self) -> (&str, f32) {
        let best = self.prediction.ranked.first();
        best.map_or(("", 0.0), |best| (self.classifier.names[best.label].as_str(), best.probability))
    }

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
