//! How many calls a machine may hold whose answers come late.
//!
//! A bot that answers a second late is worse than a bot that calls fewer people, so the number of calls follows
//! what the machine was measured to do. It goes down by a share as soon as answers are late or are lost, and up
//! by one at a time while they are well in time and the number is what holds the campaigns back. Between
//! the two bounds it stays, and after a change it waits until that has shown: calls end by themselves, none
//! is hung up. Pure: measurements and a clock come in.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How the machine answered in the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answering {
    /// Answers that somebody waited for, lost ones included.
    pub answers: u32,
    /// How late they were, 95th percentile.
    pub late_ms: u32,
    /// Share of them that never came, 0–1.
    pub lost: f32,
}

/// What is asked of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnsweringConfig {
    /// Answers later than this cost calls; those below half of it allow more.
    pub target_ms: u32,
    /// Least time between two changes downwards, for the first to show in what is measured.
    pub settle_ms: u64,
    /// Answers must be in time for so long before the number goes up.
    pub calm_ms: u64,
    /// Between two steps upwards.
    pub step_ms: u64,
}

impl Default for AnsweringConfig {
    fn default() -> Self {
        Self { target_ms: 400, settle_ms: 12_000, calm_ms: 10_000, step_ms: 2_000 }
    }
}

/// Fewer answers say nothing.
const LEAST_ANSWERS: u32 = 4;
/// More lost answers than this are too many.
const MOST_LOST: f32 = 0.02;
/// What is left of the calls after a step down, and after one when answers are late by several targets.
const KEPT: f64 = 0.75;
const KEPT_WHEN_FAR: f64 = 0.5;
const FAR: u32 = 3;

/// Why there are fewer calls than there could be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttled {
    pub most: u32,
    /// Calls when answers first came late.
    pub instead_of: u32,
    /// What was measured at the last step down.
    pub seen: Answering,
}

impl fmt::Display for Throttled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seen.lost > MOST_LOST {
            write!(f, "the machine loses {:.0} % of its answers", self.seen.lost * 100.0)?;
        } else {
            write!(f, "the machine answers {} ms late", self.seen.late_ms)?;
        }
        write!(f, ": {} calls instead of {}", self.most, self.instead_of)
    }
}

/// The number of calls the machine can hold, as far as it is known to be limited.
#[derive(Clone, Debug)]
pub struct Throttle {
    config: AnsweringConfig,
    now: Option<Throttled>,
    changed_ms: u64,
    calm_since_ms: Option<u64>,
}

impl Throttle {
    pub fn new(config: AnsweringConfig) -> Self {
        Self { config, now: None, changed_ms: 0, calm_since_ms: None }
    }

    /// The limit and its reason; none while answers are in time.
    pub fn throttled(&self) -> Option<Throttled> {
        self.now
    }

    /// Of `free` places with `open` calls, those that may be taken.
    pub fn free(&self, free: u32, open: u32) -> u32 {
        self.now.map_or(free, |now| free.min(now.most.saturating_sub(open)))
    }

    /// Takes a measurement, once a second or so. `open` are the calls now, `places` what there is room for
    /// besides. Says whether the limit has changed.
    pub fn observe(&mut self, seen: Answering, open: u32, places: u32, now_ms: u64) -> bool {
        let known = seen.answers >= LEAST_ANSWERS;
        let late = known && (seen.late_ms > self.config.target_ms || seen.lost > MOST_LOST);
        let calm = seen.late_ms <= self.config.target_ms / 2 && seen.lost == 0.0;
        if late {
            self.calm_since_ms = None;
            return self.step_down(seen, open, now_ms);
        }
        if !calm {
            self.calm_since_ms = None;
            return false;
        }
        let since = *self.calm_since_ms.get_or_insert(now_ms);
        now_ms.saturating_sub(since) >= self.config.calm_ms && self.step_up(open, places, now_ms)
    }

    fn step_down(&mut self, seen: Answering, open: u32, now_ms: u64) -> bool {
        let settled = self.now.is_none() || now_ms.saturating_sub(self.changed_ms) >= self.config.settle_ms;
        // A step that the calls have not followed yet has not been tried.
        if !settled || open <= 1 || self.now.is_some_and(|now| open > now.most) {
            return false;
        }
        let far = seen.late_ms > self.config.target_ms.saturating_mul(FAR);
        let kept = if far { KEPT_WHEN_FAR } else { KEPT };
        let most = ((f64::from(open) * kept) as u32).max(1);
        let instead_of = self.now.map_or(open, |now| now.instead_of.max(open));
        self.now = Some(Throttled { most, instead_of, seen });
        self.changed_ms = now_ms;
        true
    }

