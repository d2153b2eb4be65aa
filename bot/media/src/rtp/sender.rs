//! The sending side of one RTP stream: sequence numbers, timestamps, and keys as events.

use crate::{codec::Codec, dtmf::Key};
use bytes::Bytes;
use rtc_rtp::{Header, Packet};
use rtc_shared::marshal::Marshal;

/// Where a stream's numbers start; all three should be random (RFC 3550 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamStart {
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
}

/// Builds the packets of one stream. Call exactly one of [`packet`](Self::packet),
/// [`silence`](Self::silence) or [`poll_event`](Self::poll_event) for each 20-ms tick, so that
/// timestamps follow the clock.
#[derive(Clone, Debug)]
pub struct RtpSender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    step: u32,
    payload_type: u8,
    event: Option<Event>,
    /// The next audio packet starts a talk spurt (RFC 3551 §4.1).
    spurt: bool,
    packets: u32,
    octets: u32,
}

/// A key being sent (RFC 4733 §2.5.1).
#[derive(Clone, Copy, Debug)]
struct Event {
    payload_type: u8,
    code: u8,
    timestamp: u32,
    /// Duration units of one tick, of the whole key, and sent so far.
    step: u16,
    total: u16,
    sent: u16,
    ends_left: u8,
}

/// −10 dBm0, a usual key level (RFC 4733 §2.3.3 counts it positive).
const EVENT_VOLUME: u8 = 10;
/// The final packet goes three times, against loss (RFC 4733 §2.5.1.4).
const END_PACKETS: u8 = 3;

impl RtpSender {
    /// A stream of `codec` under the negotiated payload type.
    pub fn new(start: StreamStart, codec: Codec, payload_type: u8) -> Self {
        Self {
            ssrc: start.ssrc,
            sequence: start.sequence,
            timestamp: start.timestamp,
            step: codec.timestamp_step(),
            payload_type,
            event: None,
            spurt: true,
            packets: 0,
            octets: 0,
        }
    }

    /// Goes on with another codec after a re-INVITE. Sequence numbers continue: with the same SSRC and
    /// SRTP key, using one twice would give the key stream away (RFC 3711 §9.1).
    pub fn set_format(&mut self, codec: Codec, payload_type: u8) {
        self.step = codec.timestamp_step();
        self.payload_type = payload_type;
        self.spurt = true;
    }

    /// The datagram for one encoded frame. The marker is set on the first packet and after silence.
    pub fn packet(&mut self, payload: &[u8]) -> Vec<u8> {
        let marker = std::mem::take(&mut self.spurt);
        let datagram = self.datagram(self.payload_type, self.timestamp, marker, payload);
        self.timestamp = self.timestamp.wrapping_add(self.step);
        datagram
    }

    /// `frames` ticks pass without a packet.
    pub fn silence(&mut self, frames: u32) {
        self.timestamp = self.timestamp.wrapping_add(self.step.wrapping_mul(frames));
        self.spurt = true;
    }

    /// Starts sending a key under the negotiated event payload type and clock. Lengths are kept to
    /// 40–5000 ms. Returns `false`, doing nothing, while another key is being sent.
    pub fn start_event(&mut self, key: Key, payload_type: u8, clock_hz: u32, duration_ms: u16) -> bool {
        if self.event.is_some() {
            return false;
        }
        let units = |ms: u32| u16::try_from(clock_hz / 1000 * ms).unwrap_or(u16::MAX);
        let ticks = u32::from(duration_ms.clamp(40, 5000)).div_ceil(20);
        self.event = Some(Event {
            payload_type,
            code: key.event(),
            timestamp: self.timestamp,
            step: units(20),
            total: units(20 * ticks),
            sent: 0,
            ends_left: END_PACKETS,
        });
        true
    }

    /// A key is being sent: this tick belongs to [`poll_event`](Self::poll_event).
    pub fn event_active(&self) -> bool {
        self.event.is_some()
    }

    /// The event packet of this tick; `None` when no key is being sent. All packets of a key carry
    /// the timestamp of its start.
    pub fn poll_event(&mut self) -> Option<Vec<u8>> {
        let mut event = self.event?;
        let first = event.sent == 0;
        event.sent = event.sent.saturating_add(event.step).min(event.total);
        let end = event.sent == event.total;
        let [hi, lo] = event.sent.to_be_bytes();
        let payload = [event.code, u8::from(end) << 7 | EVENT_VOLUME, hi, lo];
        let datagram = self.datagram(event.payload_type, event.timestamp, first, &payload);
        self.timestamp = self.timestamp.wrapping_add(self.step);
        event.ends_left -= u8::from(end);
        self.event = (event.ends_left > 0).then_some(event);
        self.spurt = true;
        Some(datagram)
    }

