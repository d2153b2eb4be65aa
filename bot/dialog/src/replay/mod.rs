//! Stored conversations held again: what a template makes now of what was really said.
//!
//! [`turn`] asks about one stored turn. [`conversation`] follows a whole call: as long as the template goes the way the
//! call went, its own state decides; where it leaves that way, the rest is asked turn by turn, and how the call would
//! have ended is known only if it ended right there. [`compare`] puts two templates side by side.

mod compare;
mod run;

pub use compare::{Comparison, TurnChange, compare};
pub use run::{Ending, Run, TurnRun, conversation};

use crate::api::{DialogEvent, Effect, Entry, HangupReason, Understanding, Utterance};
use crate::compiled::CompiledTemplate;
use crate::context::{Part, Point};
use crate::dialog::{Dialog, Listening, Variables};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_schema::StepKind;

/// A conversation as it was stored.
#[derive(Clone, Debug)]
pub struct StoredCall {
    /// The contact's data.
    pub variables: Variables,
    /// The person's local time.
    pub answered_at: NaiveDateTime,
    /// [`Entry::Person`] also for a call that the person had asked for: see [`began`].
    pub entry: Entry,
    /// Values at the end of the call: what other systems answered is taken from here.
    pub slots: BTreeMap<String, String>,
    /// A handover was wanted and nobody came.
    pub handoff_failed: bool,
    /// In order.
    pub turns: Vec<StoredTurn>,
}

/// One answer as it was stored.
#[derive(Clone, Debug)]
pub struct StoredTurn {
    /// 1, 2, 3 … within the call.
    pub turn: u16,
    /// Milliseconds since the answer.
    pub at_ms: u32,
    /// The step that listened.
    pub step: String,
    /// Which question of the step was open: `answer`, `confirm`, or `form:` and a slot. Absent in older records.
    pub point: Option<String>,
    pub input: Input,
}

/// What the person did.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Speech(Utterance),
    /// Keys, one after the other.
    Keys(String),
    Silence,
    /// The turn has no answer: the last words of a call.
    Nothing,
}

/// What a template makes of a stored turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replayed {
    Reply(Box<Reply>),
    /// The step is not there any more, or does not listen.
    NoStep,
    /// The step does not ask this any more.
    NoPoint,
}

/// What was understood and what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Absent where nothing is decided yet: silence, a number that is being typed, a value that is read back.
    pub understanding: Option<Understanding>,
    /// Values that were set, in order.
    pub slots: Vec<(String, String)>,
    /// Where the conversation goes.
    pub next: Next,
}

/// What a conversation does after an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    Listens {
        step: String,
        point: String,
    },
    HandsOver,
    /// Another system is asked; what it would answer is not known.
    Asks,
    Ends(HangupReason),
}

impl Replayed {
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Reply(reply) => Some(reply),
            Self::NoStep | Self::NoPoint => None,
        }
    }

    /// What was understood: an intent or `slot:NAME`.
    pub fn intent(&self) -> Option<&str> {
        self.reply()?.understanding.as_ref()?.intent.as_deref()
    }
}

/// Where a conversation with a person began, whose first stored turn was heard at `first`: [`Entry::CalledBack`] or
/// [`Entry::Person`]. Whether they had asked for the call is not stored, but `template` tells it by where it goes.
pub fn began(
    template: &Arc<CompiledTemplate>,
    variables: &Variables,
    first: Option<&str>,
    answered_at: NaiveDateTime,
) -> Entry {
    let entry = &template.template().entry;
    let (Some(first), Some(called_back)) = (first, &entry.called_back) else { return Entry::Person };
    let listens_there = |entry: Entry| {
        let mut dialog = Dialog::new(Arc::clone(template), variables.clone(), 1);
        let effects = dialog.handle(DialogEvent::Answered(entry), answered_at);
        matches!(next(template, &effects), Some(Next::Listens { step, .. }) if step == first)
    };
    let is_entry = called_back.name == first || listens_there(Entry::CalledBack);
    if is_entry && !listens_there(Entry::Person) { Entry::CalledBack } else { Entry::Person }
}

