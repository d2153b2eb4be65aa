//! `warmline models verify | bench`: does a model load here, and how fast is it?
//!
//! A file that looks right and is not can end a process from within a native library, so a model is
//! loaded for the first time in a child process, whose end is an answer like any other.

use super::state;
use crate::commands::clock;
use anyhow::{Context, Result, bail};
use comfy_table::Table;
use std::process::{Command, Stdio};
use std::time::Duration;
use warmline_models::measure;
use warmline_models::store::{ModelInfo, ModelState, ModelStatus, Store};

/// Longest time a model may take to load.
const LOADS_WITHIN: Duration = Duration::from_secs(120);

/// Check the files of models, and load each in a process of its own. All that are here when none is named.
pub fn verify(ids: &[String]) -> Result<()> {
    let store = Store::locate()?;
    let mut broken = 0;
    for status in chosen(&store, ids)? {
        let id = status.info.id();
        let verdict = match &status.state {
            ModelState::Present => load_apart(&id).map(|()| "whole, and loads".to_owned()),
            other => Err(anyhow::anyhow!(state(other))),
        };
        match verdict {
            Ok(words) => println!("{id}: {words}"),
            Err(error) => {
                broken += 1;
                println!("{id}: {error:#}");
            }
        }
    }
    if broken > 0 {
        bail!("{broken} of the models cannot be used");
    }
    Ok(())
}

/// The named models, or those that are at least partly here.
fn chosen(store: &Store, ids: &[String]) -> Result<Vec<ModelStatus>> {
    if ids.is_empty() {
        let here = |status: &ModelStatus| !matches!(status.state, ModelState::Missing(_));
        return Ok(store.list().into_iter().filter(here).collect());
    }
    ids.iter().map(|id| Ok(store.status(store.find(id)?))).collect()
}

/// Load a model in a child process.
pub fn load_apart(id: &str) -> Result<()> {
    let program = std::env::current_exe().context("this program's own path")?;
    let mut child = Command::new(program)
        .args(["--log", "off", "models", "try", id])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("a process to load the model in")?;
    let until = clock() + LOADS_WITHIN;
    while child.try_wait()?.is_none() {
        if clock() > until {
            child.kill()?;
            child.wait()?;
            bail!("it does not load within {} s", LOADS_WITHIN.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    match said.lines().rev().find_map(|line| line.strip_prefix("error: ")) {
        Some(reason) => bail!("it does not load: {reason}"),
        None => bail!("loading it ended the process ({}): the file is damaged", output.status),
    }
}

/// `warmline models try MODEL`: what the child process does.
pub fn try_one(id: &str) -> Result<()> {
    let store = Store::locate()?;
    let model = store.find(id)?.clone();
    measure::load(&store, &model)?;
    Ok(())
}

/// How fast models are on this machine, one thread each.
pub fn bench(ids: &[String], as_json: bool) -> Result<()> {
    let store = Store::locate()?;
    let mut rows = Vec::new();
    for status in chosen(&store, ids)? {
        match measure::measure(&store, &status.info) {
            Ok(Some(speed)) => rows.push((status.info, speed)),
            Ok(None) => {}
            Err(error) => eprintln!("{}: {error}", status.info.id()),
        }
    }
    if as_json { print_json(&rows) } else { print_table(&rows) }
}

fn print_table(rows: &[(ModelInfo, measure::Speed)]) -> Result<()> {
    let mut table = Table::new();
    table.set_header(["model", "for", "loads in ms", "what", "p50 ms", "p95 ms", "times real time"]);
    for (info, speed) in rows {
        table.add_row([
            info.id(),
            info.task.as_str().to_owned(),
            format!("{:.0}", speed.load_ms),
            speed.what.to_owned(),
            format!("{:.2}", speed.p50_ms),
            format!("{:.2}", speed.p95_ms),
            speed.audio_ms.map_or(String::new(), |audio| format!("{:.0}", audio / speed.p50_ms)),
        ]);
    }
    println!("{table}");
    Ok(())
}

fn print_json(rows: &[(ModelInfo, measure::Speed)]) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(info, speed)| {
            serde_json::json!({
                "model": info.id(), "task": info.task.as_str(), "what": speed.what, "load_ms": speed.load_ms,
                "p50_ms": speed.p50_ms, "p95_ms": speed.p95_ms, "audio_ms": speed.audio_ms,
            })
        })
        .collect();
    let object = crate::commands::bench_turns::envelope("models", serde_json::json!({}), serde_json::json!(rows));
    println!("{}", serde_json::to_string_pretty(&object)?);
    Ok(())
}
