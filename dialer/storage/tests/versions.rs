//! Versions of a template: what may follow what, what new calls get, what is written down, and `kill -9`.
#![allow(clippy::unwrap_used)]

mod common;

use common::{World, at, new_call, result};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use warmline_domain::{
    CallChange, NewCall, NewVersion, Outcome, Role, Serving, Share, TemplateVersion, Turn, VersionState,
};
use warmline_storage::{Db, StorageError};

const TEMPLATE: &str = "reminder";

fn new(text: &str) -> NewVersion {
    NewVersion {
        template: TEMPLATE.into(),
        sha256: format!("sha of {text}"),
        text: text.into(),
        tests: format!("tests of {text}"),
        note: String::new(),
        by: None,
        canary: None,
    }
}

fn canary(text: &str, percent: u8) -> NewVersion {
    NewVersion { canary: Some(Share::try_from(percent).unwrap()), ..new(text) }
}

async fn publish(db: &Db, version: NewVersion) -> TemplateVersion {
    db.publish_version(&version, at(1)).await.unwrap()
}

/// Number of the live version, and of the canary with its share.
fn numbers(serving: Option<Serving>) -> Option<(u32, Option<(u32, u8)>)> {
    serving.map(|s| (s.live.number, s.canary.map(|(mark, share)| (mark.number, share.percent()))))
}

fn refusal(error: StorageError) -> String {
    match error {
        StorageError::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_version_goes_from_canary_to_live_to_archived_and_back() {
    let world = World::new().await;
    let db = &world.db;
    assert_eq!(db.serving(TEMPLATE).await.unwrap(), None);
    let first = publish(db, new("one")).await;
    assert_eq!((first.mark.number, first.state, first.live_at), (1, VersionState::Live, Some(at(1))));
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((1, None)));

    let tried = publish(db, canary("two", 10)).await;
    assert_eq!((tried.mark.number, tried.state, tried.live_at), (2, VersionState::Canary, None));
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((1, Some((2, 10)))));
    db.set_canary_share(TEMPLATE, Share::try_from(50).unwrap(), None, at(2)).await.unwrap();
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((1, Some((2, 50)))));
    db.promote_canary(TEMPLATE, None, at(3)).await.unwrap();
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((2, None)));

    publish(db, canary("three", 1)).await;
    db.stop_canary(TEMPLATE, None, at(4)).await.unwrap();
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((2, None)));
    publish(db, new("four")).await;
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((4, None)));
    let states: Vec<_> = db.versions(TEMPLATE).await.unwrap().into_iter().map(|v| (v.mark.number, v.state)).collect();
    use VersionState::{Archived, Live};
    assert_eq!(states, [(4, Live), (3, Archived), (2, Archived), (1, Archived)]);
    assert_eq!(db.version(TEMPLATE, 3).await.unwrap().unwrap().tests, "tests of three");
    assert_eq!(db.version_text("sha of one").await.unwrap().as_deref(), Some("one"));
    assert_eq!(db.version(TEMPLATE, 9).await.unwrap(), None);
    assert_eq!(db.serving("another").await.unwrap(), None);
}

#[tokio::test]
async fn rolling_back_takes_the_canary_first_then_what_was_live_before() {
    let world = World::new().await;
    let db = &world.db;
    for version in [new("one"), new("two"), canary("three", 5)] {
        publish(db, version).await;
    }
    let back = async |to| db.roll_back(TEMPLATE, to, None, at(5)).await.map(|r| (r.live.mark.number, r.withdrawn));
    assert_eq!(back(None).await.unwrap(), (2, vec![3]), "the canary is withdrawn, the live version stays");
    assert_eq!(back(None).await.unwrap(), (1, vec![2]), "the stopped canary was never live");
    assert!(refusal(back(None).await.unwrap_err()).contains("there is none before it"));
    assert!(refusal(back(Some(1)).await.unwrap_err()).contains("is live already"));
    assert!(matches!(back(Some(7)).await, Err(StorageError::Missing { what: "version", .. })));
    publish(db, canary("four", 5)).await;
    assert_eq!(back(Some(2)).await.unwrap(), (2, vec![4, 1]), "a named version is live alone");
    assert_eq!(numbers(db.serving(TEMPLATE).await.unwrap()), Some((2, None)));
}

