//! `collect`: ask for one value and keep it in a slot.

use super::{BargeInRule, Outline, Retry};
use crate::fields::{Fields, Named};
use crate::slot::SlotShape;
use crate::text::Wording;

#[derive(Clone, Debug, PartialEq)]
pub struct Collect {
    pub slot: Named,
    pub shape: SlotShape,
    pub prompt: Wording,
    pub barge_in: BargeInRule,
    /// Read the value back and ask whether it is right.
    pub confirm: Option<Wording>,
    /// Another slot that may be answered in the same breath ("Friday at ten").
    pub also: Option<(Named, SlotShape)>,
    pub retry: Retry,
    pub next: Named,
}

impl Collect {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let slot = fields.required_name("slot");
        let shape = SlotShape::read(fields);
        let prompt = fields.required_wording("prompt");
        let barge_in = fields.barge_in();
        let confirm = fields.wording("confirm");
        let also = fields.optional("also").and_then(|node| {
            let mut also = Fields::of(node, "`also`", fields.problems)?;
            let slot = also.required_name("slot");
            let shape = SlotShape::read(&mut also);
            also.finish();
            slot.zip(shape)
        });
        let retry = Retry::read(fields);
        let next = fields.required_name("next");
        Some(Self { slot: slot?, shape: shape?, prompt: prompt?, barge_in, confirm, also, retry, next: next? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        let confirm = self.confirm.iter().flat_map(Wording::texts);
        Outline {
            targets: std::iter::once(&self.next).chain(&self.retry.otherwise).collect(),
            texts: self.prompt.texts().chain(self.retry.texts()).chain(confirm).collect(),
            opening: Some(&self.prompt),
            fills: std::iter::once(&self.slot).chain(self.also.as_ref().map(|(slot, _)| slot)).cloned().collect(),
            waits: true,
            ..Outline::default()
        }
    }
}
