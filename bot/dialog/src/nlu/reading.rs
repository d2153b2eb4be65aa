//! One reading of an utterance, made ready to be compared.

use super::Corpus;
use super::negation;
use super::phrases::weight;
use crate::words;

pub(super) struct Reading {
    /// Normalised.
    pub text: String,
    /// In the form in which they are compared.
    pub words: Vec<String>,
    pub weight: f32,
    /// The whole of it denies something.
    pub denies: bool,
    /// For each utterance of the template, at most how much the words weigh that it shares with this.
    pub shared: Vec<f32>,
    /// For each utterance, the cosine of its embedding with this one's.
    pub cosines: Option<Vec<f32>>,
}

impl Reading {
    pub(super) fn new(text: &str, embedding: Option<&[f32]>, corpus: &Corpus) -> Self {
        let text = words::normalise(text);
        let words = words::compared(&text);
        Self {
            weight: weight(&words),
            denies: negation::denies(&words),
            shared: corpus.lexicon.shared(&words),
            cosines: embedding.and_then(|embedding| corpus.vectors.cosines(embedding)),
            text,
            words,
        }
    }
}
