//! `warmline bench barge`: how fast the bot stops when somebody interrupts it, and how often it is
//! stopped by what was no interruption, over real SIP and RTP.
//!
//! The carrier's interrupting person makes a sound while the bot speaks and reports when each sound
//! began and when the bot was heard. A stop is a silence of the bot that begins within a second and a
//! half of the sound's first packet; it lasts until the bot goes on. "Nothing" shows how often the
//! bot would have fallen silent anyway.

use super::bench_turns::{converse, envelope};
use super::load::Line;
use super::report::percentile;
use crate::cli::BenchBargeArgs;
use anyhow::Result;
use comfy_table::Table;
use serde::Deserialize;
use serde_json::json;

const TEMPLATE: &str = include_str!("bench_barge.yaml");
/// The carrier's interrupting person.
const NUMBER: &str = "9005";
/// What that person says without wanting the bot to stop.
const BACKCHANNELS: [&str; 4] = ["uh huh", "mm hmm", "I see", "right"];
/// A silence that begins later than this after a sound has another cause.
const STOPS_WITHIN_US: u64 = 1_500_000;

/// One call as the interrupting person reports it; times in microseconds since the answer.
#[derive(Deserialize)]
struct Record {
    heard: Vec<Span>,
    said: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    from_us: u64,
    to_us: u64,
    #[serde(default)]
    text: String,
}

/// What came of the sounds of one kind.
#[derive(Default)]
struct Kind {
    name: &'static str,
    sounds: usize,
    /// From the first packet of the sound to the last of the prompt.
    stops_ms: Vec<f32>,
    /// From there to the bot's next words.
    gaps_ms: Vec<f32>,
}

pub async fn run(args: BenchBargeArgs) -> Result<()> {
    let mut line = Line::open(args.carrier.as_deref(), TEMPLATE, args.calls).await?;
    let turns = converse(&mut line, NUMBER, args.calls, args.conversations).await;
    let report = line.close_and_report().await?;
    let dropped = turns?.iter().filter(|turn| turn.interrupted).count();
    let mut kinds =
        ["words", "backchannel", "cough", "line noise", "nothing"].map(|name| Kind { name, ..Kind::default() });
    for record in report.lines() {
        count(&serde_json::from_str(record)?, &mut kinds);
    }
    for kind in &mut kinds {
        kind.stops_ms.sort_by(f32::total_cmp);
        kind.gaps_ms.sort_by(f32::total_cmp);
    }
    if args.json {
        let rows: Vec<_> = kinds.iter().map(json_row).collect();
        let params = json!({ "calls": args.calls, "conversations": args.conversations, "prompts_dropped": dropped });
        println!("{}", serde_json::to_string_pretty(&envelope("barge", params, json!(rows)))?);
    } else {
        print_table(&kinds, dropped);
    }
    Ok(())
}

fn count(record: &Record, kinds: &mut [Kind]) {
    for sound in &record.said {
        let name = match sound.text.as_str() {
            "(cough)" => "cough",
            "(line noise)" => "line noise",
            "(nothing)" => "nothing",
            text if BACKCHANNELS.contains(&text) => "backchannel",
            _ => "words",
        };
        let Some(kind) = kinds.iter_mut().find(|kind| kind.name == name) else { continue };
        // Only a bot that was speaking can be stopped.
        let speaking = |span: &&Span| span.from_us < sound.from_us && sound.from_us < span.to_us;
        let Some(spoke) = record.heard.iter().find(speaking) else { continue };
        kind.sounds += 1;
        let after_us = spoke.to_us - sound.from_us;
        if after_us <= STOPS_WITHIN_US {
            kind.stops_ms.push(after_us as f32 / 1000.0);
            let next = record.heard.iter().find(|span| span.from_us > spoke.to_us);
            kind.gaps_ms.extend(next.map(|next| (next.from_us - spoke.to_us) as f32 / 1000.0));
        }
    }
}

fn stopped(kind: &Kind) -> f64 {
    kind.stops_ms.len() as f64 / kind.sounds.max(1) as f64
}

fn print_table(kinds: &[Kind], dropped: usize) {
    let mut table = Table::new();
    table.set_header(["sound", "made", "stopped %", "stop p50 ms", "p95 ms", "silent p50 ms", "p95 ms"]);
    for kind in kinds {
        let cell = |values, share| percentile(values, share).map_or("-".into(), |v| format!("{v:.0}"));
        table.add_row([
            kind.name.into(),
            kind.sounds.to_string(),
            format!("{:.1}", 100.0 * stopped(kind)),
            cell(&kind.stops_ms, 0.5),
            cell(&kind.stops_ms, 0.95),
            cell(&kind.gaps_ms, 0.5),
            cell(&kind.gaps_ms, 0.95),
        ]);
    }
    println!("{table}");
    println!("stop: from the sound's first packet to the prompt's last; silent: from there until the bot goes on.");
    println!("{dropped} prompts were given up for what was said; the others went on.");
}

fn json_row(kind: &Kind) -> serde_json::Value {
    json!({
        "sound": kind.name, "made": kind.sounds, "stopped": stopped(kind),
        "stop_p50_ms": percentile(&kind.stops_ms, 0.5), "stop_p95_ms": percentile(&kind.stops_ms, 0.95),
        "silent_p50_ms": percentile(&kind.gaps_ms, 0.5), "silent_p95_ms": percentile(&kind.gaps_ms, 0.95),
    })
}
