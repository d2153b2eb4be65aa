//! The accept threshold anew: logistic regression over what development voices say, right or wrong.
//!
//! Development voices are known to the acoustic model or are variants of known ones; the held-out voices and
//! the recorded person are not among them. So that they sound as strange as people do, they speak faster and
//! higher, or slower and lower, than they were made to, through louder noise than the benchmark's: heard as they
//! are, nearly all of their answers are plain, and the threshold would be one for plain voices.

use super::{Channel, Extent, Kind, OPEN_STEPS, Spoken, Step, contexts, speak_all};
use crate::starter::calibration::{COMPOSED, FEATURES, FILE};
use crate::{
    Grammar, ModelError, PreparedContext, resample::resample, starter::StarterAsr, starter::calibration::Calibration,
    synth::Voice,
};
use std::{path::Path, sync::Arc};

pub(super) const VOICES: &[&str] = &["flite:rms", "flite:kal", "espeak:en-us+m8", "espeak:en-gb+f5"];
/// Sampling rates that 8 kHz speech is taken for; each line is heard at two of them.
const RATES_HZ: &[u32] = &[6_500, 8_000, 9_800];
/// Of what must be rejected, at most this share passes; the thresholds are as loose as that allows. Noise as loud as
/// here lets near misses pass more often than the benchmark's, in the proportion of 20 to 17.
const MOST_UNRELATED: f32 = 0.03;
const MOST_NEAR: f32 = 0.175;
/// Of closed answers that were read as others. Nothing else is like them, so they are read back to the caller.
const MOST_MISREAD: f32 = 0.87;
/// Where nothing is to be rejected, everything above this is accepted.
const LEAST_SCORE: f32 = -10.0;
const ROUNDS: usize = 3_000;
const STEP: f32 = 0.5;
const SHRINK: f32 = 1e-4;

/// What a reading should have become of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Accept,
    /// The step's own phrase, read as another.
    Misread,
    Unrelated,
    Near,
}

struct Sample {
    /// `None` for what is refused however evidence is weighed.
    features: Option<[f32; FEATURES]>,
    fate: Fate,
}

impl Sample {
    fn is_composed(&self) -> bool {
        self.features.is_some_and(|f| f[COMPOSED] > 0.0)
    }

    fn score(&self, weights: &[f32; FEATURES]) -> f32 {
        self.features.map_or(f32::NEG_INFINITY, |f| weights.iter().zip(&f).map(|(w, f)| w * f).sum())
    }
}

/// What came of a calibration, on the voices that it was made with.
#[derive(Clone, Debug)]
pub struct Fit {
    pub samples: usize,
    /// Percent of right readings that are accepted.
    pub accepted: f64,
    /// Percent of near misses and of unrelated speech that are rejected.
    pub near_rejected: f64,
    pub unrelated_rejected: f64,
    calibration: Calibration,
}

impl Fit {
    /// Write it into `folder`, which holds `starter-en`.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(&self.calibration).map_err(std::io::Error::other)?;
        let file = folder.join(FILE);
        std::fs::write(&file, text + "\n").map_err(|error| {
            std::io::Error::new(error.kind(), format!("{} cannot be written: {error}", file.display()))
        })
    }
}

/// Listen to the development voices and weigh the evidence anew; `progress` gets each voice.
pub fn calibrate(asr: &mut StarterAsr, voices: &Voice, progress: &mut dyn FnMut(&str)) -> Result<Fit, ModelError> {
    let steps = Extent::Whole.steps();
    let contexts = contexts(asr, &steps)?;
    let mut samples = Vec::new();
    for voice in VOICES {
        progress(voice);
        for line in speak_all(voices, voice, &steps, Extent::Whole)? {
            for turn in 0..2 {
                let heard = strange(&line, Channel::Loud, line.step + line.line + turn);
                listen(asr, &steps, &contexts, (line.step, line.line), &heard, &mut samples)?;
            }
        }
    }
    Ok(fit(&samples))
}

/// `line` through `channel`, at one of the rates.
pub(super) fn strange(line: &Spoken, channel: Channel, which: usize) -> Vec<i16> {
    channel.carry(&resample(&line.pcm, RATES_HZ[which % RATES_HZ.len()], 8_000), line.seed)
}