#[tokio::test]
async fn what_may_not_be_is_refused_and_leaves_no_trace() {
    let world = World::new().await;
    let db = &world.db;
    let refused = async |version| refusal(db.publish_version(&version, at(2)).await.unwrap_err());
    assert!(refused(canary("one", 10)).await.contains("no live version"));
    assert!(refusal(db.promote_canary(TEMPLATE, None, at(2)).await.unwrap_err()).contains("never published"));
    assert!(refusal(db.roll_back(TEMPLATE, None, None, at(2)).await.unwrap_err()).contains("never published"));
    publish(db, new("one")).await;
    assert!(refusal(db.stop_canary(TEMPLATE, None, at(2)).await.unwrap_err()).contains("has no canary"));
    assert!(refused(new("one")).await.starts_with("nothing has changed"));
    publish(db, new("two")).await;
    assert!(refused(new("one")).await.contains("roll back to 1"));
    publish(db, canary("three", 10)).await;
    assert!(refused(new("three")).await.contains("on trial"));
    assert!(refused(new("four")).await.contains("promote or stop it first"));
    let audit = db.audit_entries(None, 10).await.unwrap();
    assert_eq!(audit.len(), 3, "only what was done is written down: {audit:?}");
}

#[tokio::test]
async fn who_did_it_is_written_down() {
    let world = World::new().await;
    let db = &world.db;
    let mara = db.create_user("mara", Role::Trainer, "x", false, at(0)).await.unwrap();
    let by_mara = NewVersion { by: Some(mara.id), note: "shorter greeting".into(), ..new("one") };
    let version = publish(db, by_mara).await;
    assert_eq!((version.published_by.as_deref(), version.note.as_str()), (Some("mara"), "shorter greeting"));
    publish(db, canary("two", 10)).await;
    db.roll_back(TEMPLATE, None, Some(mara.id), at(3)).await.unwrap();
    let audit = db.audit_entries(None, 10).await.unwrap();
    let told: Vec<_> = audit.iter().map(|e| (e.user, e.action.as_str(), e.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (Some(mara.id), "template.rollback", "reminder to version 1 from 2"),
            (None, "template.publish", "reminder version 2 as a canary with 10 %"),
            (Some(mara.id), "template.publish", "reminder version 1"),
        ]
    );
    let feed = db.feed_after(0, 10).await.unwrap();
    assert_eq!(feed.last().unwrap().data["event"], "template.rollback");
}

#[tokio::test]
async fn results_are_counted_by_the_version_that_a_call_had() {
    let world = World::new().await;
    let db = &world.db;
    publish(db, new("one")).await;
    publish(db, canary("two", 10)).await;
    let campaign = world.campaign("results", 5).await;
    let people = world.people(&campaign).await;
    for (n, contact) in people.into_iter().enumerate() {
        let attempt = world.reserve(&campaign, contact, 10).await;
        let sha256 = if n == 0 { "sha of two" } else { "sha of one" };
        let call = NewCall { template_version: sha256.into(), ..new_call() };
        db.begin_dialling(attempt.id, &call, at(10)).await.unwrap();
        if n == 4 {
            world.end(attempt.id, Outcome::Busy, 11).await;
            continue;
        }
        let turn = |turn, understood: Option<&str>| {
            let understood = understood.map(str::to_owned);
            CallChange::Turn(Box::new(Turn {
                turn,
                heard: "x".into(),
                heard_from_ms: Some(1),
                understood,
                ..Turn::default()
            }))
        };
        world.record(attempt.id, turn(1, Some("confirm")), 11).await;
        world.record(attempt.id, turn(2, None), 12).await;
        if n == 1 {
            world.record(attempt.id, CallChange::OptedOut, 13).await;
        }
        let mut end = result(Outcome::Person);
        end.handed_over = n == 2;
        if n == 2 {
            end.end_reason = "agent_hangup".into();
        }
        world.record(attempt.id, CallChange::Ended(Box::new(end)), 14).await;
    }
    let [two, one] = &db.version_results(TEMPLATE, None).await.unwrap()[..] else { panic!("two versions") };
    assert_eq!((two.mark.number, two.calls, two.answered, two.completed), (2, 1, 1, 1));
    assert_eq!((one.mark.number, one.calls, one.answered, one.completed), (1, 4, 3, 2));
    assert_eq!((one.transferred, one.opted_out, one.turns, one.heard, one.unmatched), (1, 1, 6, 6, 3));
    let later = db.version_results(TEMPLATE, Some(at(11))).await.unwrap();
    assert!(later.len() == 2 && later.iter().all(|v| v.calls == 0), "{later:?}");
}

