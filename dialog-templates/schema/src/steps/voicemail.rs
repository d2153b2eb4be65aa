//! `voicemail`: leave a message and hang up.

use super::Outline;
use crate::fields::{Fields, Named};
use crate::text::Wording;

#[derive(Clone, Debug, PartialEq)]
pub struct Voicemail {
    pub message: Wording,
    pub tags: Vec<Named>,
}

impl Voicemail {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let message = fields.required_wording("message");
        let tags = fields.texts("tags");
        Some(Self { message: message?, tags })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline {
            texts: self.message.texts().collect(),
            opening: Some(&self.message),
            waits: true,
            ..Outline::default()
        }
    }
}
