//! When a human is worth more than the bot: how much each sign counts, and from which score on the call goes to one.
//!
//! A template without the block is scored with the defaults. Only one with a `goto` hands over by the score.

use crate::fields::{Fields, Named};
use crate::node::Node;

/// A sign that a human is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandoffCue {
    /// They ask for a human.
    Request,
    /// They want to buy, or ask what only a buyer asks.
    Buying,
    /// They sound angry, or say that this leads nowhere.
    Frustration,
    /// They say the same again.
    Repetition,
    /// They talk over the bot.
    Interruption,
    /// Answers in a row that were not understood.
    NoMatch,
    /// Silences in a row.
    Silence,
    /// The tries to fill a slot are used up.
    FailedSlot,
    /// The recogniser is not sure of their words.
    Confidence,
    /// The contact is worth an agent's time.
    Value,
    /// The conversation has become long.
    Time,
}

impl HandoffCue {
    pub const ALL: [Self; 11] = [
        Self::Request,
        Self::Buying,
        Self::Frustration,
        Self::Repetition,
        Self::Interruption,
        Self::NoMatch,
        Self::Silence,
        Self::FailedSlot,
        Self::Confidence,
        Self::Value,
        Self::Time,
    ];

    /// Its name in templates and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Buying => "buying",
            Self::Frustration => "frustration",
            Self::Repetition => "repetition",
            Self::Interruption => "interruption",
            Self::NoMatch => "no_match",
            Self::Silence => "silence",
            Self::FailedSlot => "failed_slot",
            Self::Confidence => "confidence",
            Self::Value => "value",
            Self::Time => "time",
        }
    }

    /// Inverse of [`name`](Self::name).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cue| cue.name() == name)
    }
}

/// The score that each cue gives when it is as strong as it can be and alone, 0–1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HandoffWeights([f32; HandoffCue::ALL.len()]);

impl Default for HandoffWeights {
    /// Two strong signs together hand over, and a weak one only helps.
    fn default() -> Self {
        Self([1.0, 0.8, 0.9, 0.5, 0.4, 0.6, 0.4, 0.6, 0.3, 0.25, 0.3])
    }
}

impl HandoffWeights {
    pub fn of(&self, cue: HandoffCue) -> f32 {
        self.0[cue as usize]
    }

    /// With another weight for `cue`; what is outside of 0–1 is brought to its edge.
    #[must_use]
    pub fn with(mut self, cue: HandoffCue, weight: f32) -> Self {
        self.0[cue as usize] = if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 };
        self
    }
}

/// Which contacts are worth an agent's time.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactValue {
    pub variable: Named,
    pub high: HighValue,
}

/// What makes a variable's value high.
#[derive(Clone, Debug, PartialEq)]
pub enum HighValue {
    /// One of these words, in any case.
    Among(Vec<Named>),
    /// A number: nothing up to `from`, everything from `to` on, and in between in proportion.
    Between { from: f64, to: f64 },
}

/// The block `handoff`.
#[derive(Clone, Debug, PartialEq)]
pub struct Handoff {
    /// From this score on a human is wanted, 0–1.
    pub threshold: f32,
    /// Below this score no longer, at most the threshold.
    pub release: f32,
    /// Where the conversation goes when a human is wanted. Absent: the score is recorded and changes nothing.
    pub goto: Option<Named>,
    pub weights: HandoffWeights,
    /// Intents and entries of the knowledge base that a buyer has.
    pub buying: Vec<Named>,
    pub value: Option<ContactValue>,
}

impl Default for Handoff {
    fn default() -> Self {
        Self {
            threshold: 0.7,
            release: release_of(0.7),
            goto: None,
            weights: HandoffWeights::default(),
            buying: Vec::new(),
            value: None,
        }
    }
}

/// Far enough below the threshold that a score does not go to and fro.
fn release_of(threshold: f32) -> f32 {
    (threshold - 0.2).max(threshold / 2.0)
}

impl Handoff {
    /// The same rule with another threshold, its release as far below as the template's own.
    #[must_use]
    pub fn at(&self, threshold: f32, release: Option<f32>) -> Self {
        let threshold = threshold.clamp(0.0, 1.0);
        let own = if self.threshold > 0.0 { self.release / self.threshold } else { 1.0 };
        let release = release.unwrap_or(threshold * own).clamp(0.0, threshold);
        Self { threshold, release, ..self.clone() }
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let mut rule = Self::default();
        let Some(node) = fields.optional("handoff") else { return rule };
        let Some(mut fields) = Fields::of(node, "`handoff`", fields.problems) else { return rule };
        if let Some(threshold) = share(&mut fields, "threshold") {
            (rule.threshold, rule.release) = (threshold, release_of(threshold));
        }
        if let Some(release) = share(&mut fields, "release") {
            if release > rule.threshold {
                let at = fields.optional("release").map_or(fields.at, |node| node.at);
                let message = format!("`release` {release} is above the threshold {}", rule.threshold);
                fields.problems.error_with(
                    at,
                    message,
                    Some("a score falls back below it, so it must be lower".into()),
                );
            }
            rule.release = release;
        }
        rule.goto = fields.name("goto");
        rule.buying = fields.texts("buying");
        rule.value = fields.optional("value").and_then(|node| ContactValue::read(node, &mut fields));
        rule.weights = weights(&mut fields);
        fields.finish();
        rule
    }
}

/// A number from 0 to 1.
fn share(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<f32> {
    let number = fields.number(name)?;
    let within = (0.0..=1.0).contains(&number);
    if !within {
        let at = fields.optional(name).map_or(fields.at, |node| node.at);
        fields.problems.error(at, format!("`{name}` should be a number from 0 to 1, not {number}"));
    }
    within.then_some(number as f32)
}

fn weights(fields: &mut Fields<'_, '_>) -> HandoffWeights {
    let mut weights = HandoffWeights::default();
    let Some(node) = fields.optional("weights") else { return weights };
    let Some(mut inner) = Fields::of(node, "`weights`", fields.problems) else { return weights };
    for cue in HandoffCue::ALL {
        if let Some(weight) = share(&mut inner, cue.name()) {
            weights = weights.with(cue, weight);
        }
    }
    inner.finish();
    weights
}

impl ContactValue {
    /// `{variable: tier, high: [gold]}` or `{variable: balance, from: 500, to: 5000}`.
    fn read(node: &Node, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let mut inner = Fields::of(node, "`value`", fields.problems)?;
        let variable = inner.required_name("variable");
        let words = inner.texts("high");
        let (from, to) = (inner.number("from"), inner.number("to"));
        let high = match (words.is_empty(), from) {
            (false, None) if to.is_none() => Some(HighValue::Among(words)),
            (true, Some(from)) => {
                let to = to.unwrap_or(from);
                if to < from {
                    let at = inner.optional("to").map_or(inner.at, |node| node.at);
                    inner.problems.error(at, format!("`to` {to} is below `from` {from}"));
                }
                Some(HighValue::Between { from, to })
            }
            _ => {
                let hint = Some("write `high: [gold]`, or `from: 500` and `to: 5000`".to_owned());
                inner.problems.error_with(inner.at, "`value` needs either `high` or `from`", hint);
                None
            }
        };
        inner.finish();
        Some(Self { variable: variable?, high: high? })
    }
}
