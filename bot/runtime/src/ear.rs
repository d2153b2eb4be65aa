//! The far end's recent audio, by position on the call's clock.

use crate::media::{FRAME, FarAudio};

/// Samples in a millisecond at 8 kHz.
const PER_MS: usize = 8;
/// What is kept: the longest utterance and its pre-roll.
const KEPT: usize = 30_000 * PER_MS;

/// The audio since the answer, of which the last 30 s are kept.
#[derive(Debug, Default)]
pub struct Ear {
    samples: Vec<i16>,
    /// Position of `samples[0]`.
    base: usize,
}

impl Ear {
    /// One frame; a gap before it (frames that were dropped) becomes silence.
    pub fn push(&mut self, audio: &FarAudio) {
        let at = audio.index as usize * FRAME;
        let end = self.base + self.samples.len();
        if at > end + KEPT {
            // Nothing from before such a gap is kept anyway.
            self.samples.clear();
            self.base = at;
        } else if at > end {
            self.samples.resize(at - self.base, 0);
        }
        self.samples.extend_from_slice(&audio.frame);
        // Trimmed in large steps, so that most frames only append.
        if self.samples.len() > 2 * KEPT {
            let cut = self.samples.len() - KEPT;
            self.samples.drain(..cut);
            self.base += cut;
        }
    }

    /// The audio of `from_ms..to_ms`, as far as it is there.
    pub fn slice(&self, from_ms: u32, to_ms: u32) -> Vec<i16> {
        let place = |ms: u32| (ms as usize * PER_MS).saturating_sub(self.base).min(self.samples.len());
        self.samples.get(place(from_ms)..place(to_ms)).unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_half_minute_can_be_read_by_its_time() {
        let mut ear = Ear::default();
        for index in 0..5000u32 {
            ear.push(&FarAudio { index, frame: [(index % 100) as i16; FRAME] });
        }
        let heard = ear.slice(99_000, 99_040);
        assert_eq!(heard.len(), 320);
        assert_eq!((heard[0], heard[319]), ((4950 % 100) as i16, (4951 % 100) as i16));
        assert!(ear.slice(0, 1000).is_empty());
        assert_eq!(ear.slice(99_980, 200_000).len(), 160);
    }

    #[test]
    fn dropped_frames_are_silence_and_shift_nothing() {
        let mut ear = Ear::default();
        ear.push(&FarAudio { index: 0, frame: [1; FRAME] });
        ear.push(&FarAudio { index: 3, frame: [4; FRAME] });
        assert_eq!(ear.slice(59, 61), [[0; 8], [4; 8]].concat());
        // Also after a gap longer than what is kept.
        ear.push(&FarAudio { index: 9000, frame: [9; FRAME] });
        assert_eq!(ear.slice(180_000, 180_001), [9; 8]);
        assert!(ear.slice(0, 80).is_empty());
    }
}
