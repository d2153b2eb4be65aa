//! A simulated telephone network behind real SIP and RTP: called people who speak and listen, voicemail, busy and
//! dead numbers, bad lines, an agent's phone, and load and latency peers.
//!
//! It is a program of its own and knows nothing of the bot that calls it: no template, no shared state, nothing but
//! packets. Numbers and what they do are read from one file ([`people`]). What each party heard, said and thought of
//! the call goes to a report ([`report`]), so that a silent or senseless bot fails here whatever it claims itself.
//!
//! | module | what it is |
//! |---|---|
//! | [`people`] | the file: number → personality, voice, network, expected outcome |
//! | [`party`] | pure state machines in virtual time: person, machine, agent, turn meter |
//! | [`hear`] | pure: voice activity, and spotting phrases in what the bot said |
//! | [`voice`] | synthesis by installed programs, cached as 8 kHz files |
//! | [`tones`] | beeps, ringback, special information tones, DTMF |
//! | [`noises`] | a cough, a bad line |
//! | [`media`] | RTP: packets, pacing, impairments, statistics |
//! | [`sdp`], [`sip`] | the signalling side |
//! | [`report`] | what is written about each call |

pub mod hear;
pub mod media;
pub mod noises;
pub mod party;
pub mod people;
pub mod report;
pub mod sdp;
pub mod sip;
pub mod tones;
pub mod voice;

/// Audio everywhere inside is 8 kHz mono, 16 bit.
pub const RATE_HZ: u32 = 8000;

/// Samples in one packet of 20 ms.
pub const FRAME: usize = 160;
