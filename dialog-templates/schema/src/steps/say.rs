//! `say`: words, then the next step.

use super::{BargeInRule, Outline};
use crate::fields::{Fields, Named};
use crate::text::Wording;

#[derive(Clone, Debug, PartialEq)]
pub struct Say {
    pub prompt: Wording,
    pub barge_in: BargeInRule,
    pub next: Named,
}

impl Say {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let prompt = fields.required_wording("prompt");
        let barge_in = fields.barge_in();
        let next = fields.required_name("next");
        Some(Self { prompt: prompt?, barge_in, next: next? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline {
            targets: vec![&self.next],
            texts: self.prompt.texts().collect(),
            opening: Some(&self.prompt),
            ..Outline::default()
        }
    }
}
