//! Scoring stored calls again with another threshold.

use crate::support::{Server, server_with_templates};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    AttemptId, CallChange, CallResult, CampaignSettings, CampaignState, ListSettings, NewCall, NewCampaign, NumberRule,
    Outcome, Role, Turn, TurnInput,
};
use warmline_storage::Reservation;

const AT: &str = "/api/templates/tariff/replay-handoff";
const BASE: DateTime<Utc> = DateTime::UNIX_EPOCH;

const TEMPLATE: &str = r#"
template: tariff
voice: flite:slt
entry: { person: offer }
limits: { no_match: 3 }
handoff: { goto: agent }
intents: { fine: [that is fine] }
steps:
  offer: { type: ask, prompt: A new tariff?, answers: { fine: bye } }
  bye: { type: end, prompt: Goodbye. }
  agent: { type: handover }
"#;

/// An answer five seconds after the one before.
fn answer(turn: u16, heard: &str, understood: Option<&str>) -> Turn {
    let to = u32::from(turn) * 5000;
    Turn {
        turn,
        step: "offer".into(),
        point: Some("answer".into()),
        said: "A new tariff?".into(),
        input: Some(TurnInput::Speech),
        heard: heard.into(),
        heard_from_ms: Some(to - 1000),
        heard_to_ms: Some(to),
        confidence: Some(0.9),
        understood: understood.map(str::to_owned),
        score: Some(0.9),
        why: Some("said so".into()),
        sentiment: Some(0.0),
        ..Turn::default()
    }
}

struct Scene {
    turns: Vec<Turn>,
    /// An agent was asked for after the last turn; true: by the score.
    handoff: Option<bool>,
    end: &'static str,
}

/// One ended call a scene, to `+1202555010N`.
async fn with_calls(server: &Server, scenes: Vec<Scene>) -> Vec<AttemptId> {
    let db = &server.db;
    let numbers = NumberRule::International { region: None };
    let list = db.create_list("People", &ListSettings { numbers: numbers.clone() }, BASE).await.unwrap();
    let rows: String = (0..scenes.len()).map(|n| format!("Person {n},+1202555{:04}\n", 100 + n)).collect();
    let csv = std::io::Cursor::new(format!("name,phone\n{rows}").into_bytes());
    let reader = ContactReader::new(csv, &ImportOptions::new(numbers)).unwrap();
    db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let settings = CampaignSettings::new("tariff", "lab", Tz::UTC);
    let new = NewCampaign { name: "May".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, BASE).await.unwrap().id;
    db.set_campaign_state(campaign, CampaignState::Running, BASE).await.unwrap();
    let contacts = db.contacts(list.id, None, 1000).await.unwrap();
    let mut ids = Vec::new();
    for (n, (contact, scene)) in contacts.into_iter().zip(scenes).enumerate() {
        let now = BASE + TimeDelta::hours(n as i64);
        let Reservation::Reserved(attempt) = db.reserve_attempt(campaign, contact.id, now).await.unwrap() else {
            panic!("not reserved")
        };
        let call =
            NewCall { trunk: "lab".into(), caller_id: None, template: "tariff".into(), template_version: "1".into() };
        db.begin_dialling(attempt.id, &call, now).await.unwrap();
        db.record(attempt.id, &CallChange::Answered, now).await.unwrap();
        let last = scene.turns.last().and_then(|turn| turn.heard_to_ms).unwrap_or(0);
        let turns = u16::try_from(scene.turns.len()).unwrap();
        for turn in scene.turns {
            db.record(attempt.id, &CallChange::Turn(Box::new(turn)), now).await.unwrap();
        }
        let later = now + TimeDelta::milliseconds(i64::from(last) + 200);
        if let Some(by_score) = scene.handoff {
            let wanted = CallChange::HandoffRequested { reason: "r".into(), skill: None, score: None, by_score };
            db.record(attempt.id, &wanted, later).await.unwrap();
        }
        let result = CallResult {
            outcome: Outcome::Person,
            end_reason: scene.end.into(),
            answered_by: Some("person".into()),
            sip_status: Some(200),
            cause: String::new(),
            ring_ms: Some(900),
            talk_ms: 4000,
            intent: None,
            tags: vec![],
            categories: vec![],
            slots: [].into(),
            handed_over: scene.handoff.is_some(),
            turns,
        };
        db.record(attempt.id, &CallChange::Ended(Box::new(result)), later).await.unwrap();
        ids.push(attempt.id);
    }
    ids
}

fn angry() -> Vec<Turn> {
    vec![answer(1, "this is ridiculous", None), answer(2, "you are not listening", None), answer(3, "so useless", None)]
}

