//! A campaign whose template is changed under way: real SIP and RTP to the simulated carrier, stand-ins for the
//! recogniser and the embedder.

#![allow(clippy::unwrap_used)]

use super::{SharedDesk, engine::Engine, now, start};
use crate::config::Config;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use warmline_api::{CampaignEngine, TemplateLibrary};
use warmline_carrier::people::People;
use warmline_carrier::sip::{Carrier, Config as CarrierConfig};
use warmline_dialog::play::no_meaning;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    CallSummary, CampaignSettings, HoursProfile, ListSettings, NewCampaign, NumberRule, RetryPolicy, Share,
    TemplateVersion,
};
use warmline_models::enhance::Enhance;
use warmline_models::fake::{FakeEmbedder, FakeVad, SlowAsr};
use warmline_models::service::Hearing;
use warmline_runtime::{Mind, MindConfig};
use warmline_storage::CallFilter;

/// As many as the test can use up.
const PEOPLE: u32 = 400;
/// Nothing here takes nearly as long on any machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A template that names its version in everything it says.
fn template(version: &str) -> String {
    format!(
        "template: small\nlanguage: en\nvoice: flite:slt\nentry: {{ person: ask }}\n\
         identification: {{ company: us, callback_number: \"100\", statement: \"We call.\", opt_out: \"Say stop.\" }}\n\
         limits: {{ turns: {{ most: 30, goto: over }} }}\n\
         globals: {{ who_is_this: off }}\n\
         intents:\n  who: [who is calling]\n  fine: [that is fine]\n\
         steps:\n  ask: {{ type: ask, prompt: \"{{{{identification}}}} {{{{opt_out}}}} {version} asks.\", answers: {{ who: tell, fine: over }} }}\n  \
         tell: {{ type: say, prompt: \"{version} calls.\", next: ask }}\n  \
         over: {{ type: end, prompt: \"Goodbye from {version}.\" }}\n"
    )
}

const TESTS: &str = "template: small\nnow: \"2026-11-20T10:00:00\"\ndialogs:\n  - name: asks who\n    talk:\n      \
                     - user: who is calling\n      - bot: calls\n      - user: that is fine\n    \
                     expect: { end: completed }\n";

/// Every eighth talks for a while, the others are busy.
async fn carrier(folder: &Path) -> Carrier {
    let person = |n: u32| {
        let behaviour = match n % 8 {
            0 => "[person.behaviour.turns]\ncount = 3\nutterances = [\"who is calling\"]\n",
            _ => "[person.behaviour.refuses]\nstatus = 486\n",
        };
        format!(
            "[[person]]\nnumber = \"{}\"\nname = \"{n}\"\nvoice = \"flite:slt\"\nring_ms = 0\n{behaviour}",
            6000 + n
        )
    };
    let config = CarrierConfig {
        people: People::parse(&(0..PEOPLE).map(person).collect::<String>()).unwrap(),
        sip: "127.0.0.1:0".parse().unwrap(),
        rtp: 37_000..=37_499,
        report: None,
        cache: folder.join("voices"),
        seed: 1,
        auth: None,
    };
    Carrier::start(config).await.unwrap()
}

async fn desk(folder: &Path, carrier: &Carrier) -> SharedDesk {
    let trunk = format!(
        "name = \"carrier\"\nhost = \"{}\"\ncaller_ids = [\"+15550100\"]\nmax_calls = 40\ncalls_per_second = 12.0\nring_limit_s = 15",
        carrier.address()
    );
    let mut config = Config { trunks: vec![toml::from_str(&trunk).unwrap()], ..Config::default() };
    config.sip.bind.set_port(0);
    config.server.data_dir = folder.join("data");
    config.server.templates_dir = folder.to_owned();
    config.media.record = false;
    (config.media.rtp_first, config.media.rtp_last) = (37_500, 37_899);
    let asr = SlowAsr { hears: "who is calling".into(), takes_ms: Arc::new(1.into()) };
    let mind = MindConfig {
        hearing_threads: 1,
        speaking_threads: 2,
        queue: 64,
        cache: Some(folder.join("speech")),
        cache_bytes: 1 << 24,
        cache_days: 1,
        enhance: Enhance::default(),
        recordings: None,
    };
    let hearing = Hearing { asr: Box::new(asr), embedder: Box::new(FakeEmbedder) };
    let mind = Mind::of(vec![hearing], || Box::new(FakeVad), mind).unwrap();
    start::start_with(config, Arc::new(mind)).await.unwrap().desk
}

