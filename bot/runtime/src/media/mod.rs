//! The media of one leg: sockets, pacing, playback, recording.
//!
//! Each leg is one task that sends a packet every 20 ms on an absolute schedule and hands the far
//! end's audio on as frames. It never waits for inference, storage or a lock: everything it needs
//! comes through channels, and what cannot be handed on is dropped and counted.

mod playback;
mod ports;
mod recorder;
mod session;
mod stream;

pub use playback::{FRAME, Frame};
pub use ports::{PortPair, Ports};
pub use recorder::{RecordError, Recorder, repair_recording};
pub use session::{FarAudio, MediaCommand, MediaConfig, MediaEvent, MediaHandle, PeerLink, start};
