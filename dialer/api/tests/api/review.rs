//! Improving a template from what callers said: groups, sound, assigning with what it changes, dismissing.

use crate::support::{Client, Server, server_with_templates};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::sync::Barrier;
use std::time::Duration;
use warmline_api::review::{AssignError, Proposal, Review, Stored, Wish, ready};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    AttemptId, CallChange, CallResult, CampaignSettings, CampaignState, HeardReading, ListSettings, NewCall,
    NewCampaign, NumberRule, Outcome, RecordingFile, Role, Turn, TurnInput,
};
use warmline_storage::{Db, Reservation};

const AT: &str = "/api/templates/small/review";
const BASE: DateTime<Utc> = DateTime::UNIX_EPOCH;

const TEMPLATE: &str = r#"template: small
voice: flite:slt
entry: { person: ask }
intents:
  # How people agree.
  confirm: [yes I will, that works]
  deny: [no I will not] # and how they do not
steps:
  ask: { type: ask, prompt: "Will you come?", answers: { confirm: done, deny: done } }
  done: { type: end, prompt: Goodbye. }
"#;

const TESTS: &str = r#"template: small
now: "2026-11-20T10:00:00"
dialogs:
  - name: comes
    talk: [{ user: that works }]
    expect: { end: completed, intent: confirm }
"#;

/// What people said, and what it was taken for.
const SAID: [(&str, Option<&str>); 7] = [
    ("my knee hurts", None),
    ("my knee hurts a lot", None),
    ("that works", Some("confirm")),
    ("my knee hurts so much", None),
    ("ask person five five five one two three", None),
    ("my knee hurts", None),
    ("", None),
];

/// A call of each person, who says one thing and hears the question again.
async fn calls(db: &Db) -> Vec<AttemptId> {
    let numbers = NumberRule::International { region: None };
    let list = db.create_list("People", &ListSettings { numbers: numbers.clone() }, BASE).await.unwrap();
    let rows = (0..SAID.len()).map(|n| format!("Person {n},+1202555{:04}\n", 100 + n)).collect::<String>();
    let csv = std::io::Cursor::new(format!("name,phone\n{rows}"));
    let reader = ContactReader::new(csv, &ImportOptions::new(numbers)).unwrap();
    db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let settings = CampaignSettings::new("small", "lab", Tz::UTC);
    let campaign =
        db.create_campaign(&NewCampaign { name: "May".into(), list: list.id, settings }, BASE).await.unwrap();
    db.set_campaign_state(campaign.id, CampaignState::Running, BASE).await.unwrap();
    let mut calls = Vec::new();
    for (n, contact) in db.contacts(list.id, None, 100).await.unwrap().into_iter().enumerate() {
        let now = BASE + TimeDelta::minutes(n as i64);
        let Reservation::Reserved(attempt) = db.reserve_attempt(campaign.id, contact.id, now).await.unwrap() else {
            panic!("not reserved")
        };
        call(db, attempt.id, SAID[n], now).await;
        calls.push(attempt.id);
    }
    calls
}

async fn call(db: &Db, id: AttemptId, (heard, understood): (&str, Option<&str>), now: DateTime<Utc>) {
    let new = NewCall { trunk: "lab".into(), caller_id: None, template: "small".into(), template_version: "1".into() };
    db.begin_dialling(id, &new, now).await.unwrap();
    db.record(id, &CallChange::Answered, now).await.unwrap();
    let reading = HeardReading { text: heard.into(), confidence: 0.8, expected: false };
    let turn = Turn {
        turn: 1,
        step: "ask".into(),
        point: Some("answer".into()),
        said: "Will you come?".into(),
        input: Some(TurnInput::Speech),
        heard: heard.into(),
        heard_from_ms: Some(2000),
        heard_to_ms: Some(3000),
        confidence: (!heard.is_empty()).then_some(0.8),
        readings: if heard.is_empty() { vec![] } else { vec![reading] },
        understood: understood.map(str::to_owned),
        score: Some(if understood.is_some() { 1.0 } else { 0.0 }),
        ..Turn::default()
    };
    db.record(id, &CallChange::Turn(Box::new(turn)), now).await.unwrap();
    let result = CallResult {
        outcome: Outcome::Person,
        end_reason: "completed".into(),
        answered_by: Some("person".into()),
        sip_status: Some(200),
        cause: String::new(),
        ring_ms: Some(900),
        talk_ms: 4000,
        intent: None,
        tags: vec![],
        categories: vec![],
        slots: [].into(),
        handed_over: false,
        turns: 1,
    };
    db.record(id, &CallChange::Ended(Box::new(result)), now).await.unwrap();
}

