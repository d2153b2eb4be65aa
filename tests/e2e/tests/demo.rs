//! The whole demo: two campaigns against the simulated carrier, held against what the carrier's file
//! says should come of every call. The only test of its file, since it uses the machine alone.
#![allow(clippy::unwrap_used)]

use serde::Deserialize;
use std::process::Command;
use std::time::Duration;
use warmline_e2e::bin;
use warmline_e2e::process::Process;

/// About four minutes on two cores; the first run renders every voice.
const DEMO: Duration = Duration::from_secs(900);
/// Wordings that the templates' authors listed must be understood nearly always.
const LISTED_SHARE: f64 = 0.9;

/// What `warmline demo --report` writes.
#[derive(Debug, Deserialize)]
struct Score {
    contacts: u32,
    outcomes_right: u32,
    listed: (u32, u32),
    free: (u32, u32),
    parties_content: u32,
    wrong: Vec<String>,
}

#[test]
fn every_call_of_the_demo_ends_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let dir = bin::kept("e2e-demo");
    let report = folder.path().join("score.json");
    let mut command = Command::new(bin::warmline());
    command.current_dir(bin::root()).env_remove("WARMLINE_CONFIG").args(["demo", "--most-in-flight", "12", "--dir"]);
    command.arg(&dir).arg("--report").arg(&report);
    let mut demo = Process::start(&mut command, &folder.path().join("demo.log"));
    assert!(demo.wait(DEMO).success(), "{}", demo.output());
    let output = demo.output();
    let score: Score = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    let share = |(right, all): (u32, u32)| f64::from(right) / f64::from(all.max(1));
    println!(
        "{} of {} outcomes right, {} called parties content; intents right: {:.1} % listed, {:.1} % free\n{}",
        score.outcomes_right,
        score.contacts,
        score.parties_content,
        100.0 * share(score.listed),
        100.0 * share(score.free),
        score.wrong.join("\n"),
    );
    let contacts: usize = ["appointment-reminder", "product-offer"].iter().map(|list| rows(list)).sum();
    assert_eq!(score.contacts as usize, contacts, "somebody of the lists is missing:\n{output}");
    assert_eq!(score.outcomes_right, score.contacts, "{:#?}", score.wrong);
    assert!(score.listed.1 > 0 && score.free.1 > 0, "{score:?}");
    assert!(share(score.listed) >= LISTED_SHARE, "{:?} of listed wordings: {:#?}", score.listed, score.wrong);
}

/// Contacts of a list.
fn rows(list: &str) -> usize {
    let path = bin::root().join("tests/carrier/lists").join(format!("{list}.csv"));
    csv::Reader::from_path(path).unwrap().records().count()
}
