//! How one person pauses: how long, and whether they go on after what was already an answer.
//!
//! Two things are learnt, because they are two things:
//!
//! - the *pace*: how long their pauses are inside unfinished sentences, relative to other people's.
//!   Only there are long and short ones heard alike; after a whole answer the bot's own short wait
//!   decides which pauses are ever heard;
//! - the *habit*: how much likelier than others they are to go on after a whole answer. A pause after
//!   half a sentence says nothing about it, and a single surprise little.
//!
//! Both fade with every turn, so that one hesitation does not slow down the rest of the call.

use crate::Ms;

/// What is believed of a speaker before anything was heard weighs as much as this many pauses.
const PRIOR_PAUSES: f32 = 4.0;
/// The same for going on after a whole answer: people differ in it, from never to twice the average.
const PRIOR_SURPRISES: f32 = 3.0;
/// What is left of an observation after one more turn.
const MEMORY: f32 = 0.85;
/// How far one speaker can change the waits. Waiting less for quick talkers saves little and cuts off more.
const PACE: std::ops::RangeInclusive<f32> = 1.0..=1.5;
/// [`Pauses::habit`] from which no answer of theirs is trusted to be the last word: two surprises in a
/// few turns.
const GOES_ON: f32 = 1.35;

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

    /// They went on after `pause_ms` of silence in an unfinished sentence.
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

    /// How long their pauses are, relative to the typical one.
    pub fn pace(&self) -> f32 {
        (self.log_ratio / (PRIOR_PAUSES + self.heard)).exp().clamp(*PACE.start(), *PACE.end())
    }

    /// Their answers are often not all they have to say.
    pub fn goes_on(&self) -> bool {
        self.surprises + PRIOR_SURPRISES >= GOES_ON * (self.expected + PRIOR_SURPRISES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_surprise_changes_nothing_two_do_and_they_are_forgotten() {
        let mut speaker = Pauses::new(480);
        speaker.after_answer(0.03, true);
        assert!(!speaker.goes_on());
        speaker.turn_over();
        speaker.after_answer(0.03, true);
        assert!(speaker.goes_on());
        for _ in 0..4 {
            speaker.turn_over();
            speaker.after_answer(0.03, false);
        }
        assert!(!speaker.goes_on());
    }

    #[test]
    fn the_pace_follows_long_pauses_within_limits() {
        let pace = |pause: Ms, count: usize| {
            let mut speaker = Pauses::new(480);
            (0..count).for_each(|_| speaker.went_on(pause));
            speaker.pace()
        };
        assert_eq!(pace(900, 0), 1.0);
        assert!((1.05..1.25).contains(&pace(900, 1)), "{}", pace(900, 1));
        assert!(pace(900, 4) > pace(900, 1) && pace(9000, 50) <= 1.5);
        assert_eq!(pace(250, 4), 1.0);
    }
}
