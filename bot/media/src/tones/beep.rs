//! The beep after a voicemail greeting: one steady tone between 400 and 2500 Hz of at least 120 ms.
//!
//! Decided when the tone ends, at most 40 ms later. Speech is no beep: its frames are many harmonics,
//! not one tone, and its pitch moves. Tones of more than four seconds are the network's, not a machine's.

use super::steady::{Steady, SteadyTracker};
use crate::Frame;

/// Shortest beep, with allowance for the estimate of its edges.
const MIN_MS: u32 = 112;
const MAX_MS: u32 = 4000;
/// A closed vowel can be nearly one tone for an eighth of a second: short beeps must be purer.
const SHORT_MS: u32 = 250;
const SHORT_PURITY: f32 = 0.96;

/// A beep that has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beep {
    pub hz: f32,
    /// Milliseconds since the detector's first frame, to about 5 ms.
    pub start_ms: u32,
    pub end_ms: u32,
}

/// Listens for beeps.
#[derive(Clone, Debug)]
pub struct BeepDetector {
    tracker: SteadyTracker,
}

impl Default for BeepDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl BeepDetector {
    /// A detector whose time zero is its first frame.
    pub fn new() -> Self {
        Self { tracker: SteadyTracker::new() }
    }

    /// Takes the next frame; gives a beep that ended in it or just before.
    pub fn push(&mut self, frame: &Frame) -> Option<Beep> {
        let tone = self.tracker.push(frame)?;
        is_beep(&tone).then_some(Beep { hz: tone.hz, start_ms: tone.start_ms, end_ms: tone.end_ms })
    }
}

fn is_beep(tone: &Steady) -> bool {
    let pure = tone.length_ms() >= SHORT_MS || tone.purity >= SHORT_PURITY;
    pure && (400.0..=2500.0).contains(&tone.hz) && (MIN_MS..=MAX_MS).contains(&tone.length_ms())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FRAME_SAMPLES,
        codec::{Codec, Decoder, Encoder},
        tones::generate::{babble, dtmf, silence, tones},
    };

    /// Beeps, each with the time at which it was told.
    fn beeps(pcm: &[i16]) -> Vec<(Beep, u32)> {
        let mut d = BeepDetector::new();
        let frames = pcm.as_chunks::<FRAME_SAMPLES>().0.iter().enumerate();
        frames.filter_map(|(i, f)| d.push(f).map(|b| (b, (i as u32 + 1) * 20))).collect()
    }

    #[test]
    fn a_beep_after_a_greeting_is_found_with_its_times_at_any_pitch_length_and_alignment() {
        for (hz, ms, level) in
            [(425.0, 300, -20.0), (1000.0, 400, -12.0), (1400.0, 120, -10.0), (2450.0, 800, -25.0), (440.0, 125, -32.0)]
        {
            for shift in [0, 37, 80, 159] {
                let greeting = [babble(1500, 4, -14.0), vec![0; 2400 + shift]].concat();
                let begin = greeting.len() as u32 / 8;
                let found = beeps(&[greeting, tones(&[hz], ms, level), silence(300)].concat());
                assert_eq!(found.len(), 1, "{hz} Hz, {ms} ms, shift {shift}: {found:?}");
                let (beep, told_ms) = found[0];
                assert!((beep.hz - hz).abs() < 8.0, "{beep:?}");
                assert!(
                    beep.start_ms.abs_diff(begin) <= 8 && beep.end_ms.abs_diff(begin + ms) <= 8,
                    "{beep:?}, {begin}"
                );
                assert!(told_ms - (begin + ms) <= 60, "told {} ms after its end", told_ms - (begin + ms));
            }
        }
    }

    #[test]
    fn a_beep_over_the_wire_and_over_noise_is_still_a_beep() {
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
            let mut pcm = [silence(200), tones(&[1004.0], 400, -15.0), silence(400)].concat();
            for (i, s) in pcm.iter_mut().enumerate() {
                *s += (i as i32 * 7919 % 199 - 99) as i16 / 2;
            }
            let (mut e, mut d) = (Encoder::new(codec), Decoder::new(codec));
            let coded = pcm.as_chunks().0.iter().flat_map(|f| {
                let payload = e.encode(f).expect("encodes");
                d.decode(&payload).expect("decodes")
            });
            let found = beeps(&coded.collect::<Vec<_>>());
            assert_eq!(found.len(), 1, "{codec:?}: {found:?}");
        }
    }

    #[test]
    fn speech_keys_clicks_and_network_tones_are_no_beep() {
        for seed in 0..6 {
            assert_eq!(beeps(&babble(20_000, seed, -12.0)), [], "voice {seed}");
        }
        let key = crate::dtmf::Key::from_char('5').expect("a key");
        assert_eq!(beeps(&[dtmf(key, 300, -12.0), silence(100)].concat()), []);
        assert_eq!(beeps(&[tones(&[1000.0], 60, -12.0), silence(100)].concat()), []);
        assert_eq!(beeps(&[tones(&[480.0, 620.0], 500, -12.0), silence(100)].concat()), []);
        assert_eq!(beeps(&[tones(&[440.0, 480.0], 2000, -12.0), silence(100)].concat()), []);
        assert_eq!(beeps(&[tones(&[425.0], 6000, -12.0), silence(100)].concat()), []);
    }
}
