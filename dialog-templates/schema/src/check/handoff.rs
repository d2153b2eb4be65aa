//! The block `handoff`: names that exist.

use crate::problem::Problems;
use crate::steps::StepKind;
use crate::template::Template;
use std::collections::BTreeSet;

pub(super) fn check(template: &Template, problems: &mut Problems) {
    let mut known: BTreeSet<&str> = template.intents.iter().map(|intent| intent.name.name.as_str()).collect();
    known.extend(template.knowledge.iter().map(|entry| entry.name.name.as_str()));
    for step in &template.steps {
        if let StepKind::Ask(ask) = &step.kind {
            known.extend(ask.answers.iter().map(|answer| answer.intent.name.as_str()));
        }
    }
    if let Some(value) = &template.handoff.value {
        let variables = template.variables.iter().map(|variable| variable.name.name.as_str());
        if variables.clone().all(|name| name != value.variable.name) {
            problems.unknown(value.variable.at, "variable", &value.variable.name, variables);
        }
    }
    for name in &template.handoff.buying {
        if !known.contains(name.name.as_str()) {
            problems.unknown(name.at, "intent or entry of `knowledge`", &name.name, known.iter().copied());
        }
    }
}
