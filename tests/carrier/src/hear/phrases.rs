//! Spotting phrases in what the far end said.

use super::align;
use super::cepstrum::{Vector, cepstra};
use crate::RATE_HZ;
use serde::Serialize;
use std::collections::BTreeMap;

/// Largest mean distance at which a phrase counts as heard.
pub const THRESHOLD: f32 = 0.80;

/// A phrase that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spotted {
    pub phrase: String,
    /// Mean distance between sounds; 0 is the same recording.
    pub distance: f32,
    /// Where it ended, in milliseconds from the start of the audio.
    pub end_ms: u64,
}

/// The phrases everybody listens for, as sound.
#[derive(Debug, Default)]
pub struct Phrases {
    sounds: BTreeMap<String, Vec<Vec<Vector>>>,
}

impl Phrases {
    /// Adds one rendering of a phrase: 8 kHz, silence trimmed.
    pub fn learn(&mut self, phrase: &str, pcm: &[i16]) {
        self.sounds.entry(phrase.to_string()).or_default().push(cepstra(pcm));
    }

    /// Distance of each of `wanted` in `pcm`, nearest first, whether near enough or not. Unknown phrases are left out.
    pub fn rank(&self, pcm: &[i16], wanted: &[String]) -> Vec<Spotted> {
        let speech = cepstra(pcm);
        let best = |phrase: &String| {
            let fits = self.sounds.get(phrase)?.iter().filter_map(|sound| align::fit(sound, &speech));
            let fit = fits.min_by(|a, b| a.distance.total_cmp(&b.distance))?;
            let end_ms = (fit.end * super::cepstrum::HOP) as u64 * 1000 / u64::from(RATE_HZ);
            Some(Spotted { phrase: phrase.clone(), distance: fit.distance, end_ms })
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
