//! One call as a state machine that joins signalling, speech policies and dialog.
//!
//! [`Call::handle`] takes an [`Input`] and the time and returns [`Output`]s; [`Call::wake_at`] says
//! when it wants to be woken and why. It performs no I/O: the runtime owns sockets, models and
//! files and does what the outputs say. Conversations are therefore tested in virtual time.
//!
//! Two clocks: `now` is milliseconds since the call was made (monotonic), while [`Ms`] in voice
//! inputs is milliseconds since the answer, counted in samples, which is also the recording's clock.

mod call;
mod config;
pub mod endpointing;
mod handoff;
mod hear;
mod io;
mod speak;
mod talk;
mod turns;

pub use call::Call;
pub use config::CallConfig;
pub use io::{Input, Output, PromptId, Timer, UtteranceId};
pub use warmline_speech::Ms;
