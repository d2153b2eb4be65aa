//! How late packets come, and how deep the buffer should therefore be.

use super::JitterConfig;
use std::collections::VecDeque;

/// Packets remembered: 10 s, long enough for a percentile, short enough to follow clock drift.
const WINDOW: usize = 500;
/// Packets between two estimates (0.5 s).
const REFRESH: usize = 25;
/// Share of packets that must be in time.
const PERCENTILE: f64 = 0.97;
/// Room for the unevenness of our own ticks.
const MARGIN_MS: i64 = 10;
/// This many packets in a row beyond the deepest buffer mean another route, not jitter.
const REROUTED: usize = 10;
/// A late packet deepens the buffer at once by this much; unused, it is given back 2 ms an estimate.
const BOOST_MS: i64 = 20;

/// Sliding statistics of transit times (arrival minus timestamp, in microseconds; only differences matter).
pub(super) struct DelayEstimate {
    config: JitterConfig,
    transits: VecDeque<i64>,
    base_us: i64,
    jitter_ms: i64,
    boost_ms: i64,
    since_refresh: usize,
    /// Packets in a row that came slower than the deepest buffer allows.
    slow: usize,
}

impl DelayEstimate {
    pub(super) fn new(config: JitterConfig) -> Self {
        let jitter_ms = i64::from(config.start_ms) - MARGIN_MS;
        Self { config, transits: VecDeque::new(), base_us: 0, jitter_ms, boost_ms: 0, since_refresh: 0, slow: 0 }
    }

    pub(super) fn clear(&mut self) {
        *self = Self { jitter_ms: self.jitter_ms, ..Self::new(self.config) };
    }

    pub(super) fn is_known(&self) -> bool {
        !self.transits.is_empty()
    }

    /// The fastest transit lately.
    pub(super) fn base_us(&self) -> i64 {
        self.base_us
    }

    /// Adds a packet; `true` when the route has changed and old transits were forgotten.
    pub(super) fn observe(&mut self, transit_us: i64) -> bool {
        if self.transits.is_empty() || transit_us < self.base_us {
            self.base_us = transit_us;
        }
        if self.transits.len() == WINDOW {
            self.transits.pop_front();
        }
        self.transits.push_back(transit_us);
        let too_slow = transit_us - self.base_us > i64::from(self.config.max_ms) * 1000;
        self.slow = if too_slow { self.slow + 1 } else { 0 };
        let rerouted = self.slow >= REROUTED;
        if rerouted {
            self.transits.drain(..self.transits.len() - REROUTED);
            self.slow = 0;
        }
        self.since_refresh += 1;
        if rerouted || self.since_refresh >= REFRESH {
            self.refresh();
        }
        rerouted
    }

    /// A packet missed its time.
    pub(super) fn was_late(&mut self) {
        self.boost_ms = (self.boost_ms + BOOST_MS).min(i64::from(self.config.max_ms));
    }

    /// The depth to aim at, milliseconds.
    pub(super) fn target_ms(&self) -> u32 {
        let wish = self.jitter_ms + self.boost_ms + MARGIN_MS;
        wish.clamp(i64::from(self.config.min_ms), i64::from(self.config.max_ms)) as u32
    }

    fn refresh(&mut self) {
        self.since_refresh = 0;
        self.boost_ms = (self.boost_ms - 2).max(0);
        let mut sorted: Vec<i64> = self.transits.iter().copied().collect();
        sorted.sort_unstable();
        let index = ((sorted.len() - 1) as f64 * PERCENTILE) as usize;
        if let (Some(&base), Some(&high)) = (sorted.first(), sorted.get(index)) {
            self.base_us = base;
            self.jitter_ms = (high - base) / 1000;
        }
    }
}
