//! Noise suppression and automatic gain for what a caller says, before voice activity and recognition.
//!
//! Both are off unless asked for. The starter recogniser was trained with noise and hears worse through a
//! suppressor, whose leftovers it has never met: of 126 answers by two voices, at 15 dB of noise 84 % were
//! accepted and right as they came and 74 % suppressed, at 5 dB 62 % and 44 %. Gain changes nothing beyond
//! chance for it (83 and 85 % of callers 25 dB too quiet), since it levels its input itself. They are there for
//! recognisers that were trained on clean or loud speech. Suppression costs 8 ms a second of sound, gain
//! nothing that counts. (`cargo run --release -p warmline-models --example bench_enhance`, 2026-11-21, AMD
//! EPYC.) Recordings and what an agent hears stay untouched.
//!
//! Suppression is RNNoise (Valin 2018, "A hybrid DSP/deep learning approach to real-time full-band speech
//! enhancement"), which works at 48 kHz: a frame is brought there and back. The sound comes out
//! [`DENOISE_DELAY_MS`] later.

use nnnoiseless::DenoiseState;
use std::f32::consts::PI;

/// How much later sound comes out of the suppressor: its window of 10 ms and two filters of 1 ms.
pub const DENOISE_DELAY_MS: u32 = 12;

/// What to do with a caller's sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enhance {
    /// Suppress noise.
    pub denoise: bool,
    /// Bring speech to the usual loudness.
    pub gain: bool,
}

/// One caller's sound on its way to be recognised, 8 kHz.
pub struct Enhancer {
    denoiser: Option<Denoiser>,
    gain: Option<Gain>,
}

impl Enhancer {
    /// For a new call; nothing when there is nothing to do.
    pub fn new(wanted: Enhance) -> Option<Enhancer> {
        let any = wanted.denoise || wanted.gain;
        any.then(|| Enhancer { denoiser: wanted.denoise.then(Denoiser::new), gain: wanted.gain.then(Gain::new) })
    }

    /// The next frame in its place: 80 samples (10 ms) or a multiple. Another length is left as it is.
    pub fn process(&mut self, frame: &mut [i16]) {
        for part in frame.chunks_exact_mut(BLOCK) {
            if let Some(denoiser) = &mut self.denoiser {
                denoiser.process(part);
            }
            if let Some(gain) = &mut self.gain {
                gain.process(part);
            }
        }
    }
}

/// 10 ms at 8 kHz.
const BLOCK: usize = 80;
/// From 8 kHz to RNNoise's 48 kHz.
const RATIO: usize = 6;
/// Taps of the filter at 48 kHz, a multiple of [`RATIO`]: a delay of 1 ms.
const TAPS: usize = 96;

struct Denoiser {
    model: Box<DenoiseState<'static>>,
    filter: [f32; TAPS],
    /// The last input samples of either filter, oldest first.
    up: Vec<f32>,
    down: Vec<f32>,
}

impl Denoiser {
    fn new() -> Denoiser {
        Denoiser {
            model: DenoiseState::new(),
            filter: low_pass(),
            up: vec![0.0; TAPS / RATIO - 1 + BLOCK],
            down: vec![0.0; TAPS - RATIO + BLOCK * RATIO],
        }
    }

    fn process(&mut self, block: &mut [i16]) {
        let mut wide = [0.0; BLOCK * RATIO];
        self.raise(block, &mut wide);
        let mut clean = [0.0; BLOCK * RATIO];
        self.model.process_frame(&mut clean, &wide);
        self.lower(&clean, block);
    }

    /// 8 → 48 kHz: of the filter, every sixth tap meets a sample.
    fn raise(&mut self, block: &[i16], wide: &mut [f32]) {
        let past = self.up.len() - BLOCK;
        self.up.copy_within(BLOCK.., 0);
        self.up[past..].iter_mut().zip(block).for_each(|(to, from)| *to = f32::from(*from));
        for (at, out) in wide.iter_mut().enumerate() {
            let newest = past + at / RATIO;
            let taps = self.filter[at % RATIO..].iter().step_by(RATIO);
            *out = taps.enumerate().map(|(k, tap)| tap * self.up[newest - k]).sum::<f32>() * RATIO as f32;
        }
    }

