//! Endpointing: has the person finished, or are they only thinking?
//!
//! Silence alone is a poor judge: people pause 300–900 ms inside a sentence, yet a bot that waits a
//! second after "yes" feels dead. So the wait depends on what was said so far. Shortly after the
//! sound stops the policy asks for a reading of the utterance (`Decision::Probe`); the dialog says
//! what that reading amounts to, and the matching wait applies, shortest first:
//!
//! - `complete_ms` for a whole answer that nothing expected here goes on from;
//! - `may_go_on_ms` for a whole answer that is also the beginning of another ("yes", which many
//!   follow with "I will be there");
//! - `understood_ms` for other words that the dialog can act on: more may come, but what is there
//!   suffices, and an answer in the person's own words should not cost them a second;
//! - `unknown_ms` for words it cannot act on: the reply would be "sorry?", which is worth no hurry,
//!   and the beginning of a sentence looks just like that;
//! - `unfinished_ms` for what clearly must go on: "I would like to …", four digits of a number of ten.
//!
//! These are waits for an average speaker. [`Pauses`] bends them to the one who is speaking: those after
//! what may or must go on by the length of their pauses, and who keeps going on after whole answers gets
//! the next longer wait after them. Between the gap inside a word and a thinker's shortest pause (some 150 and 300 ms) a longer wait saves
//! nobody from being cut off, so a whole answer waits about as long as its reading takes.
//!
//! Pitch and loudness before the silence are not looked at. The only speakers we can measure with are
//! synthesised, and those lower their voice before every pause as if it were the end.
//!
//! Voice activity comes in chunks of 32 ms, so a wait is in effect rounded up to a multiple of that.

use crate::Ms;
use crate::pauses::Pauses;
use serde::{Deserialize, Serialize};

/// Speech this soon after the end of an utterance belonged to it: the person was cut off.
const CUT_OFF_MS: Ms = 1000;

/// How far a slow talker can stretch the wait after what may have been all of an answer.
const MOST_AFTER_ANSWER: f32 = 1.1;

/// Waits of the policy, in milliseconds of silence after the last sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointConfig {
    pub probe_ms: Ms,
    pub complete_ms: Ms,
    pub may_go_on_ms: Ms,
    pub understood_ms: Ms,
    pub unknown_ms: Ms,
    pub unfinished_ms: Ms,
    /// An utterance longer than this is taken as finished.
    pub longest_ms: Ms,
    /// The median pause inside an utterance.
    pub typical_pause_ms: Ms,
    /// Bend the waits to the speaker.
    pub adapts: bool,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            probe_ms: 96,
            complete_ms: 160,
            may_go_on_ms: 544,
            understood_ms: 544,
            unknown_ms: 900,
            unfinished_ms: 1200,
            longest_ms: 20_000,
            typical_pause_ms: 480,
            adapts: true,
        }
    }
}

impl EndpointConfig {
    /// Silence alone: `wait_ms` whatever was said. What most systems do; the baseline of the benchmark.
    pub fn silence(wait_ms: Ms) -> Self {
        Self {
            complete_ms: wait_ms,
            may_go_on_ms: wait_ms,
            understood_ms: wait_ms,
            unknown_ms: wait_ms,
            unfinished_ms: wait_ms,
            adapts: false,
            ..Self::default()
        }
    }
}

/// What the reading so far amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Complete,
    MayGoOn,
    Understood,
    Unknown,
    Unfinished,
}

impl Reading {
    /// The share of people who go on after a pause here, for what could have been an answer.
    fn goes_on(self) -> Option<f32> {
        match self {
            Self::Complete => Some(0.03),
            Self::MayGoOn => Some(0.08),
            Self::Understood => Some(0.15),
            Self::Unknown | Self::Unfinished => None,
        }
    }
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Keep listening.
    Wait,
    /// Read the utterance up to here and report with [`Endpointer::on_reading`].
    Probe,
    /// The person has finished.
    End(EndReason),
}

/// Why the utterance was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    CompleteAnswer,
    Silence,
    TooLong,
}

