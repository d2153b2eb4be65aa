//! One call from its reservation to the report.
#![allow(clippy::unwrap_used)]

mod common;

use common::{World, at, new_call, result};
use warmline_domain::{
    CallChange, CallState, CallbackNote, CallbackState, CampaignState, HandoffReason, HandoffScore, HeardReading,
    Outcome, RecordingFile, Turn, TurnInput, TurnLatency, WeighedIntent,
};
use warmline_storage::{CallCursor, CallFilter, Refusal, Reservation, StorageError};

fn score() -> HandoffScore {
    let reason = HandoffReason { cue: "request".into(), weight: 1.0, detail: "asked for a human".into() };
    HandoffScore { score: 0.9, reasons: vec![reason] }
}

fn turn(number: u16, heard: &str, total_ms: f32) -> Turn {
    Turn {
        turn: number,
        step: "ask".into(),
        point: Some("form:day".into()),
        said: "Can you come on Monday?".into(),
        said_from_ms: 100,
        said_to_ms: 2_000,
        interrupted: true,
        input: Some(TurnInput::Speech),
        heard: heard.into(),
        heard_from_ms: Some(2_100),
        heard_to_ms: Some(3_000),
        confidence: Some(0.75),
        readings: vec![HeardReading { text: heard.into(), confidence: 0.75, expected: true }],
        understood: Some("confirm".into()),
        score: Some(0.5),
        why: Some("keyword `yes`".into()),
        also: vec!["callback".into()],
        alternatives: vec![WeighedIntent { intent: "cancel".into(), score: 0.25 }],
        sentiment: Some(-0.5),
        handoff: Some(score()),
        latency: Some(TurnLatency { total_ms, endpointing_ms: 300.0, asr_ms: 80.0, nlu_dialog_ms: 2.0, tts_ms: 40.0 }),
    }
}

#[tokio::test]
async fn everything_that_happened_can_be_read_again() {
    let world = World::new().await;
    let campaign = world.campaign("one", 1).await;
    let ann = world.people(&campaign).await[0];
    let call = world.dial(&campaign, ann, 10).await;
    let file = RecordingFile { path: "r/1.wav".into(), sample_rate_hz: 8000 };
    let changes = [
        CallChange::Ringing,
        CallChange::Answered,
        CallChange::RecordingStarted(file.clone()),
        CallChange::Detected { answered_by: "person".into() },
        CallChange::Turn(Box::new(turn(1, "yes please", 450.0))),
        CallChange::HandoffRequested {
            reason: "asked for a human".into(),
            skill: Some("sales".into()),
            score: Some(score()),
            by_score: true,
        },
        CallChange::Bridged { agent: "Joan".into(), wait_ms: 900 },
    ];
    for change in changes {
        assert!(world.record(call, change, 12).await);
    }
    let mut end = result(Outcome::Person);
    end.handed_over = true;
    world.record(call, CallChange::Ended(Box::new(end.clone())), 40).await;

    let detail = world.db.call(call).await.unwrap().unwrap();
    assert_eq!(detail.summary.result, Some(end));
    assert_eq!(detail.summary.state, CallState::Ended);
    assert_eq!((detail.summary.started_at, detail.summary.answered_at), (at(10), Some(at(12))));
    assert_eq!(detail.summary.number.as_str(), "7001");
    assert_eq!(detail.turns, [turn(1, "yes please", 450.0)]);
    assert_eq!(detail.recordings, [file]);
    let handoff = detail.handoff.unwrap();
    assert_eq!((handoff.agent.as_deref(), handoff.wait_ms), (Some("Joan"), Some(900)));
    assert_eq!((handoff.score, handoff.by_score), (Some(score()), true), "why a human was needed");
    assert_eq!(detail.variables["name"], "Person 1");

    let progress = world.db.campaign_progress(campaign.id).await.unwrap();
    assert_eq!((progress.contacts, progress.finished, progress.open, progress.attempts), (1, 1, 0, 1));
    assert_eq!((progress.answered, progress.handed_over, progress.talk_ms), (1, 1, 20_000));
    assert_eq!(world.db.turn_latencies(campaign.id).await.unwrap()[0].total_ms, 450.0);
    let report = world.db.campaign_report(campaign.id, None, 10).await.unwrap();
    let last = report[0].last.as_ref().unwrap();
    assert_eq!((last.outcome, last.intent.as_deref(), last.turns), (Outcome::Person, Some("confirm"), 2));
}

