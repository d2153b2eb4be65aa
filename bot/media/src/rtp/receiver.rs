//! The receiving side: header checks, sequence validation (RFC 3550 A.1), loss (A.3), jitter (A.8).
//!
//! One main source is followed. Keys are taken from any source, since some gateways send events
//! under an SSRC of their own; another source's audio takes over after two packets in a row.

use crate::codec::Codec;
use bytes::Bytes;
use rtc_rtp::Packet;
use rtc_shared::marshal::Unmarshal;

/// A jump forward up to this is loss; beyond, the sender may have restarted (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3000;
/// A step back up to this is reordering.
const MAX_MISORDER: u16 = 100;
/// Static payload type of comfort noise (RFC 3389 §4).
const COMFORT_NOISE: u8 = 13;

/// What a payload type means in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    Audio(Codec),
    /// RFC 4733 telephone event.
    Event,
    /// RFC 3389; carries no speech.
    ComfortNoise,
}

/// A valid packet of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpPacket {
    pub kind: PayloadKind,
    pub ssrc: u32,
    /// Sequence number that does not wrap; grows over restarts of the source too.
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload: Bytes,
}

/// Why a datagram was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Discard {
    #[error("not an RTP packet")]
    NotRtp,
    #[error("payload type {0} was not negotiated")]
    UnknownPayloadType(u8),
    #[error("sequence number jumped; waiting for a second packet")]
    Jump,
    #[error("another source; waiting for a second packet")]
    OtherSource,
}

/// Counters for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiverStats {
    /// SSRC followed now; 0 before the first packet.
    pub ssrc: u32,
    pub received: u64,
    /// Expected minus received; negative when duplicates outnumber losses.
    pub lost: i64,
    pub extended_highest: u32,
    /// Interarrival jitter in timestamp units (RFC 3550 §6.4.1).
    pub jitter: u32,
    /// Share lost since the previous [`RtpReceiver::take_interval`], in 1/256.
    pub fraction_lost: u8,
    /// Times the source changed or restarted.
    pub restarts: u32,
}

/// Validates one incoming stream.
#[derive(Clone, Debug)]
pub struct RtpReceiver {
    audio: Vec<(u8, Codec)>,
    events: Vec<u8>,
    source: Option<Source>,
    /// A second source on probation: SSRC and the sequence number that would confirm it.
    rival: Option<(u32, u16)>,
    restarts: u32,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    base: u64,
    highest: u64,
    /// Confirms a restart if it comes next.
    bad_next: Option<u16>,
    received: u64,
    interval: (u64, u64),
    /// Jitter scaled by 16, and the last packet's transit time in timestamp units.
    jitter16: u64,
    transit: Option<i64>,
}

impl RtpReceiver {
    /// `audio`: payload types that may carry speech; `events`: those of telephone events.
    pub fn new(audio: Vec<(u8, Codec)>, events: Vec<u8>) -> Self {
        Self { audio, events, source: None, rival: None, restarts: 0 }
    }

    /// After a re-INVITE: new payload numbers, same stream.
    pub fn set_payload_types(&mut self, audio: Vec<(u8, Codec)>, events: Vec<u8>) {
        self.audio = audio;
        self.events = events;
    }

    /// The datagram looks like a packet of this session. Changes nothing: ask this before
    /// [`SymmetricLatch`](crate::latch::SymmetricLatch), and that before [`receive`](Self::receive), so that a
    /// stranger's packets cannot disturb the stream's state.
    pub fn recognises(&self, datagram: &[u8]) -> bool {
        self.parse(datagram).is_ok()
    }

    /// Takes one datagram that arrived at `arrival_us` (any monotonic zero).
    pub fn receive(&mut self, datagram: &[u8], arrival_us: u64) -> Result<RtpPacket, Discard> {
        let (packet, kind) = self.parse(datagram)?;
        let h = &packet.header;
        let sequence = match &mut self.source {
            Some(s) if s.ssrc == h.ssrc => match s.extend(h.sequence_number) {
                Sequence::Good(n) => n,
                Sequence::Restarted(n) => {
                    self.restarts += 1;
                    n
                }
                Sequence::Bad => return Err(Discard::Jump),
            },
            Some(s) if kind == PayloadKind::Event => s.highest, // a gateway's separate event source
            Some(_) => self.consider_rival(h.ssrc, h.sequence_number)?,
            None => self.follow(h.ssrc, h.sequence_number, 1 << 16),
        };
        if let (Some(source), PayloadKind::Audio(codec)) = (&mut self.source, kind) {
            source.observe_transit(h.timestamp, codec.clock_rate_hz(), arrival_us);
        }
        Ok(RtpPacket {
            kind,
            ssrc: h.ssrc,
            sequence,
            timestamp: h.timestamp,
            marker: h.marker,
            payload: packet.payload,
        })
    }

