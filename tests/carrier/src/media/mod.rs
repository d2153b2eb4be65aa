//! RTP as the carrier speaks it: packets, the line with its faults, statistics, what is played.
//!
//! Everything here is pure: times are given in microseconds since the answer. Sockets live in [`crate::sip`].

pub mod line;
pub mod packet;
pub mod player;
pub mod receive;
pub mod stats;