/// Whoever hung up angrily; who was handed over for it; who asked for a human; whom all went well with; and the first
/// again, as an older version stored it.
async fn five_calls() -> (Server, Vec<AttemptId>) {
    let server = server_with_templates(&[("tariff.yaml", TEMPLATE)]).await;
    let old = |turn: Turn| Turn { input: None, point: None, sentiment: None, ..turn };
    let scenes = vec![
        Scene { turns: angry(), handoff: None, end: "remote_hangup" },
        Scene { turns: angry()[..2].to_vec(), handoff: Some(true), end: "agent_hangup" },
        Scene { turns: vec![answer(1, "a human please", Some("human"))], handoff: Some(false), end: "agent_hangup" },
        Scene { turns: vec![answer(1, "that is fine", Some("fine"))], handoff: None, end: "completed" },
        Scene { turns: angry().into_iter().map(old).collect(), handoff: None, end: "remote_hangup" },
    ];
    let calls = with_calls(&server, scenes).await;
    (server, calls)
}

fn shift(reply: &Value, call: AttemptId) -> Option<&Value> {
    reply["shifts"].as_array().unwrap().iter().find(|shift| shift["call"] == call.to_string())
}

#[tokio::test]
async fn it_tells_which_calls_change_where_and_why() {
    let (server, calls) = five_calls().await;
    let trainer = server.client(Role::Trainer).await;
    let reply = trainer.post(AT, json!({})).await.json();
    assert_eq!((&reply["calls"], &reply["was"], &reply["would"]), (&5.into(), &2.into(), &4.into()), "{reply:#}");
    assert!((reply["threshold"].as_f64().unwrap() - 0.7).abs() < 1e-6 && reply["has_goto"] == true);
    for call in [calls[0], calls[4]] {
        let more = shift(&reply, call).unwrap();
        assert_eq!((&more["kind"], &more["would_turn"], &more["was_turn"]), (&"more".into(), &2.into(), &Value::Null));
        assert!(more["score"].as_f64().unwrap() >= 0.7);
        assert_eq!(more["reasons"][0]["cue"], "frustration");
        assert_eq!(more["number"], if call == calls[0] { "+1••••••••00" } else { "+1••••••••04" });
    }
    for unchanged in &calls[1..4] {
        assert!(shift(&reply, *unchanged).is_none(), "{reply:#}");
    }
    let open = server.client(Role::Supervisor).await.post(AT, json!({})).await.json();
    assert_eq!(shift(&open, calls[0]).unwrap()["number"], "+12025550100");
}

#[tokio::test]
async fn a_higher_threshold_keeps_calls_with_the_bot_but_not_those_that_asked_for_a_human() {
    let (server, calls) = five_calls().await;
    let trainer = server.client(Role::Trainer).await;
    let reply = trainer.post(AT, json!({"threshold": 0.99})).await.json();
    assert_eq!((&reply["was"], &reply["would"]), (&2.into(), &1.into()), "{reply:#}");
    let fewer = shift(&reply, calls[1]).unwrap();
    assert_eq!((&fewer["kind"], &fewer["was_turn"], &fewer["would_turn"]), (&"fewer".into(), &2.into(), &Value::Null));
    let rows: Vec<u64> = reply["sweep"].as_array().unwrap().iter().map(|row| row["would"].as_u64().unwrap()).collect();
    assert!(rows.is_sorted_by(|a, b| a >= b), "a higher threshold never hands over more: {rows:?}");
    // Without the cue that led there.
    let weights = json!({"weights": {"frustration": 0.0}});
    let calmer = trainer.post(AT, weights).await.json();
    assert_eq!(shift(&calmer, calls[1]).unwrap()["kind"], "fewer");
    let early = trainer.post(AT, json!({"threshold": 0.4})).await.json();
    let earlier = shift(&early, calls[1]).unwrap();
    assert_eq!((&earlier["kind"], &earlier["would_turn"]), (&"earlier".into(), &1.into()));
    let recent = trainer.post(AT, json!({"since": "1970-01-01T02:30:00Z"})).await.json();
    assert_eq!(recent["calls"], 2);
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused() {
    let (server, _) = five_calls().await;
    let trainer = server.client(Role::Trainer).await;
    assert_eq!(trainer.post(AT, json!({"threshold": 2})).await.fields(), ["threshold"]);
    assert_eq!(trainer.post(AT, json!({"weights": {"anger": 1}})).await.fields(), ["weights"]);
    assert_eq!(trainer.post(AT, json!({"threshold": 0.5, "release": 0.6})).await.fields(), ["release"]);
    let absent = trainer.post("/api/templates/absent/replay-handoff", json!({})).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let agent = server.client(Role::Agent).await.post(AT, json!({})).await;
    assert_eq!(agent.status, StatusCode::FORBIDDEN);
}