async fn campaign(desk: &SharedDesk) {
    let mut csv = String::from("number,consent\n");
    (0..PEOPLE).for_each(|n| csv.push_str(&format!("{},yes\n", 6000 + n)));
    let reader = ContactReader::new(std::io::Cursor::new(csv), &ImportOptions::new(NumberRule::Local)).unwrap();
    let list = desk.db.create_list("people", &ListSettings { numbers: NumberRule::Local }, now()).await.unwrap();
    desk.db.import_contacts(list.id, reader, |_| {}).await.unwrap();
    let settings = CampaignSettings {
        most_in_flight: 6,
        calls_per_second: 12.0,
        ring_limit_s: 15,
        hours: HoursProfile::any_time(),
        retry: RetryPolicy::once(),
        ..CampaignSettings::new("small", "carrier", chrono_tz::Tz::UTC)
    };
    let new = NewCampaign { name: "people".into(), list: list.id, settings };
    let campaign = desk.db.create_campaign(&new, now()).await.unwrap();
    Engine(desk.clone()).start(campaign.id).await.unwrap();
}

/// What a trainer does in an editor and with `warmline template publish`.
async fn publish(desk: &SharedDesk, folder: &Path, text: &str, canary: Option<u8>) -> TemplateVersion {
    std::fs::write(folder.join("small.yaml"), text).unwrap();
    std::fs::write(folder.join("small.test.yaml"), TESTS).unwrap();
    let draft = TemplateLibrary::new(folder.to_owned()).draft("small", &mut no_meaning).unwrap();
    let canary = canary.map(|percent| Share::try_from(percent).unwrap());
    desk.db.publish_version(&draft.version(String::new(), None, canary), now()).await.unwrap()
}

async fn calls(desk: &SharedDesk) -> Vec<CallSummary> {
    desk.db.calls(&CallFilter::default(), None, 1000).await.unwrap()
}

/// Waits until so many calls of a version began after an instant.
async fn until(desk: &SharedDesk, version: &TemplateVersion, many: usize, after: DateTime<Utc>) {
    let limit = Instant::now() + PATIENCE;
    loop {
        let all = calls(desk).await;
        let its = all.iter().filter(|c| c.template_version == version.mark.sha256 && c.started_at >= after).count();
        if its >= many {
            return;
        }
        assert!(Instant::now() < limit, "{its} of {} calls had version {}", all.len(), version.mark.number);
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_campaign_takes_what_is_published_and_loses_what_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = carrier(folder.path()).await;
    let desk = desk(folder.path(), &carrier).await;
    let first = publish(&desk, folder.path(), &template("One"), None).await;
    campaign(&desk).await;
    until(&desk, &first, 10, DateTime::UNIX_EPOCH).await;

    let tried_at = now();
    let second = publish(&desk, folder.path(), &template("Two"), Some(50)).await;
    until(&desk, &second, 8, tried_at).await;
    until(&desk, &first, 8, tried_at).await;

    desk.db.roll_back("small", None, None, now()).await.unwrap();
    // What was about to be dialled at that moment may still have been.
    let back_at = now() + TimeDelta::milliseconds(250);
    until(&desk, &first, 20, back_at).await;
    let later: BTreeSet<String> =
        calls(&desk).await.into_iter().filter(|c| c.started_at >= back_at).map(|c| c.template_version).collect();
    assert_eq!(later, BTreeSet::from([first.mark.sha256.clone()]), "only version 1 after the roll-back");

    let third = publish(&desk, folder.path(), &template("Three"), None).await;
    until(&desk, &third, 5, back_at).await;
    // Its voice is not there, which the machine that published it could not know.
    let mute = template("Four").replace("flite:slt", "flite:nobody");
    let mute = publish(&desk, folder.path(), &mute, None).await;
    until(&desk, &third, 5, now()).await;
    desk.bot.stop(Duration::from_secs(1)).await;

    let all = calls(&desk).await;
    assert!(all.iter().all(|c| c.template_version != mute.mark.sha256), "a version that cannot be loaded got a call");
    let (mut talked, mut across) = (0, 0);
    for call in &all {
        let versions = [("One", &first), ("Two", &second), ("Three", &third)];
        let (word, version) = versions.into_iter().find(|(_, v)| v.mark.sha256 == call.template_version).unwrap();
        for turn in desk.db.turns(call.id).await.unwrap().iter().filter(|turn| !turn.said.is_empty()) {
            assert!(turn.said.contains(word), "a call of version {} says {:?}", version.mark.number, turn.said);
            talked += 1;
        }
        let ended_at = call.ended_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        across += usize::from(call.answered_at.is_some() && call.started_at < tried_at && ended_at > tried_at);
    }
    assert!(talked > 5 && across > 0, "{talked} turns, {across} calls while version 2 was published");
    let results = desk.db.version_results("small", None).await.unwrap();
    assert_eq!(results.iter().map(|r| r.mark.number).collect::<Vec<_>>(), [4, 3, 2, 1]);
    desk.stop(Duration::from_secs(5)).await;
    carrier.stop().await;
}
