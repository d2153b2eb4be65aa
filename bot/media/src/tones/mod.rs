//! Tones of the network and of machines: busy, reorder, ringback, special information tones, and the
//! beep after a voicemail greeting. Detectors take 20-ms frames and tell times in milliseconds since
//! their first frame.

mod beep;
mod cadence;
pub mod generate;
mod progress;
mod sit;
pub(crate) mod spectrum;
mod steady;

pub use beep::{Beep, BeepDetector};
pub use progress::{ProgressDetector, ProgressTone};
pub use sit::{SIT_STEPS, Sit};
