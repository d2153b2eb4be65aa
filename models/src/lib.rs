//! Engines that hear, say and understand, behind five traits.
//!
//! Callers (the bot's runtime, the carrier, the benchmarks) know the traits; an engine is one file.
//! All PCM is mono `i16` unless said otherwise. Engines are blocking: they run on threads of their
//! own (`service`), never on an async worker and never in the media path.

pub mod bench_asr;
pub mod bench_tts;
mod cache;
pub mod chosen;
pub mod conformance;
pub mod ctc;
mod engine;
pub mod engines;
pub mod enhance;
pub mod espeak;
pub mod fake;
pub mod flite;
mod hearing;
mod lm;
pub mod loudness;
pub mod measure;
pub mod minilm;
pub mod moonshine;
pub mod onnx;
#[cfg(feature = "piper")]
pub mod piper;
pub mod pool;
mod process;
pub mod pull;
mod queue;
mod recorded;
pub mod recordings;
pub mod resample;
pub mod service;
pub mod silero;
pub mod starter;
pub mod store;
pub mod synth;
#[cfg(test)]
mod testing;
pub mod text;
pub mod traits;
pub mod vad_worker;
mod wave;
#[cfg(feature = "whisper")]
pub mod whisper;
pub use traits::*;
