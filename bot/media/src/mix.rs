//! Adding, scaling and measuring frames. All sums saturate.

use crate::Frame;

/// `a + b`, saturating.
pub fn mix(a: &Frame, b: &Frame) -> Frame {
    let mut out = *a;
    mix_into(&mut out, b);
    out
}

/// Adds `other` onto `frame`, saturating.
pub fn mix_into(frame: &mut Frame, other: &Frame) {
    for (x, y) in frame.iter_mut().zip(other) {
        *x = x.saturating_add(*y);
    }
}

/// Scales samples by a factor given in decibels, saturating.
pub fn gain_db(pcm: &mut [i16], db: f32) {
    let factor = 10_f32.powf(db / 20.0);
    for s in pcm {
        *s = (f32::from(*s) * factor).round() as i16; // a float cast saturates
    }
}

/// Root mean square of samples, 0–32768. Zero for an empty slice.
pub fn rms(pcm: &[i16]) -> f32 {
    if pcm.is_empty() {
        return 0.0;
    }
    let energy: f64 = pcm.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    (energy / pcm.len() as f64).sqrt() as f32
}

/// Level in dB against a full-scale square wave; −96 for silence.
pub fn level_dbfs(pcm: &[i16]) -> f32 {
    (20.0 * (rms(pcm) / 32_768.0).log10()).max(-96.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SILENCE;

    #[test]
    fn two_loud_voices_saturate_and_do_not_wrap() {
        let loud = [30_000; 160];
        assert_eq!(mix(&loud, &loud), [i16::MAX; 160]);
        assert_eq!(mix(&[-30_000; 160], &[-30_000; 160]), [i16::MIN; 160]);
        assert_eq!(mix(&loud, &SILENCE), loud);
    }

    #[test]
    fn gain_is_in_decibels() {
        let mut pcm = [1000_i16; 4];
        gain_db(&mut pcm, 6.0206);
        assert_eq!(pcm, [2000; 4]);
        gain_db(&mut pcm, 60.0);
        assert_eq!(pcm, [i16::MAX; 4]);
    }

    #[test]
    fn silence_has_a_floor_and_full_scale_is_zero() {
        assert_eq!(level_dbfs(&SILENCE), -96.0);
        assert!(level_dbfs(&[i16::MIN; 160]).abs() < 0.01);
        assert_eq!(level_dbfs(&[]), -96.0);
    }
}
