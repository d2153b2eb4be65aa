//! Packets in timestamp order, on a position axis in 8 kHz samples that does not wrap.

use super::{SAMPLE_US, delay::DelayEstimate};
use crate::{codec::Codec, rtp::RtpPacket};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// Transit times further than this from the usual are a jump of timestamps (2 s).
const JUMP_US: i64 = 2_000_000;
/// Two jumped packets this close to each other confirm the jump.
const AGREE_US: i64 = 200_000;
/// Nobody sends so far ahead; older packets go first.
const MAX_PACKETS: usize = 100;
/// Sequence numbers remembered, to tell a duplicate from a late packet.
const REMEMBERED: usize = 64;

/// Where a packet belongs.
pub(super) enum Arrival {
    /// At this position.
    InLine(i64),
    /// The source or its timestamps started over; here is the new position.
    Restart(i64),
    /// One odd packet: ignore it unless a second confirms it.
    Stray,
}

#[derive(Default)]
pub(super) struct PacketQueue {
    packets: BTreeMap<i64, (Codec, Bytes)>,
    /// Source, RTP clock, last timestamp and its unwrapped value.
    axis: Option<Axis>,
    /// Transit time of a packet that seemed to jump.
    jumped: Option<i64>,
    seen: VecDeque<u64>,
}

#[derive(Clone, Copy)]
struct Axis {
    ssrc: u32,
    clock_hz: u32,
    last: u32,
    extended: i64,
}

impl Axis {
    fn start(packet: &RtpPacket, codec: Codec) -> Self {
        Self {
            ssrc: packet.ssrc,
            clock_hz: codec.clock_rate_hz(),
            last: packet.timestamp,
            extended: i64::from(packet.timestamp),
        }
    }

    fn advanced(self, timestamp: u32) -> Self {
        let step = timestamp.wrapping_sub(self.last) as i32;
        Self { last: timestamp, extended: self.extended + i64::from(step), ..self }
    }

    fn position(self) -> i64 {
        self.extended.div_euclid(i64::from(self.clock_hz / 8000))
    }
}

impl PacketQueue {
    /// Finds the packet's position and whether the stream goes on or starts over.
    pub(super) fn place(
        &mut self,
        packet: &RtpPacket,
        codec: Codec,
        arrival_us: u64,
        delay: &DelayEstimate,
    ) -> Arrival {
        let fresh = Axis::start(packet, codec);
        let Some(axis) = self.axis else {
            self.axis = Some(fresh);
            return Arrival::InLine(fresh.position());
        };
        if axis.ssrc != packet.ssrc || axis.clock_hz != fresh.clock_hz {
            self.axis = Some(fresh);
            return Arrival::Restart(fresh.position());
        }
        let next = axis.advanced(packet.timestamp);
        let transit = arrival_us as i64 - next.position() * SAMPLE_US;
        if !delay.is_known() || (transit - delay.base_us()).abs() < JUMP_US {
            self.axis = Some(next);
            self.jumped = None;
            return Arrival::InLine(next.position());
        }
        match self.jumped.replace(transit) {
            Some(before) if (transit - before).abs() < AGREE_US => {
                self.axis = Some(next);
                self.jumped = None;
                Arrival::Restart(next.position())
            }
            _ => Arrival::Stray,
        }
    }

    /// `false` when this sequence number came lately.
    pub(super) fn first_seen(&mut self, sequence: u64) -> bool {
        if self.seen.contains(&sequence) {
            return false;
        }
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(sequence);
        true
    }

    /// `false` when a packet is there already.
    pub(super) fn insert(&mut self, position: i64, codec: Codec, payload: Bytes) -> bool {
        if self.packets.contains_key(&position) {
            return false;
        }
        self.packets.insert(position, (codec, payload));
        if self.packets.len() > MAX_PACKETS {
            self.packets.pop_first();
        }
        true
    }

    pub(super) fn first(&self) -> Option<i64> {
        self.packets.first_key_value().map(|(k, _)| *k)
    }

    pub(super) fn newest(&self) -> Option<i64> {
        self.packets.last_key_value().map(|(k, _)| *k)
    }

    pub(super) fn pop(&mut self) -> Option<(i64, Codec, Bytes)> {
        self.packets.pop_first().map(|(position, (codec, payload))| (position, codec, payload))
    }

    pub(super) fn clear(&mut self) {
        self.packets.clear();
        self.jumped = None;
    }
}
