//! The steps of a flow: one type in one file, each with its fields, its own checks and an outline
//! from which the whole template is checked. What a step does is the business of the dialog machine.

mod ask;
mod branch;
mod callback;
mod collect;
mod end;
mod form;
mod handover;
mod http;
mod menu;
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
pub use form::{Form, FormField};
pub use handover::Handover;
pub use http::{Http, HttpMethod};
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
#[expect(clippy::large_enum_variant, reason = "steps are read once and then borrowed, never moved about")]
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    Say(Say),
    Ask(Ask),
    Collect(Collect),
    Form(Form),
    Http(Http),
    Branch(Branch),
    Set(Set),
    Tag(Tag),
    Handover(Handover),
    Voicemail(Voicemail),
    Callback(Callback),
    End(End),
}

/// The values of `type`.
pub const STEP_TYPES: [&str; 15] = [
    "say",
    "ask",
    "menu",
    "collect",
    "form",
    "branch",
    "set",
    "tag",
    "http",
    "call",
    "return",
    "handover",
    "voicemail",
    "callback",
    "end",
];

/// May the person talk over what this step says?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BargeInRule {
    #[default]
    Allowed,
    Keys,
    Never,
    /// Not in the first milliseconds of the prompt; keys always.
    After(u32),
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
            "menu" => menu::read(&mut fields).map(StepKind::Ask),
            "collect" => Collect::read(&mut fields).map(StepKind::Collect),
            "form" => Form::read(&mut fields).map(StepKind::Form),
            "http" => Http::read(&mut fields).map(StepKind::Http),
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
    pub fn shapes_mut(&mut self) -> Vec<&mut SlotShape> {
        match &mut self.kind {
            StepKind::Collect(step) => {
                std::iter::once(&mut step.shape).chain(step.also.as_mut().map(|(_, shape)| shape)).collect()
            }
            StepKind::Form(step) => step.fields.iter_mut().map(|field| &mut field.shape).collect(),
            _ => Vec::new(),
        }
    }

    /// Its own name and those of the steps it may go to.
    pub fn names_mut(&mut self) -> Vec<&mut Named> {
        let mut names = vec![&mut self.name];
        match &mut self.kind {
            StepKind::Say(step) => names.push(&mut step.next),
            StepKind::Ask(step) => {
                names.extend(step.answers.iter_mut().map(|answer| &mut answer.goto));
                names.extend(&mut step.retry.otherwise);
            }
            StepKind::Collect(step) => {
                names.push(&mut step.next);
                names.extend(&mut step.retry.otherwise);
            }
            StepKind::Form(step) => {
                names.push(&mut step.next);
                names.extend(&mut step.retry.otherwise);
                names.extend(step.fields.iter_mut().filter_map(|field| field.retry.otherwise.as_mut()));
            }
            StepKind::Http(step) => names.extend([&mut step.ok, &mut step.failed]),
            StepKind::Branch(step) => {
                names.push(&mut step.otherwise);
                names.extend(step.cases.iter_mut().map(|case| &mut case.goto));
            }
            StepKind::Set(step) => names.push(&mut step.next),
            StepKind::Tag(step) => names.push(&mut step.next),
            StepKind::Callback(step) => names.push(&mut step.next),
            StepKind::Handover(step) => names.extend(&mut step.failed),
            StepKind::Voicemail(_) | StepKind::End(_) => {}
        }
        names
    }

    /// Everything it says that may be written in several languages.
    pub(crate) fn wordings(&self) -> Vec<&Wording> {
        self.kind.wordings()
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        match &self.kind {
            StepKind::Say(step) => step.outline(),
            StepKind::Ask(step) => step.outline(),
            StepKind::Collect(step) => step.outline(),
            StepKind::Form(step) => step.outline(),
            StepKind::Http(step) => step.outline(),
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

impl StepKind {
    /// Everything it says that may be written in several languages, the first thing first.
    pub fn wordings(&self) -> Vec<&Wording> {
        match self {
            StepKind::Say(step) => vec![&step.prompt],
            StepKind::Ask(step) => {
                let labels = step.answers.iter().filter_map(|answer| answer.label.as_ref());
                std::iter::once(&step.prompt).chain(step.retry.wordings()).chain(labels).collect()
            }
            StepKind::Collect(step) => {
                std::iter::once(&step.prompt).chain(step.retry.wordings()).chain(&step.confirm).collect()
            }
            StepKind::Form(step) => {
                let fields = step.fields.iter().flat_map(|f| std::iter::once(&f.prompt).chain(f.retry.wordings()));
                fields.chain(step.retry.wordings()).chain(&step.confirm).collect()
            }
            StepKind::Http(step) => step.filler.iter().collect(),
            StepKind::Handover(step) => step.prompt.iter().collect(),
            StepKind::Voicemail(step) => vec![&step.message],
            StepKind::Callback(step) => step.prompt.iter().collect(),
            StepKind::End(step) => step.prompt.iter().collect(),
            StepKind::Branch(_) | StepKind::Set(_) | StepKind::Tag(_) => Vec::new(),
        }
    }
}

impl Fields<'_, '_> {
    fn barge_in(&mut self) -> BargeInRule {
        if let Some(node) = self.optional("barge_in")
            && let crate::node::Kind::Map(_) = node.kind
        {
            return self.barge_in_after(node).unwrap_or_default();
        }
        let choices = [("allowed", BargeInRule::Allowed), ("keys", BargeInRule::Keys), ("never", BargeInRule::Never)];
        self.choice("barge_in", &choices).unwrap_or_default()
    }

    /// `{after: 3s}`
    fn barge_in_after(&mut self, node: &Node) -> Option<BargeInRule> {
        let mut inner = Fields::of(node, "`barge_in`", self.problems)?;
        let after = inner.required("after");
        let after = after.and_then(|node| crate::fields::scalar(node, "after", inner.problems));
        inner.finish();
        let (text, at) = after?;
        let ms = crate::markup::duration_ms(&text).filter(|ms| *ms <= 60_000);
        if ms.is_none() {
            self.problems.error(at, format!("`{text}` should be a time such as `3s` or `500ms`, at most 60s"));
        }
        ms.map(BargeInRule::After)
    }
}
