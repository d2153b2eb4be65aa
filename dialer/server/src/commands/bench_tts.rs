//! `warmline bench tts`: how soon, how fast, how loud and how well understood each voice is.

use super::bench_turns::envelope;
use anyhow::{Result, bail};
use comfy_table::Table;
use serde_json::json;
use warmline_models::ModelError;
use warmline_models::bench_tts::{self, Row};
use warmline_models::starter::StarterAsr;
use warmline_models::store::Store;

/// Every voice that is here; those whose program or files are absent are named and left out.
pub fn run(quick: bool, as_json: bool) -> Result<()> {
    let store = Store::locate()?;
    let mut asr = StarterAsr::load(&store, 1)?;
    let mut rows = Vec::new();
    for voice in bench_tts::voices(store.root(), quick) {
        match bench_tts::measure(&mut asr, &voice, quick) {
            Ok(row) => rows.push(row),
            Err(error @ (ModelError::NoProgram { .. } | ModelError::Unsupported(_))) => eprintln!("{voice}: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    if rows.is_empty() {
        bail!("no voice can speak here: run `scripts/setup`");
    }
    if as_json {
        println!("{}", serde_json::to_string_pretty(&envelope("tts", json!({ "quick": quick }), json!(rows)))?);
    } else {
        println!("{}", table(&rows));
    }
    Ok(())
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.set_header([
        "voice",
        "first audio ms p50 / p95",
        "work per second of speech",
        "from disk ms p50 / p95",
        "from memory ms",
        "level dBFS (spread)",
        "peak dBFS",
        "understood %",
        "free words wrong %",
    ]);
    for row in rows {
        table.add_row([
            row.voice.clone(),
            format!("{:.0} / {:.0}", row.first_audio_p50_ms, row.first_audio_p95_ms),
            format!("{:.3}", row.real_time_factor),
            format!("{:.2} / {:.2}", row.disk_hit_p50_ms, row.disk_hit_p95_ms),
            format!("{:.3}", row.memory_hit_p50_ms),
            format!("{:.1} (±{:.1})", row.level_dbfs, row.level_spread_db),
            format!("{:.1}", row.peak_dbfs),
            format!("{:.0}", row.understood * 100.0),
            format!("{:.0}", row.word_error_rate * 100.0),
        ]);
    }
    table
}
