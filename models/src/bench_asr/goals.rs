//! What the recogniser is meant to reach, and whether it does: the held-out voices through noise, and one
//! recorded person.

use super::{Outcome, PeopleRow, Row, Share, channel::Channel};
use serde::Serialize;

/// One goal with what was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    pub what: String,
    pub measured: f64,
    pub wanted: f64,
    /// More is better; otherwise less is.
    pub at_least: bool,
}

impl Goal {
    /// Whether it is reached.
    pub fn reached(&self) -> bool {
        if self.at_least { self.measured >= self.wanted } else { self.measured <= self.wanted }
    }
}

/// The goals for each held-out voice of `rows`, for `people`, and for the time of all.
pub fn goals(rows: &[Row], people: &[PeopleRow]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for row in rows.iter().filter(|r| r.held_out && r.channel == Channel::Noise.name()) {
        let mut goal = |what: &str, measured: f64, wanted: f64, at_least: bool| {
            goals.push(Goal { what: format!("{}: {what}", row.voice), measured, wanted, at_least });
        };
        goal("phrases of a step accepted and right, %", row.phrases.right_percent(), 95.0, true);
        goal("answers to closed questions accepted and right, %", row.slots_together().right_percent(), 95.0, true);
        goal("unrelated speech rejected, %", row.unrelated_rejected.percent(), 95.0, true);
        goal("near misses rejected, %", row.near_rejected.percent(), 85.0, true);
        goal("words wrong in free sentences, %", row.free_errors.percent(), 20.0, false);
    }
    if !people.is_empty() {
        let all = people.iter().fold(Outcome::default(), |sum, row| sum + row.outcome);
        let best = Share { part: all.best, of: all.spoken };
        let what = "recorded person: closed lists, best reading right, %".into();
        goals.push(Goal { what, measured: best.percent(), wanted: 92.0, at_least: true });
    }
    if let Some(slowest) = rows.iter().map(|r| r.ms_per_s).max_by(f64::total_cmp) {
        let what = "work per second of sound on one thread, slowest row, ms".into();
        goals.push(Goal { what, measured: slowest, wanted: 20.0, at_least: false });
    }
    goals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_from_the_right_side() {
        let goal = |measured, at_least| Goal { what: String::new(), measured, wanted: 20.0, at_least };
        assert!(goal(20.0, true).reached() && goal(20.0, false).reached());
        assert!(goal(21.0, true).reached() && !goal(21.0, false).reached());
    }

    #[test]
    fn a_recorded_person_is_judged_over_all_lists() {
        let row = |spoken, best| PeopleRow {
            list: "x".into(),
            outcome: Outcome { spoken, best, right: 0, wrong: 0 },
            elsewhere_rejected: Share::default(),
            mistakes: vec![],
        };
        let goals = goals(&[], &[row(10, 10), row(10, 8)]);
        assert_eq!((goals.len(), goals[0].measured, goals[0].reached()), (1, 90.0, false));
    }
}
