//! When a contact may be tried again.
//!
//! Two limits bind: so many attempts in all, and per outcome so many with a gap after each. An outcome
//! without a rule is final: a person who was reached, a number that does not exist and a person who
//! declined are not dialled again by a machine. Voicemail counts as reached unless the policy says
//! otherwise. A callback that the person asked for stands outside these limits and has its own.

use crate::{History, Outcome};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What follows one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryRule {
    /// Attempts with this outcome after which the contact is given up.
    pub most: u16,
    /// Seconds from the end of that attempt to the next one.
    pub gap_s: u32,
}

/// A campaign's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryPolicy {
    /// Attempts per contact in all.
    pub most_attempts: u16,
    /// Seconds between any two attempts, whatever the outcome: the cadence window.
    pub min_gap_s: u32,
    /// Rules by outcome; an outcome that is not listed is final.
    pub rules: BTreeMap<Outcome, RetryRule>,
    /// Attempts to keep one promised callback.
    pub callback_most: u16,
}

/// Three calls at least ten minutes apart, longer after no answer.
impl Default for RetryPolicy {
    fn default() -> Self {
        let rule = |most, minutes: u32| RetryRule { most, gap_s: minutes * 60 };
        Self {
            most_attempts: 3,
            min_gap_s: 600,
            rules: BTreeMap::from([
                (Outcome::Busy, rule(3, 10)),
                (Outcome::NoAnswer, rule(3, 60)),
                (Outcome::Congestion, rule(3, 10)),
                (Outcome::Failed, rule(2, 10)),
            ]),
            callback_most: 3,
        }
    }
}

/// What the policy says about a contact at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Dial,
    /// In the cadence window.
    Wait {
        until: DateTime<Utc>,
    },
    /// All attempts are used up.
    Exhausted,
    /// The person was reached.
    Completed,
    /// The last outcome ends it.
    Final {
        outcome: Outcome,
    },
}

impl RetryPolicy {
    /// One attempt per contact, no second.
    pub fn once() -> Self {
        Self { most_attempts: 1, ..Self::default() }
    }

    /// May this contact be tried at `now`?
    pub fn verdict(&self, history: &History, now: DateTime<Utc>) -> Verdict {
        let Some((outcome, at)) = history.last() else {
            return Verdict::Dial;
        };
        let Some(rule) = self.rules.get(&outcome) else {
            return match outcome {
                Outcome::Person | Outcome::Machine => Verdict::Completed,
                _ => Verdict::Final { outcome },
            };
        };
        if history.attempts() >= u32::from(self.most_attempts) || history.count(outcome) >= u32::from(rule.most) {
            return Verdict::Exhausted;
        }
        wait_or_dial(at, rule.gap_s.max(self.min_gap_s), now)
    }

    /// The same for a promised callback that has been tried `attempts` times.
    pub fn callback_verdict(&self, history: &History, attempts: u16, now: DateTime<Utc>) -> Verdict {
        match history.last() {
            Some(_) if attempts >= self.callback_most => Verdict::Exhausted,
            // The promise itself is not a failed attempt: the first try waits for nothing.
            Some((_, at)) if attempts > 0 => wait_or_dial(at, self.min_gap_s, now),
            _ => Verdict::Dial,
        }
    }
}

fn wait_or_dial(last_at: DateTime<Utc>, gap_s: u32, now: DateTime<Utc>) -> Verdict {
    let until = last_at + TimeDelta::seconds(i64::from(gap_s));
    if now < until { Verdict::Wait { until } } else { Verdict::Dial }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(s, 0).unwrap_or_default()
    }

    fn after(outcomes: &[(Outcome, i64)]) -> History {
        let mut history = History::default();
        outcomes.iter().for_each(|(o, s)| history.record(*o, at(*s)));
        history
    }

    #[test]
    fn each_outcome_has_its_gap() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.verdict(&after(&[]), at(0)), Verdict::Dial);
        let busy = after(&[(Outcome::Busy, 1000)]);
        assert_eq!(policy.verdict(&busy, at(1599)), Verdict::Wait { until: at(1600) });
        assert_eq!(policy.verdict(&busy, at(1600)), Verdict::Dial);
        let rang_out = after(&[(Outcome::NoAnswer, 1000)]);
        assert_eq!(policy.verdict(&rang_out, at(1600)), Verdict::Wait { until: at(4600) });
    }

    #[test]
    fn attempts_run_out_in_all_and_per_outcome() {
        let policy = RetryPolicy::default();
        let three = after(&[(Outcome::Busy, 0), (Outcome::NoAnswer, 1), (Outcome::Congestion, 2)]);
        assert_eq!(policy.verdict(&three, at(1_000_000)), Verdict::Exhausted);
        let twice_failed = after(&[(Outcome::Failed, 0), (Outcome::Failed, 1)]);
        assert_eq!(policy.verdict(&twice_failed, at(1_000_000)), Verdict::Exhausted);
        assert_eq!(RetryPolicy::once().verdict(&after(&[(Outcome::Busy, 0)]), at(1_000_000)), Verdict::Exhausted);
    }

    #[test]
    fn reached_people_and_dead_numbers_are_final() {
        let policy = RetryPolicy::default();
        for (outcome, verdict) in [
            (Outcome::Person, Verdict::Completed),
            (Outcome::Machine, Verdict::Completed),
            (Outcome::InvalidNumber, Verdict::Final { outcome: Outcome::InvalidNumber }),
            (Outcome::Declined, Verdict::Final { outcome: Outcome::Declined }),
        ] {
            assert_eq!(policy.verdict(&after(&[(outcome, 0)]), at(1_000_000)), verdict);
        }
    }

    #[test]
    fn a_callback_is_tried_even_after_the_person_was_reached_but_not_for_ever() {
        let policy = RetryPolicy::default();
        let reached = after(&[(Outcome::Person, 1000)]);
        assert_eq!(policy.callback_verdict(&reached, 0, at(1001)), Verdict::Dial);
        let busy = after(&[(Outcome::Person, 1000), (Outcome::Busy, 2000)]);
        assert_eq!(policy.callback_verdict(&busy, 1, at(2001)), Verdict::Wait { until: at(2600) });
        assert_eq!(policy.callback_verdict(&busy, 3, at(9000)), Verdict::Exhausted);
    }
}
