//! Adaptive jitter buffer: packets in as they come, one 20-ms frame out per tick, always.
//!
//! Depth follows what the network does: a high percentile of recent packet delays plus a margin,
//! raised at once when packets come late, lowered slowly. Depth is changed in quiet frames, so that
//! speech keeps its rhythm; clock drift between the two ends is absorbed the same way. What is
//! missing is concealed by repeating the last pitch period.

mod delay;
mod queue;
#[cfg(test)]
mod tests;

use crate::{
    FRAME_MS, FRAME_SAMPLES, Frame, SILENCE,
    codec::{Codec, Decoder},
    mix::rms,
    plc::Plc,
    rtp::{PayloadKind, RtpPacket},
};
use delay::DelayEstimate;
use queue::{Arrival, PacketQueue};

/// Microseconds of one 8 kHz sample.
const SAMPLE_US: i64 = 125;
const FRAME: i64 = FRAME_SAMPLES as i64;
/// Timestamps this close to the expected one are taken as exact (10 ms).
const SLACK: i64 = 80;
/// A hole longer than this is jumped over, not filled (2 s).
const MAX_HOLE: i64 = 16_000;
/// Ticks between two changes of depth.
const ADJUST_EVERY: u32 = 5;
/// Blend of a dropped frame into its successor (5 ms).
const CROSSFADE: usize = 40;

/// Limits of the playout delay in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitterConfig {
    pub min_ms: u32,
    pub start_ms: u32,
    pub max_ms: u32,
}

impl Default for JitterConfig {
    fn default() -> Self {
        Self { min_ms: 20, start_ms: 40, max_ms: 200 }
    }
}

/// What a frame that came out is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Received audio.
    Audio,
    /// Made up for what is missing.
    Concealed,
    /// Nothing to play: before the first packet, or a gap longer than concealment lasts.
    Silence,
}

/// Counters since the start of the call. Frames are 20 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    pub received: u64,
    pub played: u64,
    pub concealed: u64,
    /// Packets that came after their time had passed.
    pub late: u64,
    pub duplicates: u64,
    /// Packets that came before an earlier one.
    pub reordered: u64,
    /// Payloads the decoder refused.
    pub undecodable: u64,
    /// Frames added to, and taken from, the stream to change the depth.
    pub inserted: u64,
    pub removed: u64,
    /// New starts after a change of source or a jump of timestamps.
    pub resyncs: u64,
    pub target_ms: u32,
    pub delay_ms: u32,
}

/// Buffer, decoder and concealment of one incoming stream.
pub struct JitterBuffer {
    config: JitterConfig,
    queue: PacketQueue,
    delay: DelayEstimate,
    decoder: Option<Decoder>,
    plc: Plc,
    /// Decoded samples that wait for their tick.
    fifo: Vec<i16>,
    /// Position (8 kHz samples) of the next sample to decode; `None` before the start.
    play: Option<i64>,
    started_at_us: Option<u64>,
    /// Samples made up while nothing was there to play; a loss that shows later is already covered by them.
    debt: i64,
    since_adjust: u32,
    /// The tick being served.
    now_us: u64,
    stats: JitterStats,
}

/// What the next stretch of the stream is.
enum Step {
    Decoded,
    /// Later packets are here, this one is not.
    Lost,
    /// Nothing is here yet, or it is too early to start on what is.
    Waiting,
}

impl JitterBuffer {
    /// An empty buffer.
    pub fn new(config: JitterConfig) -> Self {
        Self {
            config,
            queue: PacketQueue::default(),
            delay: DelayEstimate::new(config),
            decoder: None,
            plc: Plc::new(),
            fifo: Vec::new(),
            play: None,
            started_at_us: None,
            debt: 0,
            since_adjust: 0,
            now_us: 0,
            stats: JitterStats::default(),
        }
    }

