//! What a running campaign costs the database.
//!
//! `cargo run --release -p warmline-storage --example live_bench -- [CALLS] [CONTACTS]`
//!
//! Plays calls of eight events each through storage, four at a time, on a list of the given size, and
//! prints the times of a claim (`reserve_attempt`) and of every kind of write; `begin_dialling` and
//! `record(ended)` are synced to disk, and the others wait for their turn behind them.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use chrono::Utc;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Cursor;
use std::time::Instant;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    CallChange, CallResult, CampaignId, CampaignSettings, CampaignState, ContactId, ListSettings, NewCall, NewCampaign,
    NumberRule, Outcome, Turn,
};
use warmline_storage::{Db, Reservation, StorageError};

type Times = BTreeMap<&'static str, Vec<f64>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let calls: usize = args.next().map_or(Ok(2_000), |n| n.parse())?;
    let contacts: u64 = args.next().map_or(Ok(100_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    let db = Db::open(folder.path().join("bench.db")).await?;
    let campaign = prepare(&db, contacts).await?;
    let list = db.campaign(campaign).await?.ok_or("no campaign")?.data.list;
    let ids: Vec<ContactId> = db.contacts(list, None, calls as u32).await?.into_iter().map(|c| c.id).collect();

    let started = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for part in 0..4 {
        let (db, mine) = (db.clone(), ids.iter().skip(part).step_by(4).copied().collect());
        workers.spawn(play(db, campaign, mine));
    }
    let mut all = Times::new();
    while let Some(times) = workers.join_next().await {
        for (name, mut values) in times?? {
            all.entry(name).or_default().append(&mut values);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let writes: usize = all.values().map(Vec::len).sum();
    println!("{calls} calls, {writes} commits in {seconds:.2} s: {:.0} commits/s", writes as f64 / seconds);
    for (name, mut values) in all {
        values.sort_by(f64::total_cmp);
        let at = |q: f64| values[((values.len() - 1) as f64 * q) as usize];
        println!("{name:<16} p50 {:6.3} ms   p99 {:6.3} ms   max {:6.3} ms", at(0.5), at(0.99), at(1.0));
    }
    let started = Instant::now();
    let progress = db.campaign_progress(campaign).await?;
    println!("campaign_progress of {} attempts: {:.1} ms", progress.attempts, started.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

async fn prepare(db: &Db, contacts: u64) -> Result<CampaignId, Box<dyn Error>> {
    let list = db.create_list("bench", &ListSettings { numbers: NumberRule::Local }, Utc::now()).await?;
    let rows: String = (0..contacts).map(|i| format!("Ann,{}\n", 1_000_000 + i)).collect();
    let csv = Cursor::new(format!("name,phone\n{rows}"));
    let reader = ContactReader::new(csv, &ImportOptions::new(NumberRule::Local))?;
    db.import_contacts(list.id, reader, |_| {}).await?;
    let settings = CampaignSettings::new("bench", "loopback", Tz::UTC);
    let new = NewCampaign { name: "bench".into(), list: list.id, settings };
    let id = db.create_campaign(&new, Utc::now()).await?.id;
    db.set_campaign_state(id, CampaignState::Running, Utc::now()).await?;
    Ok(id)
}

async fn play(db: Db, campaign: CampaignId, contacts: Vec<ContactId>) -> Result<Times, StorageError> {
    let mut times = Times::new();
    for contact in contacts {
        let now = Utc::now();
        let started = Instant::now();
        let reserved = db.reserve_attempt(campaign, contact, now).await?;
        times.entry("reserve_attempt").or_default().push(started.elapsed().as_secs_f64() * 1e3);
        let Reservation::Reserved(attempt) = reserved else { continue };
        let started = Instant::now();
        db.begin_dialling(attempt.id, &new_call(), now).await?;
        times.entry("begin_dialling").or_default().push(started.elapsed().as_secs_f64() * 1e3);
        for (name, change) in changes() {
            let started = Instant::now();
            db.record(attempt.id, &change, Utc::now()).await?;
            times.entry(name).or_default().push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

fn new_call() -> NewCall {
    NewCall { trunk: "t".into(), caller_id: None, template: "bench".into(), template_version: "0".into() }
}

fn changes() -> Vec<(&'static str, CallChange)> {
    let turn = |turn| {
        let said = "Good morning, this is the clinic about your appointment on Monday.".into();
        CallChange::Turn(Box::new(Turn { turn, said, heard: "yes please".into(), ..Turn::default() }))
    };
    let result = CallResult {
        outcome: Outcome::Person,
        end_reason: "completed".into(),
        answered_by: Some("person".into()),
        sip_status: Some(200),
        cause: "the template reached its end".into(),
        ring_ms: Some(2_000),
        talk_ms: 30_000,
        intent: Some("confirm".into()),
        tags: vec!["confirmed".into()],
        categories: Vec::new(),
        slots: BTreeMap::new(),
        handed_over: false,
        turns: 2,
    };
    vec![
        ("record(ringing)", CallChange::Ringing),
        ("record(answered)", CallChange::Answered),
        ("record(turn)", turn(1)),
        ("record(turn)", turn(2)),
        ("record(turn)", turn(3)),
        ("record(ended)", CallChange::Ended(Box::new(result))),
    ]
}
