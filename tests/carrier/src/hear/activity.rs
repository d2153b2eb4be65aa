//! Voice activity by energy: when the far end starts and stops making sound.
//!
//! Thirty milliseconds above the threshold are a start, `hangover_ms` below it a stop. The threshold follows the
//! background (12 dB above it, never under −45 dBFS), so that comfort noise is silence and a hum does not speak forever.

/// Frames above the threshold that make a start.
const START_FRAMES: u32 = 2;

/// Lowest threshold, as RMS of a 16-bit frame: about −45 dBFS.
const LEAST_RMS: f64 = 180.0;

/// Threshold above the background.
const ABOVE_FLOOR: f64 = 4.0;

/// Growth of the background estimate per 20 ms frame while it is exceeded: about 3 dB a second.
const FLOOR_RISE: f64 = 1.007;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Sound began at this time.
    Started { at_us: u64 },
    /// Sound ended; `pcm` is all of it with a little before, the silence after it cut off.
    Stopped { from_us: u64, to_us: u64, pcm: Vec<i16> },
}

/// State between frames.
#[derive(Clone, Debug)]
pub struct Activity {
    hangover_us: u64,
    floor: f64,
    loud_frames: u32,
    first_loud_us: u64,
    last_loud_us: u64,
    speaking: bool,
    pcm: Vec<i16>,
    /// Samples of `pcm` up to and including the last loud frame.
    loud_samples: usize,
}

/// Audio kept from before a start: 200 ms.
const LEAD: usize = 10 * crate::FRAME;

/// Longest utterance kept; older sound is forgotten: 60 s.
const LONGEST: usize = 60 * crate::RATE_HZ as usize;

impl Activity {
    pub fn new(hangover_ms: u64) -> Self {
        Self {
            hangover_us: hangover_ms * 1000,
            floor: 20.0,
            loud_frames: 0,
            first_loud_us: 0,
            last_loud_us: 0,
            speaking: false,
            pcm: Vec::new(),
            loud_samples: 0,
        }
    }

    /// Whether the far end is speaking (or only pausing).
    pub fn speaking(&self) -> bool {
        self.speaking
    }

    /// Takes one frame that arrived at `now_us`.
    pub fn hear(&mut self, frame: &[i16], now_us: u64) -> Option<Edge> {
        let loud = self.is_loud(frame);
        self.keep(frame);
        if loud {
            if self.loud_frames == 0 {
                self.first_loud_us = now_us;
            }
            self.loud_frames += 1;
            self.last_loud_us = now_us;
            self.loud_samples = self.pcm.len();
        } else if !self.speaking {
            self.loud_frames = 0;
        }
        if !self.speaking && self.loud_frames >= START_FRAMES {
            self.speaking = true;
            return Some(Edge::Started { at_us: self.first_loud_us });
        }
        self.stop_if_over(now_us)
    }

    /// Lets time pass without audio.
    pub fn idle(&mut self, now_us: u64) -> Option<Edge> {
        self.stop_if_over(now_us)
    }

    fn is_loud(&mut self, frame: &[i16]) -> bool {
        let power = frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / frame.len().max(1) as f64;
        let rms = power.sqrt();
        let loud = rms > (self.floor * ABOVE_FLOOR).max(LEAST_RMS);
        self.floor = if rms < self.floor { 0.7 * self.floor + 0.3 * rms } else { (self.floor * FLOOR_RISE).min(rms) };
        self.floor = self.floor.max(1.0);
        loud
    }

    fn keep(&mut self, frame: &[i16]) {
        self.pcm.extend_from_slice(frame);
        let most = if self.speaking || self.loud_frames > 0 { LONGEST } else { LEAD };
        if let Some(surplus) = self.pcm.len().checked_sub(most) {
            self.pcm.drain(..surplus);
            self.loud_samples = self.loud_samples.saturating_sub(surplus);
        }
    }

    fn stop_if_over(&mut self, now_us: u64) -> Option<Edge> {
        if !self.speaking || now_us < self.last_loud_us + self.hangover_us {
            return None;
        }
        self.speaking = false;
        self.loud_frames = 0;
        let mut pcm = std::mem::take(&mut self.pcm);
        pcm.truncate(self.loud_samples);
        Some(Edge::Stopped { from_us: self.first_loud_us, to_us: self.last_loud_us, pcm })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(ear: &mut Activity, level: i16, frames: u64, now_us: &mut u64) -> Vec<Edge> {
        let frame: Vec<i16> = (0..160).map(|n| if n % 2 == 0 { level } else { -level }).collect();
        let mut edges = Vec::new();
        for _ in 0..frames {
            edges.extend(ear.hear(&frame, *now_us));
            *now_us += 20_000;
        }
        edges
    }

    #[test]
    fn a_sentence_with_a_short_pause_is_one_utterance() {
        let (mut ear, mut now) = (Activity::new(600), 0);
        assert!(run(&mut ear, 5, 50, &mut now).is_empty());
        assert_eq!(run(&mut ear, 3000, 50, &mut now), [Edge::Started { at_us: 1_000_000 }]);
        assert!(run(&mut ear, 5, 20, &mut now).is_empty());
        assert!(run(&mut ear, 3000, 25, &mut now).is_empty());
        let edges = run(&mut ear, 5, 60, &mut now);
        let Edge::Stopped { from_us, to_us, pcm } = &edges[0] else { panic!("{edges:?}") };
        assert_eq!((*from_us, *to_us), (1_000_000, 2_880_000));
        let lead = pcm.iter().position(|s| *s == 3000).unwrap();
        assert!(lead <= LEAD && pcm.len() == lead + 95 * 160, "{lead} {}", pcm.len());
    }

    #[test]
    fn a_click_is_no_speech_and_packets_that_cease_end_an_utterance() {
        let (mut ear, mut now) = (Activity::new(600), 0);
        assert!(run(&mut ear, 9000, 1, &mut now).is_empty());
        run(&mut ear, 5, 50, &mut now);
        run(&mut ear, 3000, 20, &mut now);
        assert_eq!(ear.idle(now + 500_000), None);
        assert!(matches!(ear.idle(now + 700_000), Some(Edge::Stopped { .. })));
    }

    #[test]
    fn a_steady_hum_becomes_background() {
        let (mut ear, mut now) = (Activity::new(600), 0);
        let edges = run(&mut ear, 400, 1500, &mut now);
        assert!(matches!(edges.last(), Some(Edge::Stopped { .. })), "{edges:?}");
    }
}
