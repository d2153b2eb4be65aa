//! The steps of a flow: one type in one file, each with its fields, its own checks and an outline
//! from which the whole template is checked. What a step does is the business of the dialog machine.

mod ask;
mod branch;
mod callback;
mod collect;
mod end;
mod handover;
mod retry;
mod say;
mod set;
mod tag;
mod voicemail;

pub(crate) use ask::dtmf_key;
pub use ask::{Answer, Ask};
pub use branch::{Branch, Case};
pub use callback::Callback;
pub use collect::Collect;
pub use end::End;
pub use handover::Handover;
pub use retry::Retry;
pub use say::Say;
pub use set::Set;
pub use tag::Tag;
pub use voicemail::Voicemail;

use crate::fields::{Fields, Named, checked_name};
use crate::node::{Key, Node};
use crate::problem::{At, Problems};
use crate::slot::SlotShape;
use crate::text::{Text, Wording};

/// One step of the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub name: Named,
    pub kind: StepKind,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    Say(Say),
    Ask(Ask),
    Collect(Collect),
    Branch(Branch),
    Set(Set),
    Tag(Tag),
    Handover(Handover),
    Voicemail(Voicemail),
    Callback(Callback),
    End(End),
}

/// The values of `type`.
pub const STEP_TYPES: [&str; 10] =
    ["say", "ask", "collect", "branch", "set", "tag", "handover", "voicemail", "callback", "end"];

/// May the person talk over what this step says?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BargeInRule {
    #[default]
    Allowed,
    Keys,
    Never,
}

/// What the checks of the whole template need to know of a step.
#[derive(Default)]
pub(crate) struct Outline<'a> {
    /// Steps it may go to.
    pub targets: Vec<&'a Named>,
    /// Everything it may say.
    pub texts: Vec<&'a Text>,
    /// What it certainly says when it is entered, before any answer.
    pub opening: Option<&'a Wording>,
    /// Slots it may fill.
    pub fills: Vec<Named>,
    /// Names that its conditions read.
    pub reads: Vec<(&'a str, At)>,
    /// Intents it expects.
    pub intents: Vec<&'a Named>,
    /// It waits for the person (or ends the call), so that a loop through it cannot spin.
    pub waits: bool,
}

impl Step {
    pub(crate) fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, "step", problems);
        let mut fields = Fields::of(node, format!("step `{}`", key.text), problems)?;
        let kind_name = fields.required("type")?;
        let (kind_name, at) = crate::fields::scalar(kind_name, "type", fields.problems)?;
        let kind = match kind_name.as_str() {
            "say" => Say::read(&mut fields).map(StepKind::Say),
            "ask" => Ask::read(&mut fields).map(StepKind::Ask),
            "collect" => Collect::read(&mut fields).map(StepKind::Collect),
            "branch" => Branch::read(&mut fields).map(StepKind::Branch),
            "set" => Set::read(&mut fields).map(StepKind::Set),
            "tag" => Tag::read(&mut fields).map(StepKind::Tag),
            "handover" => Some(StepKind::Handover(Handover::read(&mut fields))),
            "voicemail" => Voicemail::read(&mut fields).map(StepKind::Voicemail),
            "callback" => Callback::read(&mut fields).map(StepKind::Callback),
            "end" => Some(StepKind::End(End::read(&mut fields))),
            _ => {
                fields.problems.unknown(at, "step type", &kind_name, STEP_TYPES);
                return None;
            }
        };
        fields.finish();
        Some(Self { name: name?, kind: kind? })
    }

    /// Steps it may go to, in the order they are written.
    pub fn targets(&self) -> Vec<&Named> {
        self.outline().targets
    }

    /// What its slots accept.
    pub(crate) fn shapes_mut(&mut self) -> Vec<&mut SlotShape> {
        match &mut self.kind {
            StepKind::Collect(step) => {
                std::iter::once(&mut step.shape).chain(step.also.as_mut().map(|(_, shape)| shape)).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        match &self.kind {
            StepKind::Say(step) => step.outline(),
            StepKind::Ask(step) => step.outline(),
            StepKind::Collect(step) => step.outline(),
            StepKind::Branch(step) => step.outline(),
            StepKind::Set(step) => step.outline(),
            StepKind::Tag(step) => step.outline(),
            StepKind::Handover(step) => step.outline(),
            StepKind::Voicemail(step) => step.outline(),
            StepKind::Callback(step) => step.outline(),
            StepKind::End(step) => step.outline(),
        }
    }
}

impl Fields<'_, '_> {
    fn barge_in(&mut self) -> BargeInRule {
        let choices = [("allowed", BargeInRule::Allowed), ("keys", BargeInRule::Keys), ("never", BargeInRule::Never)];
        self.choice("barge_in", &choices).unwrap_or_default()
    }
}
