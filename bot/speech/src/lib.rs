//! When somebody speaks, when they have finished, when they interrupt, and whether they are a machine.
//!
//! Policies, one file each, all pure: they see voice-activity probabilities on the call's own
//! clock ([`Ms`], milliseconds since the answer, counted in samples) and answer with decisions that
//! carry their reason. No audio, no models, no wall clock.

pub mod activity;
pub mod amd;
pub mod barge_in;
pub mod endpoint;
pub mod pauses;

/// Milliseconds since the call was answered, derived from the sample count of the received audio.
pub type Ms = u32;