    /// The stream's source identifier.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Timestamp of the next tick, for sender reports.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Packets sent so far, and payload octets, both wrapping (RFC 3550 §6.4.1).
    pub fn counts(&self) -> (u32, u32) {
        (self.packets, self.octets)
    }

    fn datagram(&mut self, payload_type: u8, timestamp: u32, marker: bool, payload: &[u8]) -> Vec<u8> {
        let header = Header {
            version: 2,
            marker,
            payload_type,
            sequence_number: self.sequence,
            timestamp,
            ssrc: self.ssrc,
            ..Header::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        let packet = Packet { header, payload: Bytes::copy_from_slice(payload) };
        // A plain header with no extension or padding always has room in the buffer it sizes.
        packet.marshal().map(|b| b.to_vec()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const START: StreamStart = StreamStart { ssrc: 0xDEAD_BEEF, sequence: 65_534, timestamp: u32::MAX - 200 };

    fn seq(d: &[u8]) -> u16 {
        u16::from_be_bytes([d[2], d[3]])
    }

    fn ts(d: &[u8]) -> u32 {
        u32::from_be_bytes([d[4], d[5], d[6], d[7]])
    }

    #[test]
    fn numbers_wrap_and_advance_by_one_frame() {
        let mut s = RtpSender::new(START, Codec::Pcmu, 0);
        let packets: Vec<_> = (0..4).map(|_| s.packet(&[0x55; 160])).collect();
        assert_eq!(packets.iter().map(|p| seq(p)).collect::<Vec<_>>(), [65_534, 65_535, 0, 1]);
        assert_eq!(ts(&packets[3]), START.timestamp.wrapping_add(480));
        assert_eq!(packets[0].len(), 172);
        assert_eq!(packets[0][1], 0x80, "the first packet of a talk spurt is marked");
        assert_eq!(packets[1][1], 0);
        assert_eq!(s.counts(), (4, 640));
    }

    #[test]
    fn silence_moves_the_timestamp_but_not_the_sequence() {
        let mut s = RtpSender::new(START, Codec::Opus, 111);
        let a = s.packet(&[1]);
        s.silence(3);
        let b = s.packet(&[2]);
        assert_eq!(seq(&b), seq(&a).wrapping_add(1));
        assert_eq!(ts(&b), ts(&a).wrapping_add(4 * 960));
        assert_eq!(b[1], 0x80 | 111);
    }

    #[test]
    fn another_codec_continues_the_numbering() {
        let mut s = RtpSender::new(START, Codec::Pcmu, 0);
        let a = s.packet(&[0; 160]);
        s.set_format(Codec::Opus, 96);
        let (b, c) = (s.packet(&[0; 40]), s.packet(&[0; 40]));
        assert_eq!((seq(&b), seq(&c)), (seq(&a).wrapping_add(1), seq(&a).wrapping_add(2)));
        assert_eq!((b[1], ts(&c).wrapping_sub(ts(&b))), (0x80 | 96, 960));
    }

    #[test]
    fn a_key_keeps_one_timestamp_grows_and_ends_three_times() {
        let mut s = RtpSender::new(START, Codec::Pcma, 8);
        s.packet(&[0; 160]);
        let at = s.timestamp();
        assert!(s.start_event(Key::from_char('5').unwrap(), 101, 8000, 90));
        assert!(!s.start_event(Key::from_char('6').unwrap(), 101, 8000, 90));
        let packets: Vec<_> = std::iter::from_fn(|| s.poll_event()).collect();
        let durations: Vec<u16> = packets.iter().map(|p| u16::from_be_bytes([p[14], p[15]])).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        assert!(packets.iter().all(|p| ts(p) == at && p[12] == 5));
        assert_eq!(packets.iter().map(|p| p[13] >> 7).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(packets.iter().map(|p| p[1] >> 7).collect::<Vec<_>>(), [1, 0, 0, 0, 0, 0, 0]);
        assert!(!s.event_active());
        let after = s.packet(&[0; 160]);
        assert_eq!(ts(&after), at.wrapping_add(7 * 160), "audio goes on where the clock is");
    }
}
