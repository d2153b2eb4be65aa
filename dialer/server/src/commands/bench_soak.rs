//! `warmline bench soak`: does a bot that talks for a long time keep its memory?
//!
//! A number of real conversations is held up by placing a new call for each that ends. Growth is the
//! difference between the means of the last minute and of the minute at half-time, so that neither the
//! start nor the phase of the calls counts.

use super::bench_turns::envelope;
use super::load::{Line, Memory};
use super::report::percentile;
use crate::cli::BenchSoakArgs;
use anyhow::Result;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, interval, sleep_until};
use warmline_control::{EventKind, Outcome};

const TEMPLATE: &str = include_str!("bench_turns.yaml");
/// The carrier's measuring person, who speaks a dozen sentences and hangs up.
const NUMBER: &str = "9003";
const SAMPLE_EVERY: Duration = Duration::from_secs(10);
/// Between the first calls, so that they do not all speak at once.
const APART: Duration = Duration::from_millis(250);

/// What happened so far.
#[derive(Default)]
struct Soak {
    memory: Vec<Memory>,
    ended: u32,
    failed: u32,
    /// Milliseconds from the person's last sound to the reply, as the bot accounts for it.
    latency: Vec<f32>,
}

pub async fn run(args: BenchSoakArgs) -> Result<()> {
    let mut line = Line::open(args.carrier.as_deref(), TEMPLATE, args.calls).await?;
    let result = hold(&mut line, &args).await;
    line.close().await;
    let mut soak = result?;
    soak.latency.sort_by(f32::total_cmp);
    if args.json { print_json(&soak, &args) } else { print_text(&soak, &args) }
}

async fn hold(line: &mut Line, args: &BenchSoakArgs) -> Result<Soak> {
    let mut soak = Soak::default();
    let until = Instant::now() + Duration::from_secs_f64(args.minutes * 60.0);
    let mut samples = interval(SAMPLE_EVERY);
    let mut first = interval(APART);
    let mut placed = 0;
    loop {
        tokio::select! {
            event = line.next() => {
                let event = event?;
                match event.kind {
                    EventKind::Turn(turn) => soak.latency.extend(turn.latency.map(|l| l.total_ms)),
                    EventKind::Ended(report) => {
                        soak.ended += 1;
                        soak.failed += u32::from(report.outcome != Outcome::Person);
                        line.forget_recording(event.call);
                        line.place(NUMBER);
                    }
                    _ => {}
                }
            }
            _ = samples.tick() => {
                let now = Memory::now()?;
                soak.memory.push(now);
                if !args.json {
                    println!(
                        "{:>5} s  {:>8.1} MiB resident, {:>8.1} MiB heap and stacks, {} calls open, {} ended",
                        (soak.memory.len() - 1) * 10, mib(now.resident), mib(now.anonymous),
                        line.bot.open_calls(), soak.ended
                    );
                }
            }
            _ = first.tick(), if placed < args.calls => {
                line.place(NUMBER);
                placed += 1;
            }
            () = sleep_until(until) => return Ok(soak),
        }
    }
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// MiB gained over the last half; needs two minutes' samples in it.
fn growth(memory: &[Memory], part: fn(&Memory) -> u64) -> Option<f64> {
    const MINUTE: usize = 6;
    let half = memory.get(memory.len() / 2..).filter(|half| half.len() >= 2 * MINUTE)?;
    let mean = |samples: &[Memory]| samples.iter().map(|m| mib(part(m))).sum::<f64>() / samples.len() as f64;
    Some(mean(&half[half.len() - MINUTE..]) - mean(&half[..MINUTE]))
}

fn print_text(soak: &Soak, args: &BenchSoakArgs) -> Result<()> {
    let say = |growth: Option<f64>| growth.map_or("too short a run to say".into(), |g| format!("{g:+.2} MiB"));
    println!(
        "growth over the last {:.1} minutes: resident {}, heap and stacks {}",
        args.minutes / 2.0,
        say(growth(&soak.memory, |m| m.resident)),
        say(growth(&soak.memory, |m| m.anonymous)),
    );
    let cell = |share| percentile(&soak.latency, share).map_or("-".into(), |v| format!("{v:.0} ms"));
    println!("{} calls ended ({} not answered), {} turns", soak.ended, soak.failed, soak.latency.len());
    println!("reply after the person's last sound, by the bot's account: p50 {}, p95 {}", cell(0.5), cell(0.95));
    Ok(())
}

fn print_json(soak: &Soak, args: &BenchSoakArgs) -> Result<()> {
    let rows: Vec<_> = soak
        .memory
        .iter()
        .enumerate()
        .map(|(i, m)| json!({ "at_s": i * 10, "resident_kib": m.resident, "anonymous_kib": m.anonymous }))
        .collect();
    let params = json!({
        "calls": args.calls, "minutes": args.minutes, "ended": soak.ended, "failed": soak.failed,
        "turns": soak.latency.len(),
        "p50_ms": percentile(&soak.latency, 0.5), "p95_ms": percentile(&soak.latency, 0.95),
        "resident_growth_mib": growth(&soak.memory, |m| m.resident),
        "anonymous_growth_mib": growth(&soak.memory, |m| m.anonymous),
    });
    println!("{}", serde_json::to_string_pretty(&envelope("soak", params, json!(rows)))?);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn growth_is_that_of_the_last_half_and_not_of_the_start() {
        let memory: Vec<Memory> =
            (0..120u64).map(|i| Memory { resident: 1024 * if i < 60 { i } else { 60 }, anonymous: 1024 * i }).collect();
        assert!(growth(&memory, |m| m.resident).unwrap().abs() < 1e-9);
        assert!((growth(&memory, |m| m.anonymous).unwrap() - 54.0).abs() < 1e-9);
        assert_eq!(growth(&memory[..20], |m| m.resident), None);
    }
}
