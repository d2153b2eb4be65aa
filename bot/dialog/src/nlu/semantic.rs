//! The nearest listed phrase by sentence embedding.

use super::{Fit, Phrase, negation};

/// Cosine below which two sentences are not the same wish (all-MiniLM-L6-v2).
const LEAST_COSINE: f32 = 0.55;

/// The phrase nearest in meaning. `heard` guards against a changed sign, to which embeddings are nearly blind.
pub(super) fn nearest(
    phrases: &[Phrase],
    heard: &[String],
    embedding: Option<&[f32]>,
    embeddings: &[Vec<f32>],
) -> Option<Fit> {
    let embedding = embedding?;
    let denies = negation::denies(heard);
    let (cosine, phrase) = phrases
        .iter()
        .filter(|phrase| negation::denies(&phrase.words) == denies && !negation::opposed(heard, &phrase.words))
        .filter_map(|phrase| Some((dot(embedding, embeddings.get(phrase.utterance)?)?, phrase)))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let score = 0.6 + 0.6 * (cosine - LEAST_COSINE);
    (cosine >= LEAST_COSINE).then(|| Fit::soft(score, format!("means nearly `{}` ({cosine:.2})", phrase.text)))
}

/// Cosine of two unit vectors; `None` when they are not of one length.
fn dot(a: &[f32], b: &[f32]) -> Option<f32> {
    (a.len() == b.len()).then(|| a.iter().zip(b).map(|(x, y)| x * y).sum())
}