    fn step_up(&mut self, open: u32, places: u32, now_ms: u64) -> bool {
        let Some(now) = &mut self.now else { return false };
        let stepped = now_ms.saturating_sub(self.changed_ms) >= self.config.step_ms;
        // Good answers with few calls do not show that more would do.
        if !stepped || open < now.most {
            return false;
        }
        now.most += (now.most / 16).max(1);
        if now.most >= places {
            self.now = None;
        }
        self.changed_ms = now_ms;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE: Answering = Answering { answers: 50, late_ms: 900, lost: 0.0 };
    const GOOD: Answering = Answering { answers: 50, late_ms: 40, lost: 0.0 };

    fn throttle() -> Throttle {
        Throttle::new(AnsweringConfig::default())
    }

    #[test]
    fn late_answers_cost_calls_and_the_reason_is_said() {
        let mut throttle = throttle();
        assert!(throttle.observe(LATE, 20, 500, 0));
        assert_eq!(throttle.free(480, 20), 0);
        assert_eq!(throttle.free(500, 12), 3);
        let why = throttle.throttled().map(|t| t.to_string());
        assert_eq!(why.as_deref(), Some("the machine answers 900 ms late: 15 calls instead of 20"));
        // Nothing more until the calls have come down to it and that has had time to show.
        assert!(!throttle.observe(LATE, 20, 500, 60_000));
        assert!(throttle.observe(LATE, 15, 500, 61_000));
        let why = throttle.throttled().map(|t| t.to_string());
        assert_eq!(why.as_deref(), Some("the machine answers 900 ms late: 11 calls instead of 20"));
        assert!(!throttle.observe(LATE, 11, 500, 62_000), "too soon after the last step");
    }

    #[test]
    fn lost_answers_count_as_much_as_late_ones() {
        let mut throttle = throttle();
        assert!(throttle.observe(Answering { answers: 50, late_ms: 100, lost: 0.1 }, 8, 500, 0));
        let why = throttle.throttled().map(|t| t.to_string());
        assert_eq!(why.as_deref(), Some("the machine loses 10 % of its answers: 6 calls instead of 8"));
    }

    #[test]
    fn a_few_answers_say_nothing_and_the_last_call_is_never_taken() {
        let mut throttle = throttle();
        assert!(!throttle.observe(Answering { answers: 3, ..LATE }, 20, 500, 0));
        assert!(!throttle.observe(LATE, 1, 500, 1_000));
        assert!(throttle.observe(LATE, 2, 500, 2_000));
        assert_eq!(throttle.free(500, 0), 1);
    }

    #[test]
    fn between_the_bounds_nothing_moves_and_calls_come_back_one_by_one() {
        let mut throttle = throttle();
        throttle.observe(LATE, 20, 500, 0);
        let between = Answering { late_ms: 300, ..GOOD };
        assert!((10..200).all(|s| !throttle.observe(between, 15, 500, s * 1000)));
        // Ten calm seconds first, then a step each two, and only while the limit is what holds calls back.
        let mut open = 15;
        let mut steps = Vec::new();
        for s in 200..230u64 {
            if throttle.observe(GOOD, open, 500, s * 1000) {
                steps.push(s);
                open += 1;
            }
        }
        assert_eq!(steps[..3], [210, 212, 214]);
        assert!((230..300).all(|s| !throttle.observe(GOOD, 5, 500, s * 1000)));
        assert!(throttle.throttled().is_some());
    }

    #[test]
    fn the_limit_goes_when_there_is_room_for_no_more() {
        let mut throttle = throttle();
        throttle.observe(LATE, 20, 22, 0);
        let mut open = 15;
        for s in 1..60 {
            open += u32::from(throttle.observe(GOOD, open, 22, s * 1000));
        }
        assert_eq!(throttle.throttled(), None);
        assert_eq!(throttle.free(2, 20), 2);
    }

    /// A machine of two threads that read one utterance a call each four seconds, in order of arrival, and a
    /// pacer that fills what is free, in virtual time.
    struct Machine {
        throttle: Throttle,
        threads: [u64; 2],
        /// When each open call ends, and when its person has next finished a sentence.
        calls: Vec<(u64, u64)>,
        /// When each answer came and how late it was.
        answers: Vec<(u64, u32)>,
    }

    impl Machine {
        const PLACES: u32 = 20;

        fn step(&mut self, now: u64, reading_ms: u64) {
            self.calls.retain(|(end, _)| *end > now);
            let open = self.calls.len() as u32;
            let free = self.throttle.free(Self::PLACES - open, open);
            if free > 0 && now.is_multiple_of(200) {
                self.calls.push((now + 40_000 + now % 7 * 3_000, now + 1_000 + now % 2_900));
            }
            for (_, speaks) in &mut self.calls {
                if *speaks <= now {
                    *speaks = now + 4_000;
                    let thread = usize::from(self.threads[1] < self.threads[0]);
                    let done = self.threads[thread].max(now) + reading_ms;
                    self.threads[thread] = done;
                    self.answers.push((done, (done - now) as u32));
                }
            }
            if now.is_multiple_of(1_000) {
                let seen = self.seen(now);
                self.throttle.observe(seen, self.calls.len() as u32, Self::PLACES, now);
            }
        }

        /// The answers of the last ten seconds.
        fn seen(&self, now: u64) -> Answering {
            let recent = |at: u64| at <= now && at + 10_000 > now;
            let mut late: Vec<u32> = self.answers.iter().filter(|(at, _)| recent(*at)).map(|(_, l)| *l).collect();
            late.sort_unstable();
            let late_ms = late.get(late.len() * 95 / 100).copied().unwrap_or(0);
            Answering { answers: late.len() as u32, late_ms, lost: 0.0 }
        }

        fn run(&mut self, seconds: std::ops::Range<u64>, reading_ms: u64) {
            (seconds.start * 1_000..seconds.end * 1_000).step_by(20).for_each(|now| self.step(now, reading_ms));
        }
    }

    #[test]
    fn a_machine_that_becomes_slow_is_given_fewer_calls_until_it_answers_in_time_and_gets_them_back() {
        let mut machine = Machine { throttle: throttle(), threads: [0; 2], calls: Vec::new(), answers: Vec::new() };
        machine.run(0..60, 60);
        assert_eq!((machine.calls.len(), machine.throttle.throttled()), (20, None));
        // Two threads that read for 700 ms keep up with 11 people who speak each four seconds.
        machine.run(60..400, 700);
        let (calls, seen) = (machine.calls.len(), machine.seen(400_000));
        assert!((1..=11).contains(&calls), "{calls} calls, {seen:?}");
        machine.run(400..600, 60);
        assert_eq!((machine.calls.len(), machine.throttle.throttled()), (20, None));
    }
}