    /// 48 → 8 kHz.
    fn lower(&mut self, clean: &[f32], block: &mut [i16]) {
        let past = self.down.len() - clean.len();
        self.down.copy_within(clean.len().., 0);
        self.down[past..].copy_from_slice(clean);
        for (at, out) in block.iter_mut().enumerate() {
            let heard = &self.down[at * RATIO..at * RATIO + TAPS];
            let sum: f32 = heard.iter().rev().zip(&self.filter).map(|(s, t)| s * t).sum();
            *out = sum.round().clamp(-32_768.0, 32_767.0) as i16;
        }
    }
}

/// A windowed sinc (Hamming) that passes up to about 3.4 kHz at 48 kHz; sums to 1.
fn low_pass() -> [f32; TAPS] {
    const CUTOFF: f32 = 3_700.0 / 24_000.0;
    let mut taps = [0.0; TAPS];
    for (at, tap) in taps.iter_mut().enumerate() {
        let t = at as f32 - (TAPS - 1) as f32 / 2.0;
        let window = 0.54 - 0.46 * (2.0 * PI * at as f32 / (TAPS - 1) as f32).cos();
        *tap = (PI * CUTOFF * t).sin() / (PI * t) * window;
    }
    let sum: f32 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

/// Speech is brought here, in dB below a full-scale square wave: the level of [`crate::loudness`].
const TARGET_DBFS: f32 = crate::loudness::TARGET_DBFS as f32;
const LEAST_GAIN_DB: f32 = -12.0;
/// More would lift the line's own noise to the level of speech.
const MOST_GAIN_DB: f32 = 24.0;
/// How fast the gain moves, in dB per block: 10 dB a second.
const STEP_DB: f32 = 0.1;
/// A block is speech when it is so far above the quietest of the last seconds, and above any line's silence.
const SPEECH_OVER_FLOOR_DB: f32 = 10.0;
const LEAST_SPEECH_DBFS: f32 = -60.0;
/// The floor rises by this much a block, 2 dB a second, and falls at once.
const FLOOR_RISE_DB: f32 = 0.02;
/// Weight of a new block of speech in the level: half of it is the last 0.35 s.
const LEVEL_WEIGHT: f32 = 0.02;
/// No sample is let above this.
const CEILING: f32 = 29_000.0;

/// Slow gain towards the usual level, from the level of speech alone.
struct Gain {
    floor_db: f32,
    /// Mean power of speech so far.
    level: Option<f32>,
    gain_db: f32,
    /// What the last sample was multiplied with.
    factor: f32,
}

impl Gain {
    fn new() -> Gain {
        Gain { floor_db: 0.0, level: None, gain_db: 0.0, factor: 1.0 }
    }

    fn process(&mut self, block: &mut [i16]) {
        let power = block.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>() / block.len() as f32;
        let db = dbfs(power);
        self.floor_db = db.min(self.floor_db + FLOOR_RISE_DB);
        if db > LEAST_SPEECH_DBFS && db > self.floor_db + SPEECH_OVER_FLOOR_DB {
            let level = self.level.get_or_insert(power);
            *level += LEVEL_WEIGHT * (power - *level);
            let wanted = (TARGET_DBFS - dbfs(*level)).clamp(LEAST_GAIN_DB, MOST_GAIN_DB);
            self.gain_db += (wanted - self.gain_db).clamp(-STEP_DB, STEP_DB);
        }
        let peak = block.iter().map(|s| f32::from(s.unsigned_abs())).fold(1.0, f32::max);
        let factor = 10f32.powf(self.gain_db / 20.0).min(CEILING / peak);
        let step = (factor - self.factor) / block.len() as f32;
        for (at, sample) in block.iter_mut().enumerate() {
            let now = self.factor + step * (at + 1) as f32;
            *sample = (f32::from(*sample) * now).clamp(-CEILING, CEILING) as i16;
        }
        self.factor = factor;
    }
}

fn dbfs(power: f32) -> f32 {
    10.0 * (power.max(1.0) / 32_768f32.powi(2)).log10()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        VoiceSpec,
        loudness::active_level_dbfs,
        synth::{Voice, VoiceConfig},
    };
    use std::time::Duration;

    const DENOISE: Enhance = Enhance { denoise: true, gain: false };
    const GAIN: Enhance = Enhance { denoise: false, gain: true };

    fn through(wanted: Enhance, pcm: &[i16]) -> Vec<i16> {
        let mut enhancer = Enhancer::new(wanted).unwrap();
        let mut pcm = pcm.to_vec();
        pcm.chunks_mut(160).for_each(|frame| enhancer.process(frame));
        pcm
    }

    fn noise(level: f32, samples: usize) -> Vec<i16> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / 8_388_608.0 - 1.0) * level
        };
        (0..samples).map(|_| next() as i16).collect()
    }

    /// Sentences with half a second before and after each.
    fn speech(factor: f32) -> Vec<i16> {
        let voice = Voice::new(VoiceConfig { timeout: Duration::from_secs(60), ..VoiceConfig::default() }).unwrap();
        let spec = VoiceSpec { voice: "flite:slt".into(), rate_percent: 100 };
        let mut all = vec![0; 4_000];
        for text in ["good morning, can you call me back on friday", "the appointment was for half past ten"] {
            all.extend(voice.render(text, &spec).unwrap().iter().map(|&s| (f32::from(s) * factor) as i16));
            all.extend([0; 4_000]);
        }
        all.resize(all.len().next_multiple_of(160), 0);
        all
    }

    fn power(pcm: &[i16]) -> f64 {
        pcm.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / pcm.len() as f64
    }

    #[test]
    fn steady_noise_falls_and_speech_stays_in_its_place() {
        let clean = speech(1.0);
        let hiss = noise(1_500.0, clean.len());
        let noisy: Vec<i16> = clean.iter().zip(&hiss).map(|(a, b)| a.saturating_add(*b)).collect();
        let out = through(DENOISE, &noisy);
        assert!(power(&out[clean.len() - 3_000..]) * 20.0 < power(&noisy[clean.len() - 3_000..]), "pauses: 13 dB");
        let delay = (DENOISE_DELAY_MS * 8) as usize;
        let together =
            |shift: usize| -> f64 { clean.iter().zip(&out[shift..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
        let best = (0..400).max_by(|a, b| together(*a).total_cmp(&together(*b))).unwrap();
        assert!(best.abs_diff(delay) <= 8, "{best} samples late");
        let level = |pcm: &[i16]| active_level_dbfs(pcm).unwrap();
        assert!((level(&out) - level(&clean)).abs() < 3.0, "{} {}", level(&out), level(&clean));
    }

    #[test]
    fn quiet_and_loud_callers_come_out_alike_and_nothing_clips() {
        for factor in [0.06, 0.5, 2.0] {
            let mut spoken = speech(factor);
            spoken.extend(speech(factor));
            let out = through(GAIN, &spoken);
            // Ten decibels a second are given some seconds to arrive.
            let level = active_level_dbfs(&out[spoken.len() / 2..]).unwrap();
            assert!((level + 20.0).abs() < 3.5, "{factor}: {level} dBFS");
            assert!(out.iter().all(|s| s.unsigned_abs() <= 29_001));
        }
    }

    #[test]
    fn silence_and_a_quiet_line_are_not_lifted() {
        let both = Enhance { denoise: true, gain: true };
        assert!(through(both, &[0; 16_000]).iter().all(|s| s.unsigned_abs() <= 1));
        let line = noise(20.0, 80_000);
        assert!(power(&through(GAIN, &line)) < power(&line) * 1.1);
    }

    #[test]
    fn odd_lengths_and_the_loudest_sound_are_survived() {
        let mut enhancer = Enhancer::new(Enhance { denoise: true, gain: true }).unwrap();
        for length in [0, 1, 79, 81, 160] {
            enhancer.process(&mut vec![i16::MIN; length]);
        }
        assert!(Enhancer::new(Enhance::default()).is_none());
    }
}
