//! RTP ports from the configured range: an even port for RTP, the odd one after it for RTCP
//! (RFC 3550 §11).

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Mutex;

/// No pair of ports is free.
#[derive(Debug, thiserror::Error)]
#[error("no free RTP port between {first} and {last} on {address}")]
pub struct NoFreePort {
    pub address: IpAddr,
    pub first: u16,
    pub last: u16,
}

/// Hands out bound socket pairs, walking through the range so that a port rests before it is used again.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    last: u16,
    next: Mutex<u16>,
}

/// Two bound, non-blocking sockets.
#[derive(Debug)]
pub struct PortPair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub port: u16,
}

impl Ports {
    /// Ports `first..=last`; an odd first port is rounded up.
    pub fn new(first: u16, last: u16) -> Self {
        let first = first.saturating_add(first % 2);
        Self { first, last, next: Mutex::new(first) }
    }

    /// The next free pair on `address`.
    ///
    /// # Errors
    /// When every pair of the range is in use.
    pub fn take(&self, address: IpAddr) -> Result<PortPair, NoFreePort> {
        let pairs = (u32::from(self.last) + 1).saturating_sub(u32::from(self.first)) / 2;
        for _ in 0..pairs {
            let port = self.advance();
            let bound = (bind(address, port), bind(address, port + 1));
            if let (Ok(rtp), Ok(rtcp)) = bound {
                return Ok(PortPair { rtp, rtcp, port });
            }
        }
        Err(NoFreePort { address, first: self.first, last: self.last })
    }

    fn advance(&self) -> u16 {
        let mut next = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let port = *next;
        *next = if u32::from(port) + 3 > u32::from(self.last) { self.first } else { port + 2 };
        port
    }
}

fn bind(address: IpAddr, port: u16) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddr::new(address, port))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_even_distinct_and_run_out_with_a_clear_error() {
        let (ports, here) = (Ports::new(47_101, 47_106), IpAddr::from([127, 0, 0, 1]));
        let first = ports.take(here).unwrap();
        let second = ports.take(here).unwrap();
        assert!(first.port % 2 == 0 && second.port % 2 == 0 && first.port != second.port);
        let error = ports.take(here).unwrap_err().to_string();
        assert!(error.contains("47102") && error.contains("47106"), "{error}");
        drop(first);
        assert!(ports.take(here).is_ok());
    }
}
