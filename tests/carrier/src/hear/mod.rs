//! How people hear: whether the far end speaks ([`activity`]) and which phrases were in it ([`phrases`]).
//!
//! Pure: audio in, findings out. The method is deliberately not a speech recogniser: phrases are compared, as sound,
//! with the same phrases spoken by several voices. That shares nothing with what the caller may use to listen.

pub mod activity;
mod align;
mod cepstrum;
pub mod phrases;
