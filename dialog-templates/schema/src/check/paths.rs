//! The flow as a graph: targets that do not exist, steps nobody reaches, steps from which the call
//! never ends, loops that never listen.

use crate::fields::Named;
use crate::problem::Problems;
use crate::steps::{Outline, StepKind};
use crate::template::Template;
use std::collections::HashMap;

type Places<'a> = HashMap<&'a str, usize>;

pub(super) fn check(template: &Template, outlines: &[Outline<'_>], problems: &mut Problems) {
    if template.steps.is_empty() {
        return problems.error(template.at(), "the template has no steps");
    }
    let places: Places<'_> =
        template.steps.iter().enumerate().map(|(place, step)| (step.name.name.as_str(), place)).collect();
    if missing_targets(template, outlines, &places, problems) {
        return;
    }
    let place = |target: &&Named| places.get(target.name.as_str()).copied();
    let edges: Vec<Vec<usize>> =
        outlines.iter().map(|outline| outline.targets.iter().filter_map(place).collect()).collect();
    let roots: Vec<usize> = roots(template).filter_map(|root| place(&root)).collect();
    unreachable_steps(template, &edges, roots, problems);
    endless_steps(template, &edges, problems);
    silent_loops(template, outlines, &edges, problems);
}

/// Ways into the flow that are not steps.
fn roots(template: &Template) -> impl Iterator<Item = &Named> {
    let globals = template.globals.rules.iter().filter_map(|rule| rule.goto.as_ref());
    let knowledge = template.knowledge.iter().filter_map(|entry| entry.goto.as_ref());
    let entries = template.entries().chain(&template.entry.error);
    entries.chain(globals).chain(knowledge).chain(template.limits.exits()).chain(&template.handoff.goto)
}

fn missing_targets(
    template: &Template,
    outlines: &[Outline<'_>],
    places: &Places<'_>,
    problems: &mut Problems,
) -> bool {
    let mut missing = false;
    for target in roots(template).chain(outlines.iter().flat_map(|outline| outline.targets.iter().copied())) {
        if !places.contains_key(target.name.as_str()) {
            missing = true;
            let names: Vec<_> = template.steps.iter().map(|step| step.name.name.as_str()).collect();
            problems.unknown(target.at, "step", &target.name, names);
        }
    }
    missing
}

/// The steps that can be reached from `open` along `edges`.
fn reached(edges: &[Vec<usize>], mut open: Vec<usize>) -> Vec<bool> {
    let mut reached = vec![false; edges.len()];
    while let Some(step) = open.pop() {
        if !std::mem::replace(&mut reached[step], true) {
            open.extend(&edges[step]);
        }
    }
    reached
}

fn unreachable_steps(template: &Template, edges: &[Vec<usize>], roots: Vec<usize>, problems: &mut Problems) {
    for (step, reached) in template.steps.iter().zip(reached(edges, roots)) {
        if !reached {
            let message = format!("no way leads to step `{}`", step.name.name);
            problems.error_with(step.name.at, message, Some("let a step `goto` it, or remove it".to_owned()));
        }
    }
}

/// From every step some way must lead to an end, an agent or a message.
fn endless_steps(template: &Template, edges: &[Vec<usize>], problems: &mut Problems) {
    let mut back = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            back[*to].push(from);
        }
    }
    let ends = |kind: &StepKind| matches!(kind, StepKind::End(_) | StepKind::Handover(_) | StepKind::Voicemail(_));
    let ends = template.steps.iter().enumerate().filter(|(_, step)| ends(&step.kind)).map(|(place, _)| place);
    for (step, ending) in template.steps.iter().zip(reached(&back, ends.collect())) {
        if !ending {
            let message = format!("from step `{}` no way leads to an end", step.name.name);
            let hint = "let a way lead to an `end`, a `handover` or a `voicemail`".to_owned();
            problems.error_with(step.name.at, message, Some(hint));
        }
    }
}

/// A cycle in which no step waits would go round for ever.
fn silent_loops(template: &Template, outlines: &[Outline<'_>], edges: &[Vec<usize>], problems: &mut Problems) {
    let silent: Vec<Vec<usize>> = edges
        .iter()
        .enumerate()
        .map(|(from, targets)| {
            let silent = targets.iter().copied().filter(|to| !outlines[*to].waits);
            if outlines[from].waits { Vec::new() } else { silent.collect() }
        })
        .collect();
    // Only steps that something leads to and that lead on can be in a cycle; few are left to search from.
    for start in on_cycles(&silent) {
        if reached(&silent, silent[start].clone())[start] {
            let name = &template.steps[start].name;
            let message = format!("step `{}` is in a loop in which nobody is listened to", name.name);
            problems.error_with(name.at, message, Some("put an `ask` or a `collect` into the loop".to_owned()));
        }
    }
}

/// What remains when steps without a way in are taken away, again and again: the steps of cycles and
/// what follows them.
fn on_cycles(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut ways_in = vec![0usize; edges.len()];
    for to in edges.iter().flatten() {
        ways_in[*to] += 1;
    }
    let mut open: Vec<usize> = (0..edges.len()).filter(|step| ways_in[*step] == 0).collect();
    while let Some(step) = open.pop() {
        for to in &edges[step] {
            ways_in[*to] -= 1;
            if ways_in[*to] == 0 {
                open.push(*to);
            }
        }
    }
    (0..edges.len()).filter(|step| ways_in[*step] > 0 && !edges[*step].is_empty()).collect()
}