#[tokio::test]
async fn a_contact_and_a_telephone_are_rung_once_at_a_time() {
    let world = World::new().await;
    let first = world.campaign("first", 2).await;
    let second = world.campaign("second", 2).await;
    let (here, there) = (world.people(&first).await, world.people(&second).await);
    world.reserve(&first, here[0], 1).await;
    let again = world.db.reserve_attempt(first.id, here[0], at(2)).await.unwrap();
    assert_eq!(again, Reservation::Refused(Refusal::AlreadyOpen));
    // Another list has the same number.
    let elsewhere = world.db.reserve_attempt(second.id, there[0], at(2)).await.unwrap();
    assert_eq!(elsewhere, Reservation::Refused(Refusal::AlreadyOpen));
    let foreign = world.db.reserve_attempt(first.id, there[1], at(2)).await.unwrap();
    assert_eq!(foreign, Reservation::Refused(Refusal::NoSuchContact));
    world.db.set_campaign_state(second.id, CampaignState::Paused, at(3)).await.unwrap();
    let paused = world.db.reserve_attempt(second.id, there[1], at(4)).await.unwrap();
    assert_eq!(paused, Reservation::Refused(Refusal::NotRunning));
}

#[tokio::test]
async fn many_tasks_that_want_the_same_contacts_share_them_out() {
    let world = World::new().await;
    let campaign = world.campaign("race", 20).await;
    let people = world.people(&campaign).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (db, people, id) = (world.db.clone(), people.clone(), campaign.id);
            tokio::spawn(async move {
                let mut won = Vec::new();
                for person in people {
                    if let Reservation::Reserved(a) = db.reserve_attempt(id, person, at(1)).await.unwrap() {
                        won.push(a.contact);
                    }
                }
                won
            })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        won.extend(task.await.unwrap());
    }
    won.sort();
    assert_eq!(won, people);
}

#[tokio::test]
async fn the_planner_sees_what_happened() {
    let world = World::new().await;
    let campaign = world.campaign("states", 3).await;
    let people = world.people(&campaign).await;
    let call = world.dial(&campaign, people[0], 10).await;
    let state = world.db.contact_state(campaign.id, people[0]).await.unwrap().unwrap();
    assert!(state.open_attempt && state.history.attempts() == 0);
    world.end(call, Outcome::Busy, 20).await;
    world.reserve(&campaign, people[1], 30).await;
    let states = world.db.contact_states(campaign.id, None, 10).await.unwrap();
    assert_eq!(states.iter().map(|s| s.contact).collect::<Vec<_>>(), people);
    assert_eq!(states[0].history.last(), Some((Outcome::Busy, at(20))));
    assert_eq!(states.iter().map(|s| s.open_attempt).collect::<Vec<_>>(), [false, true, false]);
    let page = world.db.contact_states(campaign.id, Some(people[0]), 1).await.unwrap();
    assert_eq!(page[0], states[1]);
    let second = world.reserve(&campaign, people[0], 700).await;
    assert_eq!(second.ordinal, 2);
}

#[tokio::test]
async fn a_released_reservation_never_was() {
    let world = World::new().await;
    let campaign = world.campaign("release", 1).await;
    let ann = world.people(&campaign).await[0];
    let attempt = world.reserve(&campaign, ann, 1).await;
    assert!(world.db.release_attempt(attempt.id).await.unwrap());
    assert_eq!(world.reserve(&campaign, ann, 2).await.ordinal, 1);
    let call = world.db.contact_state(campaign.id, ann).await.unwrap().unwrap();
    assert!(call.open_attempt);
    assert!(!world.db.release_attempt(attempt.id).await.unwrap(), "the old one is gone");
    let error = world.db.begin_dialling(attempt.id, &new_call(), at(3)).await.unwrap_err();
    assert!(matches!(error, StorageError::Missing { .. }), "{error}");
}

