//! The flow as a graph: targets that do not exist, steps nobody reaches, loops that never listen.

use crate::fields::Named;
use crate::problem::Problems;
use crate::steps::Outline;
use crate::template::Template;

pub(super) fn check(template: &Template, problems: &mut Problems) {
    if template.steps.is_empty() {
        return problems.error(template.at(), "the template has no steps");
    }
    let outlines: Vec<_> = template.steps.iter().map(|step| step.outline()).collect();
    if missing_targets(template, &outlines, problems) {
        return;
    }
    let edges: Vec<Vec<usize>> =
        outlines.iter().map(|outline| outline.targets.iter().filter_map(|t| index(template, t)).collect()).collect();
    unreachable_steps(template, &edges, problems);
    silent_loops(template, &outlines, &edges, problems);
}

fn index(template: &Template, target: &Named) -> Option<usize> {
    template.step(&target.name).map(|(index, _)| index)
}

/// Ways into the flow that are not steps.
fn roots(template: &Template) -> impl Iterator<Item = &Named> {
    let globals = template.globals.rules.iter().filter_map(|rule| rule.goto.as_ref());
    template.entries().chain(globals).chain(template.limits.exits())
}

fn missing_targets(template: &Template, outlines: &[Outline<'_>], problems: &mut Problems) -> bool {
    let mut missing = false;
    for target in roots(template).chain(outlines.iter().flat_map(|outline| outline.targets.iter().copied())) {
        if index(template, target).is_none() {
            missing = true;
            let names: Vec<_> = template.steps.iter().map(|step| step.name.name.as_str()).collect();
            problems.unknown(target.at, "step", &target.name, names);
        }
    }
    missing
}

fn unreachable_steps(template: &Template, edges: &[Vec<usize>], problems: &mut Problems) {
    let mut reached = vec![false; edges.len()];
    let mut open: Vec<usize> = roots(template).filter_map(|root| index(template, root)).collect();
    while let Some(step) = open.pop() {
        if !std::mem::replace(&mut reached[step], true) {
            open.extend(&edges[step]);
        }
    }
    for (step, reached) in template.steps.iter().zip(reached) {
        if !reached {
            let message = format!("no way leads to step `{}`", step.name.name);
            problems.error_with(step.name.at, message, Some("let a step `goto` it, or remove it".to_owned()));
        }
    }
}

/// A cycle in which no step waits would go round for ever.
fn silent_loops(template: &Template, outlines: &[Outline<'_>], edges: &[Vec<usize>], problems: &mut Problems) {
    for start in 0..edges.len() {
        if outlines[start].waits {
            continue;
        }
        let mut seen = vec![false; edges.len()];
        let mut open = edges[start].clone();
        while let Some(step) = open.pop() {
            if step == start {
                let name = &template.steps[start].name;
                let message = format!("step `{}` is in a loop in which nobody is listened to", name.name);
                problems.error_with(name.at, message, Some("put an `ask` or a `collect` into the loop".to_owned()));
                break;
            }
            if !outlines[step].waits && !std::mem::replace(&mut seen[step], true) {
                open.extend(&edges[step]);
            }
        }
    }
}
