//! `warmline models list`

use anyhow::Result;
use comfy_table::Table;
use warmline_models::store::{ModelState, Store};

/// Every model of the manifest and whether it can be used.
pub fn list() -> Result<()> {
    let store = Store::locate()?;
    let mut table = Table::new();
    table.set_header(["model", "for", "engine", "languages", "licence", "state"]);
    for status in store.list() {
        let info = &status.info;
        table.add_row([
            info.name.clone(),
            info.task.as_str().to_owned(),
            info.engine.clone(),
            info.languages.join(" "),
            info.licence.clone(),
            state(&status.state),
        ]);
    }
    println!("{table}\nmodels lie in {}", store.root().display());
    Ok(())
}

fn state(state: &ModelState) -> String {
    match state {
        ModelState::Present => "present".into(),
        ModelState::Missing(what) => format!("missing: {what}"),
        ModelState::Damaged(what) => format!("damaged: {what}"),
    }
}