    /// Takes an audio packet that arrived at `arrival_us`; packets of other kinds are ignored.
    pub fn push(&mut self, packet: &RtpPacket, arrival_us: u64) {
        let PayloadKind::Audio(codec) = packet.kind else { return };
        self.stats.received += 1;
        if !self.queue.first_seen(packet.sequence) {
            self.stats.duplicates += 1;
            return;
        }
        let position = match self.queue.place(packet, codec, arrival_us, &self.delay) {
            Arrival::InLine(position) => position,
            Arrival::Restart(position) => {
                self.restart();
                position
            }
            Arrival::Stray => return,
        };
        if self.delay.observe(arrival_us as i64 - position * SAMPLE_US) {
            self.stats.resyncs += 1; // a new route: delays start over, the audio goes on
        }
        self.started_at_us.get_or_insert(arrival_us);
        if self.play.is_some_and(|play| position < play - SLACK) {
            self.stats.late += 1;
            self.delay.was_late();
        } else if !self.queue.insert(position, codec, packet.payload.clone()) {
            self.stats.duplicates += 1;
        } else if self.queue.newest() != Some(position) {
            self.stats.reordered += 1;
        }
    }

    /// The frame of the tick at `now_us` (the clock of [`push`](Self::push)). Call every 20 ms.
    pub fn pull(&mut self, now_us: u64) -> (Frame, FrameKind) {
        if !self.started(now_us) {
            return (SILENCE, FrameKind::Silence);
        }
        self.since_adjust += 1;
        self.now_us = now_us;
        self.stats.delay_ms = (self.lag_us(now_us) / 1000).max(0) as u32;
        if let Some(frame) = self.stretch(now_us) {
            return (frame, FrameKind::Concealed);
        }
        let (mut frame, mut kind) = self.next_frame();
        if kind == FrameKind::Audio && self.should_drop(now_us, &frame) {
            let (next, next_kind) = self.next_frame();
            frame = crossfade(&frame, next);
            kind = next_kind;
            self.stats.removed += 1;
            self.since_adjust = 0;
        }
        (frame, kind)
    }

    /// Counters, with target and present delay.
    pub fn stats(&self) -> JitterStats {
        JitterStats { target_ms: self.delay.target_ms(), ..self.stats }
    }

    /// Milliseconds of received audio that wait to be played.
    pub fn buffered_ms(&self) -> u32 {
        (self.span() / 8).max(0) as u32
    }

    fn restart(&mut self) {
        self.stats.resyncs += 1;
        self.queue.clear();
        self.delay.clear();
        self.fifo.clear();
        self.play = None;
        self.started_at_us = None;
        self.debt = 0;
    }

    fn started(&mut self, now_us: u64) -> bool {
        if self.play.is_some() {
            return true;
        }
        let Some(first_us) = self.started_at_us else { return false };
        let wait_us = u64::from(self.config.start_ms.saturating_sub(FRAME_MS)) * 1000;
        if now_us.saturating_sub(first_us) < wait_us {
            return false;
        }
        self.play = self.queue.first();
        self.play.is_some()
    }

    /// Samples between what is played next and the end of the newest packet.
    fn span(&self) -> i64 {
        let queued = match (self.queue.newest(), self.play) {
            (Some(newest), Some(play)) => (newest + FRAME - play).max(0),
            _ => 0,
        };
        queued + self.fifo.len() as i64
    }

    /// How far playing lags behind the fastest packets, microseconds.
    fn lag_us(&self, now_us: u64) -> i64 {
        let Some(play) = self.play else { return 0 };
        let position = play - self.fifo.len() as i64;
        now_us as i64 - position * SAMPLE_US - self.delay.base_us()
    }

    /// Too shallow: plays a made-up frame in a pause and stays where it is.
    fn stretch(&mut self, now_us: u64) -> Option<Frame> {
        let short_us = i64::from(self.delay.target_ms()) * 1000 - self.lag_us(now_us);
        if short_us < 10_000 || self.since_adjust < ADJUST_EVERY || !self.plc.quiet() || self.debt > 0 {
            return None;
        }
        self.since_adjust = 0;
        self.stats.inserted += 1;
        Some(self.plc.repeat_quiet())
    }

