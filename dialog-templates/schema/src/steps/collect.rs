//! `collect`: ask for one value and keep it in a slot.

use super::{BargeInRule, Outline, Retry};
use crate::fields::{Fields, Named};
use crate::text::Wording;

#[derive(Clone, Debug, PartialEq)]
pub struct Collect {
    pub slot: Named,
    pub kind: SlotType,
    pub prompt: Wording,
    pub barge_in: BargeInRule,
    /// Read the value back and ask whether it is right.
    pub confirm: Option<Wording>,
    /// Another slot and type that may be answered in the same breath ("Friday at ten").
    pub also: Option<(Named, SlotType)>,
    /// Smallest and largest number accepted.
    pub range: (Option<f64>, Option<f64>),
    /// How many digits, where `as` is `digits`.
    pub length: Option<u32>,
    /// Days from today until the latest date accepted; earlier than today never is.
    pub within_days: Option<u32>,
    pub retry: Retry,
    pub next: Named,
}

/// What a slot can hold, and in which form it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotType {
    /// `yes` or `no`.
    YesNo,
    /// A cardinal number, in digits.
    Number,
    /// A string of digits, such as a postcode.
    Digits,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM`.
    Time,
    /// Whatever was said.
    Text,
}

/// The values of `as`.
const SLOT_TYPES: [(&str, SlotType); 6] = [
    ("yes_no", SlotType::YesNo),
    ("number", SlotType::Number),
    ("digits", SlotType::Digits),
    ("date", SlotType::Date),
    ("time", SlotType::Time),
    ("text", SlotType::Text),
];

impl Collect {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let slot = fields.required_name("slot");
        fields.required("as");
        let kind = fields.choice("as", &SLOT_TYPES);
        let prompt = fields.required_wording("prompt");
        let barge_in = fields.barge_in();
        let confirm = fields.wording("confirm");
        let also = fields.optional("also").and_then(|node| {
            let mut also = Fields::of(node, "`also`", fields.problems)?;
            let slot = also.required_name("slot");
            also.required("as");
            let kind = also.choice("as", &SLOT_TYPES);
            also.finish();
            slot.zip(kind)
        });
        let range = (fields.number("at_least"), fields.number("at_most"));
        let length = fields.count("length", 1, 30);
        let within_days = fields.count("within_days", 1, 3660);
        let retry = Retry::read(fields);
        let next = fields.required_name("next");
        let step = Self {
            slot: slot?,
            kind: kind?,
            prompt: prompt?,
            barge_in,
            confirm,
            also,
            range,
            length,
            within_days,
            retry,
            next: next?,
        };
        step.check(fields);
        Some(step)
    }

    /// A limit on a type that it does not fit would silently do nothing.
    fn check(&self, fields: &mut Fields<'_, '_>) {
        let misfits = [
            ("at_least", self.range.0.is_some() && self.kind != SlotType::Number, "number"),
            ("at_most", self.range.1.is_some() && self.kind != SlotType::Number, "number"),
            ("length", self.length.is_some() && self.kind != SlotType::Digits, "digits"),
            ("within_days", self.within_days.is_some() && self.kind != SlotType::Date, "date"),
        ];
        for (name, misfit, kind) in misfits {
            if misfit {
                fields.problems.error(self.slot.at, format!("`{name}` belongs to a slot `as: {kind}`"));
            }
        }
        if let (Some(least), Some(most)) = self.range
            && least > most
        {
            fields.problems.error(self.slot.at, format!("`at_least` {least} is more than `at_most` {most}"));
        }
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
