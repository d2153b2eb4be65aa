//! Statistics of the packets that arrived (RFC 3550 §6.4, A.8).

use crate::RATE_HZ;
use crate::report::RtpStats;
use std::collections::BTreeSet;

/// Inter-arrival times are counted in steps of 0.1 ms up to this many, the last one meaning "or more": a second.
const STEPS: usize = 10_000;

/// Sequence numbers remembered to tell late packets from copies.
const MEMORY: u64 = 512;

#[derive(Debug)]
pub struct Arrivals {
    received: u64,
    reordered: u64,
    duplicates: u64,
    first: Option<u64>,
    highest: u64,
    recent: BTreeSet<u64>,
    last_at_us: u64,
    last_transit: Option<i64>,
    jitter_us: f64,
    max_gap_us: u64,
    gaps: Vec<u32>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            received: 0,
            reordered: 0,
            duplicates: 0,
            first: None,
            highest: 0,
            recent: BTreeSet::new(),
            last_at_us: 0,
            last_transit: None,
            jitter_us: 0.0,
            max_gap_us: 0,
            gaps: vec![0; STEPS + 1],
        }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Use it; the number does not wrap.
    New(u64),
    Duplicate,
}

impl Arrivals {
    /// Counts a packet.
    pub fn take(&mut self, sequence: u16, timestamp: u32, now_us: u64) -> Arrival {
        let number = self.extend(sequence);
        if !self.recent.insert(number) {
            self.duplicates += 1;
            return Arrival::Duplicate;
        }
        self.time(timestamp, now_us);
        self.received += 1;
        if self.first.is_some() && number < self.highest {
            self.reordered += 1;
        }
        self.first = Some(self.first.map_or(number, |f| f.min(number)));
        self.highest = self.highest.max(number);
        let keep_from = self.highest.saturating_sub(MEMORY);
        self.recent = self.recent.split_off(&keep_from);
        Arrival::New(number)
    }

    /// The sequence number nearest to the highest one so far (RFC 3550 A.1), starting at 65536.
    fn extend(&self, sequence: u16) -> u64 {
        if self.first.is_none() {
            return 65_536 + u64::from(sequence);
        }
        let ahead = sequence.wrapping_sub(self.highest as u16) as i16;
        self.highest.saturating_add_signed(i64::from(ahead))
    }

    fn time(&mut self, timestamp: u32, now_us: u64) {
        if self.received > 0 {
            let gap = now_us.saturating_sub(self.last_at_us);
            self.max_gap_us = self.max_gap_us.max(gap);
            self.gaps[(gap / 100).min(STEPS as u64) as usize] += 1;
        }
        self.last_at_us = now_us;
        let transit = now_us as i64 - i64::from(timestamp) * 1_000_000 / i64::from(RATE_HZ);
        if let Some(last) = self.last_transit.replace(transit) {
            // A jump of the timestamp (new source, wrap) is no jitter.
            let change = (transit - last).unsigned_abs();
            if change < 1_000_000 {
                self.jitter_us += (change as f64 - self.jitter_us) / 16.0;
            }
        }
    }

    fn percentile_ms(&self, share: f64) -> f64 {
        let total: u64 = self.gaps.iter().map(|n| u64::from(*n)).sum();
        let wanted = (total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (step, count) in self.gaps.iter().enumerate() {
            seen += u64::from(*count);
            if total > 0 && seen >= wanted {
                return step as f64 / 10.0;
            }
        }
        0.0
    }

    /// The figures so far.
    pub fn figures(&self, sent: u64) -> RtpStats {
        let expected = self.first.map_or(0, |first| self.highest - first + 1);
        RtpStats {
            sent,
            received: self.received,
            lost: expected.saturating_sub(self.received),
            reordered: self.reordered,
            duplicates: self.duplicates,
            max_gap_ms: self.max_gap_us as f64 / 1000.0,
            interarrival_p99_ms: self.percentile_ms(0.99),
            jitter_ms: (self.jitter_us / 10.0).round() / 100.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_reordering_copies_and_wrap_are_told_apart() {
        let mut arrivals = Arrivals::default();
        for (sequence, at_ms) in [(65_533u16, 0), (65_534, 20), (0, 60), (65_535, 61), (0, 62), (3, 120)] {
            arrivals.take(sequence, u32::from(sequence) * 160, at_ms * 1000);
        }
        let figures = arrivals.figures(9);
        assert_eq!((figures.sent, figures.received, figures.lost), (9, 5, 2));
        assert_eq!((figures.reordered, figures.duplicates), (1, 1));
        assert_eq!(figures.max_gap_ms, 59.0);
    }

    #[test]
    fn percentile_and_jitter_of_a_stream_with_one_late_packet_in_fifty() {
        let mut arrivals = Arrivals::default();
        for n in 0..1000u32 {
            let late = if n % 50 == 49 { 10_000 } else { 0 };
            arrivals.take(n as u16, n * 160, u64::from(n) * 20_000 + late);
        }
        let figures = arrivals.figures(0);
        assert_eq!(figures.interarrival_p99_ms, 30.0);
        assert!(figures.jitter_ms < 2.0 && figures.jitter_ms > 0.0, "{}", figures.jitter_ms);
        assert_eq!(arrivals.percentile_ms(0.5), 20.0);
    }
}
