//! Variables and slots: is every name that is used known, and does it have something to say?

use crate::problem::{At, Problems};
use crate::steps::Outline;
use crate::template::{BUILT_IN, Template};
use std::collections::BTreeSet;

pub(super) fn check(template: &Template, outlines: &[Outline<'_>], problems: &mut Problems) {
    let mut slots: BTreeSet<String> =
        outlines.iter().flat_map(|outline| outline.fills.iter()).map(|slot| slot.name.clone()).collect();
    slots.extend(template.intents.iter().flat_map(|intent| intent.patterns.captures()).map(|slot| slot.name));
    slots.extend(template.knowledge.iter().flat_map(|entry| entry.questions.captures()).map(|slot| slot.name));
    let known: BTreeSet<&str> = template
        .variables
        .iter()
        .map(|variable| variable.name.name.as_str())
        .chain(slots.iter().map(String::as_str))
        .chain(BUILT_IN)
        .collect();

    let mut used = BTreeSet::new();
    let texts = outlines.iter().flat_map(|outline| outline.texts.iter().copied()).chain(template.frame_texts());
    for text in texts {
        for (name, default) in text.variables() {
            used.insert(name);
            check_use(template, name, default, text.at, &known, &slots, problems);
        }
    }
    for (name, at) in outlines.iter().flat_map(|outline| outline.reads.iter().copied()) {
        used.insert(name);
        if !known.contains(name) {
            problems.unknown(at, "variable or slot", name, known.iter().copied());
        }
    }
    used.extend(template.handoff.value.iter().map(|value| value.variable.name.as_str()));
    for variable in &template.variables {
        if !used.contains(variable.name.name.as_str()) {
            let message = format!("variable `{}` is never used", variable.name.name);
            problems.warning(variable.name.at, message, "remove it, or every contact must have it for nothing");
        }
    }
}

fn check_use(
    template: &Template,
    name: &str,
    default: Option<&str>,
    at: At,
    known: &BTreeSet<&str>,
    slots: &BTreeSet<String>,
    problems: &mut Problems,
) {
    if !known.contains(name) {
        return problems.unknown(at, "variable or slot", name, known.iter().copied());
    }
    let identified = template.identification.as_ref();
    let missing = match name {
        "identification" => identified.is_none(),
        "opt_out" => identified.is_none_or(|known| known.opt_out.is_none()),
        _ => false,
    };
    if missing {
        return problems
            .error(at, format!("`{{{{{name}}}}}` is said, but the block `identification` does not have it"));
    }
    let variable = template.variables.iter().find(|variable| variable.name.name == name);
    let Some(variable) = variable.filter(|_| !slots.contains(name)) else { return };
    if !variable.required && variable.default.is_none() && default.is_none() {
        let message = format!("variable `{name}` may be missing for a contact and has no default");
        problems.error_with(at, message, Some(format!("write `{{{{{name}|…}}}}` or give the variable a `default`")));
    }
}
