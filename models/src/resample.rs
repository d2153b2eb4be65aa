//! One whole piece of speech from one sample rate to another, without aliasing.
//!
//! A windowed sinc (Kaiser, about 70 dB) in polyphase form. The ratio is exact and the delay is
//! compensated: a sound at time t stays at time t. Streams of packets are not handled here.

use std::f64::consts::PI;

/// Relative to the lower of the two Nyquist frequencies: flat below, gone above 1.
const PASS_BAND: f64 = 0.9;
/// Kaiser's shape parameter for about 70 dB.
const BETA: f64 = 6.8;
/// (70 dB − 7.95) ÷ 2.285, from Kaiser's estimate of a filter's length.
const TAPS_PER_RADIAN: f64 = 27.2;

/// `pcm` at `from_hz` as PCM at `to_hz`.
pub fn resample(pcm: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    if from_hz == to_hz || pcm.is_empty() || from_hz == 0 || to_hz == 0 {
        return pcm.to_vec();
    }
    let common = gcd(from_hz, to_hz);
    let (up, down) = ((to_hz / common) as usize, (from_hz / common) as usize);
    let phases = filter(from_hz, to_hz, up);
    let half = phases[0].len() / 2;
    let length = pcm.len() * up / down;
    (0..length)
        .map(|n| {
            let place = n * down;
            let (at, taps) = (place / up, &phases[place % up]);
            let first = at.saturating_sub(half);
            let last = (at + half + 1).min(pcm.len());
            let taps = &taps[first + half - at..];
            let sum: f32 = pcm[first..last].iter().zip(taps).map(|(&s, &t)| f32::from(s) * t).sum();
            sum.round().clamp(-32_768.0, 32_767.0) as i16
        })
        .collect()
}

/// For each of `up` positions between two input samples, the weights of the samples around it.
fn filter(from_hz: u32, to_hz: u32, up: usize) -> Vec<Vec<f32>> {
    let lower = f64::from(from_hz.min(to_hz)) / f64::from(from_hz);
    let transition = PI * lower * (1.0 - PASS_BAND);
    let half = (TAPS_PER_RADIAN / transition / 2.0).ceil();
    let cutoff = lower * (1.0 + PASS_BAND) / 2.0;
    let top = bessel_i0(BETA);
    (0..up)
        .map(|phase| {
            let shift = phase as f64 / up as f64;
            let taps: Vec<f64> = (-(half as i64)..=half as i64)
                .map(|k| {
                    let t = k as f64 - shift;
                    sinc(cutoff * t) * kaiser(t / (half + 1.0)) / top
                })
                .collect();
            let sum: f64 = taps.iter().sum();
            taps.iter().map(|t| (t / sum) as f32).collect()
        })
        .collect()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Kaiser's window, not yet divided by its middle value; 0 beyond ±1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel_i0(BETA * (1.0 - x * x).sqrt()) }
}

/// The modified Bessel function of order zero, by its series.
fn bessel_i0(x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut k = 1.0;
    while term > sum * 1e-9 {
        term *= (x / 2.0 / k) * (x / 2.0 / k);
        sum += term;
        k += 1.0;
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32, seconds: f64) -> Vec<i16> {
        let n = (f64::from(rate) * seconds) as usize;
        (0..n).map(|i| (10_000.0 * (2.0 * PI * hz * i as f64 / f64::from(rate)).sin()) as i16).collect()
    }

    /// Root mean square of the middle, away from the filter's start and end.
    fn rms(pcm: &[i16]) -> f64 {
        let middle = &pcm[pcm.len() / 4..pcm.len() * 3 / 4];
        (middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / middle.len() as f64).sqrt()
    }

    #[test]
    fn speech_frequencies_pass_and_what_would_alias_is_gone() {
        let full = 10_000.0 / 2f64.sqrt();
        for rate in [16_000, 22_050, 24_000, 44_100, 48_000] {
            for hz in [200.0, 1_000.0, 3_000.0, 3_500.0] {
                let level = rms(&resample(&tone(hz, rate, 0.5), rate, 8_000));
                assert!((level / full - 1.0).abs() < 0.02, "{hz} Hz at {rate}: {level}");
            }
            for hz in [4_050.0, 4_500.0, 5_500.0, 7_900.0] {
                let level = rms(&resample(&tone(hz, rate, 0.5), rate, 8_000));
                assert!(20.0 * (level / full).log10() < -60.0, "{hz} Hz at {rate}: {level}");
            }
        }
    }

    /// A tone that glides from one frequency to another in four seconds.
    fn sweep(from: f64, to: f64, rate: u32) -> Vec<i16> {
        let length = 4.0 * f64::from(rate);
        let phase = |i: f64| 2.0 * PI * (from * i + (to - from) * i * i / 2.0 / length) / f64::from(rate);
        (0..length as usize).map(|i| (30_000.0 * phase(i as f64).sin()) as i16).collect()
    }

    #[test]
    fn a_sweep_is_level_below_3400_hz_and_60_db_down_above_4100_hz() {
        let level = |block: &[i16]| {
            let power = block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / block.len() as f64;
            10.0 * (power.max(0.25) / (30_000.0f64.powi(2) / 2.0)).log10()
        };
        // What the engines speak at, and what people record at.
        for rate in [16_000, 22_050, 24_000, 44_100, 48_000] {
            let passed = resample(&sweep(200.0, 3_400.0, rate), rate, 8_000);
            let middle = &passed[160..passed.len() - 160];
            let worst = middle.chunks_exact(800).map(|b| level(b).abs()).fold(0.0, f64::max);
            assert!(worst < 0.1, "{rate}: {worst:.2} dB of ripple");
            let stopped = resample(&sweep(4_100.0, f64::from(rate) / 2.0 - 50.0, rate), rate, 8_000);
            let middle = &stopped[160..stopped.len() - 160];
            let loudest = middle.chunks_exact(80).map(level).fold(-200.0, f64::max);
            assert!(loudest < -60.0, "{rate}: {loudest:.1} dB come through");
        }
    }

    #[test]
    fn time_is_kept() {
        let mut click = vec![0i16; 22_050];
        click[11_025] = 30_000;
        let out = resample(&click, 22_050, 8_000);
        assert_eq!(out.len(), 8_000);
        let loudest = (0..out.len()).max_by_key(|&i| i32::from(out[i]).abs());
        assert_eq!(loudest, Some(4_000));
    }

    #[test]
    fn the_shortest_pieces_and_equal_rates_are_fine() {
        assert_eq!(resample(&[1, 2, 3], 8_000, 8_000), [1, 2, 3]);
        assert!(resample(&[7], 16_000, 8_000).is_empty());
        assert_eq!(resample(&[100; 3], 8_000, 16_000).len(), 6);
    }
}
