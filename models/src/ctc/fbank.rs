//! Log mel filter bank as Kaldi computes it (`feature-fbank.cc`, `mel-computations.cc`), which is what speech
//! models outside Whisper's family are trained on: 25 ms windows every 10 ms, 16 kHz, no dither.

use serde::Deserialize;
use std::f32::consts::PI;

const RATE_HZ: f32 = 16_000.0;
const WINDOW: usize = 400;
const HOP: usize = 160;
const FFT: usize = 512;
const EMPHASIS: f32 = 0.97;
const LOWEST_HZ: f32 = 20.0;

/// The window's shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Window {
    #[default]
    Hamming,
    /// Hann's to the power of 0.85, Kaldi's own.
    Povey,
}

/// Ready to compute; shared by threads.
#[derive(Debug)]
pub(crate) struct Fbank {
    window: Vec<f32>,
    /// Per filter its first bin and the weights from there on.
    filters: Vec<(usize, Vec<f32>)>,
}

impl Fbank {
    pub(crate) fn new(mels: usize, window: Window) -> Fbank {
        let angle = |i: usize| 2.0 * PI * i as f32 / (WINDOW - 1) as f32;
        let shape = |i: usize| match window {
            Window::Hamming => 0.54 - 0.46 * angle(i).cos(),
            Window::Povey => (0.5 - 0.5 * angle(i).cos()).powf(0.85),
        };
        Fbank { window: (0..WINDOW).map(shape).collect(), filters: filters(mels) }
    }

    /// One row of logarithms per whole window in `pcm` (16 kHz, in units of 16-bit samples).
    pub(crate) fn rows(&self, pcm: &[i16]) -> Vec<Vec<f32>> {
        if pcm.len() < WINDOW {
            return Vec::new();
        }
        (0..=pcm.len() - WINDOW).step_by(HOP).map(|at| self.row(&pcm[at..at + WINDOW])).collect()
    }

    fn row(&self, frame: &[i16]) -> Vec<f32> {
        let mean = frame.iter().map(|&s| f32::from(s)).sum::<f32>() / WINDOW as f32;
        let mut re = [0.0; FFT];
        for i in 0..WINDOW {
            let (own, before) = (f32::from(frame[i]) - mean, f32::from(frame[i.saturating_sub(1)]) - mean);
            re[i] = (own - EMPHASIS * before) * self.window[i];
        }
        let mut im = [0.0; FFT];
        transform(&mut re, &mut im);
        let energy = |(first, weights): &(usize, Vec<f32>)| {
            let bins = weights.iter().enumerate().map(|(i, w)| (first + i, w));
            let sum: f32 = bins.map(|(bin, w)| w * (re[bin] * re[bin] + im[bin] * im[bin])).sum();
            sum.max(f32::EPSILON).ln()
        };
        self.filters.iter().map(energy).collect()
    }
}

fn mel(hz: f32) -> f32 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

/// Triangles of equal width on the mel scale between 20 Hz and half the sample rate.
fn filters(mels: usize) -> Vec<(usize, Vec<f32>)> {
    let (low, high) = (mel(LOWEST_HZ), mel(RATE_HZ / 2.0));
    let width = (high - low) / (mels + 1) as f32;
    let filter = |m: usize| {
        let left = low + m as f32 * width;
        let (middle, right) = (left + width, left + 2.0 * width);
        let weight = |bin: usize| {
            let at = mel(bin as f32 * RATE_HZ / FFT as f32);
            if at <= middle { (at - left) / width } else { (right - at) / width }
        };
        let first = (0..FFT / 2).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
        (first, (first..FFT / 2).map(weight).take_while(|w| *w > 0.0).collect())
    };
    (0..mels).map(filter).collect()
}