async fn with_calls(template: &str, tests: &str) -> (Server, Client, Vec<AttemptId>) {
    let server = server_with_templates(&[("small.yaml", template), ("small.test.yaml", tests)]).await;
    let calls = calls(&server.db).await;
    let client = server.client(Role::Trainer).await;
    (server, client, calls)
}

/// The group whose representative begins so.
async fn cluster(client: &Client, begins: &str) -> Option<Value> {
    let review = client.get(AT).await.json();
    let clusters = review["clusters"].as_array().unwrap().clone();
    clusters.into_iter().find(|c| c["representative"].as_str().unwrap().starts_with(begins))
}

fn text(server: &Server) -> String {
    std::fs::read_to_string(server.folder.path().join("small.yaml")).unwrap()
}

#[tokio::test]
async fn what_was_not_understood_comes_in_groups_with_names_and_numbers_hidden() {
    let (server, client, calls) = with_calls(TEMPLATE, TESTS).await;
    let review = client.get(AT).await.json();
    assert_eq!((&review["calls"], &review["answers"]), (&7.into(), &7.into()));
    let counts: Vec<i64> =
        review["clusters"].as_array().unwrap().iter().map(|c| c["count"].as_i64().unwrap()).collect();
    assert_eq!(counts, [4, 1, 1], "{review:#}");
    let knee = cluster(&client, "my knee").await.unwrap();
    assert_eq!((&knee["representative"], &knee["texts"]), (&"my knee hurts".into(), &3.into()));
    assert_eq!(knee["reasons"], json!([{ "name": "not_understood", "count": 4 }]));
    assert_eq!(knee["steps"], json!([{ "name": "ask", "count": 4 }]));
    let newest = &knee["examples"][0];
    assert_eq!((&newest["call"], &newest["turn"]), (&calls[5].to_string().into(), &1.into()));
    assert_eq!((&newest["from_ms"], &newest["recorded"]), (&2000.into(), &false.into()));
    let named = cluster(&client, "ask").await.unwrap();
    assert_eq!(named["examples"][0]["heard"], "ask ••• •••");
    let unread = cluster(&client, "").await;
    assert!(unread.is_some());
    // An administrator sees all.
    let admin = server.client(Role::Admin).await;
    let named = cluster(&admin, "ask").await.unwrap();
    assert_eq!(named["examples"][0]["heard"], "ask person five five five one two three");
    assert_eq!(client.get("/api/templates/absent/review").await.problem(), "not-found");
    assert_eq!(client.get(&format!("{AT}?since=1970-01-01T00:04:00Z&calls=2")).await.json()["calls"], 2);
}

#[tokio::test]
async fn an_assignment_shows_what_it_changes_then_edits_the_file_and_the_group_is_gone() {
    let (server, client, _) = with_calls(TEMPLATE, TESTS).await;
    let id = cluster(&client, "my knee").await.unwrap()["id"].as_str().unwrap().to_owned();
    let at = format!("{AT}/{id}/assign");
    let dry = client.post(&at, json!({"intent": "deny", "dry_run": true})).await.json();
    assert_eq!((&dry["saved"], &dry["settled"], &dry["answers"]), (&false.into(), &4.into(), &4.into()));
    assert_eq!((&dry["tests"], &dry["test_changes"]), (&1.into(), &json!([])));
    assert_eq!((&dry["turns_changed"], &dry["turn_changes"][0]["after"]), (&4.into(), &"deny".into()));
    assert_eq!(dry["endings"].as_array().unwrap().len(), 4);
    assert_eq!(text(&server), TEMPLATE, "nothing is written");

    let done = client.post(&at, json!({"intent": "deny"})).await;
    assert_eq!((done.status, &done.json()["saved"]), (StatusCode::OK, &true.into()));
    let line =
        "  deny: [no I will not, my knee hurts, my knee hurts a lot, my knee hurts so much] # and how they do not";
    assert_eq!(text(&server), TEMPLATE.replace("  deny: [no I will not] # and how they do not", line));
    assert!(cluster(&client, "my knee").await.is_none());
    assert_eq!(client.post(&at, json!({"intent": "deny"})).await.problem(), "not-found");
    let audit = server.db.audit_entries(None, 10).await.unwrap();
    assert!(audit.iter().any(|e| e.action == "template.assign" && e.detail == "small deny" && e.user.is_some()));
}