/// The policy for one utterance after another of one call.
#[derive(Clone, Debug)]
pub struct Endpointer {
    config: EndpointConfig,
    speaker: Pauses,
    started_at: Ms,
    /// The last sound when a reading was asked for, and what it amounted to.
    probed: Option<Ms>,
    reading: Option<Reading>,
    /// The last sound of the utterance before this one, and what its reading amounted to.
    ended: Option<(Ms, Reading)>,
}

impl Endpointer {
    pub fn new(config: EndpointConfig) -> Self {
        let speaker = Pauses::new(config.typical_pause_ms);
        Self { config, speaker, started_at: 0, probed: None, reading: None, ended: None }
    }

    /// A new utterance began.
    pub fn begin(&mut self, at: Ms) {
        self.speaker.turn_over();
        if let Some((end, reading)) = self.ended.take().filter(|(end, _)| *end < at) {
            let pause_ms = at - end;
            self.paused(reading, (pause_ms < CUT_OFF_MS).then_some(pause_ms));
        }
        self.started_at = at;
        (self.probed, self.reading) = (None, None);
    }

    /// The person went on, at `at`, after a pause: what was read before no longer counts.
    pub fn resume(&mut self, at: Ms) {
        if let (Some(sound), Some(reading)) = (self.probed, self.reading) {
            self.paused(reading, Some(at.saturating_sub(sound)));
        }
        (self.probed, self.reading) = (None, None);
    }

    /// The reading that the last `Probe` asked for.
    pub fn on_reading(&mut self, reading: Reading) {
        self.reading = Some(reading);
    }

    /// Decide at `now`, when the last sound ended at `last_sound` (equal to or after `now` while the
    /// person speaks).
    pub fn decide(&mut self, now: Ms, last_sound: Ms) -> Decision {
        let silence = now.saturating_sub(last_sound);
        if now.saturating_sub(self.started_at) >= self.config.longest_ms {
            return self.end(EndReason::TooLong, last_sound);
        }
        if self.probed.is_some_and(|sound| sound < last_sound) {
            // A gap too short to be called a pause: the reading is of half a word.
            (self.probed, self.reading) = (None, None);
        }
        if silence >= self.wait_ms() {
            let answer = matches!(self.reading, Some(Reading::Complete | Reading::MayGoOn));
            return self.end(if answer { EndReason::CompleteAnswer } else { EndReason::Silence }, last_sound);
        }
        if silence >= self.config.probe_ms && self.probed.is_none() {
            self.probed = Some(last_sound);
            return Decision::Probe;
        }
        Decision::Wait
    }

    fn end(&mut self, reason: EndReason, last_sound: Ms) -> Decision {
        self.ended = self.reading.map(|reading| (last_sound, reading));
        Decision::End(reason)
    }

    /// A pause after `reading` is over: the speaker went on after so long, or did not.
    fn paused(&mut self, reading: Reading, went_on_after: Option<Ms>) {
        match (reading.goes_on(), went_on_after) {
            (Some(likely), went_on) => self.speaker.after_answer(likely, went_on.is_some()),
            // Of the pauses after an answer only those shorter than its short wait are ever heard, so
            // they say nothing about lengths.
            (None, Some(pause_ms)) => self.speaker.went_on(pause_ms),
            (None, None) => {}
        }
    }

