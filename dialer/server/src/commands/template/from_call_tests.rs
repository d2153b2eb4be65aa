//! A call that is stored becomes a conversation beside its template.
#![allow(clippy::unwrap_used)]

use super::*;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    CallChange, CallResult, CampaignSettings, CampaignState, ListSettings, NewCall, NewCampaign, NumberRule, Outcome,
};
use warmline_storage::Reservation;

const LIST: &str = "name,phone,consent,customer_digits,card_digits,merchant,amount,date,company,our_number,diary\n\
    Anna Berg,7001,yes,0427,7711,Blue Electronics,899 EUR,2027-01-14,Harbour Bank,+15550102030,at the lake\n";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

fn turn(number: u16, heard: &str, understood: &str) -> CallChange {
    turn_at("", number, heard, understood)
}

fn turn_at(step: &str, number: u16, heard: &str, understood: &str) -> CallChange {
    let speech = Some(TurnInput::Speech);
    CallChange::Turn(Box::new(Turn {
        turn: number,
        step: step.into(),
        heard: heard.into(),
        heard_from_ms: Some(1),
        heard_to_ms: Some(2),
        input: speech,
        confidence: Some(0.8),
        understood: Some(understood.into()),
        score: Some(0.9),
        ..Turn::default()
    }))
}

/// A call of the fraud alert in which Anna says who she is and that it was not her; `understood`: of the last answer.
async fn called(config: &Config, understood: &str) -> Uuid {
    let turns = [
        turn(1, "yes speaking", "it_is_me"),
        turn(2, "zero four two seven", "slot:given_digits"),
        turn(3, "no that wasn't me", understood),
    ];
    stored(config, NumberRule::Local, LIST, turns).await
}

/// A call to the first contact of `list`.
async fn stored<const N: usize>(config: &Config, numbers: NumberRule, list: &str, turns: [CallChange; N]) -> Uuid {
    let db = start::open_database(config).await.unwrap();
    let rows = std::io::Cursor::new(list.as_bytes().to_vec());
    let list = db.create_list("l", &ListSettings { numbers: numbers.clone() }, at(0)).await.unwrap();
    let reader = ContactReader::new(rows, &ImportOptions::new(numbers)).unwrap();
    db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let settings = CampaignSettings::new("fraud-alert", "main", chrono_tz::UTC);
    let campaign = NewCampaign { name: "c".into(), list: list.id, settings };
    let campaign = db.create_campaign(&campaign, at(0)).await.unwrap();
    db.set_campaign_state(campaign.id, CampaignState::Running, at(0)).await.unwrap();
    let contact = db.contacts(list.id, None, 10).await.unwrap()[0].id;
    let Reservation::Reserved(attempt) = db.reserve_attempt(campaign.id, contact, at(1)).await.unwrap() else {
        panic!("nobody else dials");
    };
    let new = NewCall {
        trunk: "main".into(),
        caller_id: None,
        template: "fraud-alert".into(),
        template_version: "abc".into(),
    };
    db.begin_dialling(attempt.id, &new, at(1)).await.unwrap();
    let result = CallResult {
        outcome: Outcome::Person,
        end_reason: "agent_hangup".into(),
        answered_by: Some("person".into()),
        sip_status: Some(200),
        cause: "the agent hung up".into(),
        ring_ms: Some(1000),
        talk_ms: 20_000,
        intent: Some("not_my_payment".into()),
        tags: vec!["fraud".into(), "keep_blocked".into()],
        categories: Vec::new(),
        slots: BTreeMap::from([("given_digits".to_owned(), "0427".to_owned())]),
        handed_over: true,
        turns: 3,
    };
    let (reason, skill, score) = ("fraud".to_owned(), None, None);
    let ended = [
        CallChange::HandoffRequested { reason, skill, score, by_score: false },
        CallChange::Bridged { agent: "desk".into(), wait_ms: 900 },
        CallChange::Ended(Box::new(result)),
    ];
    for change in [CallChange::Answered].into_iter().chain(turns).chain(ended) {
        assert!(db.record(attempt.id, &change, at(5)).await.unwrap());
    }
    db.close().await;
    attempt.id.0
}