/// The discrete Fourier transform in place (Cooley and Tukey, radix 2).
fn transform(re: &mut [f32; FFT], im: &mut [f32; FFT]) {
    for i in 0..FFT {
        let j = i.reverse_bits() >> (usize::BITS - FFT.trailing_zeros());
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    let mut size = 2;
    while size <= FFT {
        for k in 0..size / 2 {
            let (sin, cos) = (-2.0 * PI * k as f32 / size as f32).sin_cos();
            for a in (k..FFT).step_by(size) {
                let b = a + size / 2;
                let (x, y) = (re[b] * cos - im[b] * sin, re[b] * sin + im[b] * cos);
                (re[b], im[b]) = (re[a] - x, im[a] - y);
                (re[a], im[a]) = (re[a] + x, im[a] + y);
            }
        }
        size *= 2;
    }
}

/// Low frame rate: `stack` rows side by side every `stride` rows, the first row repeated before the first and
/// the last behind the last (FunASR, `wav_frontend.py`).
pub(crate) fn stacked(rows: &[Vec<f32>], stack: usize, stride: usize) -> Vec<Vec<f32>> {
    let before = stack.saturating_sub(1) / 2;
    let row = |place: usize| &rows[place.saturating_sub(before).min(rows.len() - 1)];
    let starts = (0..rows.len().div_ceil(stride)).map(|i| i * stride);
    starts.map(|start| (start..start + stack).flat_map(|place| row(place).iter().copied()).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32) -> Vec<i16> {
        (0..1_600).map(|i| (8_000.0 * (2.0 * PI * hz * i as f32 / RATE_HZ).sin()) as i16).collect()
    }

    #[test]
    fn a_tone_is_loudest_in_its_filter_and_silence_is_nothing() {
        let bank = Fbank::new(80, Window::Hamming);
        for hz in [300.0, 1_000.0, 3_000.0, 6_000.0] {
            let rows = bank.rows(&tone(hz));
            assert_eq!(rows.len(), 1 + (1_600 - WINDOW) / HOP);
            let loudest = (0..80).max_by(|&a, &b| rows[2][a].total_cmp(&rows[2][b]));
            let width = (mel(8_000.0) - mel(20.0)) / 81.0;
            let right = ((mel(hz) - mel(20.0)) / width - 1.0).round() as usize;
            assert!(loudest.is_some_and(|at| at.abs_diff(right) <= 1), "{hz} Hz: filter {loudest:?}, not {right}");
        }
        assert!(bank.rows(&[0; 400])[0].iter().all(|&v| (v - f32::EPSILON.ln()).abs() < 1e-3));
        assert!(bank.rows(&[5; 399]).is_empty());
    }

    #[test]
    fn the_transform_is_the_sum_it_should_be() {
        let frame: Vec<f32> = (0..FFT).map(|i| ((i * 37 + 11) % 101) as f32 - 50.0).collect();
        let (mut re, mut im) = ([0.0; FFT], [0.0; FFT]);
        re.copy_from_slice(&frame);
        transform(&mut re, &mut im);
        for bin in [0, 1, 17, 255] {
            let angle = |i: usize| -2.0 * std::f64::consts::PI * (bin * i % FFT) as f64 / FFT as f64;
            let sum = |f: fn(f64) -> f64| (0..FFT).map(|i| f64::from(frame[i]) * f(angle(i))).sum::<f64>();
            assert!((f64::from(re[bin]) - sum(f64::cos)).abs() < 0.05, "bin {bin}");
            assert!((f64::from(im[bin]) - sum(f64::sin)).abs() < 0.05, "bin {bin}");
        }
    }

    #[test]
    fn rows_are_stacked_with_their_edges_repeated() {
        let rows: Vec<Vec<f32>> = (0..8).map(|i| vec![i as f32]).collect();
        let low = stacked(&rows, 7, 6);
        assert_eq!(low, [[0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0], [3.0, 4.0, 5.0, 6.0, 7.0, 7.0, 7.0]]);
        assert!(stacked(&[], 7, 6).is_empty());
    }
}
