//! Session descriptions for one audio stream: build, read, negotiate (RFC 8866, offer/answer RFC 3264).
//!
//! Reading is lenient about order and unknown lines, since trunks write what they like, and strict
//! about what would make a call silent: no audio, no common codec, no address, no usable key.
//! Nothing is resolved: addresses must be literal.

mod crypto;
mod negotiate;
mod parse;
#[cfg(test)]
mod tests;

pub use negotiate::{accept_answer, answer_offer, offer};

use crate::{codec::Codec, srtp::SrtpKey};
use std::net::{IpAddr, SocketAddr};

/// Telephone-event payload type that we propose for codecs with an 8 kHz clock.
pub const DTMF_8K: u8 = 101;
/// The same for Opus, whose clock is 48 kHz (RFC 7587 §4.1, RFC 4733 §2.1).
pub const DTMF_48K: u8 = 110;

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("the SDP is empty")]
    Empty,
    #[error("SDP line {line} is malformed: {what}")]
    Malformed { line: usize, what: String },
    #[error("the SDP has no audio stream")]
    NoAudio,
    #[error("the far end refused the audio stream (port 0)")]
    Refused,
    #[error("the SDP gives no connection address for the audio stream")]
    NoAddress,
    #[error("the SDP's connection address `{0}` is not an IP address")]
    NotAnAddress(String),
    #[error("no common codec: they have {theirs}, we have {ours}")]
    NoCommonCodec { theirs: String, ours: String },
    #[error("the media profile `{0}` is not supported")]
    UnsupportedProfile(String),
    #[error("SRTP is required here but the far end offers none")]
    SrtpRequired,
    #[error("the far end wants SRTP but it is off on this trunk")]
    SrtpOff,
    #[error("no usable SRTP key: {0}")]
    NoUsableKey(String),
}

/// Whether media is encrypted with keys from SDP (SDES, RFC 4568).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SrtpPolicy {
    #[default]
    Off,
    /// Offer `RTP/AVP` with keys; use them when the far end answers with its own.
    Optional,
    /// Offer `RTP/SAVP`; refuse anything else.
    Required,
}

/// Which way media flows, seen from the side that says it (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    /// The attribute name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive].into_iter().find(|d| d.as_str() == name)
    }

    /// We send media.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// We receive media.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other side.
    pub fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// What both sides allow.
    pub fn and(self, other: Self) -> Self {
        Self::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }
}

/// Our side of a stream. Keep one value for the whole call, so that keys stay the same in re-offers.
#[derive(Clone, Debug)]
pub struct LocalMedia {
    /// Address and RTP port that we receive on; RTCP on the next port.
    pub addr: IpAddr,
    pub port: u16,
    /// In order of preference; never empty for a useful offer.
    pub codecs: Vec<Codec>,
    /// What we want; `SendOnly` puts the far end on hold.
    pub direction: Direction,
    pub srtp: SrtpPolicy,
    /// Our sending key for each suite we offer, from [`SrtpKey::generate`]; unused when SRTP is off.
    pub keys: Vec<SrtpKey>,
    /// Offer RTCP on the RTP port (RFC 5761).
    pub rtcp_mux: bool,
    /// Any number that stays the same for the call (`o=` session id).
    pub session_id: u64,
}

impl LocalMedia {
    /// Two-way audio without SRTP.
    pub fn new(addr: IpAddr, port: u16, codecs: Vec<Codec>, session_id: u64) -> Self {
        Self {
            addr,
            port,
            codecs,
            direction: Direction::SendRecv,
            srtp: SrtpPolicy::Off,
            keys: Vec::new(),
            rtcp_mux: false,
            session_id,
        }
    }

    /// The same with SRTP; `entropy` is 60 random bytes, never used twice.
    pub fn with_srtp(mut self, policy: SrtpPolicy, entropy: &[u8; 60]) -> Self {
        self.srtp = policy;
        self.keys = SrtpKey::generate(entropy).to_vec();
        self
    }
}

/// Keys of an encrypted stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrtpKeys {
    /// Protects what we send.
    pub local: SrtpKey,
    /// Unprotects what they send.
    pub remote: SrtpKey,
}

/// What an offer and its answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where to send RTP, until [`crate::latch::SymmetricLatch`] knows better.
    pub remote: SocketAddr,
    /// Where to send RTCP.
    pub remote_rtcp: SocketAddr,
    /// What we send.
    pub codec: Codec,
    /// The number the far end wants on it.
    pub payload_type: u8,
    /// Payload types that may arrive with audio.
    pub receive: Vec<(u8, Codec)>,
    /// Payload type and clock in Hz of keys that we send; `None`: keys must go in-band.
    pub dtmf: Option<(u8, u32)>,
    /// Payload types under which keys may arrive.
    pub receive_dtmf: Vec<u8>,
    /// Our direction: `RecvOnly` or `Inactive` while they hold us.
    pub direction: Direction,
    pub rtcp_mux: bool,
    pub srtp: Option<SrtpKeys>,
    /// What the far end would like in one packet, milliseconds. We send 20 whatever it says, as
    /// RFC 8866 §6.4 allows.
    pub ptime_ms: Option<u16>,
}

impl Negotiated {
    /// They have put us on hold: nothing should be said, and their silence is no fault.
    pub fn held(&self) -> bool {
        !self.direction.sends() || !self.direction.receives()
    }
}
