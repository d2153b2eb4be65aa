//! Spotting phrases in what the far end said.

use super::align;
use super::cepstrum::{Vector, cepstra};
use crate::RATE_HZ;
use serde::Serialize;
use std::collections::BTreeMap;

/// Largest distance, as a share of the distance to unrelated speech, at which a phrase counts as heard.
pub const THRESHOLD: f32 = 0.78;

/// Unrelated speech: how near a phrase comes to it by chance says what "near" means for this phrase in this voice.
/// Short phrases and monotonous voices are near to anything.
pub const UNRELATED: [&str; 3] = [
    "a little bird was singing on the old wooden fence behind the garden",
    "fresh bread and butter with a pinch of salt make a fine breakfast",
    "several ships were leaving the harbour before the storm came up",
];

/// A phrase that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spotted {
    pub phrase: String,
    /// Distance between sounds: 0 is the same recording, 1 as far as unrelated speech.
    pub distance: f32,
    /// Where it ended, in milliseconds from the start of the audio.
    pub end_ms: u64,
}

/// One rendering of a phrase.
#[derive(Debug)]
struct Sound {
    vectors: Vec<Vector>,
    /// Mean distance to unrelated speech in the same voice.
    chance: f32,
}

/// The phrases everybody listens for, as sound.
#[derive(Debug, Default)]
pub struct Phrases {
    sounds: BTreeMap<String, Vec<Sound>>,
}

/// [`UNRELATED`] speech in one voice.
#[derive(Debug)]
pub struct Background(Vec<Vec<Vector>>);

impl Background {
    /// From renderings of [`UNRELATED`], 8 kHz.
    pub fn new<'a>(pcm: impl IntoIterator<Item = &'a [i16]>) -> Self {
        Self(pcm.into_iter().map(cepstra).collect())
    }
}

impl Phrases {
    /// Adds one rendering of a phrase, 8 kHz, silence trimmed, with the background in the same voice. A phrase that
    /// is too short to be recognised (under about 60 ms) is left out.
    pub fn learn(&mut self, phrase: &str, pcm: &[i16], background: &Background) {
        let vectors = cepstra(pcm);
        let chances: Vec<f32> =
            background.0.iter().filter_map(|speech| Some(align::fit(&vectors, speech)?.distance)).collect();
        if !chances.is_empty() {
            let chance = chances.iter().sum::<f32>() / chances.len() as f32;
            self.sounds.entry(phrase.to_string()).or_default().push(Sound { vectors, chance });
        }
    }

    /// Distance of each of `wanted` in `pcm`, nearest first, whether near enough or not. Unknown phrases are left out.
    pub fn rank(&self, pcm: &[i16], wanted: &[String]) -> Vec<Spotted> {
        let speech = cepstra(pcm);
        let fit = |sound: &Sound| {
            let fit = align::fit(&sound.vectors, &speech)?;
            Some((fit.distance / sound.chance, fit.end))
        };
        let best = |phrase: &String| {
            let fits = self.sounds.get(phrase)?.iter().filter_map(fit);
            let (distance, end) = fits.min_by(|a, b| a.0.total_cmp(&b.0))?;
            let end_ms = (end * super::cepstrum::HOP) as u64 * 1000 / u64::from(RATE_HZ);
            Some(Spotted { phrase: phrase.clone(), distance, end_ms })
        };
        let mut found: Vec<Spotted> = wanted.iter().filter_map(best).collect();
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        found
    }

    /// Those of `wanted` that were said, nearest first.
    pub fn spot(&self, pcm: &[i16], wanted: &[String]) -> Vec<Spotted> {
        let mut found = self.rank(pcm, wanted);
        found.retain(|s| s.distance <= THRESHOLD);
        found
    }
}