/// What `template` makes of one stored turn. `slots`: the values known before it; `now`: the person's local time.
pub fn turn(
    template: &Arc<CompiledTemplate>,
    variables: &Variables,
    slots: &BTreeMap<String, String>,
    turn: &StoredTurn,
    now: NaiveDateTime,
) -> Replayed {
    let mut dialog = Dialog::new(Arc::clone(template), variables.clone(), 1);
    dialog.slots.clone_from(slots);
    match stand(template, &mut dialog, turn, slots) {
        Ok(next) => Replayed::Reply(Box::new(answer(template, &mut dialog, turn, now, next))),
        Err(gone) => gone,
    }
}

/// Let `dialog` hear what the turn holds. `before`: what it was doing.
fn answer(
    template: &CompiledTemplate,
    dialog: &mut Dialog,
    turn: &StoredTurn,
    now: NaiveDateTime,
    before: Next,
) -> Reply {
    let effects = match &turn.input {
        Input::Speech(utterance) => dialog.handle(DialogEvent::Heard(utterance.clone()), now),
        Input::Keys(keys) => keys.chars().flat_map(|key| dialog.handle(DialogEvent::Key(key), now)).collect(),
        Input::Silence => dialog.handle(DialogEvent::Silence, now),
        Input::Nothing => Vec::new(),
    };
    let next = next(template, &effects).unwrap_or(before);
    let mut reply = Reply { understanding: None, slots: Vec::new(), next };
    for effect in effects {
        match effect {
            Effect::Understood(understanding) => reply.understanding = Some(understanding),
            Effect::SetSlot { name, value } => reply.slots.push((name, value)),
            _ => {}
        }
    }
    reply
}

/// What the conversation does after `effects`; none when they change nothing of it.
fn next(template: &CompiledTemplate, effects: &[Effect]) -> Option<Next> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Listen(listen) => Some(listens(template, template.point_at(listen.context)?)),
        Effect::HandOver { .. } => Some(Next::HandsOver),
        Effect::Http(_) => Some(Next::Asks),
        Effect::Hangup(reason) => Some(Next::Ends(*reason)),
        _ => None,
    })
}

fn listens(template: &CompiledTemplate, point: Point) -> Next {
    let step = template.template().steps.get(point.step).map_or("", |step| step.name.name.as_str());
    Next::Listens { step: step.to_owned(), point: point.name(template.template()) }
}

/// Put `dialog` where the turn was heard. `known`: values that may be there, for those that were read back.
fn stand(
    template: &CompiledTemplate,
    dialog: &mut Dialog,
    turn: &StoredTurn,
    known: &BTreeMap<String, String>,
) -> Result<Next, Replayed> {
    let point = point(template, turn, &dialog.slots)?;
    let pending = if point.confirms() { read_back(template, point, known) } else { Vec::new() };
    dialog.slots.extend(pending.iter().cloned());
    dialog.stand_at(Listening { point, pending, keyed: String::new() });
    Ok(listens(template, point))
}

/// The place that the turn names. Older records name none: then the step's question, or the first empty field of a form.
fn point(template: &CompiledTemplate, turn: &StoredTurn, slots: &BTreeMap<String, String>) -> Result<Point, Replayed> {
    let (step, definition) = template.template().step(&turn.step).ok_or(Replayed::NoStep)?;
    let points: Vec<Point> = template.points_of(step).collect();
    if points.is_empty() {
        return Err(Replayed::NoStep);
    }
    if let Some(name) = &turn.point {
        let named = points.into_iter().find(|point| point.name(template.template()) == *name);
        return named.ok_or(Replayed::NoPoint);
    }
    let open = |point: &Point| match (point.part, &definition.kind) {
        (Part::Field(place), StepKind::Form(form)) => {
            form.fields.get(place).is_some_and(|field| slots.get(&field.slot.name).is_none_or(String::is_empty))
        }
        _ => true,
    };
    points.into_iter().find(open).ok_or(Replayed::NoPoint)
}

/// The values of a `collect` that a read-back asks about, as far as they are known.
fn read_back(template: &CompiledTemplate, point: Point, known: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let Some(StepKind::Collect(collect)) = template.template().steps.get(point.step).map(|step| &step.kind) else {
        return Vec::new();
    };
    let names = std::iter::once(&collect.slot).chain(collect.also.as_ref().map(|(slot, _)| slot));
    names.filter_map(|slot| Some((slot.name.clone(), known.get(&slot.name)?.clone()))).collect()
}