const CHILD: &str = "WARMLINE_TEST_VERSIONS_CHILD";
const TEST: &str = "a_killed_trainer_leaves_every_template_with_one_live_version";

/// Publishes, tries out, promotes and rolls back as fast as it can, and says what storage has acknowledged.
async fn child(path: &str, round: u32) {
    let db = Db::open(path).await.unwrap();
    let say = |number: u32| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "ack {number}").and_then(|()| out.flush());
    };
    // A canary that the last child left.
    db.stop_canary(TEMPLATE, None, at(0)).await.ok();
    for step in 0..1000 {
        let text = format!("{round}.{step}");
        let next = publish(&db, if step % 3 == 0 { new(&text) } else { canary(&text, 10) }).await;
        say(next.mark.number);
        match step % 3 {
            1 => drop(db.promote_canary(TEMPLATE, None, at(1)).await.unwrap()),
            2 => drop(db.roll_back(TEMPLATE, None, None, at(1)).await.unwrap()),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_trainer_leaves_every_template_with_one_live_version() {
    if let Ok(task) = std::env::var(CHILD) {
        let (path, round) = task.split_once('|').unwrap();
        return child(path, round.parse().unwrap()).await;
    }
    let world = World::new().await;
    publish(&world.db, new("first")).await;
    let path = world.db.path().to_str().unwrap().to_owned();
    let (mut random, mut acknowledged) = (0xD1CEu64, BTreeSet::from([1u32]));
    for round in 0..12 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines = 1 + (random >> 33) as usize % 20;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(CHILD, format!("{path}|{round}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut said = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some((_, number)) = line.split_once("ack ") else { continue };
            acknowledged.insert(number.parse().unwrap());
            said += 1;
            if said == lines {
                child.kill().unwrap();
            }
        }
        assert!(child.wait().unwrap().code().is_none(), "the child failed by itself");
        // Read by another process after each kill, as a running server would.
        let serving = world.db.serving(TEMPLATE).await.unwrap().expect("a live version after every kill");
        let versions = world.db.versions(TEMPLATE).await.unwrap();
        let live: Vec<_> = versions.iter().filter(|v| v.state == VersionState::Live).collect();
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].mark, serving.live);
        assert!(versions.iter().filter(|v| v.state == VersionState::Canary).count() <= 1);
        let text = world.db.version(TEMPLATE, serving.live.number).await.unwrap().unwrap().text;
        assert_eq!(serving.live.sha256, format!("sha of {text}"));
    }
    let stored: BTreeSet<u32> = world.db.versions(TEMPLATE).await.unwrap().iter().map(|v| v.mark.number).collect();
    assert!(acknowledged.is_subset(&stored), "a version that was acknowledged is gone");
    assert!(stored.len() > 40, "only {} versions", stored.len());
    let published = world.db.audit_entries(None, 100_000).await.unwrap();
    let published = published.iter().filter(|e| e.action == "template.publish").count();
    assert_eq!(published, stored.len(), "a version and its audit entry are one");
}
