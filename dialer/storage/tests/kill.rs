//! `kill -9` in the middle of a campaign, many times over.
//!
//! The test starts itself again as a child that dials a campaign as fast as it can and says on its output
//! what storage has acknowledged. The parent kills it after a number of lines drawn from a seed, starts
//! the next child one minute later by the campaign's clock, and in the end compares what was said with
//! what is stored.
#![allow(clippy::unwrap_used)]

mod common;

use chrono::{DateTime, Utc};
use common::{World, at, new_call, result};
use sqlx::sqlite::SqliteConnectOptions;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use uuid::Uuid;
use warmline_domain::{CallChange, CampaignId, ContactState, NewCall, Outcome, RetryPolicy, Verdict};
use warmline_storage::{Db, Reservation};

const CHILD: &str = "WARMLINE_TEST_KILL_CHILD";
const TEST: &str = "a_killed_campaign_goes_on_without_a_double_call_or_a_lost_outcome";
const CONTACTS: u32 = 150;
const ROUNDS: u64 = 24;
/// The campaign's clock moves so far between two children.
const ROUND_S: i64 = 60;
const GAP_S: u32 = 600;

fn policy() -> RetryPolicy {
    let mut policy = RetryPolicy { most_attempts: 100, min_gap_s: GAP_S, ..RetryPolicy::default() };
    policy.rules.values_mut().for_each(|rule| (rule.most, rule.gap_s) = (100, GAP_S));
    policy
}

fn say(what: &str, call: Uuid) {
    let mut out = std::io::stdout().lock();
    // The parent may have gone on to kill us: then nobody listens, and that is as it should be.
    let _ = writeln!(out, "ack {what} {call}").and_then(|()| out.flush());
}

/// What the program does: clear up, then dial everybody who may be dialled, four calls at a time.
async fn child(path: &str, campaign: CampaignId, now: DateTime<Utc>) {
    let db = Db::open(path).await.unwrap();
    let lock = db.own_dialing().unwrap();
    db.reconcile_open_attempts(&lock, now).await.unwrap();
    let states = db.contact_states(campaign, None, CONTACTS).await.unwrap();
    let may: Vec<_> = states.into_iter().filter(|s| policy().verdict(&s.history, now) == Verdict::Dial).collect();
    let mut lines = tokio::task::JoinSet::new();
    for part in 0..4 {
        let (db, mine) = (db.clone(), may.iter().skip(part).step_by(4).cloned().collect::<Vec<ContactState>>());
        lines.spawn(async move {
            for state in mine {
                let reserved = db.reserve_attempt(campaign, state.contact, now).await.unwrap();
                let Reservation::Reserved(attempt) = reserved else { panic!("{reserved:?}") };
                db.begin_dialling(attempt.id, &new_call(), now).await.unwrap();
                say("dialled", attempt.id.0);
                db.record(attempt.id, &CallChange::Ringing, now).await.unwrap();
                db.record(attempt.id, &CallChange::Ended(Box::new(result(Outcome::Busy))), now).await.unwrap();
                say("closed", attempt.id.0);
            }
        });
    }
    while let Some(done) = lines.join_next().await {
        done.unwrap();
    }
}

