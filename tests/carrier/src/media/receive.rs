//! From packets to frames in order: a small reorder window, silence for what never came.

use super::packet;
use super::stats::{Arrival, Arrivals};
use crate::FRAME;
use crate::people::Codec;
use audio_codec::{CodecType, Decoder, create_decoder};
use std::collections::BTreeMap;

/// Packets that may wait for an earlier one.
const WINDOW: usize = 4;

/// Most frames of silence put in for one gap; a longer one is a pause of the sender.
const MOST_FILLED: u64 = 25;

/// Static payload types of G.711 (RFC 3551).
pub fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
    }
}

/// The codec as its library calls it.
pub fn codec_type(codec: Codec) -> CodecType {
    match codec {
        Codec::Pcmu => CodecType::PCMU,
        Codec::Pcma => CodecType::PCMA,
    }
}

/// The receiving half of a call's media.
pub struct Receiver {
    pcmu: Box<dyn Decoder>,
    pcma: Box<dyn Decoder>,
    event_type: Option<u8>,
    arrivals: Arrivals,
    waiting: BTreeMap<u64, Vec<i16>>,
    next: Option<u64>,
    ssrc: Option<u32>,
    keys: String,
    /// Timestamp of the event being received: all its packets carry the same one.
    event_at: Option<u32>,
}

impl Receiver {
    pub fn new(event_type: Option<u8>) -> Self {
        Self {
            pcmu: create_decoder(CodecType::PCMU),
            pcma: create_decoder(CodecType::PCMA),
            event_type,
            arrivals: Arrivals::default(),
            waiting: BTreeMap::new(),
            next: None,
            ssrc: None,
            keys: String::new(),
            event_at: None,
        }
    }

    /// Takes a packet; gives the frames that are now in order.
    pub fn take(&mut self, bytes: &[u8], now_us: u64) -> Vec<Vec<i16>> {
        let Some((header, payload)) = packet::parse(bytes) else {
            return Vec::new();
        };
        // Another source (a bridge, a transfer) starts a new sequence.
        if self.ssrc.is_some_and(|ssrc| ssrc != header.ssrc) {
            self.next = None;
            self.waiting.clear();
        }
        let new_source = self.ssrc.replace(header.ssrc) != Some(header.ssrc);
        let Arrival::New(number) = self.arrivals.take(header.sequence, header.timestamp, now_us) else {
            return Vec::new();
        };
        if Some(header.payload_type) == self.event_type {
            self.take_event(header.timestamp, payload);
            self.waiting.insert(number, Vec::new());
        } else {
            let decoder = match header.payload_type {
                0 => &mut self.pcmu,
                8 => &mut self.pcma,
                _ => return Vec::new(),
            };
            self.waiting.insert(number, decoder.decode(payload));
        }
        if new_source {
            self.next = Some(number);
        }
        self.release()
    }

    fn take_event(&mut self, timestamp: u32, payload: &[u8]) {
        if self.event_at.replace(timestamp) != Some(timestamp) {
            self.keys.extend(packet::event_key(payload));
        }
    }

    fn release(&mut self) -> Vec<Vec<i16>> {
        let mut frames = Vec::new();
        while let Some((&first, _)) = self.waiting.first_key_value() {
            let next = *self.next.get_or_insert(first);
            if first > next && self.waiting.len() <= WINDOW {
                break;
            }
            let lost = first.saturating_sub(next);
            if lost <= MOST_FILLED {
                frames.extend((0..lost).map(|_| vec![0; FRAME]));
            }
            let frame = self.waiting.remove(&first).unwrap_or_default();
            // Late beyond the window: its place has been filled.
            if first >= next {
                self.next = Some(first + 1);
                frames.push(frame);
            }
        }
        frames.retain(|f| !f.is_empty());
        frames
    }

    /// Keys received as telephone events.
    pub fn keys(&self) -> &str {
        &self.keys
    }

    pub fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use packet::{Header, build, event};

    fn audio(sequence: u16, byte: u8) -> Vec<u8> {
        let header = Header { marker: false, payload_type: 0, sequence, timestamp: u32::from(sequence) * 160, ssrc: 1 };
        build(header, &[byte; 160])
    }

    #[test]
    fn frames_come_out_in_order_and_losses_become_silence() {
        let mut receiver = Receiver::new(Some(101));
        let mut levels = Vec::new();
        for n in [0u16, 1, 3, 2, 5, 6, 7, 8, 9] {
            for frame in receiver.take(&audio(n, 0x80 + n as u8), u64::from(n) * 20_000) {
                levels.push(frame[0]);
            }
        }
        assert_eq!(levels.len(), 10);
        assert_eq!(levels[4], 0);
        assert!(levels.windows(2).enumerate().all(|(i, w)| i == 3 || i == 4 || w[0] > w[1]), "{levels:?}");
        assert_eq!(receiver.arrivals().figures(0).lost, 1);
    }

    #[test]
    fn a_key_counts_once_however_many_packets_it_takes() {
        let mut receiver = Receiver::new(Some(101));
        for (sequence, timestamp, key) in [(0u16, 0, '4'), (1, 0, '4'), (2, 0, '4'), (3, 800, '4'), (4, 1600, '2')] {
            let header = Header { marker: false, payload_type: 101, sequence, timestamp, ssrc: 1 };
            let packet = build(header, &event(key, false, 160).unwrap());
            assert!(receiver.take(&packet, u64::from(sequence) * 20_000).is_empty());
        }
        assert_eq!(receiver.keys(), "442");
    }
}
