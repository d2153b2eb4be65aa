//! `form`: several slots, asked in their order, given in any order, read back and corrected.

use super::{BargeInRule, Outline, Retry};
use crate::fields::{Fields, Named, checked_name};
use crate::node::{Key, Node};
use crate::problem::Problems;
use crate::slot::SlotShape;
use crate::text::{Text, Wording};

#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub fields: Vec<FormField>,
    pub barge_in: BargeInRule,
    /// Reads everything back and asks whether it is right.
    pub confirm: Option<Wording>,
    /// Of the read-back; of the fields where they say nothing else.
    pub retry: Retry,
    pub next: Named,
}

/// One slot of a form. A slot that already has a value is not asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct FormField {
    pub slot: Named,
    pub shape: SlotShape,
    pub prompt: Wording,
    /// What people call it when they correct it ("the day is wrong"), beside the slot's own name.
    pub called: Vec<Named>,
    pub retry: Retry,
}

impl Form {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let at = fields.required("fields")?.at;
        let entries = fields.entries("fields");
        if entries.is_empty() {
            fields.problems.error(at, "`fields` is empty");
            return None;
        }
        let barge_in = fields.barge_in();
        let confirm = fields.wording("confirm");
        let retry = Retry::read(fields);
        let next = fields.required_name("next");
        let read: Vec<_> =
            entries.iter().filter_map(|(key, node)| FormField::read(key, node, fields.problems)).collect();
        if read.len() != entries.len() {
            return None;
        }
        Some(Self { fields: read, barge_in, confirm, retry, next: next? })
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        let fields = self.fields.iter().flat_map(|field| field.prompt.texts().chain(field.retry.texts()));
        fields.chain(self.confirm.iter().flat_map(Wording::texts)).chain(self.retry.texts())
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        let otherwise = self.fields.iter().filter_map(|field| field.retry.otherwise.as_ref());
        Outline {
            targets: std::iter::once(&self.next).chain(otherwise).chain(&self.retry.otherwise).collect(),
            texts: self.texts().collect(),
            // With slots filled before, it may ask for a later field or nothing.
            opening: None,
            fills: self.fields.iter().map(|field| field.slot.clone()).collect(),
            // All may be filled and nothing to confirm: then it goes on at once.
            waits: self.confirm.is_some(),
            ..Outline::default()
        }
    }
}

impl FormField {
    fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let slot = checked_name(&key.text, key.at, "slot", problems)?;
        let mut fields = Fields::of(node, format!("field `{}`", key.text), problems)?;
        let shape = SlotShape::read(&mut fields);
        let prompt = fields.required_wording("prompt");
        let called = fields.texts("called");
        let retry = Retry::read(&mut fields);
        fields.finish();
        Some(Self { slot, shape: shape?, prompt: prompt?, called, retry })
    }
}
