//! Tones of the network and of machines: busy, reorder, ringback, special information tones, and the
//! beep after a voicemail greeting. Detectors take 20-ms frames and tell times in milliseconds since
//! their first frame.

pub mod generate;
pub(crate) mod spectrum;
