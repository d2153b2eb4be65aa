//! What a listening step does when it hears nothing, or nothing it understands.

use crate::fields::{Fields, Named};
use crate::text::{Text, Wording};

/// Shared by `ask` and `collect`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retry {
    /// Said after an answer that was not understood.
    pub reprompt: Option<Wording>,
    /// Said after silence.
    pub on_silence: Option<Wording>,
    /// Said at the last try: how to answer by key.
    pub by_key: Option<Wording>,
    /// How often the person may be misunderstood here, and how often silent; else the template's limits.
    pub attempts: Option<u32>,
    /// Where to go after that; else the exit of the template's limits.
    pub otherwise: Option<Named>,
    /// Silence after the prompt that counts as no answer, in milliseconds.
    pub timeout_ms: Option<u32>,
}

impl Retry {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            reprompt: fields.wording("reprompt"),
            on_silence: fields.wording("on_silence"),
            by_key: fields.wording("by_key"),
            attempts: fields.count("attempts", 1, 10),
            otherwise: fields.name("otherwise"),
            timeout_ms: fields.count("timeout_ms", 1000, 60_000),
        }
    }

    /// What is said at later tries.
    pub fn wordings(&self) -> impl Iterator<Item = &Wording> {
        [&self.reprompt, &self.on_silence, &self.by_key].into_iter().flatten()
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.wordings().flat_map(Wording::texts)
    }
}
