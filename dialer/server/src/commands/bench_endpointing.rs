//! `warmline bench endpointing`: how long people wait for a reply against how many of them are cut off,
//! for the policy, for silence alone and along the policy's own curve. Virtual time: no audio, no wire.

use super::bench_turns::envelope;
use crate::cli::BenchEndpointingArgs;
use anyhow::{Result, anyhow};
use comfy_table::Table;
use serde_json::json;
use warmline_call::endpointing::{Measured, curve, dialog, measure, policies};

pub fn run(args: &BenchEndpointingArgs) -> Result<()> {
    let dialog = dialog().map_err(|problems| anyhow!("the benchmark's dialog: {problems}"))?;
    let mut rows = Vec::new();
    for (name, endpoint) in policies() {
        rows.extend(measure(&dialog, &name, endpoint, args.conversations, args.seed));
    }
    for (name, endpoint) in curve() {
        rows.extend(measure(&dialog, &name, endpoint, args.conversations, args.seed).into_iter().take(1));
    }
    if args.json {
        let params = json!({ "conversations": args.conversations, "seed": args.seed });
        let rows: Vec<_> = rows.iter().map(json_row).collect();
        println!("{}", serde_json::to_string_pretty(&envelope("endpointing", params, json!(rows)))?);
        return Ok(());
    }
    let all: Vec<&Measured> = rows.iter().filter(|row| row.answers == "all").collect();
    println!("{}", table("policy", &all, |row| row.policy.clone()));
    let by_kind: Vec<&Measured> = rows.iter().filter(|row| row.policy == "policy" && row.answers != "all").collect();
    println!("{}", table("the policy, by question", &by_kind, |row| row.answers.to_owned()));
    println!(
        "delay: from the last sound to the first packet of the reply; cut off: the reply began before the last word,"
    );
    println!(
        "`inside`: before what had been said was a whole answer. A third of the utterances may hold a pause of 300-900 ms."
    );
    Ok(())
}

/// Share of the utterances that were cut off before they were a whole answer.
fn inside(row: &Measured) -> f64 {
    (row.cut_off - row.after_answer) as f64 / row.utterances.max(1) as f64
}

fn table(first: &str, rows: &[&Measured], name: impl Fn(&Measured) -> String) -> Table {
    let mut table = Table::new();
    table.set_header([first, "p50 ms", "p95 ms", "p99 ms", "cut off %", "inside %", "utterances", "with a pause"]);
    for row in rows {
        table.add_row([
            name(row),
            row.p50_ms.to_string(),
            row.p95_ms.to_string(),
            row.p99_ms.to_string(),
            format!("{:.1}", 100.0 * row.cut_share()),
            format!("{:.1}", 100.0 * inside(row)),
            row.utterances.to_string(),
            row.paused.to_string(),
        ]);
    }
    table
}

fn json_row(row: &Measured) -> serde_json::Value {
    json!({
        "policy": row.policy, "answers": row.answers, "utterances": row.utterances, "paused": row.paused,
        "p50_ms": row.p50_ms, "p95_ms": row.p95_ms, "p99_ms": row.p99_ms,
        "cut_off": row.cut_share(), "cut_off_inside": inside(row),
    })
}
