//! What the network says in early media when it does not say it in SIP: ringing, busy, congestion,
//! or special information tones.

use super::{
    Sit,
    cadence::{Burst, CadenceTracker, NetworkTone},
    sit::SitWatch,
    steady::SteadyTracker,
};
use crate::Frame;

/// Bursts that must agree before busy or reorder is believed.
const BUSY_BURSTS: u8 = 2;
const REORDER_BURSTS: u8 = 3;
/// A pause this long after a tone is that of ringing.
const RING_PAUSE_MS: u32 = 1500;
/// A ring tone this long is ringing already.
const RING_ON_MS: u32 = 800;
/// Longer tones are dial tone, or music.
const RING_MAX_ON_MS: u32 = 3000;

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressTone {
    /// The called phone rings.
    Ringback,
    /// The called line is busy.
    Busy,
    /// Fast busy: the network cannot carry the call.
    Reorder,
    /// An announcement follows that says why the call cannot be made.
    Sit(Sit),
}

/// Listens to early media. Each finding is told once until another takes its place.
#[derive(Clone, Debug)]
pub struct ProgressDetector {
    cadence: CadenceTracker,
    steady: SteadyTracker,
    sit: SitWatch,
    busy: u8,
    reorder: u8,
    told: Option<ProgressTone>,
}

impl Default for ProgressDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl ProgressDetector {
    /// A detector at the start of early media.
    pub fn new() -> Self {
        Self {
            cadence: CadenceTracker::new(),
            steady: SteadyTracker::new(),
            sit: SitWatch::default(),
            busy: 0,
            reorder: 0,
            told: None,
        }
    }

    /// Takes the next frame; gives what has just become certain.
    pub fn push(&mut self, frame: &Frame) -> Option<ProgressTone> {
        let sit = self.steady.push(frame).and_then(|tone| self.sit.push(tone)).map(ProgressTone::Sit);
        let found = sit.or(match self.cadence.push(frame) {
            Some((burst, true)) => self.complete(burst),
            Some((burst, false)) => rings(burst).then_some(ProgressTone::Ringback),
            None => None,
        });
        let news = found.filter(|f| self.told != Some(*f));
        self.told = news.or(self.told);
        news
    }

    fn complete(&mut self, burst: Burst) -> Option<ProgressTone> {
        let signals = burst.tone != NetworkTone::RingPair;
        let within = |low, high| signals && (low..=high).contains(&burst.on_ms) && (low..=high).contains(&burst.off_ms);
        self.busy = if within(320, 620) { self.busy + 1 } else { 0 };
        self.reorder = if within(140, 319) { self.reorder + 1 } else { 0 };
        // Counting stops where the answer is known, so that hours of busy tone cannot overflow it.
        self.busy = self.busy.min(BUSY_BURSTS);
        self.reorder = self.reorder.min(REORDER_BURSTS);
        if self.busy == BUSY_BURSTS {
            Some(ProgressTone::Busy)
        } else if self.reorder == REORDER_BURSTS {
            Some(ProgressTone::Reorder)
        } else {
            None
        }
    }
}

/// A ringing cadence, told by its long tone or its long pause.
fn rings(burst: Burst) -> bool {
    let ring_tone = burst.tone != NetworkTone::BusyPair;
    let long_pause = burst.off_ms >= RING_PAUSE_MS && (300..=RING_MAX_ON_MS).contains(&burst.on_ms);
    let long_tone = burst.tone == NetworkTone::RingPair && (RING_ON_MS..=RING_MAX_ON_MS).contains(&burst.on_ms);
    ring_tone && (long_pause || long_tone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FRAME_SAMPLES,
        tones::{
            SIT_STEPS,
            generate::{babble, cadence, silence, sit, tones},
        },
    };

    /// Findings with the time at which they were told, in ms.
    fn findings(pcm: &[i16]) -> Vec<(ProgressTone, usize)> {
        let mut d = ProgressDetector::new();
        let frames = pcm.as_chunks::<FRAME_SAMPLES>().0.iter().enumerate();
        frames.filter_map(|(i, f)| d.push(f).map(|p| (p, (i + 1) * 20))).collect()
    }

    fn only(pcm: &[i16]) -> Option<ProgressTone> {
        let found = findings(pcm);
        assert!(found.len() <= 1, "{found:?}");
        found.first().map(|f| f.0)
    }

    #[test]
    fn busy_of_many_countries_within_three_seconds() {
        for (hz, on, off) in [
            (&[480.0, 620.0][..], 500, 500),
            (&[425.0], 500, 500),
            (&[425.0], 480, 480),
            (&[400.0], 375, 375),
            (&[450.0], 350, 350),
        ] {
            let found = findings(&cadence(hz, on, off, 6, -18.0));
            assert_eq!(found.len(), 1, "{hz:?} {on}/{off}: {found:?}");
            assert_eq!(found[0].0, ProgressTone::Busy);
            assert!(found[0].1 <= 3000);
        }
    }

    #[test]
    fn fast_busy_is_reorder() {
        for (hz, ms) in [(&[480.0, 620.0][..], 250), (&[425.0], 200), (&[425.0], 250)] {
            assert_eq!(only(&cadence(hz, ms, ms, 10, -18.0)), Some(ProgressTone::Reorder), "{hz:?} {ms}");
        }
    }

    #[test]
    fn ringback_of_many_countries() {
        let british: Vec<i16> = [cadence(&[400.0, 450.0], 400, 200, 2, -18.0), silence(1800)].concat().repeat(2);
        assert_eq!(only(&british), Some(ProgressTone::Ringback));
        for (hz, on, off) in [
            (&[440.0, 480.0][..], 2000, 4000),
            (&[425.0], 1000, 4000),
            (&[425.0], 1000, 3000),
            (&[440.0, 480.0], 1000, 2000),
        ] {
            assert_eq!(only(&cadence(hz, on, off, 3, -18.0)), Some(ProgressTone::Ringback), "{hz:?} {on}/{off}");
        }
    }

    #[test]
    fn ringing_that_turns_busy_is_told_twice() {
        let pcm =
            [cadence(&[440.0, 480.0], 2000, 4000, 1, -18.0), cadence(&[480.0, 620.0], 500, 500, 4, -18.0)].concat();
        let kinds: Vec<ProgressTone> = findings(&pcm).into_iter().map(|f| f.0).collect();
        assert_eq!(kinds, [ProgressTone::Ringback, ProgressTone::Busy]);
    }

    #[test]
    fn every_special_information_tone_is_told_apart_at_any_alignment() {
        for (kind, steps) in SIT_STEPS {
            for shift in [0, 45, 111] {
                let pcm = [vec![0; 800 + shift], sit(steps, -18.0), silence(100), babble(1500, 2, -14.0)].concat();
                assert_eq!(only(&pcm), Some(ProgressTone::Sit(kind)), "shift {shift}");
            }
        }
        assert!(Sit::VacantCode.number_is_invalid() && Sit::Unspecified.number_is_invalid());
        assert!(!Sit::NoCircuit.number_is_invalid());
    }

    #[test]
    fn speech_dial_tone_music_and_silence_say_nothing() {
        for seed in 0..4 {
            assert_eq!(only(&babble(20_000, seed, -12.0)), None);
        }
        assert_eq!(only(&tones(&[350.0, 440.0], 5000, -15.0)), None);
        assert_eq!(only(&tones(&[425.0], 5000, -15.0)), None);
        assert_eq!(only(&cadence(&[523.0, 659.0], 500, 500, 6, -15.0)), None);
        assert_eq!(only(&silence(5000)), None);
    }
}
