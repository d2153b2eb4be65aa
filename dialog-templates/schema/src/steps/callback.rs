//! `callback`: promise a call back.

use super::Outline;
use crate::fields::{Fields, Named};
use crate::text::{Text, Wording};

#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    pub prompt: Option<Wording>,
    /// When, as a date or a date and a time: `{{new_date}} {{new_time}}`. Left out when it is filled with neither.
    pub due: Option<Text>,
    pub reason: Option<String>,
    pub next: Named,
}

impl Callback {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let prompt = fields.wording("prompt");
        let due = fields.one_text("due");
        let reason = fields.text("reason");
        Some(Self { prompt, due, reason, next: fields.required_name("next")? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline {
            targets: vec![&self.next],
            texts: self.prompt.iter().flat_map(Wording::texts).chain(&self.due).collect(),
            opening: self.prompt.as_ref(),
            ..Outline::default()
        }
    }
}
