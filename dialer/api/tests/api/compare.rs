//! Two versions side by side: what changes on stored conversations, and what came of the calls of each.

use crate::support::{Client, Server, server_with_templates};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    CallChange, CallResult, CampaignSettings, CampaignState, HeardReading, ListSettings, NewCall, NewCampaign,
    NumberRule, Outcome, Role, Turn, TurnInput,
};
use warmline_storage::Reservation;

const AT: &str = "/api/templates/small";
const BASE: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn template(confirm: &str, deny: &str) -> String {
    format!(
        "template: small\nvoice: flite:slt\nentry: {{ person: ask }}\nintents:\n  confirm: [{confirm}]\n  deny: [{deny}]\n\
         steps:\n  ask: {{ type: ask, prompt: \"Will you come?\", answers: {{ confirm: done, deny: agent }} }}\n  \
         agent: {{ type: handover }}\n  done: {{ type: end, prompt: Goodbye. }}\n"
    )
}

const TESTS: &str = "template: small\nnow: \"2026-11-20T10:00:00\"\ndialogs:\n  - name: comes\n    talk:\n      \
                     - user: yes I will\n    expect: { end: completed, intent: confirm }\n";

/// What people said, and what came of it then.
const SAID: [(&str, &str); 4] =
    [("that works", "confirm"), ("that works", "confirm"), ("no I will not", "deny"), ("yes I will", "confirm")];

async fn publish(client: &Client, body: Value) -> String {
    let reply = client.post(&format!("{AT}/versions"), body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.json());
    reply.json()["version"]["sha256"].as_str().unwrap().to_owned()
}

/// A call of each person with that version.
async fn calls(server: &Server, version: &str) {
    let db = &server.db;
    let list = db.create_list("People", &ListSettings { numbers: NumberRule::Local }, BASE).await.unwrap();
    let rows = (0..SAID.len()).map(|n| format!("Person {n},{}\n", 7000 + n)).collect::<String>();
    let csv = std::io::Cursor::new(format!("name,phone\n{rows}"));
    let reader = ContactReader::new(csv, &ImportOptions::new(NumberRule::Local)).unwrap();
    db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let settings = CampaignSettings::new("small", "lab", Tz::UTC);
    let new = NewCampaign { name: "May".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, BASE).await.unwrap();
    db.set_campaign_state(campaign.id, CampaignState::Running, BASE).await.unwrap();
    for (n, contact) in db.contacts(list.id, None, 100).await.unwrap().into_iter().enumerate() {
        let now = BASE + TimeDelta::minutes(n as i64);
        let reserved = db.reserve_attempt(campaign.id, contact.id, now).await.unwrap();
        let Reservation::Reserved(attempt) = reserved else { panic!("not reserved") };
        let (heard, understood) = SAID[n];
        let new = NewCall {
            trunk: "lab".into(),
            caller_id: None,
            template: "small".into(),
            template_version: version.into(),
        };
        db.begin_dialling(attempt.id, &new, now).await.unwrap();
        db.record(attempt.id, &CallChange::Answered, now).await.unwrap();
        let turn = Turn {
            turn: 1,
            step: "ask".into(),
            point: Some("answer".into()),
            input: Some(TurnInput::Speech),
            heard: heard.into(),
            heard_from_ms: Some(2000),
            heard_to_ms: Some(3000),
            confidence: Some(0.8),
            readings: vec![HeardReading { text: heard.into(), confidence: 0.8, expected: true }],
            understood: Some(understood.into()),
            ..Turn::default()
        };
        db.record(attempt.id, &CallChange::Turn(Box::new(turn)), now).await.unwrap();
        let handed_over = understood == "deny";
        let result = CallResult {
            outcome: Outcome::Person,
            end_reason: if handed_over { "agent_hangup" } else { "completed" }.into(),
            answered_by: Some("person".into()),
            sip_status: Some(200),
            cause: String::new(),
            ring_ms: Some(1),
            talk_ms: 5000,
            intent: Some(understood.into()),
            tags: vec![],
            categories: vec![],
            slots: [].into(),
            handed_over,
            turns: 1,
        };
        db.record(attempt.id, &CallChange::Ended(Box::new(result)), now).await.unwrap();
    }
}

#[tokio::test]
async fn a_draft_is_compared_with_what_is_live_on_stored_and_on_live_calls() {
    let before = template("yes I will, that works", "no I will not");
    let server = server_with_templates(&[("small.yaml", before.as_str()), ("small.test.yaml", TESTS)]).await;
    let client = server.client(Role::Trainer).await;
    assert_eq!(client.get(&format!("{AT}/compare")).await.problem(), "conflict", "nothing is published");
    let version = publish(&client, json!({})).await;
    assert_eq!(client.get(&format!("{AT}/compare")).await.problem(), "conflict", "nothing differs");
    calls(&server, &version).await;

    let after = template("yes I will", "no I will not, that works");
    std::fs::write(server.folder.path().join("small.yaml"), &after).unwrap();
    let found = client.get(&format!("{AT}/compare")).await.json();
    assert_eq!((&found["from"], &found["to"]), (&"1".into(), &"draft".into()));
    let stored = &found["stored"];
    assert_eq!((&stored["calls"], &stored["answers"], &stored["comparable"]), (&4.into(), &4.into(), &4.into()));
    let meaning = &stored["meanings"][0];
    assert_eq!(
        (&meaning["heard"], &meaning["step"], &meaning["count"]),
        (&"that works".into(), &"ask".into(), &2.into())
    );
    assert_eq!((&meaning["from"], &meaning["to"]), (&"confirm".into(), &"deny".into()));
    assert_eq!(stored["meanings"].as_array().unwrap().len(), 1);
    let way = &stored["ways"][0];
    assert_eq!((&way["from"], &way["to"], &way["count"]), (&"the end".into(), &"an agent".into(), &2.into()));
    assert_eq!(stored["transferred"], json!({"from": 0.25, "to": 0.75}));
    assert_eq!(stored["completed"], json!({"from": 0.75, "to": 0.25}));
    let live = &found["live"][0];
    assert_eq!((&live["version"], &live["calls"], &live["turns"]), (&1.into(), &4.into(), &1.0.into()));
    assert_eq!((&live["transferred"]["count"], &live["transferred"]["of"]), (&1.into(), &4.into()));
    assert!(
        live["transferred"]["low"].as_f64().unwrap() > 0.04 && live["transferred"]["high"].as_f64().unwrap() < 0.71
    );

    // A canary is what a trainer wants to know about.
    publish(&client, json!({"canary": 10})).await;
    let found = client.get(&format!("{AT}/compare")).await.json();
    assert_eq!((&found["from"], &found["to"]), (&"1".into(), &"2".into()));
    let back = client.get(&format!("{AT}/compare?from=2&to=1")).await.json();
    assert_eq!(back["stored"]["transferred"], json!({"from": 0.75, "to": 0.25}));
    let later = client.get(&format!("{AT}/compare?since=2000-01-01T00:00:00Z")).await.json();
    assert_eq!((&later["stored"]["calls"], &later["live"][1]["calls"]), (&0.into(), &0.into()));
    assert_eq!(client.get(&format!("{AT}/compare?to=9")).await.problem(), "not-found");
    assert_eq!(client.get(&format!("{AT}/compare?to=newest")).await.problem(), "not-found");
}
