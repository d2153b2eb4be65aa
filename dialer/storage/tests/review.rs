//! What a trainer has looked at does not come back.
#![allow(clippy::unwrap_used)]

mod common;

use common::{World, at};
use warmline_domain::{CallChange, Outcome, Turn};
use warmline_storage::Verdict;

fn heard(turn: u16, text: &str) -> CallChange {
    let turn = Turn { turn, step: "ask".into(), heard: text.into(), heard_from_ms: Some(900), ..Turn::default() };
    CallChange::Turn(Box::new(turn))
}

#[tokio::test]
async fn calls_in_which_somebody_spoke_are_found_by_template_and_time_the_newest_first() {
    let world = World::new().await;
    let campaign = world.campaign("review", 4).await;
    let mut calls = Vec::new();
    for (nth, person) in world.people(&campaign).await.into_iter().enumerate() {
        let call = world.dial(&campaign, person, 100 * nth as i64).await;
        // The third person said nothing, the fourth call goes on.
        if nth != 2 {
            world.record(call, heard(1, "my knee hurts"), 100 * nth as i64 + 10).await;
        }
        if nth != 3 {
            world.end(call, Outcome::Person, 100 * nth as i64 + 20).await;
        }
        calls.push(call);
    }
    let reminder = &["reminder".to_owned()];
    assert_eq!(world.db.spoken_calls(reminder, None, 10).await.unwrap(), [calls[1], calls[0]]);
    assert_eq!(world.db.spoken_calls(reminder, None, 1).await.unwrap(), [calls[1]]);
    assert_eq!(world.db.spoken_calls(reminder, Some(at(100)), 10).await.unwrap(), [calls[1]]);
    assert_eq!(world.db.spoken_calls(&["survey".to_owned(), "inder".to_owned()], None, 10).await.unwrap(), []);
    assert_eq!(world.db.spoken_calls(&[], None, 10).await.unwrap(), []);
    assert_eq!(world.db.template_names("reminder").await.unwrap(), ["reminder"]);
    assert_eq!(world.db.template_names("inder").await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_verdict_is_kept_and_a_later_one_replaces_it() {
    let world = World::new().await;
    let campaign = world.campaign("review", 1).await;
    let call = world.dial(&campaign, world.people(&campaign).await[0], 10).await;
    world.record(call, heard(1, "my knee hurts"), 11).await;
    world.record(call, heard(2, "never mind"), 12).await;
    world.end(call, Outcome::Person, 20).await;
    let reminder = &["reminder".to_owned()];
    let marked = || async { world.db.reviewed(reminder, None).await.unwrap().into_iter().collect::<Vec<_>>() };
    assert_eq!(marked().await, []);
    world.db.mark_reviewed(&[(call, 2)], &Verdict::Dismissed, None, at(30)).await.unwrap();
    let assigned = Verdict::Assigned("unwell".into());
    world.db.mark_reviewed(&[(call, 1), (call, 2)], &assigned, None, at(40)).await.unwrap();
    assert_eq!(marked().await, [(call, 1), (call, 2)]);
    assert_eq!(world.db.reviewed(reminder, Some(at(11))).await.unwrap().len(), 0);
}
