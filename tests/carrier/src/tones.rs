//! Tones of the telephone network as 8 kHz samples. Pure.

use crate::RATE_HZ;
use std::f32::consts::PI;

/// Level of each component, about −16 dBFS.
const LEVEL: f32 = 5000.0;

/// Samples in `ms` milliseconds.
pub fn samples(ms: u64) -> usize {
    (ms * u64::from(RATE_HZ) / 1000) as usize
}

/// Sum of sines for `ms`, with edges of 5 ms so that it does not click.
pub fn tone(hz: &[f32], ms: u64) -> Vec<i16> {
    let count = samples(ms);
    let edge = samples(5) as f32;
    let value = |n: usize| {
        let fade = (n as f32 / edge).min((count - n) as f32 / edge).min(1.0);
        let sum: f32 = hz.iter().map(|f| (2.0 * PI * f * n as f32 / RATE_HZ as f32).sin()).sum();
        (LEVEL * fade * sum) as i16
    };
    (0..count).map(value).collect()
}

/// Special information tones, "vacant number" (ITU-T E.180): three rising tones before an announcement.
pub fn special_information() -> Vec<i16> {
    [(985.2, 380), (1370.6, 274), (1776.7, 380)].iter().flat_map(|(hz, ms)| tone(&[*hz], *ms)).collect()
}

/// Ringback of the North American plan: 440 + 480 Hz, two seconds on, four off, for `ms` in all.
pub fn ringback(ms: u64) -> Vec<i16> {
    let mut cycle = tone(&[440.0, 480.0], 2000);
    cycle.resize(samples(6000), 0);
    cycle.into_iter().cycle().take(samples(ms)).collect()
}

/// Frequencies of a telephone key (ITU-T Q.23).
fn key_hz(key: char) -> Option<[f32; 2]> {
    const ROWS: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
    let (row, line) = ROWS.iter().enumerate().find(|(_, line)| line.contains(key))?;
    let column = line.find(key)?;
    Some([[697.0, 770.0, 852.0, 941.0][row], [1209.0, 1336.0, 1477.0, 1633.0][column]])
}

/// A key as a tone of 120 ms and a gap of 80 ms; nothing for what is no key.
pub fn key(key: char) -> Vec<i16> {
    let Some(hz) = key_hz(key) else {
        return Vec::new();
    };
    let mut pcm = tone(&hz, 120);
    pcm.resize(samples(200), 0);
    pcm
}

/// Both at once; the longer one decides the length.
pub fn mix(a: &[i16], b: &[i16]) -> Vec<i16> {
    let at = |pcm: &[i16], n: usize| pcm.get(n).copied().unwrap_or(0);
    (0..a.len().max(b.len())).map(|n| at(a, n).saturating_add(at(b, n))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Power at one frequency.
    fn power_at(pcm: &[i16], hz: f32) -> f32 {
        let angle = |n: usize| 2.0 * PI * hz * n as f32 / RATE_HZ as f32;
        let sum = |f: fn(f32) -> f32| pcm.iter().enumerate().map(|(n, s)| f32::from(*s) * f(angle(n))).sum::<f32>();
        (sum(f32::cos).powi(2) + sum(f32::sin).powi(2)).sqrt() / pcm.len() as f32
    }

    #[test]
    fn a_key_has_its_two_frequencies_and_no_others() {
        let five = key('5');
        assert!(power_at(&five, 770.0) > 1000.0 && power_at(&five, 1336.0) > 1000.0);
        assert!(power_at(&five, 697.0) < 300.0 && power_at(&five, 1477.0) < 300.0);
        assert!(key('x').is_empty());
    }

    #[test]
    fn ringback_rings_two_seconds_of_six() {
        let ring = ringback(7000);
        assert_eq!(ring.len(), 56_000);
        assert!(ring[2 * 8000 + 10..6 * 8000].iter().all(|s| *s == 0));
        assert!(ring[6 * 8000 + 100..7 * 8000].iter().any(|s| *s > 3000));
    }
}
