//! Utterances as they might be misheard, learned beside the utterances themselves.
//!
//! With a fifth of the words changed, the classifier understands about one percent more of what is misheard so often,
//! and no less of what is not (`warmline bench nlu --noise 0.2`).

use crate::noise::Noise;

/// How many utterances of a template are treated so: each costs an embedding when the template is loaded.
const MOST: usize = 200;
/// Share of their words that is changed.
const RATE: f32 = 0.2;
/// Shorter ones would become something else.
const FEWEST_WORDS: usize = 3;

/// An utterance as it might be misheard, with its embedding where utterances have one.
#[derive(Clone, Debug)]
pub(crate) struct Misheard {
    /// The utterance's place.
    pub of: usize,
    pub text: String,
    pub vector: Option<Vec<f32>>,
}

/// Some of `utterances`, spread over all, in rising order of their places; the same every time.
pub(crate) fn misheard(utterances: &[String], english: bool) -> Vec<Misheard> {
    let words = utterances.iter().map(String::as_str);
    let noise = if english { Noise::english(words) } else { Noise::new(words) };
    let long = |at: &usize| utterances[*at].split(' ').count() >= FEWEST_WORDS;
    let long: Vec<usize> = (0..utterances.len()).filter(long).collect();
    let step = long.len().div_ceil(MOST).max(1);
    let variant = |of: usize| {
        let text = noise.variants(&utterances[of], RATE, of as u64, 1).pop()?;
        Some(Misheard { of, text, vector: None })
    };
    long.into_iter().step_by(step).filter_map(variant).collect()
}
