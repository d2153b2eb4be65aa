//! `warmline template compare T`: two versions on the stored conversations and by their own calls.

use super::library::Meaning;
use super::review::instant;
use super::versions::known;
use crate::config::Config;
use crate::desk::start;
use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use comfy_table::Table;
use serde_json::json;
use std::sync::Arc;
use tokio::task::block_in_place;
use warmline_api::TemplateLibrary;
use warmline_api::compare::{Comparison, Pair, RateView, ResultsView, compare, results};
use warmline_api::review::Stored;

/// Changes that are printed of each kind.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Name of a template in the templates folder.
    pub template: String,
    /// The live version against the file.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub draft: bool,
    /// A version's number, or `draft`; the live version when absent.
    #[arg(long, value_name = "VERSION")]
    pub from: Option<String>,
    /// A version's number, or `draft`; when absent the canary, else the draft.
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Only calls from then on: a date or an instant.
    #[arg(long, value_name = "DATE", value_parser = instant)]
    pub since: Option<DateTime<Utc>>,
    /// The newest so many stored conversations.
    #[arg(long, default_value_t = 500)]
    pub calls: u32,
    /// One JSON object instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// Say what changes, and how each version does.
pub async fn run(config: &Config, args: CompareArgs) -> Result<()> {
    let db = start::open_database(config).await?;
    let name = known(config, &db, &args.template).await?;
    let library = Arc::new(TemplateLibrary::new(config.server.templates_dir.clone()));
    let to = if args.draft { Some("draft") } else { args.to.as_deref() };
    let pair = Pair::of(&db, &library, &name, args.from.as_deref(), to).await?;
    let stored = Stored::load(&db, &library, &name, args.since, args.calls).await?;
    let mut meaning = Meaning::unless(stored.calls.is_empty());
    let found = block_in_place(|| held(&pair, &stored, &mut meaning))?;
    let live = results(&db, &name, args.since).await?;
    db.close().await;
    let (from, to) = (&pair.from.0, &pair.to.0);
    if args.json {
        println!("{}", json!({ "from": from, "to": to, "stored": found, "live": live }));
        return Ok(());
    }
    println!("{name}: version {from} against {to}, {}", found.short());
    print_changes(&found, from, to);
    print_results(&live);
    Ok(())
}

/// The comparison, by meaning where there is an embedder.
pub fn held(pair: &Pair, stored: &Stored, meaning: &mut Meaning) -> Result<Comparison> {
    compare(pair, stored, &mut |text| meaning.of(text)).map_err(anyhow::Error::msg)
}

fn print_changes(found: &Comparison, from: &str, to: &str) {
    let nothing = || "not understood".to_owned();
    if !found.meanings.is_empty() {
        let mut table = Table::new();
        table.set_header(["what was said", "in step", from, to, "times"]);
        for change in found.meanings.iter().take(SHOWN) {
            let (before, after) = (change.from.clone(), change.to.clone());
            table.add_row([
                change.heard.clone(),
                change.step.clone(),
                before.unwrap_or_else(nothing),
                after.unwrap_or_else(nothing),
                change.count.to_string(),
            ]);
        }
        println!("{table}");
        more(found.meanings.len());
    }
    if !found.ways.is_empty() {
        let mut table = Table::new();
        table.set_header(["after step", from, to, "calls", "such as"]);
        for way in found.ways.iter().take(SHOWN) {
            let example = way.calls.first().cloned().unwrap_or_default();
            table.add_row([way.step.clone(), way.from.clone(), way.to.clone(), way.count.to_string(), example]);
        }
        println!("{table}");
        more(found.ways.len());
    }
}

fn more(all: usize) {
    if all > SHOWN {
        println!("… and {} more: --json shows them", all - SHOWN);
    }
}

fn print_results(live: &[ResultsView]) {
    if live.iter().all(|version| version.calls == 0) {
        return;
    }
    let mut table = Table::new();
    table.set_header(["version", "calls", "answered", "completed", "transferred", "opted out", "turns", "no match"]);
    for version in live {
        let turns = version.turns.map_or_else(String::new, |turns| format!("{turns:.1}"));
        table.add_row([
            version.version.to_string(),
            version.calls.to_string(),
            rate(&version.answered),
            rate(&version.completed),
            rate(&version.transferred),
            rate(&version.opted_out),
            turns,
            rate(&version.no_match),
        ]);
    }
    println!("what came of their own calls (in brackets: where the share lies with 95 % confidence)\n{table}");
}

/// `12 of 40, 30 % (18–45)`.
fn rate(rate: &RateView) -> String {
    match (rate.share, rate.low, rate.high) {
        (Some(share), Some(low), Some(high)) => {
            format!("{} of {}, {:.0} % ({:.0}–{:.0})", rate.count, rate.of, share * 100.0, low * 100.0, high * 100.0)
        }
        _ => "–".to_owned(),
    }
}
