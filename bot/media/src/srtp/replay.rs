//! Which packets of a source were accepted already (RFC 3711 §3.3.2).

/// Packets behind the newest that may still arrive once.
const WINDOW: u64 = 128;

/// A sliding window over packet indices that do not wrap.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplayWindow {
    highest: Option<u64>,
    /// Bit n: `highest − n` was accepted.
    seen: u128,
}

impl ReplayWindow {
    /// The index nearest to the newest one that ends in this sequence number.
    pub(super) fn nearest(&self, sequence: u16) -> u64 {
        match self.highest {
            Some(highest) => highest.saturating_add_signed(i64::from(sequence.wrapping_sub(highest as u16) as i16)),
            None => (1 << 16) + u64::from(sequence),
        }
    }

    /// Not accepted before, and not too old to tell.
    pub(super) fn is_new(&self, index: u64) -> bool {
        match self.highest {
            Some(highest) if index <= highest => {
                let behind = highest - index;
                behind < WINDOW && self.seen >> behind & 1 == 0
            }
            _ => true,
        }
    }

    /// Remembers an authenticated packet.
    pub(super) fn accept(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {
                self.seen |= u128::from(highest - index < WINDOW) << ((highest - index) % WINDOW)
            }
            Some(highest) => {
                let ahead = index - highest;
                self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
                self.highest = Some(index);
            }
            None => (self.highest, self.seen) = (Some(index), 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_passes_once_in_any_order_inside_the_window() {
        let mut w = ReplayWindow::default();
        for index in [1000, 1005, 1001, 1004, 1128, 1300, 1299] {
            assert!(w.is_new(index), "{index}");
            w.accept(index);
            assert!(!w.is_new(index), "{index}");
        }
        assert!(!w.is_new(1300 - 128), "too old to tell");
        assert!(w.is_new(1300 - 127));
    }

    #[test]
    fn sequence_numbers_are_followed_over_the_wrap_both_ways() {
        let mut w = ReplayWindow::default();
        w.accept(w.nearest(65_530));
        assert_eq!(w.nearest(3), w.nearest(65_530) + 9);
        w.accept(w.nearest(3));
        assert_eq!(w.nearest(65_535) + 4, w.nearest(3));
    }
}
