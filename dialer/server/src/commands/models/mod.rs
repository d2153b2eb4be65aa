//! `warmline models`: which models are known, here, whole and in use; getting and removing them.

mod get;
mod trial;

pub use get::pull;
pub use trial::{bench, try_one, verify};

use anyhow::{Result, bail};
use comfy_table::Table;
use serde_json::json;
use warmline_models::store::{ModelInfo, ModelState, ModelStatus, Store, Task};

/// Every model of the manifests and whether it can be used.
pub fn list(as_json: bool) -> Result<()> {
    let store = Store::locate()?;
    let known = store.list();
    if as_json {
        let rows: Vec<_> = known.iter().map(|status| row(&store, status)).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let mut table = Table::new();
    table.set_header(["model", "for", "engine", "languages", "speed", "licence", "size", "state", "used for"]);
    for status in &known {
        let info = &status.info;
        table.add_row([
            info.id(),
            info.task.as_str().to_owned(),
            info.engine.clone(),
            info.languages.join(" "),
            info.speed.clone().unwrap_or_default(),
            info.licence.clone(),
            size(status.size),
            state(&status.state),
            used_for(&store, info).join(" "),
        ]);
    }
    println!("{table}\nmodels lie in {}", store.root().display());
    Ok(())
}

fn row(store: &Store, status: &ModelStatus) -> serde_json::Value {
    let info = &status.info;
    json!({
        "model": info.id(), "task": info.task.as_str(), "engine": info.engine, "languages": info.languages,
        "sample_rate_hz": info.sample_rate_hz, "licence": info.licence, "origin": info.origin,
        "speed": info.speed, "bytes": status.size, "state": state(&status.state), "used_for": used_for(store, info),
    })
}

/// The languages a model answers for: those somebody chose it for, and those it has because nobody chose.
fn used_for(store: &Store, info: &ModelInfo) -> Vec<String> {
    if info.task != Task::Asr {
        return Vec::new();
    }
    let is_it = |language: &&String| store.chosen(info.task, language).is_some_and(|chosen| chosen.id() == info.id());
    let mut languages: Vec<String> = info.languages.iter().filter(is_it).cloned().collect();
    languages.extend(store.chosen_for(info).into_iter().map(str::to_owned));
    languages.sort();
    languages.dedup();
    languages
}

/// Use a model for its languages, or for those named.
pub fn choose(id: &str, languages: &[String]) -> Result<()> {
    let mut store = Store::locate()?;
    let model = store.choose(id, languages)?;
    let used = store.chosen_for(&model).join(", ");
    println!("{} is used for {used} from the next start on", model.id());
    Ok(())
}

/// Remove the files of models.
pub fn remove(ids: &[String]) -> Result<()> {
    if ids.is_empty() {
        bail!("name at least one model; `warmline models list` shows them");
    }
    let mut store = Store::locate()?;
    for id in ids {
        let freed = store.remove(id)?;
        println!("{id} is removed, {} are free again", size(freed));
    }
    Ok(())
}

fn state(state: &ModelState) -> String {
    match state {
        ModelState::Present => "present".into(),
        ModelState::Missing(what) => format!("missing: {what}"),
        ModelState::Damaged(what) => format!("damaged: {what}"),
    }
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
