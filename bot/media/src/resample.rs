//! Sample-rate conversion by a polyphase windowed-sinc filter.
//!
//! Any ratio of whole rates works; the house uses 8, 11.025, 16, 22.05, 24, 44.1 and 48 kHz. The
//! pass band reaches 7/8 of the lower Nyquist frequency (3.5 kHz when one side is 8 kHz), the stop
//! band starts at that Nyquist frequency and is at least 65 dB down. The position is kept in whole
//! numbers, so 20-ms blocks always give exactly 20 ms.

use std::f64::consts::PI;

/// Design attenuation of the stop band.
const STOP_BAND_DB: f64 = 70.0;
/// Share of the lower Nyquist frequency that is left for the filter's slope.
const TRANSITION: f64 = 0.125;

/// A streaming converter. Delay: [`Resampler::delay_ms`].
#[derive(Clone, Debug)]
pub struct Resampler {
    from_hz: u32,
    /// Interpolation and decimation factors, `to/gcd` and `from/gcd`.
    up: usize,
    down: usize,
    /// Input samples that one output sample looks at (even).
    taps: usize,
    /// `up` rows of `taps` coefficients, each reversed to run along the history.
    table: Vec<f32>,
    history: Vec<f32>,
    /// Index in `history` of the newest input that the next output needs.
    next: usize,
    phase: usize,
}

impl Resampler {
    /// A converter between two rates in Hz. A rate of zero is taken as 1 Hz.
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from_hz, to_hz) = (from_hz.max(1), to_hz.max(1));
        let g = gcd(from_hz, to_hz);
        let (up, down) = ((to_hz / g) as usize, (from_hz / g) as usize);
        let (taps, table) = if from_hz == to_hz { (2, Vec::new()) } else { design(from_hz, to_hz, up) };
        Self { from_hz, up, down, taps, table, history: vec![0.0; taps - 1], next: taps - 1, phase: 0 }
    }

    /// How much later the output runs than the input, in milliseconds.
    pub fn delay_ms(&self) -> f32 {
        if self.table.is_empty() { 0.0 } else { self.taps as f32 * 500.0 / self.from_hz as f32 }
    }

    /// Convert the next piece of a stream, appending to `out`.
    pub fn process(&mut self, input: &[i16], out: &mut Vec<i16>) {
        if self.table.is_empty() {
            out.extend_from_slice(input);
            return;
        }
        self.history.extend(input.iter().map(|&s| f32::from(s)));
        while self.next < self.history.len() {
            let window = &self.history[self.next + 1 - self.taps..=self.next];
            let row = &self.table[self.phase * self.taps..(self.phase + 1) * self.taps];
            out.push(to_i16(dot(window, row)));
            self.phase += self.down;
            self.next += self.phase / self.up;
            self.phase %= self.up;
        }
        let used = (self.next + 1 - self.taps).min(self.history.len());
        self.history.drain(..used);
        self.next -= used;
    }
}

/// Convert a whole clip. The output starts where the input starts (no filter delay) and has
/// `ceil(len · to / from)` samples.
pub fn resample(pcm: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    let mut r = Resampler::new(from_hz, to_hz);
    if r.table.is_empty() {
        return pcm.to_vec();
    }
    let wanted = (pcm.len() * r.up).div_ceil(r.down);
    let mut out = Vec::with_capacity(wanted + r.taps);
    // Start with the filter centred on the first sample, and end with silence to flush it.
    r.next += r.taps / 2;
    r.process(pcm, &mut out);
    r.process(&vec![0; r.taps / 2 + r.down], &mut out);
    out.truncate(wanted);
    out
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Rounds and saturates.
fn to_i16(x: f32) -> i16 {
    x.round() as i16 // a float cast saturates
}

/// Eight running sums, so that the compiler may use vector registers without reordering floats.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (ca, cb) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in ca.zip(cb) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + tail
}