fn folder() -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let library = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    for file in ["fraud-alert.yaml", "fraud-alert.test.yaml"] {
        std::fs::copy(library.join(file), folder.path().join(file)).unwrap();
    }
    let mut config = Config::default();
    config.server.data_dir = folder.path().join("data");
    config.server.templates_dir = folder.path().to_owned();
    (folder, config)
}

fn args(call: Uuid) -> FromCallArgs {
    FromCallArgs {
        call,
        name: Some("as Anna did".into()),
        template: None,
        into: None,
        print: false,
        even_if_failing: false,
        no_meaning: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_call_is_added_to_the_conversations_without_the_person_in_it() {
    let (folder, config) = folder();
    let call = called(&config, "not_my_payment").await;
    let file = folder.path().join("fraud-alert.test.yaml");
    let before = std::fs::read_to_string(&file).unwrap();
    run(config.clone(), args(call)).await.unwrap();
    let after = std::fs::read_to_string(&file).unwrap();
    let added = after.strip_prefix(&before).expect("what was there stays as it was");
    for private in ["Berg", "anna", "0427", "four two seven", "899", "2027-01-14", "7001", "lake"] {
        assert!(!added.contains(private), "{private} in {added}");
    }
    let template = library::compiled(
        library::parsed(&config.server.templates_dir.join("fraud-alert.yaml")).unwrap(),
        &mut Meaning::none(),
    )
    .unwrap();
    let plan = library::plan(&file).unwrap();
    let verdicts = plan.hold(&template, |name| name == "as Anna did", &mut |_| None).unwrap();
    assert!(verdicts.len() == 1 && verdicts[0].passed(), "{verdicts:?}\n{added}");
    let again = run(config, args(call)).await.unwrap_err();
    assert!(format!("{again:#}").contains("two conversations are called `as Anna did`"), "{again:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_template_would_take_another_way_is_not_added_unasked() {
    let (folder, config) = folder();
    let call = called(&config, "my_payment").await;
    let file = folder.path().join("fraud-alert.test.yaml");
    let before = std::fs::read_to_string(&file).unwrap();
    let refused = run(config.clone(), args(call)).await.unwrap_err();
    assert!(refused.to_string().contains("does not do what the call did"), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    run(config.clone(), FromCallArgs { even_if_failing: true, ..args(call) }).await.unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().contains("as Anna did"));
    let unknown = run(config, args(Uuid::nil())).await.unwrap_err();
    assert!(unknown.to_string().contains("there is no call"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_asked_for_is_held_from_where_it_began() {
    let (folder, config) = folder();
    let file = folder.path().join("fraud-alert.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen("  person: greet\n", "  person: greet\n  called_back: verify\n", 1);
    std::fs::write(&file, text).unwrap();
    let turns = [
        turn_at("verify", 1, "zero four two seven", "slot:given_digits"),
        turn_at("payment", 2, "no that wasn't me", "not_my_payment"),
    ];
    let call = self::stored(&config, NumberRule::Local, LIST, turns).await;
    run(config.clone(), args(call)).await.unwrap();
    let added = std::fs::read_to_string(folder.path().join("fraud-alert.test.yaml")).unwrap();
    assert!(added.contains("answered_by: called_back"), "{added}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_call_is_that_of_the_persons_place() {
    let (_folder, config) = folder();
    let list = LIST.replace("7001", "+886912345678");
    let call = self::stored(&config, NumberRule::International { region: None }, &list, []).await;
    let db = start::open_database(&config).await.unwrap();
    let (_, zone) = load(&db, &args(call)).await.unwrap();
    assert_eq!(zone, chrono_tz::Asia::Taipei, "the number tells the region, which has one clock");
    db.close().await;
}
