//! A machine that becomes slow gets fewer calls, and gets them back when it is quick again: a campaign over real SIP
//! and RTP to the simulated carrier, with a recogniser that takes as long as it is told.

#![allow(clippy::unwrap_used)]

use super::{SharedDesk, engine::Engine, now, start};
use crate::config::Config;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use warmline_api::CampaignEngine;
use warmline_carrier::people::People;
use warmline_carrier::sip::{Carrier, Config as CarrierConfig};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{CampaignSettings, HoursProfile, ListSettings, NewCampaign, NumberRule, RetryPolicy};
use warmline_models::enhance::Enhance;
use warmline_models::fake::{FakeEmbedder, FakeVad, SlowAsr};
use warmline_models::service::Hearing;
use warmline_runtime::{Mind, MindConfig};

const CALLS: u32 = 10;
/// As many as the test can use up.
const PEOPLE: u32 = 400;
/// Nothing here takes nearly as long on any machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// People who say three sentences each, again and again, and hang up.
async fn carrier(folder: &std::path::Path) -> Carrier {
    let person = |n: u32| {
        format!(
            "[[person]]\nnumber = \"{}\"\nname = \"speaks\"\ncampaign = \"bench\"\nvoice = \"flite:slt\"\nring_ms = 0\n\
             [person.behaviour.turns]\ncount = 3\nutterances = [\"who is calling\"]\n",
            6000 + n
        )
    };
    let people = People::parse(&(0..PEOPLE).map(person).collect::<String>()).unwrap();
    let config = CarrierConfig {
        people,
        sip: "127.0.0.1:0".parse().unwrap(),
        rtp: 33_000..=34_999,
        report: None,
        cache: folder.join("voices"),
        seed: 1,
        auth: None,
    };
    Carrier::start(config).await.unwrap()
}

fn mind(reading_ms: &Arc<AtomicU64>, folder: &std::path::Path) -> Arc<Mind> {
    let asr = SlowAsr { hears: "who is calling".into(), takes_ms: reading_ms.clone() };
    let hearing = Hearing { asr: Box::new(asr), embedder: Box::new(FakeEmbedder) };
    let config = MindConfig {
        hearing_threads: 1,
        speaking_threads: 2,
        queue: 64,
        cache: Some(folder.join("speech")),
        cache_bytes: 1 << 24,
        cache_days: 1,
        enhance: Enhance::default(),
    };
    Arc::new(Mind::of(vec![hearing], || Box::new(FakeVad), config).unwrap())
}

async fn campaign(desk: &SharedDesk) {
    let mut csv = String::from("number,consent\n");
    (0..PEOPLE).for_each(|n| csv.push_str(&format!("{},yes\n", 6000 + n)));
    let reader = ContactReader::new(std::io::Cursor::new(csv), &ImportOptions::new(NumberRule::Local)).unwrap();
    let list = desk.db.create_list("people", &ListSettings { numbers: NumberRule::Local }, now()).await.unwrap();
    desk.db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let template = desk.config.server.data_dir.join("bench.yaml");
    std::fs::write(&template, include_str!("../commands/bench_turns.yaml")).unwrap();
    let settings = CampaignSettings {
        most_in_flight: CALLS,
        calls_per_second: 5.0,
        ring_limit_s: 15,
        hours: HoursProfile::any_time(),
        retry: RetryPolicy::once(),
        ..CampaignSettings::new(template.to_string_lossy(), "carrier", chrono_tz::Tz::UTC)
    };
    let new = NewCampaign { name: "people".into(), list: list.id, settings };
    let campaign = desk.db.create_campaign(&new, now()).await.unwrap();
    Engine(desk.clone()).start(campaign.id).await.unwrap();
}

/// Waits until `holds`, and says what it came to when it never does.
async fn until(desk: &SharedDesk, what: &str, holds: impl Fn(u32) -> bool) {
    let limit = Instant::now() + PATIENCE;
    loop {
        let open = desk.bot.open_calls() as u32;
        if holds(open) {
            return;
        }
        let load = desk.bot.answer_load();
        assert!(Instant::now() < limit, "never {what}: {open} calls, {load:?}, {:?}", desk.throttled());
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_machine_is_given_fewer_calls_and_gets_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = carrier(folder.path()).await;
    let trunk = format!(
        "name = \"carrier\"\nhost = \"{}\"\ncaller_ids = [\"+15550100\"]\nmax_calls = 40\ncalls_per_second = 5.0\nring_limit_s = 15",
        carrier.address()
    );
    let mut config = Config { trunks: vec![toml::from_str(&trunk).unwrap()], ..Config::default() };
    config.sip.bind.set_port(0);
    config.server.data_dir = folder.path().join("data");
    config.media.record = false;
    (config.media.rtp_first, config.media.rtp_last) = (35_000, 35_999);
    // Far from what a loaded machine does to a recogniser that takes no time.
    config.models.answer_target_ms = 1_500;
    let reading_ms = Arc::new(AtomicU64::new(1));
    let desk = start::start_with(config, mind(&reading_ms, folder.path())).await.unwrap().desk;
    campaign(&desk).await;
    until(&desk, "all calls are open", |open| open == CALLS && desk.bot.answer_load().answers > 4).await;
    assert_eq!(desk.throttled(), None);

    reading_ms.store(1_200, Ordering::Relaxed);
    until(&desk, "fewer calls are open", |open| desk.throttled().is_some_and(|t| open <= t.most && t.most < CALLS))
        .await;
    let why = desk.throttled().unwrap();
    assert!(why.to_string().starts_with("the machine "), "{why}");
    assert!(why.instead_of <= CALLS && desk.bot_free(why.most) == 0);

    reading_ms.store(1, Ordering::Relaxed);
    until(&desk, "all calls are open again", |open| open == CALLS).await;
    desk.stop(Duration::from_secs(5)).await;
    carrier.stop().await;
}
