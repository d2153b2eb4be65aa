//! RTP packets out and in (RFC 3550), without sockets: numbering, validation and statistics.

mod receiver;
mod sender;

pub use receiver::{Discard, PayloadKind, ReceiverStats, RtpPacket, RtpReceiver};
pub use sender::{RtpSender, StreamStart};
