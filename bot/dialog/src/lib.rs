//! One conversation as a pure machine: template + event + now → effects.
//!
//! No audio, no models, no clock. Transcripts and embeddings arrive as events; prompts, listening
//! and decisions leave as effects. The same machine serves a phone call, the text simulator and the
//! tests.

pub mod api;
pub use api::*;
