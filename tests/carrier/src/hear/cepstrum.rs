//! Mel cepstra with their slopes, a hundred vectors a second, each coefficient with mean 0 and variance 1 over the
//! speech in a piece of audio, so that voice level and line colour do not matter.

use std::f32::consts::PI;
use std::sync::LazyLock;

/// Static coefficients (c1 to c12; c0 is loudness and left out) and their slopes.
pub(super) const STATIC: usize = 12;
pub(super) const DIMS: usize = 2 * STATIC;

/// Samples between two vectors: 10 ms.
pub(super) const HOP: usize = 80;

/// Samples in a window: 25 ms; a multiple of eight, see [`dot`].
const WINDOW: usize = 200;
const BANDS: usize = 22;
const LOWEST_HZ: f32 = 150.0;
const HIGHEST_HZ: f32 = 3600.0;
const BINS: usize = 128;

/// One vector.
pub(super) type Vector = [f32; DIMS];

struct Tables {
    hamming: Vec<f32>,
    /// Cosine and sine of each bin at each sample of the window.
    dft: Vec<(Vec<f32>, Vec<f32>)>,
    /// Weight of each bin in each mel band.
    mel: Vec<Vec<(usize, f32)>>,
    dct: Vec<Vec<f32>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let bin_hz = 4000.0 / BINS as f32;
    let turn = |bin: usize, n: usize| PI * (bin * n) as f32 / BINS as f32;
    let mel = |hz: f32| 1127.0 * (1.0 + hz / 700.0).ln();
    let hz = |mel: f32| 700.0 * ((mel / 1127.0).exp() - 1.0);
    let (low, high) = (mel(LOWEST_HZ), mel(HIGHEST_HZ));
    let corner = |k: usize| hz(low + (high - low) * k as f32 / (BANDS + 1) as f32);
    let band = |b: usize| {
        let (left, centre, right) = (corner(b), corner(b + 1), corner(b + 2));
        let weight = |f: f32| ((f - left) / (centre - left)).min((right - f) / (right - centre));
        (0..BINS).map(|k| (k, weight(k as f32 * bin_hz))).filter(|(_, w)| *w > 0.0).collect()
    };
    Tables {
        hamming: (0..WINDOW).map(|n| 0.54 - 0.46 * (2.0 * PI * n as f32 / (WINDOW - 1) as f32).cos()).collect(),
        dft: (0..BINS)
            .map(|bin| {
                ((0..WINDOW).map(|n| turn(bin, n).cos()).collect(), (0..WINDOW).map(|n| turn(bin, n).sin()).collect())
            })
            .collect(),
        mel: (0..BANDS).map(band).collect(),
        dct: (1..=STATIC)
            .map(|i| (0..BANDS).map(|b| (PI * i as f32 * (b as f32 + 0.5) / BANDS as f32).cos()).collect())
            .collect(),
    }
});

/// Vectors of `pcm` (8 kHz), one for each whole window. Empty when there is less than one.
pub(super) fn cepstra(pcm: &[i16]) -> Vec<Vector> {
    if pcm.len() < WINDOW {
        return Vec::new();
    }
    let frames: Vec<([f32; STATIC], f32)> =
        (0..=(pcm.len() - WINDOW) / HOP).map(|t| statics(&pcm[t * HOP..t * HOP + WINDOW])).collect();
    let mut vectors: Vec<Vector> = (0..frames.len()).map(|t| with_slopes(&frames, t)).collect();
    let loudest = frames.iter().map(|f| f.1).fold(f32::MIN, f32::max);
    // Within 30 dB of the loudest frame it is speech; natural logarithm of power.
    let speech: Vec<bool> = frames.iter().map(|f| f.1 > loudest - 6.9).collect();
    normalise(&mut vectors, &speech);
    vectors
}

fn statics(window: &[i16]) -> ([f32; STATIC], f32) {
    let tables = &*TABLES;
    let sample = |n: usize| {
        let before = if n == 0 { window[0] } else { window[n - 1] };
        (f32::from(window[n]) - 0.95 * f32::from(before)) * tables.hamming[n]
    };
    let x: Vec<f32> = (0..WINDOW).map(sample).collect();
    let power: Vec<f32> = tables.dft.iter().map(|(cos, sin)| dot(&x, cos).powi(2) + dot(&x, sin).powi(2)).collect();
    // The floor keeps digital silence and quantisation noise from looking like a spectrum.
    let bands: Vec<f32> =
        tables.mel.iter().map(|m| (m.iter().map(|(k, w)| power[*k] * w).sum::<f32>() + 2.0e5).ln()).collect();
    let mut out = [0.0; STATIC];
    for (c, row) in out.iter_mut().zip(&tables.dct) {
        *c = row.iter().zip(&bands).map(|(r, b)| r * b).sum();
    }
    (out, (power.iter().sum::<f32>() + 1.0).ln())
}

/// Eight sums side by side, so that the compiler can keep them in one register.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// Slope by regression over two neighbours on each side.
fn with_slopes(frames: &[([f32; STATIC], f32)], t: usize) -> Vector {
    let near = |offset: isize| &frames[t.saturating_add_signed(offset).min(frames.len() - 1)].0;
    let mut vector = [0.0; DIMS];
    for i in 0..STATIC {
        vector[i] = frames[t].0[i];
        vector[STATIC + i] = (near(1)[i] - near(-1)[i] + 2.0 * (near(2)[i] - near(-2)[i])) / 10.0;
    }
    vector
}

fn normalise(vectors: &mut [Vector], speech: &[bool]) {
    let count = speech.iter().filter(|s| **s).count().max(1) as f32;
    for i in 0..DIMS {
        let chosen = || vectors.iter().zip(speech).filter(|(_, s)| **s).map(|(v, _)| v[i]);
        let mean = chosen().sum::<f32>() / count;
        let deviation = (chosen().map(|x| (x - mean).powi(2)).sum::<f32>() / count).sqrt().max(1e-3);
        for v in vectors.iter_mut() {
            v[i] = (v[i] - mean) / deviation;
        }
    }
}
