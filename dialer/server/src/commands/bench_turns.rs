//! `warmline bench turns`: how long a person waits for the bot's reply, over real SIP and RTP.
//!
//! The carrier's measuring person speaks sentences, a third of them with a pause of 300–900 ms inside,
//! and times on the wire from its last packet with speech to the first packet of the reply that is
//! not silent. A reply that begins inside a sentence is a cut-off. The split comes from the bot.

use super::load::Line;
use super::report::percentile;
use crate::cli::BenchTurnsArgs;
use crate::desk::now;
use anyhow::Result;
use comfy_table::Table;
use serde::Deserialize;
use serde_json::json;
use warmline_control::{EventKind, Latency, TurnRecord};

const TEMPLATE: &str = include_str!("bench_turns.yaml");
/// The carrier's measuring person, and how many utterances they speak in a call.
const NUMBER: &str = "9003";
const UTTERANCES: u32 = 12;

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
    let mut runs = Vec::new();
    for &calls in &args.calls {
        let mut line = Line::open(args.carrier.as_deref(), TEMPLATE, calls).await?;
        let turns = converse(&mut line, NUMBER, calls, args.utterances.div_ceil(UTTERANCES)).await;
        let report = line.close_and_report().await?;
        let split = turns?.into_iter().filter_map(|turn| turn.latency).collect();
        let mut run = Run { calls, split, ..Run::default() };
        read_report(&report, &mut run)?;
        runs.push(run);
    }
    if args.json { print_json(&runs) } else { print_table(&runs) }
}

/// Hold `at_once` calls to `number` at a time, at least `all` of them in all; every turn as the bot tells it.
pub(super) async fn converse(line: &mut Line, number: &str, at_once: u32, all: u32) -> Result<Vec<TurnRecord>> {
    let mut turns = Vec::new();
    let (mut placed, mut open) = (at_once, at_once);
    (0..at_once).for_each(|_| line.place(number));
    while open > 0 {
        match line.next().await?.kind {
            EventKind::Turn(turn) => turns.push(*turn),
            EventKind::Ended(_) if placed < all => {
                line.place(number);
                placed += 1;
            }
            EventKind::Ended(_) => open -= 1,
            _ => {}
        }
    }
    Ok(turns)
}

fn read_report(report: &str, run: &mut Run) -> Result<()> {
    for line in report.lines() {
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
