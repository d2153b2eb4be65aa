//! How many calls a trunk carries at once and how many it may start a second.
//!
//! Pure: the time comes in as a duration since any fixed moment, so that a test needs no clock.

use std::time::Duration;

/// Why a call may not start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// All of the trunk's lines are in use.
    Full,
    /// The next INVITE may go out after this long.
    TooFast { retry_after: Duration },
}

/// Calls in flight and a token bucket for call starts.
#[derive(Clone, Debug)]
pub(super) struct CallLimits {
    max_calls: u32,
    in_flight: u32,
    per_second: f64,
    /// Starts that may follow each other at once: a tenth of a second's worth, one at least.
    burst: f64,
    tokens: f64,
    refilled_at: Duration,
}

impl CallLimits {
    /// A full bucket at time zero.
    pub(super) fn new(max_calls: u32, per_second: f64) -> Self {
        let burst = (per_second / 10.0).max(1.0);
        Self { max_calls, in_flight: 0, per_second, burst, tokens: burst, refilled_at: Duration::ZERO }
    }

    /// Takes a line and a token, or says why not. `now` never goes back.
    pub(super) fn start(&mut self, now: Duration) -> Result<(), Refusal> {
        if self.in_flight >= self.max_calls {
            return Err(Refusal::Full);
        }
        let passed = now.saturating_sub(self.refilled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.refilled_at = now;
        if self.tokens < 1.0 {
            let missing = (1.0 - self.tokens) / self.per_second;
            return Err(Refusal::TooFast { retry_after: Duration::from_secs_f64(missing) });
        }
        self.tokens -= 1.0;
        self.in_flight += 1;
        Ok(())
    }

    /// Gives a line back.
    pub(super) fn finish(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Calls that have started and not finished.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn lines_are_given_back() {
        let mut limits = CallLimits::new(1, 1000.0);
        assert_eq!(limits.start(ms(0)), Ok(()));
        assert_eq!(limits.start(ms(1)), Err(Refusal::Full));
        limits.finish();
        assert_eq!(limits.start(ms(2)), Ok(()));
        assert_eq!(limits.in_flight(), 1);
    }

    #[test]
    fn starts_are_spaced_and_the_wait_is_told() {
        let mut limits = CallLimits::new(100, 5.0);
        assert_eq!(limits.start(ms(0)), Ok(()));
        assert_eq!(limits.start(ms(50)), Err(Refusal::TooFast { retry_after: ms(150) }));
        assert_eq!(limits.start(ms(201)), Ok(()));
    }

    #[test]
    fn over_a_minute_the_rate_holds() {
        let mut limits = CallLimits::new(u32::MAX, 7.5);
        let started = (0..60_000).filter(|&at| limits.start(ms(at)).is_ok()).count();
        assert!((440..=451).contains(&started), "{started}");
    }

    #[test]
    fn a_pause_does_not_save_up_a_burst() {
        let mut limits = CallLimits::new(100, 20.0);
        let at = ms(3_600_000);
        let burst = (0..100).filter(|_| limits.start(at).is_ok()).count();
        assert_eq!(burst, 2);
    }

    #[test]
    fn finishing_too_often_does_not_underflow() {
        let mut limits = CallLimits::new(1, 1000.0);
        limits.finish();
        assert_eq!(limits.in_flight(), 0);
    }
}
