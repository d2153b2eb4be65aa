//! A whole stored conversation, held again with a template.

use super::{Input, Next, Replayed, StoredCall, StoredTurn, answer, began, next, point, stand};
use crate::api::{DialogEvent, Effect, Entry, HangupReason};
use crate::compiled::CompiledTemplate;
use crate::dialog::Dialog;
use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What became of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// One for each stored turn with an answer.
    pub turns: Vec<TurnRun>,
    pub ending: Ending,
}

/// What became of one turn.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRun {
    pub turn: u16,
    /// The conversation stood where the stored one stood. Otherwise it was put there.
    pub on_path: bool,
    pub result: Replayed,
}

/// How a conversation would have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Handed to a human.
    Transferred,
    /// The template's end.
    Completed,
    /// A limit: not understood too often, silence, turns, seconds.
    GaveUp,
    /// The person hung up while the bot listened.
    Left,
    /// Something in the platform failed.
    Fault,
    /// The person would have been asked something that was never asked.
    Unknown,
}

impl Ending {
    /// The name in files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transferred => "transferred",
            Self::Completed => "completed",
            Self::GaveUp => "gave_up",
            Self::Left => "left",
            Self::Fault => "fault",
            Self::Unknown => "unknown",
        }
    }

    fn of(doing: Option<&Next>) -> Self {
        match doing {
            Some(Next::HandsOver) => Self::Transferred,
            Some(Next::Ends(HangupReason::Completed)) => Self::Completed,
            Some(Next::Ends(HangupReason::Limit)) => Self::GaveUp,
            Some(Next::Ends(HangupReason::Fault)) => Self::Fault,
            Some(Next::Listens { .. } | Next::Asks) | None => Self::Unknown,
        }
    }
}

/// Hold `call` again with `template`.
pub fn conversation(template: &Arc<CompiledTemplate>, call: &StoredCall) -> Run {
    let dialog = Dialog::new(Arc::clone(template), call.variables.clone(), 1);
    let mut walk = Walk { template, call, dialog, doing: None, left: None, time_up: false };
    let first = call.turns.first().map(|turn| turn.step.as_str());
    let entry = match call.entry {
        Entry::Person => began(template, &call.variables, first, call.answered_at),
        other => other,
    };
    walk.event(DialogEvent::Answered(entry), call.answered_at);
    let answers = call.turns.iter().filter(|turn| turn.input != Input::Nothing);
    let turns: Vec<TurnRun> = answers.map(|turn| walk.turn(turn)).collect();
    let end = match walk.doing {
        Some(Next::Listens { .. }) => Ending::Left,
        ref doing => Ending::of(doing.as_ref()),
    };
    Run { turns, ending: walk.left.unwrap_or(end) }
}

struct Walk<'a> {
    template: &'a Arc<CompiledTemplate>,
    call: &'a StoredCall,
    dialog: Dialog,
    /// What the conversation does now.
    doing: Option<Next>,
    /// It has left the stored one's way, and this is how it ended there.
    left: Option<Ending>,
    time_up: bool,
}

impl Walk<'_> {
    fn event(&mut self, event: DialogEvent, now: NaiveDateTime) {
        let effects: Vec<Effect> = self.dialog.handle(event, now);
        if let Some(next) = next(self.template, &effects) {
            self.doing = Some(next);
        }
    }

    fn turn(&mut self, turn: &StoredTurn) -> TurnRun {
        let now = self.call.answered_at + TimeDelta::milliseconds(i64::from(turn.at_ms));
        self.catch_up(turn, now);
        let on_path = self.stands_at(turn);
        let stood = if on_path { self.doing.clone().ok_or(Replayed::NoStep) } else { self.jump(turn) };
        let result = match stood {
            Ok(before) => {
                let reply = answer(self.template, &mut self.dialog, turn, now, before);
                self.doing = Some(reply.next.clone());
                Replayed::Reply(Box::new(reply))
            }
            Err(gone) => gone,
        };
        TurnRun { turn: turn.turn, on_path, result }
    }

    /// What happened between the turns: the limit on seconds, an agent who did not come.
    fn catch_up(&mut self, turn: &StoredTurn, now: NaiveDateTime) {
        let late = self.template.limit_ms().is_some_and(|limit| u64::from(turn.at_ms) >= limit);
        if late && !std::mem::replace(&mut self.time_up, true) && !self.stands_at(turn) {
            self.event(DialogEvent::TimeUp, now);
        }
        if self.doing == Some(Next::HandsOver) && self.call.handoff_failed {
            self.event(DialogEvent::HandoffFailed { reason: "nobody answered in time".to_owned() }, now);
        }
    }

    fn stands_at(&self, turn: &StoredTurn) -> bool {
        let Ok(point) = point(self.template, turn, self.dialog.slots()) else { return false };
        self.doing == Some(super::listens(self.template, point))
    }

    /// Go where the stored turn was heard.
    fn jump(&mut self, turn: &StoredTurn) -> Result<Next, Replayed> {
        if self.doing == Some(Next::Asks) {
            // The other system's answer is not stored; what the call knew at its end is the best guess.
            for (name, value) in &self.call.slots {
                self.dialog.slots.entry(name.clone()).or_insert_with(|| value.clone());
            }
        } else {
            self.left.get_or_insert(Ending::of(self.doing.as_ref()));
        }
        stand(self.template, &mut self.dialog, turn, &self.call.slots)
    }
}
