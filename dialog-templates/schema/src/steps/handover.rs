//! `handover`: one short line, then an agent.

use super::Outline;
use crate::fields::{Fields, Named};
use crate::text::Wording;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handover {
    /// Said while an agent is looked for; else a line of the engine's own.
    pub prompt: Option<Wording>,
    /// Why, for the agent and the reports; else the step's name.
    pub reason: Option<String>,
    pub skill: Option<String>,
    pub tags: Vec<Named>,
    /// Where to go when nobody takes the call; else the company and number are said, a callback is
    /// promised and the call ends.
    pub failed: Option<Named>,
}

impl Handover {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            prompt: fields.wording("prompt"),
            reason: fields.text("reason"),
            skill: fields.text("skill"),
            tags: fields.texts("tags"),
            failed: fields.name("failed"),
        }
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline {
            targets: self.failed.iter().collect(),
            texts: self.prompt.iter().flat_map(Wording::texts).collect(),
            opening: self.prompt.as_ref(),
            waits: true,
            ..Outline::default()
        }
    }
}
