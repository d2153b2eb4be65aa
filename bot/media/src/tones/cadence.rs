//! Tones switched on and off: what is on, for how long, and the silence after it.

use super::spectrum::explained;
use crate::{FRAME_MS, FRAME_SAMPLES, Frame, mix::rms};

/// Quieter frames are off (−47 dBFS).
const MIN_RMS: f32 = 150.0;
/// Share of 40 ms that the tones must explain.
const MIN_EXPLAINED: f32 = 0.88;

/// Tones that networks use for progress. Single tones first: pairs close together explain them too.
const NETWORK: [(NetworkTone, &[f32]); 7] = [
    (NetworkTone::Single, &[425.0]),
    (NetworkTone::Single, &[400.0]),
    (NetworkTone::Single, &[450.0]),
    (NetworkTone::Single, &[440.0]),
    (NetworkTone::BusyPair, &[480.0, 620.0]),
    (NetworkTone::RingPair, &[440.0, 480.0]),
    (NetworkTone::RingPair, &[400.0, 450.0]),
];

/// What a tone can mean by its frequencies alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetworkTone {
    /// One tone serves for everything; the cadence tells.
    Single,
    /// North American busy and reorder.
    BusyPair,
    /// North American and British ringback.
    RingPair,
}

/// A tone and the silence that followed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Burst {
    pub(super) tone: NetworkTone,
    pub(super) on_ms: u32,
    pub(super) off_ms: u32,
}

/// Follows the switching.
#[derive(Clone, Debug)]
pub(super) struct CadenceTracker {
    previous: Frame,
    on_ms: u32,
    off_ms: u32,
    /// Votes of the 40-ms windows inside the tone, by index of [`NETWORK`], and windows without one.
    votes: [u32; NETWORK.len()],
    others: u32,
}

impl CadenceTracker {
    pub(super) fn new() -> Self {
        Self { previous: crate::SILENCE, on_ms: 0, off_ms: 0, votes: [0; NETWORK.len()], others: 0 }
    }

    /// Takes the next frame. Gives the burst so far: complete when the next one begins (`true`), or
    /// growing, so that long tones and long pauses are seen in time. Sounds that are no network tone give `None`.
    pub(super) fn push(&mut self, frame: &Frame) -> Option<(Burst, bool)> {
        let on = rms(frame) > MIN_RMS;
        let was_on = rms(&self.previous) > MIN_RMS;
        let complete = on && self.off_ms > 0;
        let result = if complete { self.burst().map(|b| (b, true)) } else { None };
        if complete {
            *self = Self { previous: self.previous, ..Self::new() };
        }
        if on && was_on && !complete {
            self.vote(frame);
        }
        *(if on { &mut self.on_ms } else { &mut self.off_ms }) += FRAME_MS;
        self.previous = *frame;
        result.or_else(|| self.burst().map(|b| (b, false)))
    }

    fn vote(&mut self, frame: &Frame) {
        let mut window = [0; 2 * FRAME_SAMPLES];
        window[..FRAME_SAMPLES].copy_from_slice(&self.previous);
        window[FRAME_SAMPLES..].copy_from_slice(frame);
        match NETWORK.iter().position(|(_, hz)| explained(&window, hz) > MIN_EXPLAINED) {
            Some(index) => self.votes[index] += 1,
            None => self.others += 1,
        }
    }

    /// The current burst, if most of it is one network tone.
    fn burst(&self) -> Option<Burst> {
        let (index, votes) = self.votes.iter().enumerate().max_by_key(|(_, v)| **v)?;
        let total: u32 = self.votes.iter().sum::<u32>() + self.others;
        // The frames at both edges are half tone, half silence.
        (*votes >= 2 && votes * 10 >= total.saturating_sub(2) * 8).then_some(Burst {
            tone: NETWORK[index].0,
            on_ms: self.on_ms,
            off_ms: self.off_ms,
        })
    }
}
