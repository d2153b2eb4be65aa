//! The acoustic model: 8 kHz samples to a score for each phone in each 20 ms frame.
//!
//! Frame `f` is centred on sample `160·f − 80`. Scores are not probabilities: the log posterior, floored
//! so that one bad frame cannot forbid a word, has half of the log prior taken off, which makes rare
//! phones comparable with common ones.

use super::phones::{COUNT, SILENCE};
use crate::{
    ModelError,
    onnx::{Runtime, SharedSession},
    store::Store,
};
use ort::{inputs, value::TensorRef};

const MODEL: &str = "starter-en/starter-ph.int8.onnx";
const PRIOR: &str = "starter-en/prior.json";
const ENGINE: &str = "starter";

/// Milliseconds per frame.
pub(crate) const FRAME_MS: u32 = 20;
/// The network's front end needs a few windows of input.
const LEAST_SAMPLES: usize = 1_600;
/// Longer utterances are cut: nobody answers a question for a minute, and memory stays bounded.
pub(crate) const MOST_SAMPLES: usize = 60 * 8_000;
const FLOOR: f32 = -8.0;
const PRIOR_WEIGHT: f32 = 0.5;
/// Peak the samples are scaled to, in full scale: the middle of what the model was trained on.
const PEAK: f32 = 0.4;
const MOST_GAIN: f32 = 12.0;
/// Below this peak (−60 dBFS) there is only line noise, which is not raised.
const LEAST_PEAK: i32 = 32;

/// Frames that are looked at for steadiness, and how much louder the loudest tenth of them must be than the
/// quietest (6 dB; speech has 15 and more).
const STEADY_FRAME: usize = 160;
const LEAST_RANGE: f64 = 4.0;

/// Is there no sound, or one sound that never changes, such as a tone or hiss? Speech is never that.
pub(crate) fn is_steady(pcm: &[i16]) -> bool {
    let power = |frame: &[i16]| frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    let mut powers: Vec<f64> = pcm.chunks_exact(STEADY_FRAME).map(power).collect();
    powers.sort_by(f64::total_cmp);
    let tenth = powers.len() / 10;
    match (powers.get(tenth), powers.iter().rev().nth(tenth)) {
        (Some(quiet), Some(loud)) => *loud <= quiet * LEAST_RANGE,
        _ => true,
    }
}

/// Scores of one utterance, `frames × COUNT`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scores {
    values: Vec<f32>,
    /// Frames in which silence is less likely than all speech together.
    pub(crate) speech_frames: usize,
    /// Mean log probability of the likeliest phone in those frames: near 0 for speech, low for noise.
    pub(crate) certainty: f32,
}

impl Scores {
    #[cfg(test)]
    pub(crate) fn from_rows(rows: &[[f32; COUNT]]) -> Scores {
        Scores { values: rows.concat(), speech_frames: rows.len(), certainty: -0.2 }
    }

    pub(crate) fn frames(&self) -> usize {
        self.values.len() / COUNT
    }

    /// The scores of one frame.
    pub(crate) fn row(&self, frame: usize) -> &[f32] {
        &self.values[frame * COUNT..(frame + 1) * COUNT]
    }
}

/// The model with its priors; clones share the weights.
#[derive(Clone)]
pub(crate) struct Acoustic {
    session: SharedSession,
    /// What is added to each column.
    offset: [f32; COUNT],
}

impl Acoustic {
    pub(crate) fn load(store: &Store, copies: usize) -> Result<Acoustic, ModelError> {
        let session = Runtime::get(store)?.session(store, MODEL, copies)?;
        let offset = offsets(&store.read(PRIOR)?)
            .map_err(|reason| ModelError::Damaged { path: store.root().join(PRIOR), reason })?;
        Ok(Acoustic { session, offset })
    }

    /// Scores of `pcm` (8 kHz), of which at most the first minute is looked at.
    pub(crate) fn scores(&self, pcm: &[i16]) -> Result<Scores, ModelError> {
        let input = prepared(pcm);
        self.run(&input).map_err(|e| ModelError::Failed { engine: ENGINE, reason: e.to_string() })
    }

