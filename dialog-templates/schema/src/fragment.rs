//! Fragments: parts of a dialog that are written once and called from several places.
//!
//! A `call` becomes a copy of the fragment's steps (`STEP/FRAGMENT_STEP`) between a step that sets
//! the parameters and one that keeps the results, so that everything that reads a template afterwards
//! sees plain steps. A fragment may call others; going round is an error.

use crate::fields::{Fields, Named, checked_name, scalar};
use crate::node::{Key, Node};
use crate::problem::{At, Problems};
use crate::slot::SlotShape;
use crate::steps::{Set, Step, StepKind};
use crate::text::Text;

/// Most steps of a template with all its copies.
const MOST_STEPS: usize = 20_000;

/// A step as it was written.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    Step(Box<Step>),
    Call(Call),
    Return(Return),
}

/// `type: call`
#[derive(Clone, Debug)]
pub(crate) struct Call {
    name: Named,
    fragment: Named,
    /// Parameter and value.
    with: Vec<(Named, Text)>,
    /// Slot and value, set after the return.
    keep: Vec<(Named, Text)>,
    next: Named,
    /// Where to go after a `return` with an outcome.
    on: Vec<(Named, Named)>,
}

/// `type: return`
#[derive(Clone, Debug)]
pub(crate) struct Return {
    name: Named,
    outcome: Option<Named>,
}

/// A named part of a dialog.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub name: Named,
    parameters: Vec<Named>,
    start: Named,
    steps: Vec<Written>,
}

impl Written {
    pub(crate) fn name(&self) -> &Named {
        match self {
            Self::Step(step) => &step.name,
            Self::Call(call) => &call.name,
            Self::Return(step) => &step.name,
        }
    }

    pub(crate) fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let kind = match &node.kind {
            crate::node::Kind::Map(entries) => entries.iter().find(|(key, _)| key.text == "type"),
            _ => None,
        };
        let kind = kind.and_then(|(_, node)| match &node.kind {
            crate::node::Kind::Scalar(text) => Some(text.as_str()),
            _ => None,
        });
        match kind {
            Some("call") => Call::read(key, node, problems).map(Self::Call),
            Some("return") => Return::read(key, node, problems).map(Self::Return),
            _ => Step::read(key, node, problems).map(|step| Self::Step(Box::new(step))),
        }
    }

    pub(crate) fn shapes_mut(&mut self) -> Vec<&mut SlotShape> {
        match self {
            Self::Step(step) => step.shapes_mut(),
            _ => Vec::new(),
        }
    }
}

impl Call {
    fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, "step", problems)?;
        let mut fields = Fields::of(node, format!("step `{}`", key.text), problems)?;
        fields.required("type");
        let fragment = fields.required_name("fragment");
        let (with, keep) = (values("with", &mut fields), values("keep", &mut fields));
        let next = fields.required_name("next");
        let mut on = Vec::new();
        for (outcome, node) in fields.entries("on") {
            let outcome = checked_name(&outcome.text, outcome.at, "outcome", fields.problems);
            let target = crate::fields::named(node, "step", fields.problems);
            on.extend(outcome.zip(target));
        }
        fields.finish();
        Some(Self { name, fragment: fragment?, with, keep, next: next?, on })
    }
}

fn values(name: &'static str, fields: &mut Fields<'_, '_>) -> Vec<(Named, Text)> {
    let mut found = Vec::new();
    for (key, node) in fields.entries(name) {
        let slot = checked_name(&key.text, key.at, "slot", fields.problems);
        let value = scalar(node, &key.text, fields.problems);
        if let Some((slot, (text, at))) = slot.zip(value) {
            found.push((slot, Text::parse(&text, at, fields.problems)));
        }
    }
    found
}

impl Return {
    fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, "step", problems)?;
        let mut fields = Fields::of(node, format!("step `{}`", key.text), problems)?;
        fields.required("type");
        let outcome = fields.name("outcome");
        fields.finish();
        Some(Self { name, outcome })
    }
}

impl Fragment {
    pub(crate) fn read(key: &Key, node: &Node, own: &[(Named, SlotShape)], problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, "fragment", problems)?;
        let mut fields = Fields::of(node, format!("fragment `{}`", key.text), problems)?;
        let parameters = fields.texts("parameters");
        let start = fields.required_name("start");
        fields.required("steps");
        let mut steps: Vec<Written> = fields
            .entries("steps")
            .iter()
            .filter_map(|(key, node)| Written::read(key, node, fields.problems))
            .collect();
        for shape in steps.iter_mut().flat_map(Written::shapes_mut) {
            shape.resolve(own, fields.problems);
        }
        fields.finish();
        let start = start?;
        let known: Vec<&str> = steps.iter().map(|step| step.name().name.as_str()).collect();
        if !known.contains(&start.name.as_str()) {
            problems.unknown(start.at, "step", &start.name, known);
        }
        Some(Self { name, parameters, start, steps })
    }

    /// Outcomes its `return` steps name.
    fn outcomes(&self) -> impl Iterator<Item = &Named> {
        self.steps.iter().filter_map(|step| match step {
            Written::Return(step) => step.outcome.as_ref(),
            _ => None,
        })
    }
}

