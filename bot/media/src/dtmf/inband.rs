//! Keys heard as tones in the audio (ITU-T Q.23 frequencies, decisions in the spirit of Q.24).
//!
//! Blocks of 12.75 ms; a key counts when two blocks in a row agree, so 40 ms of tone are always
//! enough and 20 ms never. Speech is kept out by four guards: nearly all energy in the two tones,
//! bounded twist, no rival in the same group, and, over both blocks together, two steady tones at
//! nearly the right frequencies must explain the sound.

use super::{COLUMNS_HZ, GRID, Key, ROWS_HZ};
use crate::tones::spectrum::{energy, energy_at, explained};

/// Samples per block.
const BLOCK: usize = 102;
/// Mean square below which a block is silence (about −45 dBFS).
const MIN_POWER: f32 = 180.0 * 180.0;
/// Share of the block's energy in the two tones.
const MIN_SHARE: f32 = 0.82;
/// Column over row, and row over column, as energy ratios (8 dB and 6 dB).
const MAX_FORWARD_TWIST: f32 = 6.3;
const MAX_REVERSE_TWIST: f32 = 4.0;
/// Winner over runner-up of its group.
const MIN_LEAD: f32 = 5.0;
/// Share of two blocks that two steady tones must explain.
const MIN_EXPLAINED: f32 = 0.88;
/// Frequency error followed, in steps of half a percent each way.
const TUNING_STEPS: i8 = 5;
/// Blocks without the key before the same key can count again (38 ms).
const RELEASE_BLOCKS: u8 = 3;

/// Finds keys in a stream of 8 kHz audio.
#[derive(Clone, Debug, Default)]
pub struct InbandDetector {
    rest: Vec<i16>,
    previous: Vec<i16>,
    candidate: Option<Key>,
    held: Option<Key>,
    misses: u8,
}

impl InbandDetector {
    /// A detector at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next samples, any number; gives the keys whose pressing became certain in them.
    pub fn push(&mut self, pcm: &[i16]) -> Vec<Key> {
        self.rest.extend_from_slice(pcm);
        let blocks = std::mem::take(&mut self.rest);
        let mut chunks = blocks.chunks_exact(BLOCK);
        let keys = chunks.by_ref().filter_map(|block| self.block(block)).collect();
        self.rest = chunks.remainder().to_vec();
        keys
    }

    fn block(&mut self, block: &[i16]) -> Option<Key> {
        let hit = classify(block);
        let both = [self.previous.as_slice(), block].concat();
        let twice = hit.is_some_and(|key| Some(key) == self.candidate && is_steady(&both, key));
        self.candidate = hit;
        self.previous = block.to_vec();
        if hit.is_some() && hit == self.held {
            self.misses = 0;
            return None;
        }
        if twice {
            self.held = hit;
            self.misses = 0;
            return hit;
        }
        self.misses = self.misses.saturating_add(1);
        if self.misses >= RELEASE_BLOCKS {
            self.held = None;
        }
        None
    }
}

/// The key that a block is, if it is one.
fn classify(block: &[i16]) -> Option<Key> {
    let total = energy(block);
    if total < MIN_POWER * block.len() as f32 {
        return None;
    }
    let (row, row_energy) = winner(block, &ROWS_HZ)?;
    let (column, column_energy) = winner(block, &COLUMNS_HZ)?;
    let twist_ok = column_energy < row_energy * MAX_FORWARD_TWIST && row_energy < column_energy * MAX_REVERSE_TWIST;
    if !twist_ok || row_energy + column_energy < MIN_SHARE * total {
        return None;
    }
    Key::from_char(GRID[row][column])
}

/// Two unchanging tones close to the key's frequencies are all there is.
fn is_steady(pcm: &[i16], key: Key) -> bool {
    let tuned = |nominal: f32| {
        let around = (-TUNING_STEPS..=TUNING_STEPS).map(|step| nominal * (1.0 + 0.005 * f32::from(step)));
        around.max_by(|a, b| energy_at(pcm, *a).total_cmp(&energy_at(pcm, *b))).unwrap_or(nominal)
    };
    let (row, column) = key.frequencies_hz();
    explained(pcm, &[tuned(row), tuned(column)]) > MIN_EXPLAINED
}

