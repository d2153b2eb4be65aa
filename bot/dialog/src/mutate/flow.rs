//! Ways that lead elsewhere, and conditions that are turned round.

use super::{Kind, Mutant};
use crate::dice::Dice;
use warmline_schema::{Comparison, Expression, GlobalIntent, Named, StepKind, Template};

/// A place from which the conversation goes on, by how it is reached in a template.
type Way = fn(&mut Template, usize) -> Option<&mut Named>;

pub(super) fn mutants(template: &Template, dice: &mut Dice) -> Vec<Mutant> {
    let mut found = Vec::new();
    for (place, step) in template.steps.iter().enumerate() {
        for target in step.targets() {
            let Some(other) = elsewhere(template, target, dice) else { continue };
            let what = format!("step `{}` leads to `{other}` instead of `{}`", step.name.name, target.name);
            let old = target.clone();
            found.push(Mutant::new(Kind::Transition, target.at, what, move |broken| {
                // The same step may be named twice; where it is written tells which is meant.
                let mut names = broken.steps[place].names_mut().into_iter().skip(1);
                if let Some(name) = names.find(|name| **name == old) {
                    name.name.clone_from(&other);
                }
            }));
        }
        if let StepKind::Branch(branch) = &step.kind {
            for (case, written) in branch.cases.iter().enumerate() {
                let what = format!("step `{}`: condition number {} is turned round", step.name.name, case + 1);
                found.push(Mutant::new(Kind::Condition, written.at, what, move |broken| {
                    if let StepKind::Branch(branch) = &mut broken.steps[place].kind {
                        let condition = &mut branch.cases[case].condition;
                        *condition = turned(condition);
                    }
                }));
            }
        }
    }
    found.extend(outside(template, dice));
    found
}

/// Ways that belong to no step.
fn outside(template: &Template, dice: &mut Dice) -> Vec<Mutant> {
    let mut places: Vec<(String, usize, Way)> = vec![
        ("entry `person`".into(), 0, |t, _| Some(&mut t.entry.person)),
        ("entry `machine_with_beep`".into(), 0, |t, _| t.entry.machine_with_beep.as_mut()),
        ("entry `machine_without_beep`".into(), 0, |t, _| t.entry.machine_without_beep.as_mut()),
        ("entry `called_back`".into(), 0, |t, _| t.entry.called_back.as_mut()),
        ("entry `chat`".into(), 0, |t, _| t.entry.chat.as_mut()),
        ("limit `turns`".into(), 0, |t, _| t.limits.turns.goto.as_mut()),
        ("limit `seconds`".into(), 0, |t, _| t.limits.seconds.goto.as_mut()),
        ("limit `no_match`".into(), 0, |t, _| t.limits.no_match.goto.as_mut()),
        ("limit `silence`".into(), 0, |t, _| t.limits.silence.goto.as_mut()),
    ];
    for (place, rule) in template.globals.rules.iter().enumerate() {
        // The opt-out goes nowhere.
        if rule.intent != GlobalIntent::DoNotCall {
            places.push((format!("global intent `{}`", rule.intent.name()), place, |t, p| {
                t.globals.rules[p].goto.as_mut()
            }));
        }
    }
    for (place, entry) in template.knowledge.iter().enumerate() {
        places.push((format!("knowledge `{}`", entry.name.name), place, |t, p| t.knowledge[p].goto.as_mut()));
    }
    let mut copy = template.clone();
    let mut found = Vec::new();
    for (name, place, way) in places {
        let Some(target) = way(&mut copy, place).map(|target| target.clone()) else { continue };
        let Some(other) = elsewhere(template, &target, dice) else { continue };
        let what = format!("{name} leads to `{other}` instead of `{}`", target.name);
        found.push(Mutant::new(Kind::Transition, target.at, what, move |broken| {
            if let Some(target) = way(broken, place) {
                target.name.clone_from(&other);
            }
        }));
    }
    found
}

/// Another step than `target`.
fn elsewhere(template: &Template, target: &Named, dice: &mut Dice) -> Option<String> {
    let others: Vec<&str> =
        template.steps.iter().map(|step| step.name.name.as_str()).filter(|name| *name != target.name).collect();
    dice.one_of(&others).map(|name| (*name).to_owned())
}

/// The opposite.
fn turned(condition: &Expression) -> Expression {
    match condition {
        Expression::Not(inner) => (**inner).clone(),
        Expression::Compare { left, comparison, right } => {
            use Comparison as C;
            let comparison = match comparison {
                C::Equal => C::NotEqual,
                C::NotEqual => C::Equal,
                C::Less => C::GreaterOrEqual,
                C::LessOrEqual => C::Greater,
                C::Greater => C::LessOrEqual,
                C::GreaterOrEqual => C::Less,
            };
            Expression::Compare { left: left.clone(), comparison, right: right.clone() }
        }
        other => Expression::Not(Box::new(other.clone())),
    }
}
