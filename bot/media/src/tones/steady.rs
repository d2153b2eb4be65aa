//! Stretches of one steady tone, the material of beeps and of special information tones.

use super::spectrum::{energy_at, explained, strongest_hz};
use crate::{FRAME_MS, FRAME_SAMPLES, Frame, mix::rms};

/// Quieter frames are silence (−47 dBFS).
const MIN_RMS: f32 = 150.0;
/// Share of a frame that one tone must explain.
const MIN_EXPLAINED: f32 = 0.85;
/// How far frequency (Hz) and level (ratio, 3 dB) may wander.
const MAX_DETUNE_HZ: f32 = 18.0;
const MAX_LEVEL_RATIO: f32 = 1.42;
/// Frequencies looked at.
const LOW_HZ: f32 = 375.0;
const HIGH_HZ: f32 = 2525.0;

/// A finished stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steady {
    pub(super) hz: f32,
    /// Mean share of its frames that the one tone explains.
    pub(super) purity: f32,
    pub(super) start_ms: u32,
    pub(super) end_ms: u32,
}

impl Steady {
    pub(super) fn length_ms(&self) -> u32 {
        self.end_ms - self.start_ms
    }
}

/// A stretch in progress.
#[derive(Clone, Copy, Debug)]
struct Run {
    start_ms: u32,
    frames: u32,
    hz_sum: f32,
    rms_sum: f32,
    purity_sum: f32,
}

impl Run {
    fn hz(&self) -> f32 {
        self.hz_sum / self.frames as f32
    }

    fn rms(&self) -> f32 {
        self.rms_sum / self.frames as f32
    }

    fn fits(&self, hz: f32, level: f32) -> bool {
        let ratio = level / self.rms();
        (hz - self.hz()).abs() <= MAX_DETUNE_HZ && (1.0 / MAX_LEVEL_RATIO..=MAX_LEVEL_RATIO).contains(&ratio)
    }
}

/// Cuts a stream into steady stretches.
#[derive(Clone, Debug)]
pub(super) struct SteadyTracker {
    now_ms: u32,
    previous: Frame,
    run: Option<Run>,
}

impl SteadyTracker {
    pub(super) fn new() -> Self {
        Self { now_ms: 0, previous: crate::SILENCE, run: None }
    }

    /// Takes the next frame; gives the stretch that ended with it or just before it.
    pub(super) fn push(&mut self, frame: &Frame) -> Option<Steady> {
        let tone = single_tone(frame);
        let finished = match (&mut self.run, tone) {
            (Some(run), Some((hz, level, purity))) if run.fits(hz, level) => {
                run.frames += 1;
                run.hz_sum += hz;
                run.rms_sum += level;
                run.purity_sum += purity;
                None
            }
            (run, _) => run.take().map(|run| self.finish(run, frame)),
        };
        if self.run.is_none() {
            self.run = tone.map(|(hz, level, purity)| {
                let lead_ms = partial_ms(&self.previous, hz, level);
                Run {
                    start_ms: self.now_ms.saturating_sub(lead_ms),
                    frames: 1,
                    hz_sum: hz,
                    rms_sum: level,
                    purity_sum: purity,
                }
            });
        }
        self.previous = *frame;
        self.now_ms += FRAME_MS;
        finished
    }

    fn finish(&self, run: Run, after: &Frame) -> Steady {
        Steady {
            hz: run.hz(),
            purity: run.purity_sum / run.frames as f32,
            start_ms: run.start_ms,
            end_ms: self.now_ms + partial_ms(after, run.hz(), run.rms()),
        }
    }
}

/// Frequency, level and purity of a frame that is one tone.
fn single_tone(frame: &Frame) -> Option<(f32, f32, f32)> {
    let level = rms(frame);
    if level < MIN_RMS {
        return None;
    }
    let hz = strongest_hz(frame, LOW_HZ, HIGH_HZ);
    let purity = explained(frame, &[hz]);
    (purity >= MIN_EXPLAINED).then_some((hz, level, purity))
}

/// How much of a neighbouring frame the tone also fills, judged by its energy there.
fn partial_ms(frame: &Frame, hz: f32, level: f32) -> u32 {
    // A tone that fills a share of the frame has that share, squared, of a full frame's Goertzel energy.
    let full = level * level * FRAME_SAMPLES as f32;
    let share = (energy_at(frame, hz) / full).clamp(0.0, 1.0).sqrt();
    (share * FRAME_MS as f32).round() as u32
}
