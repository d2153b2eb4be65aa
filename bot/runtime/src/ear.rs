//! The far end's recent audio, by position on the call's clock, and the utterance that is being read from it.

use crate::media::{FRAME, FarAudio};
use warmline_models::service::Stream;

/// Samples in a millisecond at 8 kHz.
const PER_MS: usize = 8;
/// What is kept while somebody speaks: the longest utterance and its pre-roll.
const KEPT: usize = 30_000 * PER_MS;
/// What is kept when nobody has spoken for that long: more than any wait for the rest of an utterance.
const KEPT_IN_QUIET: usize = 6_000 * PER_MS;
/// Trimmed in steps, so that most frames only append.
const STEP: usize = 1_500 * PER_MS;
/// Below this probability of speech nothing can be the beginning or the end of a word.
const QUIET: f32 = 0.1;

/// The audio since the answer, of which the last seconds are kept.
#[derive(Debug, Default)]
pub struct Ear {
    samples: Vec<i16>,
    /// Position of `samples[0]`.
    base: usize,
    /// Positions up to which voice activity has judged, and of the last that may be speech.
    judged: usize,
    voiced: usize,
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
        self.trim();
    }

    /// What voice activity says of the sound up to `to_ms`.
    pub fn judge(&mut self, to_ms: u32, probability: f32) {
        self.judged = to_ms as usize * PER_MS;
        if probability >= QUIET {
            self.voiced = self.judged;
        }
    }

    fn trim(&mut self) {
        let end = self.base + self.samples.len();
        let quiet = self.judged.saturating_sub(self.voiced) > KEPT_IN_QUIET;
        let keep_from = if quiet { self.judged - KEPT_IN_QUIET } else { end.saturating_sub(KEPT) };
        let cut = keep_from.saturating_sub(self.base).min(self.samples.len());
        if cut > STEP {
            self.samples.drain(..cut);
            self.samples.shrink_to(self.samples.len() + 2 * STEP);
            self.base += cut;
        }
    }

    /// The audio of `from_ms..to_ms`, as far as it is there.
    pub fn slice(&self, from_ms: u32, to_ms: u32) -> &[i16] {
        let place = |ms: u32| (ms as usize * PER_MS).saturating_sub(self.base).min(self.samples.len());
        self.samples.get(place(from_ms)..place(to_ms)).unwrap_or_default()
    }
}

/// The utterance that is being heard. Its readings share one [`Stream`], so that an engine need not read
/// again what it has read; it is another one when it begins elsewhere or another step listens.
#[derive(Default)]
pub struct Listening(Option<Open>);

struct Open {
    stream: Stream,
    context: usize,
    from: u32,
    /// Sound up to here has been pushed.
    to: u32,
}

impl Listening {
    /// The stream of `from..to` milliseconds for the step's `context`, with all its sound pushed. `open` makes
    /// a new one; nothing when there is no such context.
    pub fn follow(
        &mut self,
        ear: &Ear,
        (from, to): (u32, u32),
        context: usize,
        open: impl FnOnce() -> Option<Stream>,
    ) -> Option<Stream> {
        let same = self.0.take().filter(|o| o.from == from && o.context == context && o.to <= to);
        let mut open = match same {
            Some(same) => same,
            None => Open { stream: open()?, context, from, to: from },
        };
        open.stream.push(ear.slice(open.to, to));
        open.to = to;
        let stream = open.stream.clone();
        self.0 = Some(open);
        Some(stream)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use warmline_models::fake::FakeAsr;
    use warmline_models::{Asr, AsrContext};

    fn filled(frames: u32) -> Ear {
        let mut ear = Ear::default();
        (0..frames).for_each(|index| ear.push(&FarAudio { index, frame: [(index % 100) as i16; FRAME] }));
        ear
    }

    #[test]
    fn the_last_half_minute_can_be_read_by_its_time() {
        let ear = filled(5000);
        let heard = ear.slice(99_000, 99_040);
        assert_eq!(heard.len(), 320);
        assert_eq!((heard[0], heard[319]), ((4950 % 100) as i16, (4951 % 100) as i16));
        assert_eq!(ear.slice(70_000, 70_020), [(3500 % 100) as i16; FRAME]);
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

    #[test]
    fn little_is_kept_of_somebody_who_only_listens_and_all_of_a_long_sentence() {
        let mut ear = Ear::default();
        let mut most = 0;
        for index in 0..3000 {
            ear.push(&FarAudio { index, frame: [0; FRAME] });
            ear.judge((index + 1) * 20, 0.01);
            most = most.max(if index > 1000 { ear.samples.capacity() } else { 0 });
        }
        assert!(most < 20 * 8_000, "{} ms", most / PER_MS);
        assert_eq!(ear.slice(55_000, 60_000).len(), 40_000, "the wait for the rest of a sentence");
        for index in 3000..4200 {
            ear.push(&FarAudio { index, frame: [7; FRAME] });
            ear.judge((index + 1) * 20, if index % 50 == 0 { 0.9 } else { 0.05 });
        }
        assert_eq!(ear.slice(60_000, 84_000), [7; 24_000 * PER_MS]);
    }

    #[test]
    fn an_utterance_goes_on_in_its_stream_and_another_begins_a_new_one() {
        let ear = filled(500);
        let context = FakeAsr::default().prepare(&AsrContext::default()).unwrap();
        let mut opened = 0;
        let mut listening = Listening::default();
        let mut follow = |from, to, step| {
            let open = || {
                opened += 1;
                Some(Stream::new(context.clone()))
            };
            listening.follow(&ear, (from, to), step, open).unwrap();
            opened
        };
        assert_eq!(follow(1000, 2000, 0), 1);
        assert_eq!(follow(1000, 2500, 0), 1);
        assert_eq!(follow(1000, 2500, 1), 2, "another step listens");
        assert_eq!(follow(3000, 4000, 1), 3, "another utterance");
        assert_eq!(follow(3000, 3500, 1), 4, "less than was read cannot be taken back");
    }
}
