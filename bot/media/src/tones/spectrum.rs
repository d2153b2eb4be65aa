//! Small spectral tools on one frame: power at a frequency, the strongest frequency, and how much
//! of a frame is explained by given tones.

use crate::SAMPLE_RATE_HZ;
use std::f32::consts::TAU;

/// Phase step per sample of a frequency, radians.
fn omega(hz: f32) -> f32 {
    TAU * hz / SAMPLE_RATE_HZ as f32
}

/// Goertzel: energy of `pcm` at `hz`, scaled so that a pure tone there gives the energy of the block.
pub(crate) fn energy_at(pcm: &[i16], hz: f32) -> f32 {
    let coefficient = 2.0 * omega(hz).cos();
    let (mut s1, mut s2) = (0.0_f32, 0.0_f32);
    for &x in pcm {
        let s0 = f32::from(x) + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
    }
    (s1 * s1 + s2 * s2 - coefficient * s1 * s2) * 2.0 / pcm.len().max(1) as f32
}

/// Sum of squares.
pub(crate) fn energy(pcm: &[i16]) -> f32 {
    pcm.iter().map(|&s| f32::from(s) * f32::from(s)).sum()
}

/// The strongest frequency of a block between two limits in Hz: a scan in steps of 25 Hz, then a parabola.
pub(crate) fn strongest_hz(pcm: &[i16], low: f32, high: f32) -> f32 {
    const STEP: f32 = 25.0;
    let count = ((high - low) / STEP) as usize + 1;
    let bins: Vec<f32> = (0..count).map(|i| energy_at(pcm, low + i as f32 * STEP)).collect();
    let peak = (0..count).max_by(|&a, &b| bins[a].total_cmp(&bins[b])).unwrap_or(0);
    let at = low + peak as f32 * STEP;
    if peak == 0 || peak + 1 == count {
        return at;
    }
    let (l, c, r) = (bins[peak - 1], bins[peak], bins[peak + 1]);
    let curve = l - 2.0 * c + r;
    if curve >= 0.0 { at } else { at + STEP * 0.5 * (l - r) / curve }
}

/// Share of a block's energy, 0–1, that steady tones at these frequencies explain (least squares over
/// a sine and a cosine of each). Near 1 only if the block is nothing but these tones.
pub(crate) fn explained(pcm: &[i16], tones_hz: &[f32]) -> f32 {
    let total = energy(pcm);
    if total < 1.0 {
        return 0.0;
    }
    let n = tones_hz.len() * 2;
    let mut normal = vec![vec![0.0_f64; n + 1]; n];
    let mut basis = vec![0.0_f64; n];
    for (t, &x) in pcm.iter().enumerate() {
        for (k, &hz) in tones_hz.iter().enumerate() {
            let (sin, cos) = (omega(hz) * t as f32).sin_cos();
            basis[2 * k] = sin.into();
            basis[2 * k + 1] = cos.into();
        }
        for (row, &b) in normal.iter_mut().zip(&basis) {
            for (cell, &other) in row.iter_mut().zip(&basis) {
                *cell += b * other;
            }
            row[n] += b * f64::from(x);
        }
    }
    let right: Vec<f64> = normal.iter().map(|row| row[n]).collect();
    let Some(weights) = solve(normal) else { return 0.0 };
    let part: f64 = weights.iter().zip(&right).map(|(w, r)| w * r).sum();
    (part / f64::from(total)).clamp(0.0, 1.0) as f32
}

/// Gaussian elimination of a small symmetric system; `None` when it is singular.
fn solve(mut m: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = m.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| m[a][i].abs().total_cmp(&m[b][i].abs()))?;
        m.swap(i, pivot);
        if m[i][i].abs() < 1e-9 {
            return None;
        }
        let (above, below) = m.split_at_mut(i + 1);
        for row in below {
            let factor = row[i] / above[i][i];
            for (cell, &p) in row.iter_mut().zip(&above[i]).skip(i) {
                *cell -= factor * p;
            }
        }
    }
    let mut x = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| m[i][j] * x[j]).sum();
        x[i] = (m[i][n] - known) / m[i][i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tones::generate;

    #[test]
    fn a_pure_tone_is_found_to_a_few_hertz_and_fully_explained() {
        for hz in [425.0, 950.0, 1013.0, 1400.0, 2390.0] {
            let pcm = generate::tones(&[hz], 20, -12.0);
            let found = strongest_hz(&pcm, 375.0, 2525.0);
            assert!((found - hz).abs() < 8.0, "{hz}: {found}");
            assert!(explained(&pcm, &[found]) > 0.95, "{hz}");
        }
    }

    #[test]
    fn two_tones_are_explained_by_the_pair_and_not_by_one() {
        let pcm = generate::tones(&[480.0, 620.0], 20, -12.0);
        assert!(explained(&pcm, &[480.0, 620.0]) > 0.99);
        assert!(explained(&pcm, &[480.0]) < 0.7);
        assert!(explained(&pcm, &[1400.0]) < 0.1);
    }
}
