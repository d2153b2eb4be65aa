//! `end`: a last line, then hang up.

use super::Outline;
use crate::fields::{Fields, Named};
use crate::text::Wording;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct End {
    pub prompt: Option<Wording>,
    pub tags: Vec<Named>,
}

impl End {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self { prompt: fields.wording("prompt"), tags: fields.texts("tags") }
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline {
            texts: self.prompt.iter().flat_map(Wording::texts).collect(),
            opening: self.prompt.as_ref(),
            waits: true,
            ..Outline::default()
        }
    }
}