/// Kaiser-windowed sinc, split into `up` phases, each with unit gain at zero frequency.
fn design(from_hz: u32, to_hz: u32, up: usize) -> (usize, Vec<f32>) {
    let nyquist = f64::from(from_hz.min(to_hz)) / 2.0;
    let slope_hz = nyquist * TRANSITION;
    let length = (STOP_BAND_DB - 7.95) * f64::from(from_hz) / (2.285 * 2.0 * PI * slope_hz);
    // Going down by a whole factor, the delay is made a whole number of output samples.
    let whole = if up == 1 { (from_hz / to_hz) as usize } else { 1 };
    let taps = ((length / 2.0).ceil() as usize).next_multiple_of(whole) * 2;
    let cutoff = (nyquist - slope_hz / 2.0) * 2.0 / f64::from(from_hz);
    let beta = 0.1102 * (STOP_BAND_DB - 8.7);
    let half = taps as f64 / 2.0;
    let mut table = vec![0.0_f32; up * taps];
    for phase in 0..up {
        let row = &mut table[phase * taps..(phase + 1) * taps];
        let mut sum = 0.0;
        for (k, slot) in row.iter_mut().rev().enumerate() {
            // Distance in input samples from the centre of the impulse response.
            let t = k as f64 + phase as f64 / up as f64 - half;
            let h = sinc(cutoff * t) * kaiser(t / half, beta);
            sum += h;
            *slot = h as f32;
        }
        row.iter_mut().for_each(|h| *h = (f64::from(*h) / sum) as f32);
    }
    (taps, table)
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-12 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Kaiser window at `x` in −1..=1.
fn kaiser(x: f64, beta: f64) -> f64 {
    bessel_i0(beta * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(beta)
}

fn bessel_i0(x: f64) -> f64 {
    let (mut term, mut sum, quarter) = (1.0, 1.0, x * x / 4.0);
    for k in 1..40 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 7] = [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000];

    fn tone(hz: f64, rate: u32, n: usize) -> Vec<i16> {
        (0..n).map(|i| (10_000.0 * (2.0 * PI * hz * i as f64 / f64::from(rate)).sin()) as i16).collect()
    }

    fn rms(pcm: &[i16]) -> f64 {
        (pcm.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
    }

    #[test]
    fn speech_band_tone_keeps_its_level_and_place_at_every_rate() {
        for from in RATES {
            for to in [8000, 16_000, 48_000] {
                let out = resample(&tone(1000.0, from, from as usize / 2), from, to);
                assert_eq!(out.len(), (from as usize / 2 * to as usize).div_ceil(from as usize), "{from}->{to}");
                let ideal = tone(1000.0, to, out.len());
                let middle = out.len() / 4..out.len() * 3 / 4;
                let error: Vec<i16> =
                    out[middle.clone()].iter().zip(&ideal[middle.clone()]).map(|(a, b)| a - b).collect();
                let snr = 20.0 * (rms(&ideal[middle]) / rms(&error).max(0.1)).log10();
                assert!(snr > 55.0, "{from}->{to}: {snr:.1} dB");
            }
        }
    }

    #[test]
    fn what_8_khz_cannot_carry_is_removed_by_60_db() {
        for (from, hz) in [
            (16_000, 4100.0),
            (16_000, 7000.0),
            (22_050, 4500.0),
            (44_100, 9000.0),
            (48_000, 4050.0),
            (48_000, 15_000.0),
        ] {
            let loud: Vec<i16> = tone(hz, from, from as usize).iter().map(|s| s * 3).collect();
            let out = resample(&loud, from, 8000);
            let left = rms(&out[400..out.len() - 400]);
            let db = 20.0 * (rms(&loud) / left.max(1e-3)).log10();
            assert!(db > 60.0, "{hz} Hz at {from}: {db:.1} dB");
        }
    }

    #[test]
    fn mirror_images_above_4_khz_are_removed_when_going_up() {
        let out = resample(&tone(1000.0, 8000, 8000), 8000, 48_000);
        let down_again = resample(&out, 48_000, 8000);
        let input = tone(1000.0, 8000, 8000);
        let error: Vec<i16> = down_again[500..7500].iter().zip(&input[500..7500]).map(|(a, b)| a - b).collect();
        assert!(20.0 * (rms(&input) / rms(&error)).log10() > 55.0);
    }

    #[test]
    fn twenty_ms_blocks_give_exactly_twenty_ms_and_equal_one_long_run() {
        for (from, to, n) in
            [(8000_u32, 48_000_u32, 160_usize), (48_000, 8000, 960), (16_000, 8000, 320), (8000, 16_000, 160)]
        {
            let input = tone(700.0, from, n * 20);
            let (mut stream, mut whole) = (Resampler::new(from, to), Resampler::new(from, to));
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for block in input.chunks(n) {
                let before = a.len();
                stream.process(block, &mut a);
                assert_eq!(a.len() - before, n * to as usize / from as usize);
            }
            whole.process(&input, &mut b);
            assert_eq!(a, b);
        }
    }

    #[test]
    fn same_rate_is_the_identity() {
        let pcm = tone(440.0, 8000, 333);
        assert_eq!(resample(&pcm, 8000, 8000), pcm);
        assert!(Resampler::new(8000, 8000).delay_ms() == 0.0);
        assert!(Resampler::new(48_000, 8000).delay_ms() < 5.0);
    }
}
