//! Everything on a leg that can happen without a message.
//!
//! Pure: instants come in. At most one timer of each kind runs.

use super::event::OfferId;
use std::time::Instant;

/// What can fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// It has rung, or been silent, long enough.
    RingLimit,
    /// The final response to a cancelled INVITE is overdue.
    CancelOverdue,
    /// The owner has not answered an offer.
    OfferTimeout(OfferId),
    /// Session timer: our refresh is due, or theirs is missing.
    Session,
}

#[derive(Debug, Default)]
pub(super) struct Timers(Vec<(Instant, Timer)>);

impl Timers {
    /// Starts a timer, or starts it anew.
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.clear(timer);
        self.0.push((at, timer));
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.0.retain(|(_, t)| *t != timer);
    }

    /// When to look again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(at, _)| *at).min()
    }

    /// Takes one timer that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        let at = self.0.iter().position(|(at, _)| *at <= now)?;
        Some(self.0.swap_remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_timer_set_twice_fires_once_at_the_later_time() {
        let start = super::super::now();
        let at = |s| start + Duration::from_secs(s);
        let mut timers = Timers::default();
        timers.set(Timer::RingLimit, at(1));
        timers.set(Timer::OfferTimeout(1), at(3));
        timers.set(Timer::RingLimit, at(2));
        assert_eq!(timers.next(), Some(at(2)));
        assert_eq!(timers.pop_due(at(1)), None);
        assert_eq!(timers.pop_due(at(2)), Some(Timer::RingLimit));
        assert_eq!(timers.pop_due(at(2)), None);
        timers.clear(Timer::OfferTimeout(1));
        assert_eq!(timers.next(), None);
    }
}