/// Plain steps from what was written.
pub(crate) fn expand(written: Vec<Written>, fragments: &[Fragment], problems: &mut Problems) -> Option<Vec<Step>> {
    let mut expansion =
        Expansion { fragments, open: Vec::new(), steps: Vec::new(), used: vec![false; fragments.len()] };
    for step in written {
        expansion.step(step, "", None, problems)?;
    }
    for (fragment, used) in fragments.iter().zip(&expansion.used) {
        if !used {
            let message = format!("fragment `{}` is called by no step", fragment.name.name);
            problems.warning(fragment.name.at, message, "call it, or remove it");
        }
    }
    Some(expansion.steps)
}

struct Expansion<'a> {
    fragments: &'a [Fragment],
    /// Fragments being copied, the outermost first.
    open: Vec<&'a str>,
    steps: Vec<Step>,
    used: Vec<bool>,
}

impl<'a> Expansion<'a> {
    /// Add one step. `prefix` stands before its name and those it goes to; `caller` is the call it belongs to.
    fn step(&mut self, written: Written, prefix: &str, caller: Option<&Call>, problems: &mut Problems) -> Option<()> {
        if self.steps.len() >= MOST_STEPS {
            problems.error(written.name().at, format!("the template has more than {MOST_STEPS} steps"));
            return None;
        }
        match written {
            Written::Step(mut step) => {
                for name in step.names_mut() {
                    name.name.insert_str(0, prefix);
                }
                self.steps.push(*step);
            }
            Written::Call(mut call) => {
                let targets = call.on.iter_mut().map(|(_, target)| target);
                for name in targets.chain([&mut call.name, &mut call.next]) {
                    name.name.insert_str(0, prefix);
                }
                self.call(&call, problems)?;
            }
            Written::Return(step) => {
                let Some(call) = caller else {
                    problems.error(step.name.at, "`return` belongs into a fragment");
                    return None;
                };
                let named = step.outcome.as_ref();
                let on = named.and_then(|outcome| call.on.iter().find(|(name, _)| name.name == outcome.name));
                let next = on.map_or(&call.next, |(_, target)| target).clone();
                let name = Named { name: format!("{prefix}{}", step.name.name), at: step.name.at };
                self.steps.push(set(name, call.keep.clone(), next));
            }
        }
        Some(())
    }

    fn call(&mut self, call: &Call, problems: &mut Problems) -> Option<()> {
        let fragments = self.fragments;
        let Some(place) = fragments.iter().position(|fragment| fragment.name.name == call.fragment.name) else {
            let known: Vec<_> = fragments.iter().map(|fragment| fragment.name.name.as_str()).collect();
            problems.unknown(call.fragment.at, "fragment", &call.fragment.name, known);
            return None;
        };
        let fragment = &fragments[place];
        if self.open.contains(&fragment.name.name.as_str()) {
            let message = format!("fragment `{}` calls itself, by way of others or not", fragment.name.name);
            problems.error(call.fragment.at, message);
            return None;
        }
        if !std::mem::replace(&mut self.used[place], true) || self.open.is_empty() {
            check_call(call, fragment, problems);
        }
        let prefix = format!("{}/", call.name.name);
        let start = Named { name: format!("{prefix}{}", fragment.start.name), at: fragment.start.at };
        self.steps.push(set(call.name.clone(), call.with.clone(), start));
        self.open.push(&fragment.name.name);
        for step in fragment.steps.clone() {
            self.step(step, &prefix, Some(call), problems)?;
        }
        self.open.pop();
        Some(())
    }
}

fn set(name: Named, slots: Vec<(Named, Text)>, next: Named) -> Step {
    Step { name, kind: StepKind::Set(Set { slots, language: None, next }) }
}

/// Parameters given and wanted, outcomes named and possible.
fn check_call(call: &Call, fragment: &Fragment, problems: &mut Problems) {
    let parameters: Vec<&str> = fragment.parameters.iter().map(|name| name.name.as_str()).collect();
    for (given, _) in &call.with {
        if !parameters.contains(&given.name.as_str()) {
            let what = format!("parameter of fragment `{}`", fragment.name.name);
            problems.unknown(given.at, &what, &given.name, parameters.iter().copied());
        }
    }
    for parameter in &parameters {
        if call.with.iter().all(|(given, _)| given.name != *parameter) {
            let message = format!("fragment `{}` wants the parameter `{parameter}`", fragment.name.name);
            let at: At = call.fragment.at;
            problems.error_with(at, message, Some(format!("add `with: {{ {parameter}: … }}`")));
        }
    }
    let outcomes: Vec<&str> = fragment.outcomes().map(|outcome| outcome.name.as_str()).collect();
    for (outcome, _) in &call.on {
        if !outcomes.contains(&outcome.name.as_str()) {
            let what = format!("outcome of fragment `{}`", fragment.name.name);
            problems.unknown(outcome.at, &what, &outcome.name, outcomes.iter().copied());
        }
    }
}