    /// Counters so far. `fraction_lost` is that of the running interval.
    pub fn stats(&self) -> ReceiverStats {
        let Some(s) = &self.source else { return ReceiverStats { restarts: self.restarts, ..Default::default() } };
        let expected = s.expected();
        let interval_expected = expected.saturating_sub(s.interval.0);
        let interval_lost = interval_expected.saturating_sub(s.received - s.interval.1);
        ReceiverStats {
            ssrc: s.ssrc,
            received: s.received,
            lost: expected as i64 - s.received as i64,
            extended_highest: s.highest as u32,
            jitter: (s.jitter16 / 16) as u32,
            fraction_lost: (interval_lost * 256).checked_div(interval_expected).unwrap_or(0).min(255) as u8,
            restarts: self.restarts,
        }
    }

    /// The counters for a report that is sent now; starts the next interval (RFC 3550 A.3).
    pub fn take_interval(&mut self) -> ReceiverStats {
        let stats = self.stats();
        if let Some(s) = &mut self.source {
            s.interval = (s.expected(), s.received);
        }
        stats
    }

    fn parse(&self, datagram: &[u8]) -> Result<(Packet, PayloadKind), Discard> {
        // 192..=223 in the second byte is RTCP on a shared port (RFC 5761 §4).
        if datagram.len() < 12 || datagram[0] >> 6 != 2 || (192..=223).contains(&datagram[1]) {
            return Err(Discard::NotRtp);
        }
        let packet = Packet::unmarshal(&mut Bytes::copy_from_slice(datagram)).map_err(|_| Discard::NotRtp)?;
        let pt = packet.header.payload_type;
        let audio = self.audio.iter().find(|(n, _)| *n == pt).map(|(_, c)| PayloadKind::Audio(*c));
        let kind = match audio {
            Some(kind) => kind,
            None if self.events.contains(&pt) => PayloadKind::Event,
            None if pt == COMFORT_NOISE => PayloadKind::ComfortNoise,
            None => return Err(Discard::UnknownPayloadType(pt)),
        };
        Ok((packet, kind))
    }

    fn follow(&mut self, ssrc: u32, sequence: u16, cycle: u64) -> u64 {
        let start = cycle + u64::from(sequence);
        self.source = Some(Source {
            ssrc,
            base: start,
            highest: start,
            bad_next: None,
            received: 1,
            interval: (0, 0),
            jitter16: 0,
            transit: None,
        });
        start
    }

    fn consider_rival(&mut self, ssrc: u32, sequence: u16) -> Result<u64, Discard> {
        if self.rival != Some((ssrc, sequence)) {
            self.rival = Some((ssrc, sequence.wrapping_add(1)));
            return Err(Discard::OtherSource);
        }
        self.rival = None;
        self.restarts += 1;
        let next_cycle = self.source.as_ref().map_or(0, |s| s.highest >> 16) + 1;
        Ok(self.follow(ssrc, sequence, next_cycle << 16))
    }
}

enum Sequence {
    Good(u64),
    Restarted(u64),
    Bad,
}

impl Source {
    fn expected(&self) -> u64 {
        self.highest - self.base + 1
    }

    fn extend(&mut self, sequence: u16) -> Sequence {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let extended = if ahead < MAX_DROPOUT {
            self.highest += u64::from(ahead);
            self.highest
        } else if ahead > u16::MAX - MAX_MISORDER {
            self.highest - u64::from(ahead.wrapping_neg())
        } else if self.bad_next == Some(sequence) {
            return self.restart(sequence);
        } else {
            self.bad_next = Some(sequence.wrapping_add(1));
            return Sequence::Bad;
        };
        self.bad_next = None;
        self.received += 1;
        Sequence::Good(extended)
    }

    fn restart(&mut self, sequence: u16) -> Sequence {
        let start = (((self.highest >> 16) + 1) << 16) + u64::from(sequence);
        *self = Self {
            ssrc: self.ssrc,
            base: start,
            highest: start,
            bad_next: None,
            received: 1,
            interval: (0, 0),
            jitter16: self.jitter16,
            transit: None,
        };
        Sequence::Restarted(start)
    }

    fn observe_transit(&mut self, timestamp: u32, clock_hz: u32, arrival_us: u64) {
        let arrival = (u128::from(arrival_us) * u128::from(clock_hz) / 1_000_000) as u32;
        let transit = i64::from(arrival.wrapping_sub(timestamp));
        if let Some(last) = self.transit {
            // The difference of two wrapping clocks, taken the short way round.
            let d = i64::from((transit as u32).wrapping_sub(last as u32) as i32).unsigned_abs();
            self.jitter16 = self.jitter16 + d - (self.jitter16 + 8) / 16;
        }
        self.transit = Some(transit);
    }
}
