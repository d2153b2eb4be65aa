//! `warmline bench asr`: how well the starter recogniser hears, by voice and channel, and against its goals.

use super::bench_turns::envelope;
use anyhow::Result;
use comfy_table::Table;
use serde_json::json;
use std::path::Path;
use warmline_models::bench_asr::{self, Extent, Goal, Outcome, PeopleRow, Row};
use warmline_models::starter::StarterAsr;
use warmline_models::store::Store;
use warmline_models::synth::{Voice, VoiceConfig};

/// Synthesised voices first, then recorded people where Debian's prompts are installed, then the goals.
pub fn run(quick: bool, as_json: bool) -> Result<()> {
    let mut asr = StarterAsr::load(&Store::locate()?, 1)?;
    let voices = Voice::new(VoiceConfig { cache: Some(bench_asr::folder()), ..VoiceConfig::default() })?;
    let extent = if quick { Extent::Quick } else { Extent::Whole };
    let rows = bench_asr::run(&mut asr, &voices, extent, &mut |row| eprintln!("{} {}", row.voice, row.channel))?;
    let people = bench_asr::people(&mut asr, Path::new(bench_asr::PROMPTS));
    let goals = bench_asr::goals(&rows, people.as_deref().unwrap_or_default());
    if as_json {
        let figures = json!({ "voices": rows, "people": people.ok(), "goals": goals });
        println!("{}", serde_json::to_string_pretty(&envelope("asr", json!({ "quick": quick }), figures))?);
        return Ok(());
    }
    println!("{}", voices_table(&rows));
    println!("{}", slots_table(&rows));
    match people {
        Ok(people) => println!("{}", people_table(&people)),
        Err(error) => println!("recorded people were left out: {error}"),
    }
    println!("{}", goals_table(&goals));
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{share:.1}")
}

fn voices_table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.set_header([
        "voice",
        "channel",
        "held out",
        "phrases right %",
        "wrong %",
        "closed right %",
        "unrelated rejected %",
        "near misses rejected %",
        "free words wrong %",
        "ms a second",
    ]);
    for row in rows {
        table.add_row([
            row.voice.clone(),
            row.channel.to_string(),
            if row.held_out { "yes" } else { "no" }.into(),
            percent(row.phrases.right_percent()),
            percent(row.phrases.wrong_percent()),
            percent(row.slots_together().right_percent()),
            percent(row.unrelated_rejected.percent()),
            percent(row.near_rejected.percent()),
            percent(row.free_errors.percent()),
            percent(row.ms_per_s),
        ]);
    }
    table
}

/// Accepted and right, and accepted and wrong, of each closed question.
fn slots_table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    let names: Vec<&str> = rows.first().map_or_else(Vec::new, |row| row.slots.keys().copied().collect());
    table.set_header(["voice", "channel"].into_iter().chain(names.iter().copied()));
    let cell = |slot: &Outcome| format!("{:.0} % ({:.0} wrong)", slot.right_percent(), slot.wrong_percent());
    for row in rows {
        let cells = names.iter().map(|name| row.slots.get(name).map_or_else(String::new, cell));
        table.add_row([row.voice.clone(), row.channel.to_string()].into_iter().chain(cells));
    }
    table
}

fn people_table(people: &[PeopleRow]) -> Table {
    let mut table = Table::new();
    table.set_header(["recorded person", "recordings", "best right", "accepted right", "wrong", "rejected elsewhere"]);
    for row in people {
        table.add_row([
            row.list.to_string(),
            row.outcome.spoken.to_string(),
            row.outcome.best.to_string(),
            row.outcome.right.to_string(),
            row.outcome.wrong.to_string(),
            row.elsewhere_rejected.part.to_string(),
        ]);
    }
    table
}

fn goals_table(goals: &[Goal]) -> Table {
    let mut table = Table::new();
    table.set_header(["goal", "measured", "wanted", ""]);
    for goal in goals {
        let wanted = format!("{} {}", if goal.at_least { "≥" } else { "≤" }, goal.wanted);
        let verdict = if goal.reached() { "reached" } else { "not reached" };
        table.add_row([goal.what.clone(), percent(goal.measured), wanted, verdict.into()]);
    }
    table
}