#[tokio::test]
async fn changes_that_come_twice_or_late_do_no_harm() {
    let world = World::new().await;
    let campaign = world.campaign("twice", 1).await;
    let ann = world.people(&campaign).await[0];
    let call = world.dial(&campaign, ann, 10).await;
    world.record(call, CallChange::Turn(Box::new(turn(1, "yes", 400.0))), 11).await;
    world.record(call, CallChange::Turn(Box::new(turn(1, "yes", 400.0))), 11).await;
    for tag in ["hot", "hot"] {
        world.record(call, CallChange::Tagged { tag: tag.into() }, 11).await;
    }
    assert!(world.end(call, Outcome::Person, 20).await);
    assert!(!world.end(call, Outcome::Failed, 30).await);
    assert!(!world.record(call, CallChange::OptedOut, 31).await);
    let detail = world.db.call(call).await.unwrap().unwrap();
    assert_eq!(detail.turns.len(), 1);
    assert_eq!(detail.summary.result.unwrap().outcome, Outcome::Person);
}

#[tokio::test]
async fn an_opt_out_acts_at_once_and_takes_back_every_promise() {
    let world = World::new().await;
    let campaign = world.campaign("out", 1).await;
    let ann = world.people(&campaign).await[0];
    let call = world.dial(&campaign, ann, 10).await;
    let later = CallChange::CallbackRequested { due_at: Some(at(5000)), reason: "busy now".into() };
    world.record(call, later.clone(), 11).await;
    world.record(call, CallChange::OptedOut, 12).await;
    let number = &world.db.contact(ann).await.unwrap().unwrap().data.number;
    assert!(world.db.is_dnc(number).await.unwrap(), "before the call has ended");
    assert_eq!(world.db.callbacks(None, CallbackState::Waiting, 10).await.unwrap(), []);
    // A promise after the opt-out is not written either.
    world.record(call, later, 13).await;
    assert_eq!(world.db.callbacks(None, CallbackState::Waiting, 10).await.unwrap(), []);
    world.end(call, Outcome::Person, 14).await;
    let again = world.db.reserve_attempt(campaign.id, ann, at(9000)).await.unwrap();
    assert_eq!(again, Reservation::Refused(Refusal::DoNotCall));
    assert_eq!(world.db.dnc_in_list(campaign.data.list).await.unwrap().len(), 1);
    assert_eq!(world.db.dnc_updated_at().await.unwrap(), None, "an opt-out is not an update of the register");
}

#[tokio::test]
async fn a_promised_callback_is_kept_by_the_next_call_that_reaches_the_person() {
    let world = World::new().await;
    let campaign = world.campaign("back", 1).await;
    let ann = world.people(&campaign).await[0];
    let waiting = || async { world.db.callbacks(Some(campaign.id), CallbackState::Waiting, 10).await.unwrap() };
    let first = world.dial(&campaign, ann, 10).await;
    world.record(first, CallChange::HandoffFailed { reason: "no agent answered".into() }, 11).await;
    world
        .record(first, CallChange::CallbackRequested { due_at: Some(at(5000)), reason: "named a time".into() }, 12)
        .await;
    world.end(first, Outcome::Person, 20).await;
    let promised = waiting().await;
    assert_eq!(promised.len(), 1, "one call promises one callback");
    assert_eq!((promised[0].data.due_at, promised[0].data.reason.as_str()), (Some(at(5000)), "named a time"));
    let busy = world.dial(&campaign, ann, 5000).await;
    world.end(busy, Outcome::Busy, 5010).await;
    let state = world.db.contact_state(campaign.id, ann).await.unwrap().unwrap();
    assert_eq!(state.callback, Some(CallbackNote { due_at: Some(at(5000)), attempts: 1 }));
    let reached = world.dial(&campaign, ann, 6000).await;
    world.end(reached, Outcome::Person, 6010).await;
    assert_eq!(waiting().await, []);
}

