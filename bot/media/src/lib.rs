//! Media of one call leg as pure state machines: codecs, RTP, jitter, keys, tones, mixing, recording.
//!
//! Nothing here reads a clock, opens a socket or draws a random number: arrival times, entropy and
//! starting numbers come in as arguments and packets or bytes go out. The shell that owns sockets
//! and timers is `bot/runtime`.
//!
//! All audio inside the house is 8 kHz mono 16-bit linear, cut into [`Frame`]s of 20 ms. Codecs
//! that run at other rates resample at their own edge.

pub mod codec;
pub mod dtmf;
pub mod jitter;
pub mod latch;
pub mod mix;
mod plc;
pub mod record;
pub mod resample;

pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod srtp;
pub mod tones;

/// Sample rate of every frame inside the house, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 8000;
/// Samples in one 20-ms frame.
pub const FRAME_SAMPLES: usize = 160;
/// Length of one frame in milliseconds.
pub const FRAME_MS: u32 = 20;
/// 20 ms of 8 kHz mono audio.
pub type Frame = [i16; FRAME_SAMPLES];
/// A frame of digital silence.
pub const SILENCE: Frame = [0; FRAME_SAMPLES];
