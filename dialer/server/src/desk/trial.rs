//! What the desk's own tests share: the simulated carrier, a bot with a recogniser of the test's choice, a campaign.

#![allow(clippy::unwrap_used)]

use super::{SharedDesk, engine::Engine, now, start};
use crate::config::Config;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use warmline_api::CampaignEngine;
use warmline_carrier::people::People;
use warmline_carrier::sip::{Carrier, Config as CarrierConfig};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    CampaignId, CampaignSettings, HoursProfile, ListId, ListSettings, NewCampaign, NumberRule, RetryPolicy,
};
use warmline_models::Asr;
use warmline_models::enhance::Enhance;
use warmline_models::fake::{FakeEmbedder, FakeVad};
use warmline_models::service::Hearing;
use warmline_runtime::{Mind, MindConfig};

/// Nothing here takes nearly as long on any machine.
const PATIENCE: Duration = Duration::from_secs(240);
const FIRST_NUMBER: u32 = 6000;

/// `people` who each say `count` sentences and hang up.
pub async fn carrier(folder: &Path, people: u32, count: u32, rtp: RangeInclusive<u16>) -> Carrier {
    let person = |n: u32| {
        format!(
            "[[person]]\nnumber = \"{}\"\nname = \"speaks\"\ncampaign = \"bench\"\nvoice = \"flite:slt\"\nring_ms = 0\n\
             [person.behaviour.turns]\ncount = {count}\nutterances = [\"who is calling\"]\n",
            FIRST_NUMBER + n
        )
    };
    let people = People::parse(&(0..people).map(person).collect::<String>()).unwrap();
    let config = CarrierConfig {
        people,
        sip: "127.0.0.1:0".parse().unwrap(),
        rtp,
        report: None,
        cache: folder.join("voices"),
        seed: 1,
        auth: None,
    };
    Carrier::start(config).await.unwrap()
}

/// A desk with a trunk to `carrier`.
pub async fn desk(folder: &Path, carrier: &Carrier, asr: Box<dyn Asr>, rtp: (u16, u16)) -> SharedDesk {
    let trunk = format!(
        "name = \"carrier\"\nhost = \"{}\"\ncaller_ids = [\"+15550100\"]\nmax_calls = 40\ncalls_per_second = 5.0\nring_limit_s = 15",
        carrier.address()
    );
    let mut config = Config { trunks: vec![toml::from_str(&trunk).unwrap()], ..Config::default() };
    config.sip.bind.set_port(0);
    config.server.data_dir = folder.join("data");
    config.media.record = false;
    (config.media.rtp_first, config.media.rtp_last) = rtp;
    // Far from what a loaded machine does to a recogniser that takes no time.
    config.models.answer_target_ms = 1_500;
    let hearing = Hearing { asr, embedder: Box::new(FakeEmbedder) };
    let mind = MindConfig {
        hearing_threads: 1,
        speaking_threads: 2,
        queue: 64,
        cache: Some(folder.join("speech")),
        cache_bytes: 1 << 24,
        cache_days: 1,
        recordings: None,
        enhance: Enhance::default(),
    };
    let mind = Arc::new(Mind::of(vec![hearing], || Box::new(FakeVad), mind).unwrap());
    start::start_with(config, mind).await.unwrap().desk
}

/// The first `people` of the carrier as a list.
pub async fn list(desk: &SharedDesk, people: u32) -> ListId {
    let mut csv = String::from("number,consent\n");
    (0..people).for_each(|n| csv.push_str(&format!("{},yes\n", FIRST_NUMBER + n)));
    let reader = ContactReader::new(std::io::Cursor::new(csv), &ImportOptions::new(NumberRule::Local)).unwrap();
    let list = desk.db.create_list("people", &ListSettings { numbers: NumberRule::Local }, now()).await.unwrap();
    desk.db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    list.id
}

/// A campaign to a list, not yet started.
pub async fn campaign(desk: &SharedDesk, list: ListId, template: &str, most_in_flight: u32) -> CampaignId {
    let file = desk.config.server.data_dir.join("trial.yaml");
    std::fs::write(&file, template).unwrap();
    let settings = CampaignSettings {
        most_in_flight,
        calls_per_second: 5.0,
        ring_limit_s: 15,
        hours: HoursProfile::any_time(),
        retry: RetryPolicy::once(),
        ..CampaignSettings::new(file.to_string_lossy(), "carrier", chrono_tz::Tz::UTC)
    };
    let new = NewCampaign { name: "people".into(), list, settings };
    desk.db.create_campaign(&new, now()).await.unwrap().id
}

pub async fn begin(desk: &SharedDesk, campaign: CampaignId) {
    Engine(desk.clone()).start(campaign).await.unwrap();
}

/// Waits until `holds`, given the number of open calls, and says what it came to when it never does.
pub async fn until(desk: &SharedDesk, what: &str, holds: impl Fn(u32) -> bool) {
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
