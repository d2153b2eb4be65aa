//! The shell that drives calls: SIP, sockets, inference threads and files around the pure `call` machine.
//!
//! A call is one task (`actor`) between four things that run elsewhere: the SIP stack, a media task,
//! inference threads (`mind`) and the recorder's thread. [`Bot`] takes [`warmline_control::Command`]s
//! and gives [`warmline_control::Event`]s; it knows no lists, no SQL and no campaigns.

mod actor;
mod agent_leg;
mod answers;
mod ear;
mod engine;
mod http;
mod media;
mod mind;
mod pieces;
mod signalling;
pub mod sip;
mod templates;

pub use answers::AnswerLoad;
pub use engine::{Bot, BotConfig, StartError};
pub use media::repair_recording;
pub use mind::{Mind, MindConfig};
pub use pieces::{Sound, spoken};
pub use templates::{LoadedTemplate, TemplateError};
