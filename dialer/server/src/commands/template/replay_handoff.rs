//! `warmline template replay-handoff T`: what another threshold or other weights would have done to stored calls.

use super::library::{Meaning, around, compiled, parsed};
use crate::config::Config;
use crate::desk::{start, template_path};
use anyhow::{Result, anyhow, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use comfy_table::Table;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use warmline_api::replay_handoff::{HandoffReplay, HandoffShift, HandoffTrial, replay_handoff, spoken_calls};
use warmline_domain::PhoneNumber;

/// Reasons that are printed of a changed call.
const REASONS: usize = 3;

#[derive(Debug, Args)]
pub struct ReplayHandoffArgs {
    /// Name or file of a template.
    pub template: String,
    /// Score from which on a human is wanted, 0 to 1; the template's own when left out.
    #[arg(long)]
    pub threshold: Option<f32>,
    /// Score below which one is no longer wanted.
    #[arg(long)]
    pub release: Option<f32>,
    /// Other weights of cues, such as `no_match=0.8,value=0`.
    #[arg(long, value_delimiter = ',', value_name = "CUE=WEIGHT", value_parser = weight)]
    pub weights: Vec<(String, f32)>,
    /// Only calls since this day (UTC) or instant: 2026-11-01, 2026-11-01T08:00:00Z.
    #[arg(long, value_name = "DATE", value_parser = instant)]
    pub since: Option<DateTime<Utc>>,
    /// The newest so many calls.
    #[arg(long, default_value_t = 1000)]
    pub calls: u32,
    /// Changed calls to print.
    #[arg(long, default_value_t = 20)]
    pub show: usize,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
    /// Show numbers in full.
    #[arg(long)]
    pub unmask: bool,
}

fn weight(text: &str) -> Result<(String, f32), String> {
    let (cue, weight) = text.split_once('=').ok_or_else(|| format!("{text:?}: write CUE=WEIGHT"))?;
    let weight = weight.trim().parse().map_err(|_| format!("the weight of {cue} is no number: {weight:?}"))?;
    Ok((cue.trim().to_owned(), weight))
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return Ok(at);
    }
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    day.map(|at| at.and_utc()).ok_or_else(|| format!("{text:?} is no day; write 2026-11-01"))
}

/// Score the stored calls again and print what changes.
pub async fn run(config: &Config, args: ReplayHandoffArgs) -> Result<()> {
    let file = template_path(config, &args.template);
    let template = tokio::task::block_in_place(|| compiled(parsed(&file)?, &mut Meaning::none()))?;
    let (library, name) = around(&file);
    let trial = HandoffTrial {
        threshold: args.threshold,
        release: args.release,
        weights: args.weights.into_iter().collect::<BTreeMap<_, _>>(),
        since: args.since,
        calls: Some(args.calls),
    };
    let rule = trial.rule(&template.template().handoff).map_err(|error| anyhow!(error))?;
    let db = start::open_database(config).await?;
    let number = |number: &PhoneNumber| if args.unmask { number.as_str().to_owned() } else { number.masked() };
    let calls = spoken_calls(&db, &library, &name, trial.since, trial.most()).await?;
    db.close().await;
    let replay = tokio::task::block_in_place(|| replay_handoff(&name, &template, &rule, &calls, number));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&replay)?);
        return Ok(());
    }
    if replay.calls == 0 {
        bail!(
            "no stored call of {name} has an answer{}",
            args.since.map(|at| format!(" since {at}")).unwrap_or_default()
        );
    }
    print!("{}", told(&replay, args.show));
    Ok(())
}

/// The whole report.
fn told(replay: &HandoffReplay, most: usize) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line(format!("{}: {} calls with an answer", replay.template, replay.calls));
    if !replay.has_goto {
        line("the template has no `handoff: goto`: its score is recorded, and changes nothing until it has one".into());
    }
    line(format!("asked for an agent   {:>6}  {:>5.1} %", replay.was, replay.was_rate * 100.0));
    line(format!(
        "would have           {:>6}  {:>5.1} %   with threshold {}, release {:.2}",
        replay.would,
        replay.would_rate * 100.0,
        replay.threshold,
        replay.release
    ));
    let kinds = ["more", "fewer", "earlier", "later"];
    let count = |kind: &str| replay.shifts.iter().filter(|shift| shift.kind.name() == kind).count();
    let counts = kinds.iter().map(|kind| format!("{} {kind}", count(kind))).collect::<Vec<_>>().join(", ");
    line(format!("changed: {counts}"));
    if !replay.shifts.is_empty() {
        line(shifts(&replay.shifts[..replay.shifts.len().min(most)]));
        if replay.shifts.len() > most {
            line(format!("and {} more; --show {}", replay.shifts.len() - most, replay.shifts.len()));
        }
    }
    line(sweep(replay));
    text
}

fn shifts(shown: &[HandoffShift]) -> String {
    let mut table = Table::new();
    table.set_header(["call", "number", "change", "was", "would", "score", "why"]);
    let turn = |turn: Option<u16>| turn.map(|turn| turn.to_string()).unwrap_or_else(|| "–".into());
    for shift in shown {
        let reasons = shift.reasons.iter().take(REASONS).map(|r| format!("{} {:.2}: {}", r.cue, r.weight, r.detail));
        table.add_row([
            shift.call.clone(),
            shift.number.clone(),
            shift.kind.name().to_owned(),
            turn(shift.was_turn),
            turn(shift.would_turn),
            format!("{:.2}", shift.score),
            reasons.collect::<Vec<_>>().join("\n"),
        ]);
    }
    table.to_string()
}

fn sweep(replay: &HandoffReplay) -> String {
    let mut table = Table::new();
    table.set_header(["threshold", "would", "share", "more", "fewer"]);
    for row in &replay.sweep {
        table.add_row([
            format!("{:.2}", row.threshold),
            row.would.to_string(),
            format!("{:.1} %", row.would_rate * 100.0),
            row.more.to_string(),
            row.fewer.to_string(),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn weights_and_days_are_read_as_they_are_typed() {
        assert_eq!(weight("no_match=0.8").unwrap(), ("no_match".to_owned(), 0.8));
        assert!(weight("no_match").unwrap_err().contains("CUE=WEIGHT"));
        assert_eq!(instant("2026-11-01").unwrap().to_rfc3339(), "2026-11-01T00:00:00+00:00");
        assert_eq!(instant("2026-11-01T08:00:00Z").unwrap().to_rfc3339(), "2026-11-01T08:00:00+00:00");
        assert!(instant("soon").unwrap_err().contains("2026-11-01"));
    }
}
