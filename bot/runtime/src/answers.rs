//! How late the answers of the last seconds were: what the machine can do, as callers feel it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Answers older than this say nothing of now.
const WINDOW: Duration = Duration::from_secs(10);
/// More than these in the window add nothing to a percentile.
const MOST: usize = 1024;

/// How the machine answered in the last ten seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AnswerLoad {
    /// Readings that a call waited for, lost ones included.
    pub answers: u32,
    /// How late those that came were, 95th percentile; 0: in time.
    pub late_ms: u32,
    /// Share that never came because the machine was too busy, 0–1.
    pub lost: f32,
}

/// The recent answers.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// When, and how late; nothing for a lost one.
    recent: VecDeque<(Instant, Option<Duration>)>,
}

impl Answers {
    /// An answer came at `now`, or (nothing) will never come.
    pub(crate) fn note(&mut self, now: Instant, late: Option<Duration>) {
        if self.recent.len() >= MOST {
            self.recent.pop_front();
        }
        self.recent.push_back((now, late));
    }

    pub(crate) fn load(&mut self, now: Instant) -> AnswerLoad {
        while self.recent.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > WINDOW) {
            self.recent.pop_front();
        }
        let mut late: Vec<u128> = self.recent.iter().filter_map(|(_, late)| Some(late.as_ref()?.as_millis())).collect();
        late.sort_unstable();
        let rank = (late.len() * 95).div_ceil(100).saturating_sub(1);
        let answers = self.recent.len();
        AnswerLoad {
            answers: u32::try_from(answers).unwrap_or(u32::MAX),
            late_ms: late.get(rank).map_or(0, |ms| u32::try_from(*ms).unwrap_or(u32::MAX)),
            lost: (answers - late.len()) as f32 / answers.max(1) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    #[test]
    fn old_answers_are_forgotten_and_lost_ones_count() {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let mut answers = Answers::default();
        for n in 0..19 {
            answers.note(at(n), Some(Duration::from_millis(n * 10)));
        }
        answers.note(at(5_000), None);
        let load = answers.load(at(6_000));
        assert_eq!((load.answers, load.late_ms), (20, 180));
        assert!((load.lost - 0.05).abs() < 1e-6);
        assert_eq!(answers.load(at(12_000)), AnswerLoad { answers: 1, late_ms: 0, lost: 1.0 });
        assert_eq!(answers.load(at(20_000)), AnswerLoad::default());
    }
}
