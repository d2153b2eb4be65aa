//! Calls: who sees which number, pages, filters, and recordings by range.

use crate::support::{Client, Server, server};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    AttemptId, CallChange, CallResult, CampaignId, CampaignSettings, CampaignState, HandoffReason, HandoffScore,
    HeardReading, ListSettings, NewCall, NewCampaign, NumberRule, Outcome, RecordingFile, Role, Turn, TurnInput,
};
use warmline_storage::{Db, Reservation};

const BASE: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// A running campaign over contacts `+1202555010N`, and one ended call to each.
async fn with_calls(server: &Server, contacts: usize) -> (CampaignId, Vec<AttemptId>) {
    let db = &server.db;
    let numbers = NumberRule::International { region: None };
    let settings = ListSettings { numbers: numbers.clone() };
    let list = db.create_list("People", &settings, BASE).await.unwrap();
    let mut csv = String::from("name,phone\n");
    for n in 0..contacts {
        csv += &format!("Person {n},+1202555{:04}\n", 100 + n);
    }
    let reader = ContactReader::new(std::io::Cursor::new(csv), &ImportOptions::new(numbers)).unwrap();
    assert_eq!(db.import_contacts(list.id, reader, |_| {}).await.unwrap().imported, contacts as u64);
    let settings = CampaignSettings::new("reminder", "lab", Tz::UTC);
    let new = NewCampaign { name: "May".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, BASE).await.unwrap().id;
    db.set_campaign_state(campaign, CampaignState::Running, BASE).await.unwrap();
    let mut calls = Vec::new();
    for (n, contact) in db.contacts(list.id, None, 1000).await.unwrap().into_iter().enumerate() {
        let now = BASE + TimeDelta::minutes(n as i64);
        let Reservation::Reserved(attempt) = db.reserve_attempt(campaign, contact.id, now).await.unwrap() else {
            panic!("not reserved")
        };
        calls.push(attempt.id);
        call(db, attempt.id, n, now).await;
    }
    (campaign, calls)
}

async fn call(db: &Db, id: AttemptId, n: usize, now: DateTime<Utc>) {
    let new =
        NewCall { trunk: "lab".into(), caller_id: None, template: "reminder".into(), template_version: "1".into() };
    db.begin_dialling(id, &new, now).await.unwrap();
    let person = n.is_multiple_of(2);
    let reason = HandoffReason { cue: "request".into(), weight: 0.9, detail: "asked for a human".into() };
    let turn = Turn {
        turn: 1,
        step: "ask".into(),
        said: "Is nine fine?".into(),
        input: Some(TurnInput::Speech),
        heard: "yes".into(),
        readings: vec![HeardReading { text: "yes".into(), confidence: 0.5, expected: true }],
        handoff: Some(HandoffScore { score: 0.5, reasons: vec![reason] }),
        ..Turn::default()
    };
    if person {
        db.record(id, &CallChange::Answered, now).await.unwrap();
        db.record(id, &CallChange::Turn(Box::new(turn)), now).await.unwrap();
    }
    let result = CallResult {
        outcome: if person { Outcome::Person } else { Outcome::Busy },
        end_reason: "completed".into(),
        answered_by: None,
        sip_status: Some(200),
        cause: String::new(),
        ring_ms: Some(900),
        talk_ms: 4000,
        intent: person.then(|| "confirm".into()),
        tags: vec![],
        categories: vec!["complaint".into()],
        slots: [].into(),
        handed_over: false,
        turns: u16::from(person),
    };
    db.record(id, &CallChange::Ended(Box::new(result)), now).await.unwrap();
}

#[tokio::test]
async fn numbers_are_masked_for_roles_that_may_not_see_them() {
    let server = server().await;
    let (_, calls) = with_calls(&server, 1).await;
    let at = format!("/api/calls/{}", calls[0]);
    let open = server.client(Role::Supervisor).await.get(&at).await.json();
    assert_eq!(open["number"], "+12025550100");
    for role in [Role::Marketer, Role::Trainer, Role::Agent] {
        let client = server.client(role).await;
        let masked = client.get(&at).await;
        assert_eq!(masked.json()["number"], "+1••••••••00");
        let list = client.get("/api/calls").await;
        for reply in [&masked, &list] {
            assert!(!String::from_utf8_lossy(&reply.bytes).contains("2025550100"), "{}", role.as_str());
        }
        let guess = client.get("/api/calls?search=%2B12025550100").await.json();
        assert_eq!(guess["calls"].as_array().unwrap().len(), 0, "a search by number would undo the mask");
    }
}

