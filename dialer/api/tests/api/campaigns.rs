//! A campaign from its draft to its start, and everything that can be wrong with it.

use crate::support::{Client, Server, server};
use axum::http::StatusCode;
use serde_json::{Value, json};
use warmline_domain::Role;

const TEMPLATE: &str = "appointment-reminder";

async fn with_list(server: &Server) -> (Client, i64) {
    let client = server.client(Role::Marketer).await;
    let csv = b"name,phone,consent\nAna,7001,yes\nBo,7002,yes\n";
    let list = client.upload("/api/lists", &[("name", "May"), ("numbers", "local")], csv).await.json();
    (client, list["list"]["id"].as_i64().unwrap())
}

fn request(list: i64, name: &str) -> Value {
    json!({"name": name, "list": list, "template": TEMPLATE, "trunk": "lab", "hours": "any_time"})
}

#[tokio::test]
async fn draft_start_pause_stop() {
    let server = server().await;
    let (client, list) = with_list(&server).await;
    let made = client.post("/api/campaigns", request(list, "May reminders")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json());
    let draft = made.json();
    assert_eq!(
        (&draft["state"], &draft["progress"]["contacts"], &draft["list_name"]),
        (&"draft".into(), &2.into(), &"May".into())
    );
    let at = format!("/api/campaigns/{}", draft["id"]);

    assert_eq!(client.post(&format!("{at}/pause"), json!({})).await.problem(), "conflict");
    assert_eq!(client.post(&format!("{at}/start"), json!({})).await.json()["state"], "running");
    assert_eq!(client.put(&at, request(list, "other")).await.problem(), "conflict");
    assert_eq!(client.post(&format!("{at}/pause"), json!({})).await.json()["state"], "paused");
    assert_eq!(client.post(&format!("{at}/stop"), json!({})).await.json()["state"], "stopping");

    let audit = server.db.audit_entries(None, 10).await.unwrap();
    let actions: Vec<&str> = audit.iter().rev().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, ["list.import", "campaign.create", "campaign.start", "campaign.pause", "campaign.stop"]);
}

#[tokio::test]
async fn a_draft_can_be_changed() {
    let server = server().await;
    let (client, list) = with_list(&server).await;
    let id = client.post("/api/campaigns", request(list, "one")).await.json()["id"].clone();
    let mut changed = request(list, "two");
    changed["most_in_flight"] = 3.into();
    let reply = client.put(&format!("/api/campaigns/{id}"), changed).await.json();
    assert_eq!((&reply["name"], &reply["most_in_flight"]), (&"two".into(), &3.into()));
}

#[tokio::test]
async fn a_start_that_the_check_refuses_says_what_is_missing() {
    let server = server().await;
    let (client, list) = with_list(&server).await;
    let id = client.post("/api/campaigns", request(list, "blocked")).await.json()["id"].clone();
    let findings = client.get(&format!("/api/campaigns/{id}/check")).await.json();
    assert_eq!(findings[0]["severity"], "error");
    let refused = client.post(&format!("/api/campaigns/{id}/start"), json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.json()["detail"].as_str().unwrap().contains("3 rows lack `time`: lines 4, 9, 12"));
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let server = server().await;
    let (client, list) = with_list(&server).await;
    let wrong = |key: &str, value: Value| {
        let mut body = request(list, "x");
        body[key] = value;
        let client = client.clone();
        async move { client.post("/api/campaigns", body).await }
    };
    assert_eq!(wrong("list", 77.into()).await.fields(), ["list"]);
    assert_eq!(wrong("trunk", "moon".into()).await.fields(), ["trunk"]);
    assert_eq!(wrong("template", "absent".into()).await.fields(), ["template"]);
    assert_eq!(wrong("ring_limit_s", 3.into()).await.fields(), ["ring_limit_s"]);
    assert_eq!(wrong("colour", "red".into()).await.problem(), "bad-request");
    assert_eq!(wrong("list", "one".into()).await.problem(), "bad-request");

    client.post("/api/campaigns", request(list, "Same")).await;
    assert_eq!(client.post("/api/campaigns", request(list, "same")).await.fields(), ["name"]);
    assert_eq!(client.get("/api/campaigns/77").await.problem(), "not-found");
    assert_eq!(client.get("/api/campaigns/seventy").await.problem(), "bad-request");
}

#[tokio::test]
async fn the_library_is_listed_with_what_it_needs() {
    let server = server().await;
    let templates = server.client(Role::Trainer).await.get("/api/templates").await.json();
    let found = templates.as_array().unwrap().iter().find(|t| t["name"] == TEMPLATE).unwrap().clone();
    assert_eq!(found["errors"], json!([]));
    assert!(!found["required_variables"].as_array().unwrap().is_empty());
}
