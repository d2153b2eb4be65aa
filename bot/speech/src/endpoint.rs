//! Endpointing: has the person finished, or are they only thinking?
//!
//! Silence alone is a poor judge: people pause 300–900 ms inside a sentence, yet a bot that waits a
//! second after "yes" feels dead. So the wait depends on what was said so far. Shortly after the
//! sound stops the policy asks for a reading of the utterance (`Decision::Probe`); the dialog says
//! what that reading amounts to, and the matching wait applies, shortest first:
//!
//! - `complete_ms` for a whole answer to the step, such as one of its phrases;
//! - `understood_ms` for other words that the dialog can act on: more may come, but what is there
//!   suffices, and an answer in the person's own words should not cost them a second;
//! - `unknown_ms` for words it cannot act on: the reply would be "sorry?", which is worth no hurry,
//!   and the beginning of a sentence looks just like that;
//! - `unfinished_ms` for words that clearly must go on ("I would like to …").
//!
//! A speaker who went on after a probe is a slow speaker: each time adds `patience_ms` to the wait
//! after a whole answer, for this call and up to `understood_ms`. Voice activity comes in chunks of 32 ms, so a wait is in effect
//! rounded up to a multiple of that; `probe_ms` leaves a recogniser
//! 128 ms until `complete_ms` has passed.

use crate::Ms;
use serde::{Deserialize, Serialize};

/// Waits of the policy, in milliseconds of silence after the last sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointConfig {
    pub probe_ms: Ms,
    pub complete_ms: Ms,
    pub understood_ms: Ms,
    pub unknown_ms: Ms,
    pub unfinished_ms: Ms,
    /// An utterance longer than this is taken as finished.
    pub longest_ms: Ms,
    pub patience_ms: Ms,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            probe_ms: 128,
            complete_ms: 256,
            understood_ms: 512,
            unknown_ms: 900,
            unfinished_ms: 1200,
            longest_ms: 20_000,
            patience_ms: 120,
        }
    }
}

/// What the reading so far amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Complete,
    Understood,
    Unknown,
    Unfinished,
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
    started_at: Ms,
    reading: Option<Reading>,
    probed: bool,
    resumptions: u32,
}

impl Endpointer {
    pub fn new(config: EndpointConfig) -> Self {
        Self { config, started_at: 0, reading: None, probed: false, resumptions: 0 }
    }

    /// A new utterance began.
    pub fn begin(&mut self, at: Ms) {
        self.started_at = at;
        self.reading = None;
        self.probed = false;
    }

    /// The person went on after a pause: what was read before no longer counts.
    pub fn resume(&mut self) {
        if self.probed {
            self.resumptions += 1;
        }
        self.reading = None;
        self.probed = false;
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
            return Decision::End(EndReason::TooLong);
        }
        if silence >= self.wait_ms() {
            let complete = self.reading == Some(Reading::Complete);
            return Decision::End(if complete { EndReason::CompleteAnswer } else { EndReason::Silence });
        }
        if silence >= self.config.probe_ms && !self.probed {
            self.probed = true;
            return Decision::Probe;
        }
        Decision::Wait
    }

    /// The silence that ends this utterance, given what is known of it.
    fn wait_ms(&self) -> Ms {
        match self.reading {
            Some(Reading::Complete) => {
                let patient = self.config.complete_ms + self.resumptions * self.config.patience_ms;
                patient.min(self.config.understood_ms.max(self.config.complete_ms))
            }
            Some(Reading::Understood) => self.config.understood_ms,
            Some(Reading::Unknown) | None => self.config.unknown_ms,
            Some(Reading::Unfinished) => self.config.unfinished_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut endpointer = Endpointer::new(EndpointConfig::default());
        endpointer.begin(0);
        assert!(ends_after(&mut endpointer, Reading::Complete) < 300);
        endpointer.begin(0);
        assert!((300..600).contains(&ends_after(&mut endpointer, Reading::Understood)));
        endpointer.begin(0);
        assert!(ends_after(&mut endpointer, Reading::Unknown) >= 900);
        endpointer.begin(0);
        assert!(ends_after(&mut endpointer, Reading::Unfinished) >= 1200);
    }

    #[test]
    fn a_speaker_who_goes_on_after_a_pause_is_given_more_time() {
        let mut endpointer = Endpointer::new(EndpointConfig::default());
        endpointer.begin(0);
        assert_eq!(endpointer.decide(1150, 1000), Decision::Probe);
        endpointer.on_reading(Reading::Complete);
        endpointer.resume();
        assert!(ends_after(&mut endpointer, Reading::Complete) >= 380);
    }

    #[test]
    fn an_endless_talker_is_stopped() {
        let mut endpointer = Endpointer::new(EndpointConfig::default());
        endpointer.begin(500);
        assert_eq!(endpointer.decide(20_400, 20_400), Decision::Wait);
        assert_eq!(endpointer.decide(20_500, 20_500), Decision::End(EndReason::TooLong));
    }
}
