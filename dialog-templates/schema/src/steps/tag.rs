//! `tag`: mark the call for reports and lists.

use super::Outline;
use crate::fields::{Fields, Named};

#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    pub tags: Vec<Named>,
    pub next: Named,
}

impl Tag {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        fields.required("tags");
        let tags = fields.texts("tags");
        Some(Self { tags, next: fields.required_name("next")? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline { targets: vec![&self.next], ..Outline::default() }
    }
}
