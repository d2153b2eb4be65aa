//! Tones to play or to test with, at 8 kHz.

use crate::{SAMPLE_RATE_HZ, dtmf::Key};
use std::f32::consts::TAU;

/// Samples of a length in milliseconds.
fn samples(ms: u32) -> usize {
    (SAMPLE_RATE_HZ / 1000 * ms) as usize
}

/// The sum of equal tones for `ms`, each at `level_dbfs` (dB against a full-scale sine).
pub fn tones(hz: &[f32], ms: u32, level_dbfs: f32) -> Vec<i16> {
    let amplitude = 32_767.0 * 10_f32.powf(level_dbfs / 20.0);
    (0..samples(ms))
        .map(|i| {
            let t = i as f64 / f64::from(SAMPLE_RATE_HZ);
            let sum: f64 = hz.iter().map(|&f| (std::f64::consts::TAU * f64::from(f) * t).sin()).sum();
            (sum as f32 * amplitude).round() as i16
        })
        .collect()
}

/// Digital silence.
pub fn silence(ms: u32) -> Vec<i16> {
    vec![0; samples(ms)]
}

/// A tone switched on and off `times` times.
pub fn cadence(hz: &[f32], on_ms: u32, off_ms: u32, times: u32, level_dbfs: f32) -> Vec<i16> {
    let one: Vec<i16> = tones(hz, on_ms, level_dbfs).into_iter().chain(silence(off_ms)).collect();
    one.repeat(times as usize)
}

/// A key in-band: row tone, and column tone 2 dB louder as telephones send it (ITU-T Q.23).
pub fn dtmf(key: Key, ms: u32, level_dbfs: f32) -> Vec<i16> {
    let (row, column) = key.frequencies_hz();
    dtmf_with_twist(row, column, ms, level_dbfs, 2.0)
}

/// Two tones, the second `twist_db` above the first.
pub fn dtmf_with_twist(row_hz: f32, column_hz: f32, ms: u32, level_dbfs: f32, twist_db: f32) -> Vec<i16> {
    let row = tones(&[row_hz], ms, level_dbfs);
    let column = tones(&[column_hz], ms, level_dbfs + twist_db);
    row.iter().zip(&column).map(|(a, b)| a.saturating_add(*b)).collect()
}

/// Special information tones: three steps, then silence. See [`super::Sit`] for what the steps mean.
pub fn sit(steps: [(f32, u32); 3], level_dbfs: f32) -> Vec<i16> {
    steps.iter().flat_map(|&(hz, ms)| tones(&[hz], ms, level_dbfs)).collect()
}

/// Something like a voice: a gliding harmonic sound through two moving resonances, in syllables.
/// Used to see that tone detectors do not take speech for tones. `seed` picks the voice.
pub fn babble(ms: u32, seed: u32, level_dbfs: f32) -> Vec<i16> {
    let mut noise = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut random = move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 8) as f32 / (1 << 24) as f32
    };
    let mut out = Vec::with_capacity(samples(ms));
    let mut phase = 0.0_f32;
    let amplitude = 32_767.0 * 10_f32.powf(level_dbfs / 20.0);
    while out.len() < samples(ms) {
        let length = 600 + (random() * 1600.0) as usize;
        let (pitch, glide) = (90.0 + random() * 160.0, (random() - 0.5) * 60.0);
        let formants = [(300.0 + random() * 500.0, 90.0), (900.0 + random() * 1500.0, 140.0)];
        let pause = if random() < 0.3 { 800 } else { 0 };
        for i in 0..length {
            let x = i as f32 / length as f32;
            phase = (phase + (pitch + glide * x) / SAMPLE_RATE_HZ as f32).fract();
            let f0 = pitch + glide * x;
            let voice: f32 = (1..(3600.0 / f0) as usize)
                .map(|k| {
                    let hz = f0 * k as f32;
                    let gain: f32 = formants.iter().map(|(c, w)| 1.0 / (1.0 + ((hz - c) / w).powi(2))).sum();
                    gain * (TAU * phase * k as f32).sin()
                })
                .sum();
            let envelope = (x * std::f32::consts::PI).sin();
            out.push((voice * envelope * amplitude * 0.5 + (random() - 0.5) * 40.0) as i16);
        }
        out.extend(std::iter::repeat_n(0, pause));
    }
    out.truncate(samples(ms));
    out
}