/// Each line at its own step; each open phrase also at a step that knows nothing of it.
fn listen(
    asr: &StarterAsr,
    steps: &[Step],
    contexts: &[Arc<dyn PreparedContext>],
    (at, line): (usize, usize),
    heard: &[i16],
    samples: &mut Vec<Sample>,
) -> Result<(), ModelError> {
    let step = &steps[at];
    let (kind, text) = &step.lines[line];
    let elsewhere = (at + 3) % steps.len();
    if *kind != Kind::OtherWords {
        let read = asr.evidence(heard, contexts[at].as_ref())?;
        let fate = match (kind, &read) {
            (Kind::NearMiss, _) => Fate::Near,
            (Kind::Answer, Some((read, _))) if step.same(text, read) => Fate::Accept,
            (Kind::Answer, _) => Fate::Misread,
            (Kind::Unrelated | Kind::OtherWords, _) => Fate::Unrelated,
        };
        samples.push(Sample { features: read.map(|(_, features)| features), fate });
    }
    let yes_or_no = steps[elsewhere].grammars == [Grammar::YesNo];
    let odd = !line.is_multiple_of(2);
    if odd && at < OPEN_STEPS && !yes_or_no && !steps[elsewhere].of(Kind::Answer).any(|phrase| phrase == *text) {
        let read = asr.evidence(heard, contexts[elsewhere].as_ref())?;
        samples.push(Sample { features: read.map(|(_, features)| features), fate: Fate::Unrelated });
    }
    Ok(())
}

fn fit(samples: &[Sample]) -> Fit {
    let mut weights = regression(samples);
    let limits = [(Fate::Unrelated, MOST_UNRELATED), (Fate::Near, MOST_NEAR)];
    let phrases = threshold(samples, &weights, false, &limits);
    let composed =
        threshold(samples, &weights, true, &[(Fate::Unrelated, MOST_UNRELATED), (Fate::Misread, MOST_MISREAD)]);
    weights[0] -= phrases;
    weights[COMPOSED] -= composed - phrases;
    let percent = |fate: Fate, accepted: bool| {
        let of: Vec<&Sample> = samples.iter().filter(|s| s.fate == fate).collect();
        let part = of.iter().filter(|s| (s.score(&weights) > 0.0) == accepted).count();
        100.0 * part as f64 / of.len().max(1) as f64
    };
    Fit {
        samples: samples.len(),
        accepted: percent(Fate::Accept, true),
        near_rejected: percent(Fate::Near, false),
        unrelated_rejected: percent(Fate::Unrelated, false),
        calibration: Calibration::of(weights),
    }
}

/// Gradient descent; right and wrong count alike, whatever their numbers.
fn regression(samples: &[Sample]) -> [f32; FEATURES] {
    let right = samples.iter().filter(|s| s.fate == Fate::Accept).count();
    let share = |n: usize| 0.5 / n.max(1) as f32;
    let (for_right, for_wrong) = (share(right), share(samples.len() - right));
    let mut weights = [0.0; FEATURES];
    for _ in 0..ROUNDS {
        let mut gradient = weights.map(|w| -SHRINK * w);
        for (sample, features) in samples.iter().filter_map(|s| s.features.map(|f| (s, f))) {
            let score = sample.score(&weights);
            let probability = 1.0 / (1.0 + (-score).exp());
            let accept = sample.fate == Fate::Accept;
            let missing = if accept { for_right * (1.0 - probability) } else { -for_wrong * probability };
            gradient.iter_mut().zip(&features).for_each(|(g, f)| *g += missing * f);
        }
        weights.iter_mut().zip(gradient).for_each(|(w, g)| *w += STEP * g);
    }
    weights
}

/// The lowest score at which no more passes than may, among readings of closed grammars or among the others.
fn threshold(samples: &[Sample], weights: &[f32; FEATURES], composed: bool, limits: &[(Fate, f32)]) -> f32 {
    let least = |fate: Fate, most: f32| {
        let here = samples.iter().filter(|s| s.fate == fate && s.is_composed() == composed);
        let mut scores: Vec<f32> = here.map(|s| s.score(weights)).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.get((scores.len() as f32 * most) as usize).copied().unwrap_or(f32::NEG_INFINITY)
    };
    limits.iter().map(|(fate, most)| least(*fate, *most)).fold(LEAST_SCORE, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_right_from_wrong_gets_the_weight() {
        let sample = |i: usize, fate| {
            let mut features = [0.0; FEATURES];
            features[0] = 1.0;
            features[3] = if fate == Fate::Accept { 0.8 } else { 0.2 } + 0.1 * (i % 3) as f32;
            features[4] = (i % 2) as f32;
            Sample { features: Some(features), fate }
        };
        let samples: Vec<Sample> =
            (0..60).map(|i| sample(i, if i % 4 == 0 { Fate::Accept } else { Fate::Unrelated })).collect();
        let fit = fit(&samples);
        assert_eq!(fit.samples, 60);
        assert!(fit.accepted > 99.0 && fit.unrelated_rejected > 95.0, "{fit:?}");
    }
}
