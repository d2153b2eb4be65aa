//! RTP sockets from a range: even ports, taken in turn so that a port rests before it is used again.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::UdpSocket;

#[derive(Debug)]
pub(super) struct Ports {
    address: IpAddr,
    first: u32,
    /// Even ports in the range.
    count: u32,
    next: AtomicU32,
}

impl Ports {
    pub(super) fn new(address: IpAddr, range: &RangeInclusive<u16>) -> Self {
        let first = u32::from(*range.start()).next_multiple_of(2);
        let count = (u32::from(*range.end()) + 2).saturating_sub(first) / 2;
        Self { address, first, count, next: AtomicU32::new(0) }
    }

    /// A bound socket, or the last error when every port is taken.
    pub(super) async fn bind(&self) -> io::Result<UdpSocket> {
        let mut error = io::Error::new(io::ErrorKind::InvalidInput, "the RTP port range is empty");
        for _ in 0..self.count {
            let port = self.first + 2 * (self.next.fetch_add(1, Ordering::Relaxed) % self.count);
            match UdpSocket::bind(SocketAddr::new(self.address, port as u16)).await {
                Ok(socket) => return Ok(socket),
                Err(e) => error = e,
            }
        }
        Err(error)
    }
}
