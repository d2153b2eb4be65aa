//! What a campaign remembers of one contact: small, because a million of them stay in memory.

use crate::{Consent, ContactId, Outcome, Region};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Closed attempts of one contact in one campaign. Only those that were dialled count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    by_outcome: [u16; Outcome::ALL.len()],
    last: Option<(Outcome, DateTime<Utc>)>,
}

impl History {
    /// Adds a closed attempt. They may come in any order; the latest stays the last one.
    pub fn record(&mut self, outcome: Outcome, closed_at: DateTime<Utc>) {
        self.by_outcome[outcome.index()] = self.by_outcome[outcome.index()].saturating_add(1);
        if self.last.is_none_or(|(_, at)| at <= closed_at) {
            self.last = Some((outcome, closed_at));
        }
    }

    /// Says which of several attempts recorded for the same instant was the last.
    pub fn set_last(&mut self, outcome: Outcome, closed_at: DateTime<Utc>) {
        self.last = Some((outcome, closed_at));
    }

    /// Attempts in all.
    pub fn attempts(&self) -> u32 {
        self.by_outcome.iter().map(|n| u32::from(*n)).sum()
    }

    /// Attempts that came to this.
    pub fn count(&self, outcome: Outcome) -> u32 {
        u32::from(self.by_outcome[outcome.index()])
    }

    /// The latest attempt and when it was closed.
    pub fn last(&self) -> Option<(Outcome, DateTime<Utc>)> {
        self.last
    }
}

/// Everything the planner needs to know about one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactState {
    pub contact: ContactId,
    /// Zone from the list, when it gives one.
    pub time_zone: Option<Tz>,
    /// Region of the number, when it is public.
    pub region: Option<Region>,
    pub consent: Consent,
    pub do_not_call: bool,
    pub history: History,
    /// An attempt is open in some campaign.
    pub open_attempt: bool,
    pub callback: Option<CallbackNote>,
}

/// A waiting callback of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackNote {
    /// When the person asked to be called; none leaves the call to an agent.
    pub due_at: Option<DateTime<Utc>>,
    /// Dialled attempts since the callback was promised.
    pub attempts: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_outcome_and_keeps_the_latest() {
        let at = |s| DateTime::from_timestamp(s, 0).unwrap_or_default();
        let mut history = History::default();
        history.record(Outcome::Busy, at(200));
        history.record(Outcome::NoAnswer, at(100));
        history.record(Outcome::Busy, at(150));
        assert_eq!((history.attempts(), history.count(Outcome::Busy)), (3, 2));
        assert_eq!(history.last(), Some((Outcome::Busy, at(200))));
    }
}
