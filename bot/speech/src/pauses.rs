//! How one person pauses: how long, and how often after something that was already an answer.
//!
//! A pause inside an utterance has a length that is spread like a log-logistic distribution: of those
//! who go on at all, the share `1 / (1 + (t / typical)^SHAPE)` has not yet done so after `t`. A wait
//! chosen for an average speaker therefore stands for odds: how sure one must be that they have
//! finished. [`Pauses::wait_ms`] keeps those odds for *this* speaker:
//!
//! - the typical pause moves with the pauses that were heard, so quick talkers wait less for a reply
//!   and slow ones are left to finish;
//! - somebody who went on after a whole answer is likelier to do it again, and is given more time
//!   after whole answers. Pauses after half a sentence say nothing about that. It fades with every
//!   turn, so that one hesitation does not slow down the rest of the call.

use crate::Ms;

/// Shape of the distribution: with 3.5 nine of ten pauses lie between a half and twice the typical one.
const SHAPE: f32 = 3.5;
/// What is believed of a speaker before anything was heard weighs as much as this many pauses.
const PRIOR_PAUSES: f32 = 4.0;
/// The same for going on after a whole answer.
const PRIOR_SURPRISES: f32 = 1.0;
/// What is left of an observation after one more turn.
const MEMORY: f32 = 0.8;
/// Limits of what one speaker can change.
const PACE: std::ops::RangeInclusive<f32> = 0.6..=1.6;
const HABIT: std::ops::RangeInclusive<f32> = 0.6..=3.0;

/// What is known of one speaker's pauses.
#[derive(Clone, Debug)]
pub struct Pauses {
    typical_ms: f32,
    /// Sum of the logarithms of the pauses heard, relative to the typical one, and their number.
    log_ratio: f32,
    heard: f32,
    /// Times they went on after a whole answer, and times an average speaker would have.
    surprises: f32,
    expected: f32,
}

impl Pauses {
    /// A speaker of whom nothing is known. `typical_ms` is the median pause of people.
    pub fn new(typical_ms: Ms) -> Self {
        Self { typical_ms: typical_ms.max(1) as f32, log_ratio: 0.0, heard: 0.0, surprises: 0.0, expected: 0.0 }
    }

    /// They went on after `pause_ms` of silence.
    pub fn went_on(&mut self, pause_ms: Ms) {
        self.log_ratio += (pause_ms.max(1) as f32 / self.typical_ms).ln();
        self.heard += 1.0;
    }

    /// They paused after a whole answer, of which people go on with probability `likely`; did they?
    pub fn after_answer(&mut self, likely: f32, went_on: bool) {
        self.expected += likely;
        self.surprises += f32::from(u8::from(went_on));
    }

    /// A turn is over.
    pub fn turn_over(&mut self) {
        for observed in [&mut self.log_ratio, &mut self.heard, &mut self.surprises, &mut self.expected] {
            *observed *= MEMORY;
        }
    }

    /// The wait that is as safe with this speaker as `average_ms` with an average one. `answer`: after
    /// a whole answer.
    pub fn wait_ms(&self, average_ms: Ms, answer: bool) -> Ms {
        let pace = (self.log_ratio / (PRIOR_PAUSES + self.heard)).exp().clamp(*PACE.start(), *PACE.end());
        let habit = (PRIOR_SURPRISES + self.surprises) / (PRIOR_SURPRISES + self.expected);
        let habit = if answer { habit.clamp(*HABIT.start(), *HABIT.end()) } else { 1.0 };
        let odds = habit * (1.0 + (average_ms as f32 / self.typical_ms).powf(SHAPE));
        // Rounded: an average speaker's wait must come out as it went in.
        (self.typical_ms * pace * (odds - 1.0).max(0.0).powf(SHAPE.recip())).round() as Ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_speaker_one_knows_nothing_about_the_average_holds() {
        let speaker = Pauses::new(480);
        for wait in [160, 352, 900, 1200] {
            assert!(speaker.wait_ms(wait, true).abs_diff(wait) <= 1, "{}", speaker.wait_ms(wait, true));
            assert!(speaker.wait_ms(wait, false).abs_diff(wait) <= 1);
        }
    }

    #[test]
    fn who_went_on_after_an_answer_gets_time_after_answers_and_loses_it_turn_by_turn() {
        let mut speaker = Pauses::new(480);
        speaker.after_answer(0.03, true);
        let at_once = speaker.wait_ms(160, true);
        assert!(at_once > 400, "{at_once}");
        assert!(speaker.wait_ms(900, false).abs_diff(900) <= 1);
        let mut before = at_once;
        for _ in 0..8 {
            speaker.turn_over();
            speaker.after_answer(0.03, false);
            let now = speaker.wait_ms(160, true);
            assert!(now <= before, "{now} after {before}");
            before = now;
        }
        assert!(before < 300, "{before}");
    }

    #[test]
    fn slow_talkers_are_waited_for_and_quick_ones_are_not() {
        let (mut slow, mut quick) = (Pauses::new(480), Pauses::new(480));
        for _ in 0..4 {
            slow.went_on(850);
            quick.went_on(250);
        }
        assert!(slow.wait_ms(900, false) > 1100, "{}", slow.wait_ms(900, false));
        assert!(quick.wait_ms(900, false) < 700, "{}", quick.wait_ms(900, false));
    }
}