/// Runs a child and kills it after `lines` of its acknowledgements; returns all that it managed to say.
fn run_and_kill(path: &str, campaign: CampaignId, round: u64, lines: usize) -> Vec<(String, Uuid)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(CHILD, format!("{path}|{campaign}|{round}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The test harness writes its own words before ours on the same line.
        let Some((_, ack)) = line.split_once("ack ") else { continue };
        let Some((what, call)) = ack.split_once(' ') else { continue };
        let Ok(call) = call.parse() else { continue };
        said.push((what.to_owned(), call));
        if said.len() == lines {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(status.success() || status.code().is_none(), "the child failed by itself: {status}");
    said
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contact_id: i64,
    state: String,
    dialled_at: Option<i64>,
    closed_at: Option<i64>,
    outcome: Option<String>,
    close_reason: Option<String>,
}

async fn stored(path: &str) -> Vec<Row> {
    let pool = sqlx::SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query_as("SELECT * FROM attempts ORDER BY contact_id, dialled_at").fetch_all(&pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_campaign_goes_on_without_a_double_call_or_a_lost_outcome() {
    if let Ok(task) = std::env::var(CHILD) {
        let [path, campaign, round] = task.split('|').collect::<Vec<_>>()[..] else { panic!("{task}") };
        let now = at(ROUND_S * round.parse::<i64>().unwrap());
        return child(path, CampaignId(campaign.parse().unwrap()), now).await;
    }
    let world = World::new().await;
    let campaign = world.campaign("kill", CONTACTS).await;
    let path = world.db.path().to_str().unwrap().to_owned();
    world.db.close().await;

    let mut random: u64 = 0x5EED;
    let (mut dialled, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines = 1 + (random >> 33) as usize % 60;
        for (what, call) in run_and_kill(&path, campaign.id, round, lines) {
            if what == "closed" {
                closed.insert(call)
            } else {
                dialled.insert(call)
            };
        }
    }
    let db = Db::open(&path).await.unwrap();
    let lock = db.own_dialing().unwrap();
    db.reconcile_open_attempts(&lock, at(ROUND_S * ROUNDS as i64)).await.unwrap();

    let rows = stored(&path).await;
    assert!(rows.iter().all(|r| r.state == "closed"));
    let by_id: BTreeMap<Uuid, &Row> = rows.iter().map(|r| (r.id, r)).collect();
    for call in &dialled {
        assert!(by_id.contains_key(call), "a dialled attempt was lost");
    }
    for call in &closed {
        let row = by_id[call];
        assert_eq!((row.outcome.as_deref(), row.close_reason.as_deref()), (Some("busy"), Some("reported")));
    }
    for pair in rows.windows(2).filter(|p| p[0].contact_id == p[1].contact_id) {
        let (ended, next) = (pair[0].closed_at.unwrap(), pair[1].dialled_at.unwrap());
        assert!(next - ended >= i64::from(GAP_S) * 1000, "contact {} was dialled twice", pair[0].contact_id);
    }
    // The test is worth something only if calls were cut and contacts came round again.
    let interrupted = rows.iter().filter(|r| r.close_reason.as_deref() == Some("interrupted")).count();
    assert!(interrupted >= 5, "only {interrupted} calls were cut");
    assert!(rows.len() > CONTACTS as usize, "only {} attempts", rows.len());
}

#[tokio::test]
async fn start_up_tells_reserved_from_dialled() {
    let world = World::new().await;
    let campaign = world.campaign("restart", 3).await;
    let people = world.people(&campaign).await;
    world.reserve(&campaign, people[0], 10).await;
    let call = world.dial(&campaign, people[1], 10).await;
    world.record(call, CallChange::Tagged { tag: "hot".into() }, 12).await;
    let ended = world.dial(&campaign, people[2], 10).await;
    world.end(ended, Outcome::Person, 15).await;
    let lock = world.db.own_dialing().unwrap();
    let found = world.db.reconcile_open_attempts(&lock, at(100)).await.unwrap();
    assert_eq!((found.released, found.interrupted, found.stopped), (1, vec![call], 0));
    let states = world.db.contact_states(campaign.id, None, 10).await.unwrap();
    assert_eq!(states[0].history.attempts(), 0, "was never dialled, may be dialled now");
    assert_eq!(states[1].history.last(), Some((Outcome::Failed, at(100))), "counts, and waits for its window");
    assert_eq!(states[2].history.last(), Some((Outcome::Person, at(15))));
    let summary = world.db.call(call).await.unwrap().unwrap().summary;
    let result = summary.result.unwrap();
    assert_eq!((result.outcome, result.end_reason.as_str()), (Outcome::Failed, "fault"));
    assert_eq!(result.tags, ["hot"], "what was learnt before the end is kept");
    let call: NewCall = new_call();
    let again = world.reserve(&campaign, people[0], 101).await;
    world.db.begin_dialling(again.id, &call, at(101)).await.unwrap();
}

#[tokio::test]
async fn a_campaign_that_was_stopping_is_stopped_after_a_restart_and_a_running_one_goes_on() {
    use warmline_domain::CampaignState::{Running, Stopped, Stopping};
    let world = World::new().await;
    let (stopping, running) = (world.campaign("a", 1).await, world.campaign("b", 1).await);
    world.db.set_campaign_state(stopping.id, Stopping, at(1)).await.unwrap();
    let lock = world.db.own_dialing().unwrap();
    assert_eq!(world.db.reconcile_open_attempts(&lock, at(2)).await.unwrap().stopped, 1);
    assert_eq!(world.db.campaign(stopping.id).await.unwrap().unwrap().state, Stopped);
    assert_eq!(world.db.campaign(running.id).await.unwrap().unwrap().state, Running);
}
