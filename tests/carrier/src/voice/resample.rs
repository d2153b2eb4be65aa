//! Offline conversion to 8 kHz with an anti-alias filter: windowed sinc, evaluated at each output instant.

use crate::RATE_HZ;
use std::f64::consts::PI;

/// Zero crossings of the sinc on each side; the Blackman window over them keeps aliases below about 70 dB.
const LOBES: f64 = 24.0;

/// Pass band edge as a share of the lower Nyquist frequency.
const EDGE: f64 = 0.95;

/// `pcm` at `from_hz`, as it sounds at 8 kHz.
pub(super) fn to_8k(pcm: &[i16], from_hz: u32) -> Vec<i16> {
    if from_hz == RATE_HZ || pcm.is_empty() {
        return pcm.to_vec();
    }
    let step = f64::from(from_hz) / f64::from(RATE_HZ);
    // Cut-off in cycles per input sample.
    let cut = 0.5 * EDGE / step.max(1.0);
    let reach = LOBES / (2.0 * cut);
    let count = (pcm.len() as f64 / step) as usize;
    (0..count).map(|n| at(pcm, n as f64 * step, cut, reach)).collect()
}

fn at(pcm: &[i16], position: f64, cut: f64, reach: f64) -> i16 {
    let first = (position - reach).ceil().max(0.0) as usize;
    let last = ((position + reach).floor() as usize).min(pcm.len() - 1);
    let sum: f64 = (first..=last)
        .map(|i| {
            let x = i as f64 - position;
            let phase = 2.0 * PI * cut * x;
            let sinc = if phase.abs() < 1e-9 { 1.0 } else { phase.sin() / phase };
            let w = x / reach;
            let window = 0.42 + 0.5 * (PI * w).cos() + 0.08 * (2.0 * PI * w).cos();
            f64::from(pcm[i]) * 2.0 * cut * sinc * window
        })
        .sum();
    sum.round().clamp(-32768.0, 32767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32) -> Vec<i16> {
        (0..rate).map(|n| (8000.0 * (2.0 * PI * hz * f64::from(n) / f64::from(rate)).sin()) as i16).collect()
    }

    fn rms(pcm: &[i16]) -> f64 {
        (pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
    }

    #[test]
    fn speech_band_passes_and_what_would_alias_vanishes() {
        for rate in [16_000, 22_050, 32_000] {
            let kept = to_8k(&tone(1000.0, rate), rate);
            let cut = to_8k(&tone(5200.0, rate), rate);
            assert!((rms(&kept[200..7800]) / 5657.0 - 1.0).abs() < 0.02, "{rate}: {}", rms(&kept));
            assert!(rms(&cut[200..7800]) < 8.0, "{rate}: {}", rms(&cut));
        }
    }
}
