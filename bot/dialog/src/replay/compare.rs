//! Two templates on the same stored conversation.

use super::{Ending, Next, Replayed, StoredCall, conversation};
use crate::compiled::CompiledTemplate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The turns that differ.
    pub changes: Vec<TurnChange>,
    /// The turn after which the conversation goes another way.
    pub path_differs_at: Option<u16>,
    pub before: Ending,
    pub after: Ending,
}

/// A turn of which the two templates make something different.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnChange {
    /// 1, 2, 3 … within the call.
    pub turn: u16,
    pub before: Replayed,
    pub after: Replayed,
}

impl TurnChange {
    /// Another intent or slot was understood.
    pub fn meaning(&self) -> bool {
        self.before.intent() != self.after.intent()
    }

    /// The conversation goes to another place.
    pub fn path(&self) -> bool {
        way(&self.before) != way(&self.after)
    }
}

/// Hold `call` again with both templates and say what differs: the meaning, the values or the way. Scores and reasons
/// alone are no difference, nor is the way of a conversation that had gone another one before.
pub fn compare(before: &Arc<CompiledTemplate>, after: &Arc<CompiledTemplate>, call: &StoredCall) -> Comparison {
    let (old, new) = (conversation(before, call), conversation(after, call));
    let mut found = Comparison { changes: Vec::new(), path_differs_at: None, before: old.ending, after: new.ending };
    for (old, new) in old.turns.into_iter().zip(new.turns) {
        let followed = found.path_differs_at.is_none() || (old.on_path && new.on_path);
        let change = TurnChange { turn: old.turn, before: old.result, after: new.result };
        let way = followed && change.path();
        if way {
            found.path_differs_at.get_or_insert(change.turn);
        }
        if way || change.meaning() || values(&change.before) != values(&change.after) {
            found.changes.push(change);
        }
    }
    found
}

fn values(result: &Replayed) -> Option<&[(String, String)]> {
    result.reply().map(|reply| reply.slots.as_slice())
}

/// Where it goes, or why it cannot be told.
fn way(result: &Replayed) -> Result<&Next, &Replayed> {
    result.reply().map(|reply| &reply.next).ok_or(result)
}