/// Index and energy of the group's strongest frequency, if it stands out.
fn winner(block: &[i16], group: &[f32; 4]) -> Option<(usize, f32)> {
    let energies = group.map(|hz| energy_at(block, hz));
    let best = (0..4).max_by(|&a, &b| energies[a].total_cmp(&energies[b]))?;
    let rival = (0..4).filter(|&i| i != best).map(|i| energies[i]).fold(0.0, f32::max);
    (energies[best] > rival * MIN_LEAD).then_some((best, energies[best]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tones::generate::{babble, dtmf, dtmf_with_twist, silence, tones};

    const ALL: &str = "0123456789*#ABCD";

    fn heard(pcm: &[i16]) -> String {
        let mut d = InbandDetector::new();
        pcm.chunks(160).flat_map(|c| d.push(c)).map(Key::as_char).collect()
    }

    fn key(c: char) -> Key {
        Key::from_char(c).unwrap()
    }

    #[test]
    fn every_key_is_heard_once_at_any_usual_length_and_level() {
        for ms in [40, 65, 100, 500] {
            for level in [-8.0, -15.0, -30.0] {
                let pcm: Vec<i16> = ALL.chars().flat_map(|c| [dtmf(key(c), ms, level), silence(60)].concat()).collect();
                assert_eq!(heard(&pcm), ALL, "{ms} ms at {level} dB");
            }
        }
    }

    #[test]
    fn any_alignment_to_blocks_is_enough_for_40_ms() {
        for shift in 0..102 {
            let pcm = [vec![0; shift], dtmf(key('7'), 40, -12.0), silence(50)].concat();
            assert_eq!(heard(&pcm), "7", "shift {shift}");
        }
    }

    #[test]
    fn twenty_ms_are_not_a_key_at_any_alignment() {
        for shift in 0..102 {
            let pcm = [vec![0; shift], dtmf(key('7'), 20, -12.0), silence(50)].concat();
            assert_eq!(heard(&pcm), "", "shift {shift}");
        }
    }

    #[test]
    fn the_same_key_twice_is_two_keys_and_a_short_dropout_is_not() {
        let one = dtmf(key('1'), 80, -12.0);
        assert_eq!(heard(&[one.clone(), silence(60), one.clone(), silence(60)].concat()), "11");
        assert_eq!(heard(&[one.clone(), silence(10), one].concat()), "1");
    }

    #[test]
    fn twist_within_the_limits_is_accepted_and_beyond_refused() {
        for (twist, expected) in [(-5.0, "5"), (0.0, "5"), (7.0, "5"), (-9.0, ""), (11.0, "")] {
            let pcm = dtmf_with_twist(770.0, 1336.0, 100, -18.0, twist);
            assert_eq!(heard(&pcm), expected, "twist {twist} dB");
        }
    }

    #[test]
    fn off_frequency_and_single_tones_are_refused_small_errors_accepted() {
        assert_eq!(heard(&dtmf_with_twist(770.0 * 1.012, 1336.0 * 0.988, 100, -12.0, 0.0)), "5");
        assert_eq!(heard(&dtmf_with_twist(770.0 * 1.045, 1336.0 * 1.045, 100, -12.0, 0.0)), "");
        assert_eq!(heard(&tones(&[770.0], 200, -10.0)), "");
        assert_eq!(heard(&tones(&[480.0, 620.0], 500, -12.0)), "");
    }

    #[test]
    fn noise_below_the_key_does_not_hide_it() {
        let voice = babble(100, 3, -42.0);
        let pcm: Vec<i16> = dtmf(key('9'), 100, -15.0).iter().zip(&voice).map(|(a, b)| a + b).collect();
        assert_eq!(heard(&pcm), "9");
    }

    #[test]
    fn minutes_of_voice_like_sound_press_no_key() {
        for seed in 0..6 {
            assert_eq!(heard(&babble(20_000, seed, -12.0)), "", "voice {seed}");
        }
    }
}