#[tokio::test]
async fn a_new_intent_needs_a_place_to_lead_to_and_a_new_answer_its_words() {
    let (server, client, _) = with_calls(TEMPLATE, TESTS).await;
    let id = cluster(&client, "my knee").await.unwrap()["id"].as_str().unwrap().to_owned();
    let at = format!("{AT}/{id}/assign");
    let refused = async |body: Value| client.post(&at, body).await.fields();
    assert_eq!(refused(json!({"intent": "unwell"})).await, ["intent"]);
    assert_eq!(refused(json!({"intent": "unwell", "new": true})).await, ["goto"]);
    assert_eq!(refused(json!({"intent": "unwell", "new": true, "goto": "nowhere"})).await, ["text"]);
    assert_eq!(refused(json!({"intent": "knowledge:knees", "new": true})).await, ["answer"]);
    assert_eq!(refused(json!({"intent": "deny", "phrases": ["that works"]})).await, ["text"]);
    assert_eq!(text(&server), TEMPLATE);
    let knees = json!({"intent": "knowledge:knees", "new": true, "answer": "We treat knees.", "dry_run": true});
    let knees = client.post(&at, knees).await.json();
    assert_eq!((&knees["settled"], &knees["files"]), (&4.into(), &json!(["small.yaml"])));
    let new = json!({"intent": "unwell", "new": true, "goto": "done", "phrases": ["my knee hurts", "i am ill"]});
    assert_eq!(client.post(&at, new).await.json()["phrases"], json!(["my knee hurts", "i am ill"]));
    let saved = text(&server);
    assert!(saved.contains("  unwell:\n    phrases:") || saved.contains("  unwell:\n    phrases: ["), "{saved}");
    assert!(saved.contains("answers: { confirm: done, deny: done, unwell: done }"), "{saved}");
    assert!(warmline_schema::parse(&saved).is_ok());
    assert!(cluster(&client, "my knee").await.is_none());
}

#[tokio::test]
async fn a_regression_dialog_that_would_fail_holds_the_assignment_back() {
    let expects =
        "  - name: a knee is no answer\n    talk: [{ user: my knee hurts }]\n    expect: { end: listening }\n";
    let (server, client, _) = with_calls(TEMPLATE, &format!("{TESTS}{expects}")).await;
    let id = cluster(&client, "my knee").await.unwrap()["id"].as_str().unwrap().to_owned();
    let at = format!("{AT}/{id}/assign");
    let dry = client.post(&at, json!({"intent": "deny", "dry_run": true})).await.json();
    let change = &dry["test_changes"][0];
    assert_eq!(
        (&change["name"], &change["passed"], &change["passes"]),
        (&"a knee is no answer".into(), &true.into(), &false.into())
    );
    assert_eq!(client.post(&at, json!({"intent": "deny"})).await.problem(), "conflict");
    assert_eq!(text(&server), TEMPLATE);
    assert_eq!(client.post(&at, json!({"intent": "deny", "despite_tests": true})).await.status, StatusCode::OK);
    assert_ne!(text(&server), TEMPLATE);
}

#[tokio::test]
async fn a_mistyped_field_and_too_many_or_too_long_phrases_are_refused() {
    let (server, client, _) = with_calls(TEMPLATE, TESTS).await;
    let id = cluster(&client, "my knee").await.unwrap()["id"].as_str().unwrap().to_owned();
    let at = format!("{AT}/{id}/assign");
    assert_eq!(client.post(&at, json!({"intent": "deny", "dryrun": true})).await.problem(), "bad-request");
    assert_eq!(client.post(&format!("{AT}/{id}/dismiss"), json!({"call": 2})).await.problem(), "bad-request");
    assert_eq!(client.get(&format!("{AT}?call=2")).await.problem(), "bad-request");
    for phrases in [vec!["a bad knee".to_owned(); 51], vec!["é".repeat(201)]] {
        let reply = client.post(&at, json!({"intent": "deny", "phrases": phrases})).await;
        assert_eq!((reply.status, reply.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["phrases".to_owned()]));
    }
    assert_eq!(text(&server), TEMPLATE);
    assert_eq!(cluster(&client, "my knee").await.unwrap()["id"], id.as_str());
}

#[tokio::test]
async fn of_two_who_save_at_once_the_second_is_told_that_the_file_has_changed() {
    let (server, _, _) = with_calls(TEMPLATE, TESTS).await;
    let library = &server.state.templates;
    let mut embed = |_: &str| None::<Vec<f32>>;
    let template = ready(TEMPLATE, &mut embed).unwrap();
    let stored = Stored::load(&server.db, library, "small", None, 100).await.unwrap();
    let review = Review::of(&stored, &template, &mut embed);
    let proposals = ["confirm", "deny"].map(|intent| {
        let wish = Wish { intent: intent.into(), ..Wish::default() };
        Proposal::of(library, "small", &template, &stored, &review.groups[0], &wish, &mut embed).unwrap()
    });
    for _ in 0..50 {
        std::fs::write(server.folder.path().join("small.yaml"), TEMPLATE).unwrap();
        let start = &Barrier::new(2);
        let saved = std::thread::scope(|scope| {
            let save = |proposal| {
                scope.spawn(move || {
                    start.wait();
                    Proposal::save(proposal, library)
                })
            };
            proposals.each_ref().map(save).map(|one| one.join().unwrap())
        });
        let refused = saved.iter().filter(|saved| matches!(saved, Err(AssignError::Changed(_)))).count();
        assert_eq!((saved.iter().filter(|saved| saved.is_ok()).count(), refused), (1, 1), "{saved:?}");
    }
}