#[tokio::test]
async fn calls_are_found_by_what_they_were_and_what_was_said_page_by_page() {
    let world = World::new().await;
    let campaign = world.campaign("find", 5).await;
    for (i, person) in world.people(&campaign).await.into_iter().enumerate() {
        let i = i as i64;
        // Three of them in the same millisecond, so that time alone does not order them.
        let call = world.dial(&campaign, person, 10 + i / 3).await;
        let heard = if i == 2 { "100% sure_thing" } else { "certainly" };
        world.record(call, CallChange::Turn(Box::new(turn(1, heard, 1.0))), 20).await;
        world.end(call, if i == 4 { Outcome::Busy } else { Outcome::Person }, 30).await;
    }
    let find = |filter: CallFilter| {
        let db = world.db.clone();
        async move { db.calls(&filter, None, 10).await.unwrap().into_iter().map(|c| c.name).collect::<Vec<_>>() }
    };
    let text = |t: &str| CallFilter { text: Some(t.into()), ..CallFilter::default() };
    assert_eq!(find(text("100% SURE_")).await, ["Person 3"]);
    assert_eq!(find(text("100%x")).await, [""; 0]);
    assert_eq!(find(text("son 2")).await, ["Person 2"]);
    assert_eq!(find(CallFilter { outcome: Some(Outcome::Busy), ..CallFilter::default() }).await, ["Person 5"]);
    assert_eq!(find(CallFilter { started_from: Some(at(11)), ..CallFilter::default() }).await.len(), 2);
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = world.db.calls(&CallFilter::default(), cursor, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        cursor = Some(CallCursor::from(last));
        seen.extend(page.into_iter().map(|c| c.name));
    }
    seen.sort();
    assert_eq!(seen, ["Person 1", "Person 2", "Person 3", "Person 4", "Person 5"]);
}

#[tokio::test]
async fn the_feed_tells_every_change_once_and_in_order() {
    let world = World::new().await;
    let campaign = world.campaign("feed", 1).await;
    let ann = world.people(&campaign).await[0];
    let before = world.db.feed_head().await.unwrap();
    let call = world.dial(&campaign, ann, 10).await;
    world.record(call, CallChange::Ringing, 11).await;
    world.end(call, Outcome::NoAnswer, 20).await;
    world.end(call, Outcome::NoAnswer, 20).await;
    let events = world.db.feed_after(before, 100).await.unwrap();
    let names: Vec<_> = events.iter().map(|e| e.data["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["dialling", "ringing", "ended"]);
    assert!(events.iter().all(|e| e.call == Some(call) && e.campaign == Some(campaign.id)));
    assert_eq!(events[2].data["outcome"], "no_answer");
    let rest = world.db.feed_after(events[0].id, 100).await.unwrap();
    assert_eq!(rest, events[1..]);
    assert_eq!(world.db.prune_feed(at(15)).await.unwrap(), before as u64 + 2);
    assert_eq!(world.db.feed_after(0, 100).await.unwrap(), events[2..], "ids are never used again");
}

#[tokio::test]
async fn progress_counts_contacts_that_will_not_be_dialled_again() {
    let world = World::new().await;
    let campaign = world.campaign("progress", 6).await;
    let people = world.people(&campaign).await;
    let plan: [&[Outcome]; 5] = [
        &[Outcome::Person],
        &[Outcome::Busy],
        &[Outcome::Busy, Outcome::NoAnswer, Outcome::Busy],
        &[Outcome::InvalidNumber],
        &[Outcome::Failed, Outcome::Machine],
    ];
    for (person, outcomes) in people.iter().zip(plan) {
        for (i, outcome) in outcomes.iter().enumerate() {
            let s = 10 + 1000 * i as i64;
            let call = world.dial(&campaign, *person, s).await;
            world.end(call, *outcome, s + 5).await;
        }
    }
    world.reserve(&campaign, people[5], 9000).await;
    let progress = world.db.campaign_progress(campaign.id).await.unwrap();
    assert_eq!((progress.contacts, progress.tried, progress.finished, progress.open), (6, 5, 4, 1));
    assert_eq!(progress.attempts, 8);
    assert_eq!(progress.outcomes[&Outcome::Busy], 3);
    assert_eq!(progress.outcomes.get(&Outcome::Declined), None);
}
