//! From a conversation that was played to one that is written down as a test.

use super::Plan;
use crate::api::Effect;
use crate::play::{Act, Ending, Exchange, Scene};
use warmline_schema::conversations::{Conversation, Expected, Line, LineKind};
use warmline_schema::{At, Named};

/// The conversation of `scene`, with all that was said and how it stood at the end. `exchanges`: the beginning, then
/// one for each act.
pub fn recorded(name: &str, scene: &Scene<'_>, acts: &[Act], exchanges: &[Exchange]) -> Conversation {
    let mut talk = Vec::new();
    let mut add = |kind: LineKind| talk.push(Line { at: At::default(), kind });
    for (place, exchange) in exchanges.iter().enumerate() {
        if let Some(act) = place.checked_sub(1).and_then(|before| acts.get(before)) {
            add(LineKind::Act(act.clone()));
        }
        let words = exchange.said();
        if !words.is_empty() {
            add(LineKind::Bot { words, within: 0 });
        }
    }
    Conversation {
        name: named(name),
        answered_by: scene.answered_by,
        contact: scene.contact.clone(),
        now: Some(named(&scene.now.format("%Y-%m-%dT%H:%M:%S").to_string())),
        seed: scene.seed,
        must_not: Vec::new(),
        talk,
        expect: at_end(exchanges),
    }
}

/// How it stood at the end.
fn at_end(exchanges: &[Exchange]) -> Expected {
    let Some(last) = exchanges.last() else { return Expected::default() };
    let effects = || exchanges.iter().flat_map(|exchange| &exchange.effects);
    let opted_out = effects().any(|effect| *effect == Effect::OptOut);
    let callback = effects().any(|effect| matches!(effect, Effect::Callback { .. }));
    Expected {
        end: Some(last.ending),
        step: last.step.as_deref().filter(|_| last.ending == Ending::Listening).map(named),
        intent: last.intent.as_deref().map(named),
        tags: Some(last.tags.clone()),
        slots: last.slots.iter().map(|(slot, value)| (named(slot), value.clone())).collect(),
        opt_out: opted_out.then_some(true),
        callback: callback.then_some(true),
        ..Expected::default()
    }
}

/// `conversation` without what the file of `plan` says for all of its conversations.
pub fn fitted(conversation: Conversation, plan: &Plan) -> Conversation {
    let mut fitted = conversation;
    if fitted.now.as_ref().is_some_and(|now| super::local_time(&now.name) == Some(plan.now)) {
        fitted.now = None;
    }
    // What only the file has must be taken away here.
    for name in plan.contact.keys() {
        fitted.contact.entry(name.clone()).or_default();
    }
    fitted.contact.retain(|name, value| plan.contact.get(name) != Some(value));
    fitted
}

fn named(name: &str) -> Named {
    Named { name: name.to_owned(), at: At::default() }
}