#[tokio::test]
async fn an_assignment_is_finished_although_the_client_hangs_up() {
    let (server, client, _) = with_calls(TEMPLATE, TESTS).await;
    let id = cluster(&client, "my knee").await.unwrap()["id"].as_str().unwrap().to_owned();
    let at = format!("{AT}/{id}/assign");
    let asking = tokio::spawn(async move { client.post(&at, json!({"intent": "deny"})).await.status });
    while text(&server) == TEMPLATE && !asking.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    asking.abort();
    for _ in 0..500 {
        let audit = server.db.audit_entries(None, 10).await.unwrap();
        if audit.iter().any(|entry| entry.action == "template.assign") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the file was changed and nobody did it");
}

#[tokio::test]
async fn what_is_dismissed_does_not_come_back() {
    let (server, client, _) = with_calls(TEMPLATE, TESTS).await;
    let id = cluster(&client, "my knee").await.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(client.post(&format!("{AT}/{id}/dismiss"), json!({})).await.status, StatusCode::NO_CONTENT);
    assert!(cluster(&client, "my knee").await.is_none());
    assert_eq!(client.post(&format!("{AT}/{id}/dismiss"), json!({})).await.problem(), "not-found");
    let audit = server.db.audit_entries(None, 10).await.unwrap();
    assert!(audit.iter().any(|e| e.action == "template.dismiss" && e.detail.contains("4 answers")));
}

/// Ten seconds of two channels at 8 kHz.
fn recording() -> Vec<u8> {
    let bytes = 8000u32 * 4 * 10;
    let head: [&[u8]; 7] = [
        b"RIFF",
        &(bytes + 36).to_le_bytes(),
        b"WAVEfmt ",
        &16u32.to_le_bytes(),
        &[1, 0, 2, 0],
        &8000u32.to_le_bytes(),
        &32_000u32.to_le_bytes(),
    ];
    let mut out = head.concat();
    out.extend([4, 0, 16, 0]);
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    out.extend((0..bytes / 4).flat_map(u32::to_le_bytes));
    out
}

#[tokio::test]
async fn the_sound_of_an_answer_is_played_by_range_and_audited() {
    let (server, client, calls) = with_calls(TEMPLATE, TESTS).await;
    let at = format!("/api/calls/{}/turns/1/clip", calls[0]);
    assert_eq!(client.get(&at).await.problem(), "not-found");
    let path = server.folder.path().join("call.wav");
    std::fs::write(&path, recording()).unwrap();
    let file = RecordingFile { path: path.display().to_string(), sample_rate_hz: 8000 };
    server.db.record(calls[0], &CallChange::RecordingStarted(file), BASE).await.unwrap();
    let whole = client.get(&at).await;
    assert_eq!((whole.status, &whole.headers[header::CONTENT_TYPE]), (StatusCode::OK, &"audio/wav".parse().unwrap()));
    // One second and 0.4 s on both sides, from 1.6 s on.
    assert_eq!(whole.bytes.len(), 44 + 4 * 14_400);
    assert_eq!(whole.bytes[44..48], 12_800u32.to_le_bytes());
    let ask = client.request(Method::GET, &at).header(header::RANGE, "bytes=44-47");
    let part = client.send(ask.body(Body::empty()).unwrap()).await;
    assert_eq!((part.status, part.bytes), (StatusCode::PARTIAL_CONTENT, 12_800u32.to_le_bytes().to_vec()));
    assert_eq!(part.headers[header::CONTENT_RANGE], "bytes 44-47/57644");
    let ask = client.request(Method::GET, &at).header(header::RANGE, "bytes=60000-");
    assert_eq!(client.send(ask.body(Body::empty()).unwrap()).await.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(client.get(&at.replace("turns/1", "turns/9")).await.problem(), "not-found");
    let audit = server.db.audit_entries(None, 10).await.unwrap();
    let played = audit.iter().filter(|e| e.action == "recording.play").count();
    assert_eq!(played, 1, "the part in the middle is the same listening");
    assert_eq!(server.client(Role::Marketer).await.get(&at).await.status, StatusCode::FORBIDDEN);
}
