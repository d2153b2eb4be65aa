//! A bad line in one direction: packets are lost, late, or overtaken.

use crate::people::Network;
use rand::Rng;
use rand::rngs::StdRng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How long a packet is held back so that the next one, 20 ms later, overtakes it.
const OVERTAKEN_AFTER_US: u64 = 30_000;

/// Packets on their way.
#[derive(Debug)]
pub struct Line {
    network: Network,
    rng: StdRng,
    under_way: BinaryHeap<Reverse<(u64, u64, Vec<u8>)>>,
    entered: u64,
    /// Jitter alone lets nobody overtake.
    latest_due: u64,
}

impl Line {
    pub fn new(network: Network, rng: StdRng) -> Self {
        Self { network, rng, under_way: BinaryHeap::new(), entered: 0, latest_due: 0 }
    }

    /// Whether packets go straight through.
    pub fn is_perfect(&self) -> bool {
        self.network == Network::default()
    }

    /// A packet enters the line.
    pub fn enter(&mut self, packet: Vec<u8>, now_us: u64) {
        if self.rng.random_bool((self.network.loss_percent / 100.0).clamp(0.0, 1.0)) {
            return;
        }
        let jitter = self.rng.random_range(0..=self.network.jitter_ms * 1000);
        let mut due = (now_us + self.network.delay_ms * 1000 + jitter).max(self.latest_due);
        if self.rng.random_bool((self.network.reorder_percent / 100.0).clamp(0.0, 1.0)) {
            due += OVERTAKEN_AFTER_US;
        } else {
            self.latest_due = due;
        }
        self.entered += 1;
        self.under_way.push(Reverse((due, self.entered, packet)));
    }

    /// The next packet that has arrived by now.
    pub fn leave(&mut self, now_us: u64) -> Option<Vec<u8>> {
        if self.next_at()? > now_us {
            return None;
        }
        self.under_way.pop().map(|Reverse((_, _, packet))| packet)
    }

    /// When the next packet arrives.
    pub fn next_at(&self) -> Option<u64> {
        self.under_way.peek().map(|Reverse((due, _, _))| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// Sends packets numbered from 0 every 20 ms; gives (number, delay in ms) in order of arrival.
    fn send(network: Network, count: u32) -> Vec<(u32, u64)> {
        let mut line = Line::new(network, StdRng::seed_from_u64(3));
        let mut got = Vec::new();
        for ms in 0..u64::from(count) * 20 + 500 {
            if ms % 20 == 0 && ms / 20 < u64::from(count) {
                line.enter(((ms / 20) as u32).to_be_bytes().to_vec(), ms * 1000);
            }
            while let Some(packet) = line.leave(ms * 1000) {
                let number = packet.iter().fold(0, |n, b| n << 8 | u32::from(*b));
                got.push((number, ms - u64::from(number) * 20));
            }
        }
        got
    }

    #[test]
    fn a_perfect_line_changes_nothing() {
        let got = send(Network::default(), 100);
        assert_eq!(got, (0..100).map(|n| (n, 0)).collect::<Vec<_>>());
    }

    #[test]
    fn loss_is_about_what_was_asked_for() {
        let got = send(Network { loss_percent: 5.0, ..Network::default() }, 4000);
        assert!((3760..=3840).contains(&got.len()), "{}", got.len());
    }

    #[test]
    fn jitter_delays_without_overtaking_and_reordering_overtakes() {
        let got = send(Network { delay_ms: 40, jitter_ms: 60, ..Network::default() }, 500);
        assert!(got.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(got.iter().all(|(_, late)| (40..=101).contains(late)));
        assert!(got.iter().any(|(_, late)| *late > 80));

        let got = send(Network { reorder_percent: 10.0, ..Network::default() }, 500);
        assert_eq!(got.len(), 500);
        let overtaken = got.windows(2).filter(|w| w[0].0 > w[1].0).count();
        assert!((25..=75).contains(&overtaken), "{overtaken}");
    }
}