    /// The silence that ends this utterance, given what is known of it and of the speaker.
    fn wait_ms(&self) -> Ms {
        let config = &self.config;
        let (pace, goes_on) = if config.adapts { (self.speaker.pace(), self.speaker.goes_on()) } else { (1.0, false) };
        let wait = match self.reading {
            Some(Reading::Complete) if !goes_on => return config.complete_ms,
            Some(Reading::Understood) if !goes_on => return config.understood_ms,
            Some(Reading::Complete) => config.may_go_on_ms,
            Some(Reading::MayGoOn) if !goes_on => config.may_go_on_ms,
            Some(Reading::MayGoOn) => config.unknown_ms,
            Some(Reading::Understood | Reading::Unknown) | None => config.unknown_ms,
            Some(Reading::Unfinished) => config.unfinished_ms,
        };
        let answered = self.reading == Some(Reading::MayGoOn);
        (wait as f32 * if answered { pace.min(MOST_AFTER_ANSWER) } else { pace }) as Ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpointer() -> Endpointer {
        Endpointer::new(EndpointConfig::default())
    }

    /// Silence at which the utterance ends when the probe answers `reading` at once.
    fn ends_after(endpointer: &mut Endpointer, reading: Reading) -> Ms {
        for now in (1000..4000).step_by(32) {
            match endpointer.decide(now, 1000) {
                Decision::Probe => endpointer.on_reading(reading),
                Decision::End(_) => return now - 1000,
                Decision::Wait => {}
            }
        }
        panic!("never ended");
    }

    #[test]
    fn a_whole_answer_ends_sooner_than_an_open_one() {
        let waits = [Reading::Complete, Reading::MayGoOn, Reading::Understood, Reading::Unknown, Reading::Unfinished]
            .map(|reading| {
                let mut endpointer = endpointer();
                endpointer.begin(0);
                ends_after(&mut endpointer, reading)
            });
        assert_eq!(waits, [160, 544, 544, 928, 1216]);
    }

    #[test]
    fn a_pause_after_half_a_sentence_does_not_slow_down_the_answer() {
        let mut endpointer = endpointer();
        endpointer.begin(0);
        assert_eq!(endpointer.decide(600, 500), Decision::Probe);
        endpointer.on_reading(Reading::Unfinished);
        endpointer.resume(980);
        assert_eq!(ends_after(&mut endpointer, Reading::Complete), 160);
    }

    #[test]
    fn a_speaker_who_keeps_going_on_after_answers_is_given_more_time_and_it_fades() {
        let mut endpointer = endpointer();
        for _ in 0..2 {
            endpointer.begin(0);
            assert_eq!(endpointer.decide(600, 500), Decision::Probe);
            endpointer.on_reading(Reading::Complete);
            endpointer.resume(900);
        }
        assert_eq!(ends_after(&mut endpointer, Reading::Complete), 544);
        for _ in 0..5 {
            endpointer.begin(9000);
            endpointer.begin(0);
            ends_after(&mut endpointer, Reading::Complete);
        }
        endpointer.begin(9000);
        assert_eq!(ends_after(&mut endpointer, Reading::Complete), 160);
    }

    #[test]
    fn being_cut_off_is_noticed_afterwards() {
        let mut endpointer = endpointer();
        endpointer.begin(0);
        for _ in 0..2 {
            assert_eq!(ends_after(&mut endpointer, Reading::Complete), 160);
            endpointer.begin(1500);
        }
        assert_eq!(ends_after(&mut endpointer, Reading::Complete), 544);
    }

    #[test]
    fn long_pauses_of_a_slow_talker_make_the_long_waits_longer() {
        let mut endpointer = endpointer();
        for _ in 0..4 {
            assert_eq!(endpointer.decide(600, 500), Decision::Probe);
            endpointer.on_reading(Reading::Unfinished);
            endpointer.resume(1400);
        }
        assert!(ends_after(&mut endpointer, Reading::Unknown) >= 1150);
        endpointer.begin(9000);
        assert_eq!(ends_after(&mut endpointer, Reading::MayGoOn), 608);
        endpointer.begin(9000);
        assert_eq!(ends_after(&mut endpointer, Reading::Complete), 160);
    }

    #[test]
    fn a_gap_inside_a_word_makes_an_earlier_reading_void() {
        let mut endpointer = endpointer();
        endpointer.begin(0);
        assert_eq!(endpointer.decide(600, 500), Decision::Probe);
        endpointer.on_reading(Reading::Complete);
        assert_eq!(endpointer.decide(640, 640), Decision::Wait);
        assert_eq!(endpointer.decide(736, 640), Decision::Probe);
    }

    #[test]
    fn an_endless_talker_is_stopped() {
        let mut endpointer = endpointer();
        endpointer.begin(500);
        assert_eq!(endpointer.decide(20_400, 20_400), Decision::Wait);
        assert_eq!(endpointer.decide(20_500, 20_500), Decision::End(EndReason::TooLong));
    }
}
