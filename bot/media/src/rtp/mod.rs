//! RTP packets out and in (RFC 3550), without sockets: numbering, validation and statistics.

mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use receiver::{Discard, PayloadKind, ReceiverStats, RtpPacket, RtpReceiver};
pub use sender::{RtpSender, StreamStart};