    fn run(&self, input: &[f32]) -> Result<Scores, ort::Error> {
        let mut session = self.session.lock();
        let outputs = session.run(inputs!["pcm" => TensorRef::from_array_view(([1, input.len()], input))?])?;
        let (shape, logp) = outputs["logp"].try_extract_tensor::<f32>()?;
        if shape.len() != 3 || shape[2] != COUNT as i64 || logp.len() % COUNT != 0 {
            return Err(ort::Error::new("the model's output is not frames of 41 phones"));
        }
        let silence = usize::from(SILENCE);
        let half = 0.5f32.ln();
        let speech = || logp.chunks_exact(COUNT).filter(|row| row[silence] < half);
        let speech_frames = speech().count();
        let likeliest = speech().map(|row| row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let certainty = likeliest.sum::<f32>() / speech_frames.max(1) as f32;
        let values = logp
            .chunks_exact(COUNT)
            .flat_map(|row| row.iter().zip(&self.offset).map(|(p, offset)| p.max(FLOOR) + offset))
            .collect();
        Ok(Scores { values, speech_frames, certainty })
    }
}

fn offsets(json: &[u8]) -> Result<[f32; COUNT], String> {
    let prior: Vec<f32> = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    let offsets: Vec<f32> = prior.iter().map(|p| -PRIOR_WEIGHT * p.max(1e-4).ln()).collect();
    if prior.iter().any(|p| !(0.0..=1.0).contains(p)) {
        return Err("a prior is not a probability".into());
    }
    offsets.try_into().map_err(|_| format!("there are {} priors, not {COUNT}", prior.len()))
}

/// Samples in −1…1 at a level the model knows, at least as many as it needs.
fn prepared(pcm: &[i16]) -> Vec<f32> {
    let pcm = &pcm[..pcm.len().min(MOST_SAMPLES)];
    let peak = pcm.iter().map(|s| i32::from(*s).abs()).max().unwrap_or(0);
    let gain = if peak < LEAST_PEAK { 1.0 } else { (PEAK * 32_768.0 / peak as f32).min(MOST_GAIN) };
    let mut input: Vec<f32> = pcm.iter().map(|s| f32::from(*s) * gain / 32_768.0).collect();
    if input.len() < LEAST_SAMPLES {
        input.resize(LEAST_SAMPLES, 0.0);
    }
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_prior_names_what_is_wrong() {
        assert!(offsets(b"[0.1, 0.2]").is_err_and(|e| e.contains("2 priors")));
        assert!(offsets(b"[2.0]").is_err_and(|e| e.contains("probability")));
        assert!(offsets(b"nonsense").is_err());
    }

    #[test]
    fn only_sound_that_changes_can_be_speech() {
        let tone: Vec<i16> = (0..8_000).map(|i| ((i as f32 * 0.7).sin() * 8_000.0) as i16).collect();
        assert!(is_steady(&tone) && is_steady(&[]) && is_steady(&[0; 8_000]));
        let syllables: Vec<i16> =
            tone.iter().enumerate().map(|(i, s)| if i % 2_000 < 1_000 { *s } else { s / 8 }).collect();
        assert!(!is_steady(&syllables));
    }

    #[test]
    fn level_is_brought_to_what_the_model_knows() {
        let quiet: Vec<i16> = (0..4_000).map(|i| if i % 2 == 0 { 1_500 } else { -1_500 }).collect();
        let peak = |x: &[f32]| x.iter().fold(0f32, |a, b| a.max(b.abs()));
        assert!((peak(&prepared(&quiet)) - PEAK).abs() < 0.01);
        assert!((peak(&prepared(&[i16::MIN; 4_000])) - PEAK).abs() < 0.01);
        assert!(peak(&prepared(&[3; 4_000])) < 0.001, "line noise is not raised");
        assert_eq!(prepared(&[]).len(), LEAST_SAMPLES);
        assert_eq!(prepared(&vec![0; MOST_SAMPLES * 2]).len(), MOST_SAMPLES);
    }
}
