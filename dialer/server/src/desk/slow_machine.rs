//! A machine that becomes slow gets fewer calls, and gets them back when it is quick again: a campaign over real SIP
//! and RTP to the simulated carrier, with a recogniser that takes as long as it is told.

#![allow(clippy::unwrap_used)]

use super::trial::{begin, campaign, carrier, desk, list, until};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use warmline_models::fake::SlowAsr;

const CALLS: u32 = 10;
/// As many as the test can use up; each says three sentences.
const PEOPLE: u32 = 400;

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_machine_is_given_fewer_calls_and_gets_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = carrier(folder.path(), PEOPLE, 3, 33_000..=34_999).await;
    let reading_ms = Arc::new(AtomicU64::new(1));
    let asr = SlowAsr { hears: "who is calling".into(), takes_ms: reading_ms.clone() };
    let desk = desk(folder.path(), &carrier, Box::new(asr), (35_000, 35_999)).await;
    let people = list(&desk, PEOPLE).await;
    begin(&desk, campaign(&desk, people, include_str!("../commands/bench_turns.yaml"), CALLS).await).await;
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
