//! What a slot can hold: its type and the limits of that type.

use crate::fields::{Fields, Named, checked_name, scalar, texts};
use crate::intent::checked_regex;
use crate::node::{Kind, Node};
use crate::problem::Problems;

/// The type of a slot's value, and in which form it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlotType {
    /// `yes` or `no`.
    YesNo,
    /// A number, in digits: `42`, `3.5`.
    Number,
    /// A string of digits, such as a postcode.
    Digits,
    /// A telephone number: digits, with a `+` before them when the country was said.
    Phone,
    /// An amount of money: `49.90 EUR`, or `49.90` when no currency was said.
    Amount,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM`.
    Time,
    /// A length of time, in seconds: `5400` for "an hour and a half".
    Duration,
    /// The name of a person, as said, each word with a capital.
    Name,
    /// One of [`SlotShape::choices`], by its value.
    Choice,
    /// What [`SlotShape::pattern`] finds in the normalised words: its first group, else the whole match.
    Regex,
    /// Whatever was said.
    #[default]
    Text,
}

/// The words of `as`.
pub(crate) const SLOT_TYPES: [(&str, SlotType); 12] = [
    ("yes_no", SlotType::YesNo),
    ("number", SlotType::Number),
    ("digits", SlotType::Digits),
    ("phone", SlotType::Phone),
    ("amount", SlotType::Amount),
    ("date", SlotType::Date),
    ("time", SlotType::Time),
    ("duration", SlotType::Duration),
    ("name", SlotType::Name),
    ("choice", SlotType::Choice),
    ("regex", SlotType::Regex),
    ("text", SlotType::Text),
];

impl SlotType {
    /// Its word in templates and explanations.
    pub fn word(self) -> &'static str {
        SLOT_TYPES.iter().find(|(_, kind)| *kind == self).map_or("text", |(word, _)| word)
    }
}

/// What a slot accepts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlotShape {
    pub kind: SlotType,
    /// The values of a [`SlotType::Choice`].
    pub choices: Vec<Choice>,
    /// The regular expression of a [`SlotType::Regex`].
    pub pattern: Option<Named>,
    /// Smallest number, amount or duration (seconds) accepted.
    pub at_least: Option<f64>,
    /// Largest number, amount or duration (seconds) accepted.
    pub at_most: Option<f64>,
    /// How many digits, where the type is `digits`.
    pub length: Option<u32>,
    /// Days from today until the latest date accepted; earlier than today never is.
    pub within_days: Option<u32>,
    /// A type of the template's own (`slot_types`) that has not been looked up yet.
    pub(crate) custom: Option<Named>,
}

/// One value of a choice and the other words for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// As it is stored; understood as its own first synonym.
    pub value: Named,
    pub synonyms: Vec<Named>,
}

impl SlotShape {
    /// Yes or no, without limits.
    pub fn yes_no() -> Self {
        Self { kind: SlotType::YesNo, ..Self::default() }
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let node = fields.required("as")?;
        let (word, at) = scalar(node, "as", fields.problems)?;
        let known = SLOT_TYPES.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
        let custom = match known {
            Some(_) => None,
            None => Some(checked_name(&word, at, "type of slot", fields.problems)?),
        };
        let shape = Self {
            kind: known.unwrap_or_default(),
            choices: fields.optional("choices").map(|node| choices(node, fields.problems)).unwrap_or_default(),
            pattern: fields.optional("pattern").and_then(|node| {
                let (source, at) = scalar(node, "pattern", fields.problems)?;
                checked_regex(Named { name: source, at }, fields.problems)
            }),
            at_least: fields.number("at_least"),
            at_most: fields.number("at_most"),
            length: fields.count("length", 1, 30),
            within_days: fields.count("within_days", 1, 3660),
            custom,
        };
        shape.check(fields, Named { name: word, at });
        Some(shape)
    }

    /// A limit on a type that it does not fit would silently do nothing.
    fn check(&self, fields: &mut Fields<'_, '_>, word: Named) {
        use SlotType as T;
        let counted = matches!(self.kind, T::Number | T::Amount | T::Duration);
        let misfits = [
            ("at_least", self.at_least.is_some() && !counted, "number`, `amount` or `duration"),
            ("at_most", self.at_most.is_some() && !counted, "number`, `amount` or `duration"),
            ("length", self.length.is_some() && self.kind != T::Digits, "digits"),
            ("within_days", self.within_days.is_some() && self.kind != T::Date, "date"),
            ("choices", !self.choices.is_empty() && self.kind != T::Choice, "choice"),
            ("pattern", self.pattern.is_some() && self.kind != T::Regex, "regex"),
        ];
        for (name, misfit, kind) in misfits {
            if misfit {
                fields.problems.error(word.at, format!("`{name}` belongs to a slot `as: {kind}`"));
            }
        }
        if self.kind == T::Choice && self.choices.is_empty() {
            fields.problems.error(word.at, "a slot `as: choice` lacks `choices`");
        }
        if self.kind == T::Regex && self.pattern.is_none() {
            fields.problems.error(word.at, "a slot `as: regex` lacks `pattern`");
        }
        if let (Some(least), Some(most)) = (self.at_least, self.at_most)
            && least > most
        {
            fields.problems.error(word.at, format!("`at_least` {least} is more than `at_most` {most}"));
        }
    }

    /// Put the template's own type in the place of its name.
    pub(crate) fn resolve(&mut self, own: &[(Named, Self)], problems: &mut Problems) {
        let Some(wanted) = self.custom.take() else { return };
        match own.iter().find(|(name, _)| name.name == wanted.name) {
            Some((_, shape)) => *self = shape.clone(),
            None => {
                let own = own.iter().map(|(name, _)| name.name.as_str());
                let known: Vec<_> = SLOT_TYPES.iter().map(|(word, _)| *word).chain(own).collect();
                problems.unknown(wanted.at, "type of slot", &wanted.name, known);
            }
        }
    }
}

/// `[small, large]`, or `{small: [little], large: [big, huge]}`.
fn choices(node: &Node, problems: &mut Problems) -> Vec<Choice> {
    let found: Vec<Choice> = match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, synonyms)| Choice {
                value: Named { name: key.text.clone(), at: key.at },
                synonyms: if synonyms.kind == Kind::Null { Vec::new() } else { texts(synonyms, "choices", problems) },
            })
            .collect(),
        _ => texts(node, "choices", problems).into_iter().map(|value| Choice { value, synonyms: Vec::new() }).collect(),
    };
    let mut seen: Vec<(String, &str)> = Vec::new();
    for choice in &found {
        for word in std::iter::once(&choice.value).chain(&choice.synonyms) {
            let plain = word.name.to_lowercase();
            match seen.iter().find(|(other, owner)| *other == plain && *owner != choice.value.name) {
                Some((_, owner)) => {
                    problems.error(word.at, format!("`{}` means both `{owner}` and `{}`", word.name, choice.value.name))
                }
                None => seen.push((plain, &choice.value.name)),
            }
        }
    }
    found
}
