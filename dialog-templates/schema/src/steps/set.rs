//! `set`: put values into slots.

use super::Outline;
use crate::fields::{Fields, Named, checked_name, scalar};
use crate::node::Kind;
use crate::text::Text;

#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    pub slots: Vec<(Named, Text)>,
    /// Go on in this language.
    pub language: Option<Named>,
    pub next: Named,
}

impl Set {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let language = fields.optional("language").and_then(|node| {
            let (tag, at) = scalar(node, "language", fields.problems)?;
            crate::language::checked_tag(&tag, at, fields.problems)
        });
        if language.is_none() {
            fields.required("slots");
        }
        let mut slots = Vec::new();
        for (key, node) in fields.entries("slots") {
            let slot = checked_name(&key.text, key.at, "slot", fields.problems);
            // An empty value empties the slot.
            let value = match &node.kind {
                Kind::Scalar(text) if text.trim().is_empty() => Some((String::new(), node.at)),
                _ => scalar(node, &key.text, fields.problems),
            };
            if let Some((slot, (value, at))) = slot.zip(value) {
                slots.push((slot, Text::parse(&value, at, fields.problems)));
            }
        }
        Some(Self { slots, language, next: fields.required_name("next")? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        Outline {
            targets: vec![&self.next],
            texts: self.slots.iter().map(|(_, value)| value).collect(),
            fills: self.slots.iter().map(|(slot, _)| slot.clone()).collect(),
            ..Outline::default()
        }
    }
}
