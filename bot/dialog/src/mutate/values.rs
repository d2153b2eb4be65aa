//! Slots of another type, choices that lack a value, and limits that are half or double what they were.

use super::{Kind, Mutant};
use crate::dice::Dice;
use warmline_schema::{Limit, Retry, SlotShape, SlotType, StepKind, Template};

type LimitOf = fn(&mut Template) -> &mut Limit;

pub(super) fn mutants(template: &Template, dice: &mut Dice) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut copy = template.clone();
    for place in 0..copy.steps.len() {
        let name = copy.steps[place].name.clone();
        for (nth, shape) in copy.steps[place].shapes_mut().into_iter().enumerate() {
            let of = format!("step `{}`: slot type number {}", name.name, nth + 1);
            shape_mutants(shape, &of, dice, &mut |kind, what, change| {
                found.push(Mutant::new(kind, name.at, what, move |broken| {
                    change(broken.steps[place].shapes_mut().remove(nth));
                }));
            });
        }
        for nth in 0..retries(&mut copy.steps[place].kind).len() {
            let Some(attempts) = retries(&mut copy.steps[place].kind)[nth].attempts else { continue };
            let other = other_count(attempts, dice);
            let what = format!("step `{}`: {other} `attempts` instead of {attempts}", name.name);
            found.push(Mutant::new(Kind::Limit, name.at, what, move |broken| {
                retries(&mut broken.steps[place].kind)[nth].attempts = Some(other);
            }));
        }
    }
    let limits: [(&str, LimitOf); 4] = [
        ("turns", |t| &mut t.limits.turns),
        ("seconds", |t| &mut t.limits.seconds),
        ("no_match", |t| &mut t.limits.no_match),
        ("silence", |t| &mut t.limits.silence),
    ];
    for (name, limit) in limits {
        let Limit { most, goto } = limit(&mut copy).clone();
        let other = other_count(most, dice);
        let what = format!("limit `{name}` is {other} instead of {most}");
        let at = goto.map_or(template.entry.person.at, |goto| goto.at);
        found.push(Mutant::new(Kind::Limit, at, what, move |broken| limit(broken).most = other));
    }
    found
}

/// Half or double.
fn other_count(count: u32, dice: &mut Dice) -> u32 {
    if count > 1 && dice.below(2) == 0 { count / 2 } else { count * 2 }
}

fn retries(kind: &mut StepKind) -> Vec<&mut Retry> {
    match kind {
        StepKind::Ask(step) => vec![&mut step.retry],
        StepKind::Collect(step) => vec![&mut step.retry],
        StepKind::Form(step) => step.fields.iter_mut().map(|field| &mut field.retry).chain([&mut step.retry]).collect(),
        _ => Vec::new(),
    }
}

type Change = Box<dyn Fn(&mut SlotShape) + Send + Sync>;

fn shape_mutants(shape: &SlotShape, of: &str, dice: &mut Dice, add: &mut dyn FnMut(Kind, String, Change)) {
    use SlotType as T;
    let others: Vec<SlotType> = [T::YesNo, T::Number, T::Digits, T::Date, T::Time, T::Duration, T::Name, T::Text]
        .into_iter()
        .filter(|kind| *kind != shape.kind)
        .collect();
    if let Some(&other) = dice.one_of(&others) {
        let what = format!("{of} is `{}` instead of `{}`", other.word(), shape.kind.word());
        add(Kind::SlotType, what, Box::new(move |shape| shape.kind = other));
    }
    for (nth, choice) in shape.choices.iter().enumerate() {
        let what = format!("{of}: the choice `{}` is gone", choice.value.name);
        add(Kind::SlotType, what, Box::new(move |shape| drop(shape.choices.remove(nth))));
    }
    if let Some(least) = shape.at_least {
        let other = if least == 0.0 { 1.0 } else { least * 2.0 };
        let what = format!("{of}: `at_least` is {other} instead of {least}");
        add(Kind::Limit, what, Box::new(move |shape| shape.at_least = Some(other)));
    }
    if let Some(most) = shape.at_most {
        let other = if dice.below(2) == 0 { (most / 2.0).floor() } else { most * 2.0 };
        let what = format!("{of}: `at_most` is {other} instead of {most}");
        add(Kind::Limit, what, Box::new(move |shape| shape.at_most = Some(other)));
    }
    if let Some(length) = shape.length {
        let other = if length > 1 && dice.below(2) == 0 { length - 1 } else { length + 1 };
        let what = format!("{of}: `length` is {other} instead of {length}");
        add(Kind::Limit, what, Box::new(move |shape| shape.length = Some(other)));
    }
    if let Some(days) = shape.within_days {
        let other = other_count(days, dice);
        let what = format!("{of}: `within_days` is {other} instead of {days}");
        add(Kind::Limit, what, Box::new(move |shape| shape.within_days = Some(other)));
    }
}
