//! One conversation as a pure machine: template + event + now → effects.
//!
//! No audio, no models, no clock. Transcripts and embeddings arrive as events; prompts, listening
//! and decisions leave as effects. The same machine serves a phone call, the text simulator and the
//! tests.

pub mod api;
mod asking;
mod built_in;
pub mod chat;
mod compiled;
mod completeness;
mod condition;
pub mod confuse;
mod context;
mod dialog;
mod dice;
mod globals;
pub mod handoff;
pub mod language;
mod lines;
pub mod mask;
pub mod mutate;
mod nlu;
pub mod noise;
pub mod plan;
pub mod play;
mod preview;
mod render;
pub mod replay;
pub mod review;
pub mod sim;
mod slots;
pub mod speak;
mod speech;
mod steps;
pub mod stored;
pub mod words;

pub use api::*;
pub use compiled::{CompileError, CompiledTemplate, VariableProblem};
pub use context::{ListenContext, SlotGrammar};
pub use dialog::{Dialog, Variables};
pub use dice::Dice;
pub use language::Language;
pub use preview::{UnknownStep, prompts_of};
pub use slots::written;
pub use warmline_schema as schema;