#[tokio::test]
async fn the_exchanges_are_there() {
    let server = server().await;
    let (_, calls) = with_calls(&server, 1).await;
    let call = server.client(Role::Agent).await.get(&format!("/api/calls/{}", calls[0])).await.json();
    let exchange = &call["exchanges"][0];
    assert_eq!(exchange["said"], "Is nine fine?");
    assert_eq!((&exchange["input"], &exchange["readings"][0]["text"]), (&"speech".into(), &"yes".into()));
    assert_eq!(exchange["handoff"]["reasons"][0]["detail"], "asked for a human");
    assert_eq!(call["categories"][0], "complaint");
    assert_eq!(
        (&call["intent"], &call["outcome"], &call["campaign_name"]),
        (&"confirm".into(), &"person".into(), &"May".into())
    );
}

#[tokio::test]
async fn pages_and_filters() {
    let server = server().await;
    let (campaign, _) = with_calls(&server, 7).await;
    let client = server.client(Role::Supervisor).await;
    let mut names = Vec::new();
    let mut at = format!("/api/calls?campaign={campaign}&limit=3");
    loop {
        let page = client.get(&at).await.json();
        names.extend(page["calls"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        at = format!("/api/calls?campaign={campaign}&limit=3&before={next}");
    }
    let newest_first: Vec<String> = (0..7).rev().map(|n| format!("Person {n}")).collect();
    assert_eq!(names, newest_first);
    let count =
        async |query: &str| client.get(&format!("/api/calls?{query}")).await.json()["calls"].as_array().unwrap().len();
    assert_eq!(count("outcome=person").await, 4);
    assert_eq!(count("outcome=machine").await, 0);
    assert_eq!(count("search=person+3").await, 1);
    assert_eq!(count("search=%2B1+202+555-0102").await, 1);
    assert_eq!(count("campaign=99").await, 0);
    assert_eq!(client.get("/api/calls?before=yesterday").await.fields(), ["before"]);
    assert_eq!(client.get("/api/calls?outcome=maybe").await.problem(), "bad-request");
    let campaign = client.get(&format!("/api/campaigns/{campaign}")).await.json();
    assert_eq!(
        (&campaign["progress"]["outcomes"]["person"], &campaign["progress"]["answered"]),
        (&4.into(), &4.into())
    );
}

async fn listen(client: &Client, id: AttemptId, range: Option<&str>) -> crate::support::Reply {
    let mut request = client.request(Method::GET, &format!("/api/calls/{id}/recording"));
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    client.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn recordings_are_played_by_range_and_every_listening_is_audited() {
    let server = server().await;
    let (_, calls) = with_calls(&server, 1).await;
    let client = server.client(Role::Trainer).await;
    assert_eq!(listen(&client, calls[0], None).await.problem(), "not-found");

    let path = server.folder.path().join("call.wav");
    let sound: Vec<u8> = (0..=255).collect();
    std::fs::write(&path, &sound).unwrap();
    let file = RecordingFile { path: path.display().to_string(), sample_rate_hz: 8000 };
    server.db.record(calls[0], &CallChange::RecordingStarted(file), BASE).await.unwrap();

    let whole = listen(&client, calls[0], None).await;
    assert_eq!((whole.status, &whole.bytes), (StatusCode::OK, &sound));
    let asked = client.request(Method::GET, &format!("/api/calls/{}/recording", calls[0]));
    let squeezed = asked.header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap();
    assert_eq!(client.send(squeezed).await.bytes, sound, "a player needs the length and the ranges of the file itself");
    let part = listen(&client, calls[0], Some("bytes=100-103")).await;
    assert_eq!((part.status, part.bytes), (StatusCode::PARTIAL_CONTENT, vec![100, 101, 102, 103]));
    assert_eq!(part.headers[header::CONTENT_RANGE], "bytes 100-103/256");
    assert_eq!(part.headers[header::CONTENT_LENGTH], "4");
    let beyond = listen(&client, calls[0], Some("bytes=256-")).await;
    assert_eq!(
        (beyond.status, &beyond.headers[header::CONTENT_RANGE]),
        (StatusCode::RANGE_NOT_SATISFIABLE, &"bytes */256".parse().unwrap())
    );

    let audit = server.db.audit_entries(None, 10).await.unwrap();
    assert_eq!(audit.iter().filter(|e| e.action == "recording.play" && e.detail == calls[0].to_string()).count(), 2);
}
