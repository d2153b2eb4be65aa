//! `warmline bench asr`: how well the starter recogniser hears, by voice and channel.

use super::bench_turns::envelope;
use anyhow::Result;
use comfy_table::Table;
use serde_json::json;
use std::path::Path;
use warmline_models::bench_asr::{self, Extent};
use warmline_models::starter::StarterAsr;
use warmline_models::store::Store;
use warmline_models::synth::{Voice, VoiceConfig};

/// Synthesised voices first, then recorded people where Debian's prompts are installed.
pub fn run(quick: bool, as_json: bool) -> Result<()> {
    let mut asr = StarterAsr::load(&Store::locate()?, 1)?;
    let voices = Voice::new(VoiceConfig::default())?;
    let extent = if quick { Extent::Quick } else { Extent::Whole };
    let rows = bench_asr::run(&mut asr, &voices, extent, &mut |row| eprintln!("{} {}", row.voice, row.channel))?;
    let people = bench_asr::people(&mut asr, Path::new(bench_asr::PROMPTS));
    if as_json {
        let rows = json!({ "voices": rows, "people": people.ok() });
        println!("{}", serde_json::to_string_pretty(&envelope("asr", json!({ "quick": quick }), rows))?);
        return Ok(());
    }
    let mut table = Table::new();
    table.set_header(["voice", "channel", "held out", "right %", "wrong %", "rejected %", "free WER %", "ms a second"]);
    for row in &rows {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        table.add_row([
            row.voice.clone(),
            row.channel.to_string(),
            if row.held_out { "yes" } else { "no" }.into(),
            percent(row.accepted_right),
            percent(row.accepted_wrong),
            percent(row.rejected),
            percent(row.free_wer),
            format!("{:.1}", row.real_time_factor * 1e3),
        ]);
    }
    println!("{table}");
    match people {
        Ok(people) => people.iter().for_each(|row| println!("{row:?}")),
        Err(error) => println!("recorded people were left out: {error}"),
    }
    Ok(())
}
