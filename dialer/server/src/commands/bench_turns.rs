//! `warmline bench turns`: how long a person waits for the bot's reply, over real SIP and RTP.
//!
//! The carrier's measuring person speaks sentences, a third of them with a pause of 300–900 ms inside,
//! and times on the wire from its last packet with speech to the first packet of the reply that is
//! not silent. A reply that begins inside a sentence is a cut-off. The split comes from the bot.

use super::demo::{Carrier, carrier_program};
use super::report::percentile;
use crate::cli::BenchTurnsArgs;
use crate::config::Config;
use crate::desk::{now, start};
use anyhow::{Context, Result, bail};
use comfy_table::Table;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;
use warmline_control::{CallId, Command, EventKind, Latency, PlaceCall};
use warmline_runtime::Bot;

const TEMPLATE: &str = include_str!("bench_turns.yaml");
/// The carrier's measuring person.
const NUMBER: &str = "9003";

/// One call as the measuring person saw it.
#[derive(Deserialize)]
struct Record {
    turns: Vec<Turn>,
}

#[derive(Deserialize)]
struct Turn {
    cut_off: bool,
    reply_ms: Option<f64>,
}

/// What one run came to.
#[derive(Default)]
struct Run {
    calls: u32,
    utterances: usize,
    unanswered: usize,
    cut_off: usize,
    total: Vec<f32>,
    split: Vec<Latency>,
}

/// One run for each number of conversations at a time.
pub async fn run(args: BenchTurnsArgs) -> Result<()> {
    let people = Path::new("tests/carrier/people.toml");
    if !people.exists() {
        bail!("{} is not here: run the benchmark in a clone of the project", people.display());
    }
    let program = carrier_program(args.carrier.as_deref())?;
    let dir = std::env::temp_dir().join(format!("warmline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let mut runs = Vec::new();
    for &calls in &args.calls {
        let report = dir.join(format!("{calls}.jsonl"));
        let mut carrier = Carrier::spawn(&program, people, &report, Path::new("demo-data/carrier-voices")).await?;
        let measured = converse(&carrier.address, &dir, calls).await;
        carrier.stop().await;
        let mut run = Run { calls, split: measured?, ..Run::default() };
        read_report(&report, &mut run)?;
        runs.push(run);
    }
    std::fs::remove_dir_all(&dir).ok();
    if args.json { print_json(&runs) } else { print_table(&runs) }
}

/// Hold `calls` conversations at once, and give the bot's own split of every turn.
async fn converse(carrier: &str, dir: &Path, calls: u32) -> Result<Vec<Latency>> {
    let mut config = Config {
        trunks: vec![toml::from_str(&format!(
            "name = \"carrier\"\nhost = \"{carrier}\"\ncaller_ids = [\"+15550100\"]\nmax_calls = {}\ncalls_per_second = 10.0",
            calls + 1
        ))?],
        ..Config::default()
    };
    config.sip.bind.set_port(0);
    config.server.data_dir = dir.to_owned();
    let mind = start::load_mind(&config).await?;
    let (bot, mut events) = Bot::start(start::bot_config(&config), mind).await?;
    let template = tokio::task::block_in_place(|| bot.load_template(TEMPLATE))?;
    bot.prerender(&template, &BTreeMap::new()).await?;
    for _ in 0..calls {
        bot.command(Command::Place(Box::new(PlaceCall {
            call: CallId(Uuid::now_v7()),
            trunk: "carrier".into(),
            to: NUMBER.into(),
            caller_id: None,
            ring_limit_s: 15,
            template: template.version.clone(),
            variables: BTreeMap::new(),
            time_zone: "UTC".into(),
            record: true,
        })));
    }
    let (mut split, mut open) = (Vec::new(), calls);
    while open > 0 {
        match events.recv().await.context("the bot has stopped")?.kind {
            EventKind::Turn(turn) => split.extend(turn.latency),
            EventKind::Ended(_) => open -= 1,
            _ => {}
        }
    }
    bot.stop(std::time::Duration::from_secs(5)).await;
    Ok(split)
}

fn read_report(path: &Path, run: &mut Run) -> Result<()> {
    for line in std::fs::read_to_string(path)?.lines() {
        let record: Record = serde_json::from_str(line)?;
        for turn in record.turns {
            run.utterances += 1;
            run.cut_off += usize::from(turn.cut_off);
            match turn.reply_ms {
                Some(reply) if !turn.cut_off => run.total.push(reply as f32),
                Some(_) => {}
                None => run.unanswered += 1,
            }
        }
    }
    run.total.sort_by(f32::total_cmp);
    Ok(())
}

/// A run's stages, sorted: the wire's total, the bot's split, and what lies between.
fn stages(run: &Run) -> Vec<(&'static str, Vec<f32>)> {
    let stage = |part: fn(&Latency) -> f32| {
        let mut values: Vec<f32> = run.split.iter().map(part).collect();
        values.sort_by(f32::total_cmp);
        values
    };
    vec![
        ("total", run.total.clone()),
        ("endpointing", stage(|l| l.endpointing_ms)),
        ("asr", stage(|l| l.asr_ms)),
        ("nlu_dialog", stage(|l| l.nlu_dialog_ms)),
        ("tts", stage(|l| l.tts_ms)),
    ]
}

fn print_table(runs: &[Run]) -> Result<()> {
    let mut table = Table::new();
    table.set_header(["calls", "stage", "p50 ms", "p95 ms", "p99 ms", "turns"]);
    for run in runs {
        for (stage, values) in stages(run) {
            let cell = |share| percentile(&values, share).map_or("-".into(), |v| format!("{v:.0}"));
            table.add_row([
                run.calls.to_string(),
                stage.into(),
                cell(0.5),
                cell(0.95),
                cell(0.99),
                values.len().to_string(),
            ]);
        }
    }
    println!("{table}");
    for run in runs {
        println!(
            "{} calls: {} utterances, {} cut off ({:.1} %), {} unanswered",
            run.calls,
            run.utterances,
            run.cut_off,
            100.0 * run.cut_off as f64 / run.utterances.max(1) as f64,
            run.unanswered,
        );
    }
    println!("total is on the wire, from the person's last packet with speech; the stages are the bot's own account");
    Ok(())
}

fn print_json(runs: &[Run]) -> Result<()> {
    let mut rows = Vec::new();
    for run in runs {
        for (stage, values) in stages(run) {
            rows.push(json!({
                "calls": run.calls, "stage": stage, "turns": values.len(),
                "p50_ms": percentile(&values, 0.5), "p95_ms": percentile(&values, 0.95), "p99_ms": percentile(&values, 0.99),
                "utterances": run.utterances, "cut_off": run.cut_off, "unanswered": run.unanswered,
            }));
        }
    }
    let object = envelope("turns", json!({ "number": NUMBER }), json!(rows));
    println!("{}", serde_json::to_string_pretty(&object)?);
    Ok(())
}

/// What every benchmark prints with `--json`.
pub fn envelope(bench: &str, params: serde_json::Value, rows: serde_json::Value) -> serde_json::Value {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({
        "bench": bench,
        "date": now().to_rfc3339(),
        "commit": commit(),
        "machine": { "cpu": cpu(), "cores": cores },
        "params": params,
        "rows": rows,
    })
}

/// The processor's name, as Linux tells it.
fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    name.unwrap_or("unknown").to_owned()
}

/// The checkout's commit, when there is one.
fn commit() -> Option<String> {
    let output = std::process::Command::new("git").args(["rev-parse", "--short", "HEAD"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