    /// Too deep: a quiet frame may go, and any frame when it is far too deep.
    fn should_drop(&self, now_us: u64, frame: &Frame) -> bool {
        let excess_us = self.lag_us(now_us) + i64::from(FRAME_MS) * 1000 - i64::from(self.delay.target_ms()) * 1000;
        if excess_us < 25_000 || self.span() < FRAME {
            return false;
        }
        let overfull = self.span() > i64::from(self.config.max_ms) * 8;
        let quiet = rms(frame) < self.plc.quiet_level();
        let pause = if overfull { 2 } else { ADJUST_EVERY };
        (quiet || overfull || excess_us > 80_000) && self.since_adjust >= pause
    }

    /// The next 160 samples of the stream, made up where it has none.
    fn next_frame(&mut self) -> (Frame, FrameKind) {
        while self.fifo.len() < FRAME_SAMPLES {
            match self.decode_next() {
                Step::Decoded => {}
                Step::Lost => return self.conceal(true),
                Step::Waiting => return self.conceal(false),
            }
        }
        let mut frame = SILENCE;
        frame.copy_from_slice(&self.fifo[..FRAME_SAMPLES]);
        self.fifo.drain(..FRAME_SAMPLES);
        self.plc.good(&mut frame);
        self.stats.played += 1;
        (frame, FrameKind::Audio)
    }

    /// Moves one packet into the FIFO.
    fn decode_next(&mut self) -> Step {
        let (Some(play), Some(first)) = (self.play, self.queue.first()) else { return Step::Waiting };
        if self.debt > 0 && self.plc.exhausted() && self.due_us(first) > self.now_us as i64 {
            return Step::Waiting; // a new talk spurt gets its full depth
        }
        let hole = first - play;
        let covered = hole.clamp(0, self.debt);
        if hole - covered > SLACK && hole - covered <= MAX_HOLE {
            self.debt -= covered;
            self.play = Some(play + covered);
            return Step::Lost;
        }
        self.debt = 0;
        let Some((position, codec, payload)) = self.queue.pop() else { return Step::Waiting };
        match self.decoder(codec).decode(&payload) {
            Ok(pcm) => {
                self.play = Some(position + pcm.len() as i64);
                self.fifo.extend_from_slice(&pcm);
                Step::Decoded
            }
            Err(_) => {
                self.stats.undecodable += 1;
                self.play = Some(position);
                Step::Lost
            }
        }
    }

    /// When a packet should start to play, on the clock of the ticks.
    fn due_us(&self, position: i64) -> i64 {
        let depth_ms = i64::from(self.delay.target_ms()) - i64::from(FRAME_MS);
        position * SAMPLE_US + self.delay.base_us() + depth_ms * 1000
    }

    /// A frame for a hole. What is lost is passed over; what may only be late is waited for.
    fn conceal(&mut self, lost: bool) -> (Frame, FrameKind) {
        // Samples short of a frame (packets that are not multiples of 20 ms) go first.
        let rest = std::mem::take(&mut self.fifo);
        let mut frame = self.plc.conceal();
        frame[..rest.len()].copy_from_slice(&rest);
        let made = FRAME - rest.len() as i64;
        match &mut self.play {
            Some(play) if lost => *play += made,
            _ => self.debt += made,
        }
        if self.plc.exhausted() {
            return (frame, FrameKind::Silence);
        }
        self.stats.concealed += 1;
        (frame, FrameKind::Concealed)
    }

    fn decoder(&mut self, codec: Codec) -> &mut Decoder {
        if self.decoder.as_ref().is_none_or(|d| d.codec() != codec) {
            self.decoder = None;
        }
        self.decoder.get_or_insert_with(|| Decoder::new(codec))
    }
}

/// `next`, entered softly from `dropped`, which continues what was played before.
fn crossfade(dropped: &Frame, mut next: Frame) -> Frame {
    for i in 0..CROSSFADE {
        let w = (i + 1) as f32 / (CROSSFADE + 1) as f32;
        next[i] = (f32::from(dropped[i]) * (1.0 - w) + f32::from(next[i]) * w).round() as i16;
    }
    next
}
