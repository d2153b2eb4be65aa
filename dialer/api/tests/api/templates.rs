//! Testing a template and talking to it in text.

use crate::support::{Client, server};
use axum::http::StatusCode;
use serde_json::{Value, json};
use warmline_domain::Role;

const CHAT: &str = "/api/templates/appointment-reminder/chat";

fn conversation(events: Value) -> Value {
    json!({ "now": "2026-11-20T10:00:00", "events": events, "contact": {
        "name": "Anna", "date": "2026-11-24", "time": "14:30", "company": "Green Dental", "our_number": "+15550102030" } })
}

fn say(text: &str) -> Value {
    json!({ "do": "say", "readings": [{ "text": text }] })
}

async fn exchanges(client: &Client, events: Value) -> Vec<Value> {
    let reply = client.post(CHAT, conversation(events)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    reply.json()["exchanges"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_list_of_events_is_the_conversation_and_a_past_turn_is_edited_in_it() {
    let server = server().await;
    let trainer = server.client(Role::Trainer).await;
    let first = exchanges(&trainer, json!([say("I need another day"), say("tomorrow at ten")])).await;
    assert_eq!(first.len(), 3, "the answered call and two events");
    assert_eq!(first[0]["step"], "remind");
    assert_eq!(first[1]["understood"]["intent"], "reschedule");
    assert!(first[1]["understood"]["why"].as_str().unwrap().contains("phrase"), "{first:?}");
    assert_eq!(first[2]["slots"]["new_date"], "2026-11-21");
    assert_eq!(first[2]["step"], "check_new");
    let edited = exchanges(&trainer, json!([say("please cancel"), { "do": "key", "key": "1" }])).await;
    assert_eq!(edited[2]["ending"], "completed");
    assert_eq!(edited[2]["tags"], json!(["cancelled"]));
    assert_eq!(exchanges(&trainer, json!([])).await[0], first[0], "nothing is kept from one request to the next");
}

#[tokio::test]
async fn machines_silence_interruptions_and_agents_are_events_too() {
    let server = server().await;
    let trainer = server.client(Role::Trainer).await;
    let told = exchanges(&trainer, json!([{ "do": "answered", "by": "machine_with_beep" }])).await;
    assert_eq!(told[1]["tags"], json!(["voicemail"]));
    let silent = exchanges(&trainer, json!([{ "do": "wait", "ms": 30000 }])).await;
    assert_eq!((&silent[1]["ending"], &silent[1]["tags"]), (&json!("limit"), &json!(["no_answer_heard"])));
    let events = json!([{ "do": "interrupt", "readings": [{ "text": "uman" , "confidence": 0.5 }, { "text": "can I speak to someone please", "confidence": 0.4 }] }, { "do": "agent", "answers": false }]);
    let handed = exchanges(&trainer, events).await;
    assert_eq!(handed[1]["asks"], json!(["hand_over"]));
    assert_eq!(handed[2]["asks"], json!(["callback"]));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named_by_its_place() {
    let server = server().await;
    let trainer = server.client(Role::Trainer).await;
    let many = vec![json!({ "do": "silence" }); 201];
    for (events, field) in [
        (json!([say("yes"), { "do": "key", "key": "12" }]), "events[1]"),
        (json!([{ "do": "answered", "by": "robot" }]), "events[0]"),
        (json!([{ "do": "say", "readings": [] }]), "events[0]"),
        (json!([say(&"a".repeat(1001))]), "events[0]"),
        (json!([{ "do": "say", "readings": [{ "text": "a", "confidence": 2.0 }] }]), "events[0]"),
        (json!(many), "events"),
    ] {
        let reply = trainer.post(CHAT, conversation(events)).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.json());
        assert_eq!(reply.fields(), [field]);
    }
    for now in ["+262142-12-31T23:59:58", "1899-12-31T23:59:59", "2201-01-01T00:00:00"] {
        let reply = trainer.post(CHAT, json!({ "now": now })).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{now}");
        assert_eq!(reply.fields(), ["now"]);
    }
    let unknown = trainer.post(CHAT, json!({ "events": [{ "do": "sing" }] })).await;
    assert_eq!(unknown.problem(), "bad-request");
    for name in ["nowhere", "..%2Fappointment-reminder", "appointment-reminder.test"] {
        let reply = trainer.post(&format!("/api/templates/{name}/chat"), json!({})).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name}");
    }
    let lacking = trainer.post(CHAT, json!({})).await.json();
    assert_eq!(lacking["contact_problems"]["date"], "is missing");
}

#[tokio::test]
async fn the_conversations_of_a_template_are_held_and_chosen_by_name() {
    let server = server().await;
    let trainer = server.client(Role::Trainer).await;
    let all = trainer.post("/api/templates/fraud-alert/test", json!({})).await.json();
    assert_eq!(all["failed"], 0, "{all}");
    assert!(all["passed"].as_u64().unwrap() >= 12);
    assert_eq!(all["meaning"], false, "no embedder is installed here");
    let some = trainer.post("/api/templates/fraud-alert/test", json!({ "filter": "BY KEY" })).await.json();
    let some = some["conversations"].as_array().unwrap();
    assert!(!some.is_empty() && some.len() < all["conversations"].as_array().unwrap().len());
    assert!(some.iter().all(|c| c["name"].as_str().unwrap().contains("by key") && c["line"].as_u64().unwrap() > 1));
    let kinds = some[0]["transcript"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap());
    assert!(kinds.clone().any(|kind| kind == "act") && kinds.clone().any(|kind| kind == "bot"));
    let nowhere = trainer.post("/api/templates/nowhere/test", json!({})).await;
    assert_eq!(nowhere.problem(), "not-found");
}
