//! Symmetric RTP: send to where packets really come from (RFC 4961, and RFC 7362's latching).
//!
//! SDP behind NAT names an address that does not work. The first valid packet decides; later
//! another address is believed only when the one we latched to has been silent, or on the same
//! host, so that a stranger's stray packets cannot steal a running call's audio.

use std::net::SocketAddr;

/// Silence of the latched address after which another host may take over.
const TAKEOVER_AFTER_US: u64 = 2_000_000;
/// Packets in a row that a new port on the same host must show.
const CONFIRMATIONS: u8 = 5;

/// What to do with a valid packet's source address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latch {
    /// The known address: use the packet.
    Keep,
    /// Use the packet and send there from now on.
    Move(SocketAddr),
    /// Not from our peer: drop the packet.
    Reject,
}

/// Where media of one leg goes.
#[derive(Clone, Debug)]
pub struct SymmetricLatch {
    signalled: SocketAddr,
    latched: Option<SocketAddr>,
    last_us: u64,
    rival: Option<(SocketAddr, u8)>,
}

impl SymmetricLatch {
    /// Starts with the address from SDP.
    pub fn new(signalled: SocketAddr) -> Self {
        Self { signalled, latched: None, last_us: 0, rival: None }
    }

    /// A new SDP address from a re-INVITE: believe it, and latch again. Unchanged addresses keep the latch.
    pub fn signal(&mut self, address: SocketAddr) {
        if address != self.signalled {
            *self = Self::new(address);
        }
    }

    /// Where to send now.
    pub fn remote(&self) -> SocketAddr {
        self.latched.unwrap_or(self.signalled)
    }

    /// Judges a packet that passed RTP (and SRTP) checks.
    pub fn handle(&mut self, from: SocketAddr, now_us: u64) -> Latch {
        let Some(latched) = self.latched else { return self.take(from, now_us) };
        if from == latched {
            self.last_us = now_us;
            self.rival = None;
            return Latch::Keep;
        }
        let silent = now_us.saturating_sub(self.last_us) > TAKEOVER_AFTER_US;
        if silent || from == self.signalled && self.confirmed(from) || from.ip() == latched.ip() && self.confirmed(from)
        {
            return self.take(from, now_us);
        }
        Latch::Reject
    }

    fn take(&mut self, from: SocketAddr, now_us: u64) -> Latch {
        let moved = from != self.remote();
        self.latched = Some(from);
        self.last_us = now_us;
        self.rival = None;
        if moved { Latch::Move(from) } else { Latch::Keep }
    }

    fn confirmed(&mut self, from: SocketAddr) -> bool {
        let count = match self.rival {
            Some((rival, n)) if rival == from => n + 1,
            _ => 1,
        };
        self.rival = Some((from, count));
        count >= CONFIRMATIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(host: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, host], port))
    }

    #[test]
    fn the_first_packet_corrects_a_private_address() {
        let mut l = SymmetricLatch::new(addr(1, 4000));
        assert_eq!(l.remote(), addr(1, 4000));
        assert_eq!(l.handle(addr(2, 9000), 0), Latch::Move(addr(2, 9000)));
        assert_eq!(l.remote(), addr(2, 9000));
        assert_eq!(l.handle(addr(2, 9000), 20_000), Latch::Keep);
    }

    #[test]
    fn a_stranger_cannot_take_a_running_stream() {
        let mut l = SymmetricLatch::new(addr(1, 4000));
        for i in 0..50 {
            assert_eq!(l.handle(addr(1, 4000), i * 20_000), Latch::Keep);
            assert_eq!(l.handle(addr(66, 4000), i * 20_000), Latch::Reject);
        }
        assert_eq!(l.remote(), addr(1, 4000));
    }

    #[test]
    fn a_new_port_on_the_same_host_is_followed_once_it_lasts() {
        let mut l = SymmetricLatch::new(addr(1, 4000));
        l.handle(addr(1, 4000), 0);
        for i in 1..5 {
            assert_eq!(l.handle(addr(1, 5000), i * 20_000), Latch::Reject);
        }
        assert_eq!(l.handle(addr(1, 5000), 100_000), Latch::Move(addr(1, 5000)));
    }

    #[test]
    fn after_silence_or_a_new_offer_another_host_may_speak() {
        let mut l = SymmetricLatch::new(addr(1, 4000));
        l.handle(addr(1, 4000), 0);
        assert_eq!(l.handle(addr(7, 4000), 2_100_000), Latch::Move(addr(7, 4000)));
        l.signal(addr(8, 4000));
        assert_eq!(l.remote(), addr(8, 4000));
        assert_eq!(l.handle(addr(8, 4000), 2_200_000), Latch::Keep);
    }
}
