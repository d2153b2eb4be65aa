//! Keys: RFC 4733 events in, and in-band tones in. Events out are built by [`crate::rtp::RtpSender`].

mod inband;

pub use inband::InbandDetector;

use crate::rtp::RtpPacket;
use std::fmt;

/// The sixteen keys in event-code order (RFC 4733 §3.2).
const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];
/// Row and column frequencies in Hz (ITU-T Q.23).
pub(crate) const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
pub(crate) const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
pub(crate) const GRID: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// One key of a telephone: `0`–`9`, `*`, `#`, `A`–`D`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(char);

impl Key {
    /// The key of a character; `a`–`d` count as capitals.
    pub fn from_char(c: char) -> Option<Self> {
        let c = c.to_ascii_uppercase();
        KEYS.contains(&c).then_some(Self(c))
    }

    /// The key of an RFC 4733 event code 0–15.
    pub fn from_event(code: u8) -> Option<Self> {
        KEYS.get(usize::from(code)).map(|&c| Self(c))
    }

    /// The character on the key.
    pub fn as_char(self) -> char {
        self.0
    }

    /// RFC 4733 event code.
    pub fn event(self) -> u8 {
        KEYS.iter().position(|&c| c == self.0).unwrap_or(0) as u8
    }

    /// Row and column frequency in Hz.
    pub fn frequencies_hz(self) -> (f32, f32) {
        for (row, keys) in GRID.iter().enumerate() {
            if let Some(column) = keys.iter().position(|&c| c == self.0) {
                return (ROWS_HZ[row], COLUMNS_HZ[column]);
            }
        }
        (ROWS_HZ[0], COLUMNS_HZ[0])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0)
    }
}

/// Turns event packets into keys: one key per press, reported at the first packet that arrives,
/// however many of its packets are lost, repeated or out of order.
#[derive(Clone, Debug, Default)]
pub struct EventReceiver {
    last: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    duration: u16,
    ended: bool,
}

impl EventReceiver {
    /// Takes a packet of kind [`Event`](crate::rtp::PayloadKind::Event). Codes above 15 (flash, fax,
    /// and so on) and short payloads give nothing.
    pub fn handle(&mut self, packet: &RtpPacket) -> Option<Key> {
        let &[code, flags, hi, lo, ..] = packet.payload.as_ref() else { return None };
        let press = Press {
            ssrc: packet.ssrc,
            timestamp: packet.timestamp,
            code,
            duration: u16::from_be_bytes([hi, lo]),
            ended: flags & 0x80 != 0,
        };
        let key = Key::from_event(code)?;
        if let Some(last) = &mut self.last {
            // An old press that comes after a newer one was reported in its time or is lost.
            if last.absorbs(&press, packet.marker) || last.is_newer_than(&press) {
                return None;
            }
        }
        self.last = Some(press);
        Some(key)
    }
}

impl Press {
    /// Takes in another packet of the same press; `false` when it belongs to another press.
    fn absorbs(&mut self, other: &Self, marker: bool) -> bool {
        if self.ssrc != other.ssrc || self.code != other.code {
            return false;
        }
        let later = other.timestamp.wrapping_sub(self.timestamp);
        if later == 0 {
            self.ended |= other.ended;
            self.duration = self.duration.max(other.duration);
            return true;
        }
        // A press longer than the 16-bit duration goes on as a new segment (RFC 4733 §2.5.1.3), and
        // some gateways move the timestamp with every packet: neither ends the press or sets the marker.
        let goes_on = !self.ended && !marker && later <= u32::from(self.duration) + 480;
        if goes_on {
            *self = *other;
        }
        goes_on
    }

    fn is_newer_than(&self, other: &Self) -> bool {
        self.ssrc == other.ssrc && (self.timestamp.wrapping_sub(other.timestamp) as i32) > 0
            // Ten seconds back is not reordering but a sender that started over.
            && self.timestamp.wrapping_sub(other.timestamp) < 80_000
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        codec::Codec,
        rtp::{PayloadKind, RtpReceiver, RtpSender, StreamStart},
    };
    use bytes::Bytes;

    fn press(timestamp: u32, code: u8, end: bool, duration: u16, marker: bool) -> RtpPacket {
        let [hi, lo] = duration.to_be_bytes();
        RtpPacket {
            kind: PayloadKind::Event,
            ssrc: 9,
            sequence: 0,
            timestamp,
            marker,
            payload: Bytes::copy_from_slice(&[code, u8::from(end) << 7 | 10, hi, lo]),
        }
    }

    /// Sends `keys` as our sender does, drops packets by `keep`, and tells what is heard.
    fn through_loss(keys: &str, keep: impl Fn(usize) -> bool) -> String {
        let start = StreamStart { ssrc: 5, sequence: 65_500, timestamp: u32::MAX - 3000 };
        let mut sender = RtpSender::new(start, Codec::Pcmu, 0);
        let mut receiver = RtpReceiver::new(vec![(0, Codec::Pcmu)], vec![101]);
        let (mut events, mut heard, mut n) = (EventReceiver::default(), String::new(), 0);
        for c in keys.chars() {
            assert!(sender.start_event(Key::from_char(c).unwrap(), 101, 8000, 100));
            while let Some(datagram) = sender.poll_event() {
                n += 1;
                if keep(n) {
                    let packet = receiver.receive(&datagram, n as u64 * 20_000).unwrap();
                    heard.extend(events.handle(&packet).map(Key::as_char));
                }
            }
            sender.silence(3);
        }
        heard
    }

    #[test]
    fn each_press_is_one_key_whatever_is_lost_of_it() {
        let keys = "1123#*0099ABCD";
        assert_eq!(through_loss(keys, |_| true), keys);
        assert_eq!(through_loss(keys, |n| n % 2 == 0), keys);
        assert_eq!(through_loss(keys, |n| n % 7 == 0), keys, "only the last end packet of each press arrives");
        assert_eq!(through_loss(keys, |n| n % 7 == 1), keys, "only the first packet of each press arrives");
    }

    #[test]
    fn repeated_and_late_packets_add_nothing() {
        let mut r = EventReceiver::default();
        let packets =
            [press(1000, 1, false, 160, true), press(1000, 1, true, 480, false), press(3000, 2, false, 160, true)];
        assert_eq!(packets.iter().filter_map(|p| r.handle(p)).map(Key::as_char).collect::<String>(), "12");
        assert!(packets[..2].iter().all(|p| r.handle(p).is_none()));
    }

    #[test]
    fn a_very_long_press_in_segments_is_one_key() {
        let mut r = EventReceiver::default();
        assert!(r.handle(&press(0, 7, false, 160, true)).is_some());
        assert!(r.handle(&press(0, 7, false, u16::MAX, false)).is_none());
        assert!(r.handle(&press(65_535, 7, false, 160, false)).is_none());
        assert!(r.handle(&press(65_535, 7, true, 800, false)).is_none());
        assert!(r.handle(&press(80_000, 7, false, 160, true)).is_some(), "pressed again");
    }

    #[test]
    fn other_events_and_short_payloads_are_no_keys() {
        let mut r = EventReceiver::default();
        assert!(r.handle(&press(0, 16, false, 160, true)).is_none(), "hook flash");
        let mut short = press(0, 1, false, 160, true);
        short.payload = Bytes::from_static(&[1, 10]);
        assert!(r.handle(&short).is_none());
    }
}
