//! What must be true in a conversation: at its end, or after the turn in which it is written.

use crate::fields::{Fields, Named, scalar};
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};

/// What is left out is not looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    pub at: At,
    pub end: Option<Ending>,
    /// The step that listens.
    pub step: Option<Named>,
    /// What the call is reported by: the last wish.
    pub intent: Option<Named>,
    /// What the last answer was taken for: an intent, `slot:NAME`, or `nothing`.
    pub understood: Option<Named>,
    /// All tags, in the order in which they were given.
    pub tags: Option<Vec<String>>,
    /// These slots have these values; others may be filled too. An empty value: the slot has none.
    pub slots: Vec<(Named, String)>,
    /// At the end: absent means that it must not have happened.
    pub opt_out: Option<bool>,
    /// A call back was promised; at the end as `opt_out`.
    pub callback: Option<bool>,
    /// An agent was asked for.
    pub handoff: Option<bool>,
    /// The handoff score after the last answer is in here.
    pub handoff_score: Option<(f32, f32)>,
    /// Most answers of the person until the bot hung up or asked for an agent.
    pub within: Option<u32>,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Hung up at the template's end.
    Completed,
    /// Hung up because a limit was reached.
    Limit,
    /// Hung up because something in the platform failed.
    Fault,
    /// An agent is being looked for, or talks.
    HandedOver,
    /// Still going on.
    Listening,
}

const ENDINGS: [(&str, Ending); 5] = [
    ("completed", Ending::Completed),
    ("limit", Ending::Limit),
    ("fault", Ending::Fault),
    ("handed_over", Ending::HandedOver),
    ("listening", Ending::Listening),
];

impl Ending {
    /// As it is written.
    pub fn name(self) -> &'static str {
        ENDINGS.iter().find(|(_, ending)| *ending == self).map_or("listening", |(word, _)| word)
    }
}

const YES_NO: [(&str, bool); 2] = [("true", true), ("false", false)];

impl Expected {
    pub(crate) fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, "`expect`", problems)?;
        let end = fields.choice("end", &ENDINGS);
        let step = fields.name("step");
        let intent = fields.name("intent");
        let understood = fields.optional("understood").and_then(|node| {
            let (name, at) = scalar(node, "understood", fields.problems)?;
            Some(Named { name, at })
        });
        let tags = match fields.optional("tags") {
            Some(Node { kind: Kind::List(items), .. }) if items.is_empty() => Some(Vec::new()),
            Some(node) => Some(words(crate::fields::texts(node, "tags", fields.problems))),
            None => None,
        };
        let slots = slots(&mut fields);
        let opt_out = fields.choice("opt_out", &YES_NO);
        let callback = fields.choice("callback", &YES_NO);
        let (handoff, handoff_score) = handoff(&mut fields);
        let within = fields.count("within", 0, 1000);
        fields.finish();
        let at = node.at;
        Some(Self { at, end, step, intent, understood, tags, slots, opt_out, callback, handoff, handoff_score, within })
    }
}

/// `true`, `false`, or the range of the score: `{ at_least: 0.5, at_most: 0.8 }`.
fn handoff(fields: &mut Fields<'_, '_>) -> (Option<bool>, Option<(f32, f32)>) {
    let Some(node) = fields.optional("handoff") else { return (None, None) };
    let Kind::Map(_) = node.kind else { return (fields.choice("handoff", &YES_NO), None) };
    let Some(mut inner) = Fields::of(node, "`handoff`", fields.problems) else { return (None, None) };
    let (least, most) = (inner.number("at_least"), inner.number("at_most"));
    inner.finish();
    let (low, high) = (least.unwrap_or(0.0), most.unwrap_or(1.0));
    if !(0.0 <= low && low <= high && high <= 1.0) {
        fields.problems.error(node.at, "`handoff` should have `at_least` and `at_most` from 0 to 1, in this order");
    }
    (None, Some((low as f32, high as f32)))
}

fn words(named: Vec<Named>) -> Vec<String> {
    named.into_iter().map(|word| word.name).collect()
}

fn slots(fields: &mut Fields<'_, '_>) -> Vec<(Named, String)> {
    let mut found = Vec::new();
    for (key, node) in fields.entries("slots") {
        let name = Named { name: key.text.clone(), at: key.at };
        match &node.kind {
            Kind::Scalar(text) => found.push((name, text.clone())),
            Kind::Null => found.push((name, String::new())),
            _ => {
                fields.problems.error(node.at, format!("slot `{}` should be a text, not {}", key.text, node.describe()))
            }
        }
    }
    found
}
