//! The accept threshold anew: boosted trees over what development voices say, right or wrong.
//!
//! Development voices are known to the acoustic model or are variants of known ones; the held-out voices and
//! the recorded person are not among them. So that they sound as strange as people do, they speak faster and
//! higher, or slower and lower, than they were made to, through louder noise than the benchmark's: heard as they
//! are, nearly all of their answers are plain, and the threshold would be one for plain voices.

use super::{Channel, Extent, Kind, OPEN_STEPS, Spoken, Step, contexts, speak_all};
use crate::starter::calibration::{FEATURES, FILE, is_composed};
use crate::{
    Grammar, ModelError, PreparedContext, resample::resample, starter::StarterAsr, starter::calibration::Calibration,
    synth::Voice,
};
use std::{path::Path, sync::Arc};
use warmline_classify::{Boosted, boosted::Case};

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
const TREES: usize = 100;

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
    /// Which of [`VOICES`] said it.
    voice: usize,
}

impl Sample {
    fn is_composed(&self) -> bool {
        self.features.as_ref().is_some_and(is_composed)
    }

    fn score(&self, trees: &Boosted) -> f32 {
        self.features.map_or(f32::NEG_INFINITY, |features| trees.score(&features))
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
        let text = serde_json::to_string(&self.calibration).map_err(std::io::Error::other)?;
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
    for (number, voice) in VOICES.iter().enumerate() {
        progress(voice);
        for line in speak_all(voices, voice, &steps, Extent::Whole)? {
            for turn in 0..2 {
                let heard = strange(&line, Channel::Loud, line.step + line.line + turn);
                samples.extend(listen(asr, &steps, &contexts, (line.step, line.line), &heard, number)?);
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
    voice: usize,
) -> Result<Vec<Sample>, ModelError> {
    let mut found = Vec::new();
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
        found.push(Sample { features: read.map(|(_, features)| features), fate, voice });
    }
    let yes_or_no = steps[elsewhere].grammars == [Grammar::YesNo];
    let odd = !line.is_multiple_of(2);
    if odd && at < OPEN_STEPS && !yes_or_no && !steps[elsewhere].of(Kind::Answer).any(|phrase| phrase == *text) {
        let read = asr.evidence(heard, contexts[elsewhere].as_ref())?;
        found.push(Sample { features: read.map(|(_, features)| features), fate: Fate::Unrelated, voice });
    }
    Ok(found)
}

/// The thresholds are those of what trees say of voices they were not made with: of their own they are too sure.
fn fit(samples: &[Sample]) -> Fit {
    let scores = of_unknown_voices(samples);
    let scored: Vec<(&Sample, f32)> = samples.iter().zip(scores).collect();
    let limits = [(Fate::Unrelated, MOST_UNRELATED), (Fate::Near, MOST_NEAR)];
    let phrases = threshold(&scored, false, &limits);
    let composed = threshold(&scored, true, &[(Fate::Unrelated, MOST_UNRELATED), (Fate::Misread, MOST_MISREAD)]);
    let calibration = Calibration::of(trees(samples, |_| true), phrases, composed);
    let percent = |fate: Fate, accepted: bool| {
        let of: Vec<&(&Sample, f32)> = scored.iter().filter(|(s, _)| s.fate == fate).collect();
        let passes = |(s, score): &(&Sample, f32)| *score > calibration.least(s.is_composed());
        let part = of.iter().filter(|scored| passes(scored) == accepted).count();
        100.0 * part as f64 / of.len().max(1) as f64
    };
    Fit {
        samples: samples.len(),
        accepted: percent(Fate::Accept, true),
        near_rejected: percent(Fate::Near, false),
        unrelated_rejected: percent(Fate::Unrelated, false),
        calibration,
    }
}

/// What trees made with the other voices say of each sample.
fn of_unknown_voices(samples: &[Sample]) -> Vec<f32> {
    let mut scores = vec![0.0; samples.len()];
    for voice in 0..VOICES.len() {
        let others = trees(samples, |sample| sample.voice != voice);
        let own = samples.iter().zip(&mut scores).filter(|(sample, _)| sample.voice == voice);
        own.for_each(|(sample, score)| *score = sample.score(&others));
    }
    scores
}

/// Right and wrong count alike, whatever their numbers.
fn trees(samples: &[Sample], which: impl Fn(&Sample) -> bool) -> Boosted {
    let chosen = samples.iter().filter(|sample| which(sample));
    let known: Vec<(&[f32; FEATURES], bool)> =
        chosen.filter_map(|s| s.features.as_ref().map(|features| (features, s.fate == Fate::Accept))).collect();
    let right = known.iter().filter(|(_, yes)| *yes).count();
    let share = |part: usize| 0.5 * known.len() as f32 / part.max(1) as f32;
    let (of_right, of_wrong) = (share(right), share(known.len() - right));
    let cases: Vec<Case> = known
        .iter()
        .map(|(numbers, yes)| Case { numbers: *numbers, yes: *yes, weight: if *yes { of_right } else { of_wrong } })
        .collect();
    Boosted::train(&cases, TREES)
}

/// The lowest score at which no more passes than may, among readings of closed grammars or among the others.
fn threshold(scored: &[(&Sample, f32)], composed: bool, limits: &[(Fate, f32)]) -> f32 {
    let least = |fate: Fate, most: f32| {
        let here = scored.iter().filter(|(s, _)| s.fate == fate && s.is_composed() == composed);
        let mut scores: Vec<f32> = here.map(|(_, score)| *score).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.get((scores.len() as f32 * most) as usize).copied().unwrap_or(f32::NEG_INFINITY)
    };
    limits.iter().map(|(fate, most)| least(*fate, *most)).fold(LEAST_SCORE, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_right_from_wrong_decides() {
        let sample = |i: usize, fate| {
            let mut features = [0.0; FEATURES];
            features[2] = if fate == Fate::Accept { 0.8 } else { 0.2 } + 0.1 * (i % 3) as f32;
            features[3] = (i % 2) as f32;
            Sample { features: Some(features), fate, voice: (i / 4) % VOICES.len() }
        };
        let samples: Vec<Sample> =
            (0..400).map(|i| sample(i, if i % 4 == 0 { Fate::Accept } else { Fate::Unrelated })).collect();
        let fit = fit(&samples);
        assert_eq!(fit.samples, 400);
        assert!(fit.accepted > 99.0 && fit.unrelated_rejected > 95.0, "{fit:?}");
    }
}
