//! Two texts on the stored conversations.

use super::Pair;
use crate::templates::review::{Stored, ready};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::play::Embed;
use warmline_dialog::replay::{self, Ending, Input, Next, Replayed, StoredCall};
use warmline_dialog::review::masked;
use warmline_domain::Rate;

/// Changes that are listed, the most frequent first.
const SHOWN: usize = 100;
/// Calls named for each.
const EXAMPLES: usize = 3;

/// What two texts make of the same conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// Stored conversations, and the answers in them.
    pub calls: usize,
    pub answers: usize,
    /// Answers that mean something else, those with the same words together.
    pub meanings: Vec<MeaningChange>,
    /// How many answers that are.
    pub changed_answers: usize,
    /// Where conversations part, those at the same place together.
    pub ways: Vec<WayChange>,
    /// How many conversations do.
    pub changed_calls: usize,
    /// Conversations whose end is known with both texts; the rates are of these.
    pub comparable: usize,
    /// Share that an agent would have got, before and after: 0 to 1.
    pub transferred: Before<f64>,
    /// Share that would have reached the template's end.
    pub completed: Before<f64>,
}

/// Something before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Before<T> {
    pub from: Option<T>,
    pub to: Option<T>,
}

/// Words that mean something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeaningChange {
    pub step: String,
    /// Names and long numbers hidden; a key as it is.
    pub heard: String,
    /// Intent or `slot:NAME`; absent: not understood.
    pub from: Option<String>,
    pub to: Option<String>,
    pub count: usize,
    /// Some of the calls.
    pub calls: Vec<String>,
}

/// A place at which conversations part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WayChange {
    pub step: String,
    /// Where they went, in words: a step, `an agent`, `the end` …
    pub from: String,
    pub to: String,
    pub count: usize,
    /// Some of the calls.
    pub calls: Vec<String>,
}

/// Step, words, and what they meant before and after.
type Meant = (String, String, Option<String>, Option<String>);

/// Holds every conversation with both texts. Blocking; a few milliseconds a call.
///
/// # Errors
/// One of the texts has errors.
pub fn compare(pair: &Pair, stored: &Stored, embed: Embed<'_>) -> Result<Comparison, String> {
    let (before, after) = (usable(&pair.from, &mut *embed)?, usable(&pair.to, &mut *embed)?);
    let mut found = Comparison { calls: stored.calls.len(), ..Comparison::default() };
    let mut meanings: BTreeMap<Meant, Vec<String>> = BTreeMap::new();
    let mut ways: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    let mut endings: Vec<(Ending, Ending)> = Vec::new();
    for heard in &stored.calls {
        let call = heard.stored_call(&mut *embed);
        let (id, name) = (heard.detail.summary.id.to_string(), heard.detail.summary.name.as_str());
        found.answers += call.turns.iter().filter(|turn| turn.input != Input::Nothing).count();
        let difference = replay::compare(&before, &after, &call);
        endings.push((difference.before, difference.after));
        for change in difference.changes.iter().filter(|change| change.meaning()) {
            let (step, words) = said(&call, change.turn, name);
            let key = (step, words, meaning(&change.before), meaning(&change.after));
            meanings.entry(key).or_default().push(id.clone());
            found.changed_answers += 1;
        }
        let parting = difference.path_differs_at.and_then(|turn| difference.changes.iter().find(|c| c.turn == turn));
        if let Some(change) = parting {
            let (step, _) = said(&call, change.turn, name);
            ways.entry((step, way(&change.before), way(&change.after))).or_default().push(id);
            found.changed_calls += 1;
        }
    }
    found.meanings = most_first(meanings, |(step, heard, from, to), count, calls| MeaningChange {
        step,
        heard,
        from,
        to,
        count,
        calls,
    });
    found.ways = most_first(ways, |(step, from, to), count, calls| WayChange { step, from, to, count, calls });
    endings.retain(|(before, after)| *before != Ending::Unknown && *after != Ending::Unknown);
    found.comparable = endings.len();
    let share = |which: fn(&(Ending, Ending)) -> Ending, wanted| {
        let count = endings.iter().filter(|pair| which(pair) == wanted).count() as u64;
        Rate { count, of: endings.len() as u64 }.share()
    };
    let both = |wanted| Before { from: share(|pair| pair.0, wanted), to: share(|pair| pair.1, wanted) };
    found.transferred = both(Ending::Transferred);
    found.completed = both(Ending::Completed);
    Ok(found)
}

fn usable((name, text): &(String, String), embed: Embed<'_>) -> Result<Arc<CompiledTemplate>, String> {
    ready(text, embed).map_err(|why| format!("version {name} cannot be used: {why}"))
}

fn most_first<K: Ord, T>(found: BTreeMap<K, Vec<String>>, made: impl Fn(K, usize, Vec<String>) -> T) -> Vec<T> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.len()));
    let one = |(key, mut calls): (K, Vec<String>)| {
        let count = calls.len();
        calls.dedup();
        calls.truncate(EXAMPLES);
        made(key, count, calls)
    };
    found.into_iter().take(SHOWN).map(one).collect()
}

/// The step of a turn, and what was said in it.
fn said(call: &StoredCall, turn: u16, name: &str) -> (String, String) {
    let Some(turn) = call.turns.iter().find(|known| known.turn == turn) else { return Default::default() };
    let words = match &turn.input {
        Input::Speech(utterance) => {
            utterance.readings.first().map(|best| masked(&best.text, &[name])).unwrap_or_default()
        }
        Input::Keys(keys) => format!("key {keys}"),
        Input::Silence | Input::Nothing => "silence".to_owned(),
    };
    (turn.step.clone(), words)
}

fn meaning(replayed: &Replayed) -> Option<String> {
    replayed.intent().map(str::to_owned)
}

fn way(replayed: &Replayed) -> String {
    match replayed.reply().map(|reply| &reply.next) {
        Some(Next::Listens { step, .. }) => step.clone(),
        Some(Next::HandsOver) => "an agent".to_owned(),
        Some(Next::Asks) => "another system".to_owned(),
        Some(Next::Ends(reason)) => match reason {
            warmline_dialog::HangupReason::Completed => "the end".to_owned(),
            warmline_dialog::HangupReason::Limit => "the end at a limit".to_owned(),
            warmline_dialog::HangupReason::Fault => "the end by a fault".to_owned(),
        },
        None => "a step that is not there".to_owned(),
    }
}

impl Comparison {
    /// Two lines for somebody who is about to publish.
    pub fn short(&self) -> String {
        if self.calls == 0 {
            return "no stored conversation to compare on".to_owned();
        }
        let percent = |before: &Before<f64>| match (before.from, before.to) {
            (Some(from), Some(to)) => format!("{:.1} → {:.1} %", from * 100.0, to * 100.0),
            _ => "not known".to_owned(),
        };
        format!(
            "on {} stored conversations with {} answers: {} answers mean something else, {} conversations go another way\n\
             of {} whose end can be told: transferred {}, completed {}",
            self.calls,
            self.answers,
            self.changed_answers,
            self.changed_calls,
            self.comparable,
            percent(&self.transferred),
            percent(&self.completed),
        )
    }
}
