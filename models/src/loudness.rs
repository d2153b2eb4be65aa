//! Every voice equally loud: speech at −20 dBFS while it is active, with no peak over −1 dBFS.
//!
//! The level is that of the active parts only (after the idea of ITU-T P.56), so that pauses do not make
//! a slow speaker louder.

/// Active speech level wanted, in dB relative to a full-scale square wave.
pub const TARGET_DBFS: f64 = -20.0;
/// Highest peak let through.
const CEILING: f64 = 32_768.0 * 0.891;
/// A frame counts as active when it is less than this much below the loudest one.
const ACTIVE_RANGE_DB: f64 = 30.0;
/// Most gain: beyond it, what is there is noise rather than speech.
const MAX_GAIN: f64 = 30.0;
/// Samples of a frame: 20 ms at 8 kHz.
const FRAME: usize = 160;
/// Samples per step of the peak limiter: 4 ms at 8 kHz.
const STEP: usize = 32;

/// Level of the active parts in dBFS; `None` when there is no sound. PCM at 8 kHz.
pub fn active_level_dbfs(pcm: &[i16]) -> Option<f64> {
    let powers: Vec<f64> =
        pcm.chunks(FRAME).map(|f| f.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / f.len() as f64).collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    if loudest < 1.0 {
        return None;
    }
    let least = loudest / 10f64.powf(ACTIVE_RANGE_DB / 10.0);
    let active: Vec<f64> = powers.into_iter().filter(|&p| p >= least).collect();
    let mean = active.iter().sum::<f64>() / active.len() as f64;
    Some(10.0 * (mean / 32_768f64.powi(2)).log10())
}

/// Bring `pcm` (8 kHz) to [`TARGET_DBFS`] in place. Silence stays as it is.
pub fn normalise(pcm: &mut [i16]) {
    let Some(level) = active_level_dbfs(pcm) else { return };
    let gain = 10f64.powf((TARGET_DBFS - level) / 20.0).min(MAX_GAIN);
    let limits = limiter(pcm, gain);
    for (i, sample) in pcm.iter_mut().enumerate() {
        let (step, within) = (i / STEP, (i % STEP) as f64 / STEP as f64);
        let limit = limits[step] * (1.0 - within) + limits[step + 1] * within;
        let loud = f64::from(*sample) * gain * limit;
        *sample = loud.round().clamp(-CEILING, CEILING) as i16;
    }
}

/// A factor (at most 1) for the start of each step and the end of the last, low enough for the peaks on
/// both sides of it, so that a line between two of them keeps every peak under the ceiling.
fn limiter(pcm: &[i16], gain: f64) -> Vec<f64> {
    let wanted: Vec<f64> = pcm
        .chunks(STEP)
        .map(|c| {
            let peak = c.iter().map(|&s| f64::from(s).abs()).fold(0.0, f64::max) * gain;
            if peak > CEILING { CEILING / peak } else { 1.0 }
        })
        .collect();
    let at = |i: usize| wanted.get(i).copied().unwrap_or(1.0);
    (0..=wanted.len()).map(|i| if i == 0 { at(0) } else { at(i - 1).min(at(i)) }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Bursts of a tone with pauses between them, as words are.
    fn words(amplitude: f64) -> Vec<i16> {
        (0..16_000)
            .map(|i| if (i / 1_600) % 2 == 0 { (amplitude * (f64::from(i) * 0.35).sin()) as i16 } else { 0 })
            .collect()
    }

    #[test]
    fn loud_and_quiet_speakers_become_equally_loud() {
        for amplitude in [300.0, 3_000.0, 30_000.0] {
            let mut pcm = words(amplitude);
            normalise(&mut pcm);
            let level = active_level_dbfs(&pcm).unwrap();
            assert!((level - TARGET_DBFS).abs() < 0.5, "{amplitude}: {level}");
        }
    }

    #[test]
    fn a_click_is_limited_without_clipping() {
        let mut pcm = words(600.0);
        pcm[8_000..8_004].fill(20_000);
        normalise(&mut pcm);
        let peak = pcm.iter().map(|&s| i32::from(s).abs()).max().unwrap();
        assert!(f64::from(peak) <= CEILING, "{peak}");
    }

    #[test]
    fn silence_stays_silence() {
        let mut pcm = vec![0; 500];
        normalise(&mut pcm);
        assert!(pcm.iter().all(|&s| s == 0));
        normalise(&mut []);
    }
}
