//! The nearest listed phrases by sentence embedding.

use super::{Fit, Phrase, Reading, negation};

/// Nearness below which two sentences are not the same wish (all-MiniLM-L6-v2, 97 wordings tried).
const LEAST_NEARNESS: f32 = 0.42;
/// How many of a meaning's phrases speak for it.
const VOICES: usize = 3;
/// What the nearest phrase counts beside the mean of the [`VOICES`] nearest.
const NEAREST_SHARE: f32 = 0.6;

/// A phrase of these alone answers a question but says nothing by itself.
const PLAIN_ANSWERS: [&str; 11] =
    ["yes", "no", "sure", "okay", "right", "fine", "of", "course", "perfect", "correct", "absolutely"];

/// A phrase that answers a question but says nothing by itself.
pub(super) fn is_plain(words: &[String]) -> bool {
    words.iter().all(|word| PLAIN_ANSWERS.contains(&word.as_str()))
}

/// How near the phrases are in meaning. The words guard against a changed sign, to which embeddings are nearly blind.
pub(super) fn nearest(phrases: &[Phrase], heard: &Reading) -> Option<Fit> {
    let cosines = heard.cosines.as_ref()?;
    let mut near: Vec<(f32, &Phrase)> = phrases
        .iter()
        .filter(|phrase| !phrase.plain && phrase.denies == heard.denies)
        .filter_map(|phrase| Some((*cosines.get(phrase.utterance)?, phrase)))
        .filter(|(_, phrase)| !negation::opposed(&heard.words, &phrase.words))
        .collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let &(cosine, phrase) = near.first()?;
    let voices = &near[..near.len().min(VOICES)];
    let mean = voices.iter().map(|(cosine, _)| cosine).sum::<f32>() / voices.len() as f32;
    // One lucky phrase among many is a weaker sign than several.
    let nearness = NEAREST_SHARE * cosine + (1.0 - NEAREST_SHARE) * mean;
    let score = 0.6 + 0.6 * (nearness - LEAST_NEARNESS);
    (nearness >= LEAST_NEARNESS).then(|| Fit::soft(score, format!("means nearly `{}` ({cosine:.2})", phrase.text)))
}
