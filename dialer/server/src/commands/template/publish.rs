//! `warmline template publish T`: from the file to the calls, through its tests.

use super::compare::held;
use super::library::Meaning;
use super::versions::named;
use crate::config::Config;
use crate::desk::{now, start};
use anyhow::Result;
use clap::Args;
use std::sync::Arc;
use tokio::task::block_in_place;
use warmline_api::compare::Pair;
use warmline_api::review::Stored;
use warmline_api::{PublishError, TemplateLibrary, broken_campaigns};
use warmline_domain::{Share, VersionState};

/// Stored conversations, the newest, on which the draft is compared with what is live.
const COMPARED: u32 = 200;

#[derive(Debug, Args)]
pub struct PublishArgs {
    /// Name of a template in the templates folder.
    pub template: String,
    /// What changed and why.
    #[arg(long, default_value = "")]
    pub note: String,
    /// Begin as a canary with this percentage of the new calls.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    pub canary: Option<Share>,
}

/// A share as it is typed.
pub fn share(text: &str) -> Result<Share, String> {
    let percent: u8 = text.trim_end_matches('%').parse().map_err(|_| format!("`{text}` is not a percentage"))?;
    Share::try_from(percent).map_err(|e: warmline_domain::ShareError| e.to_string())
}

/// Check, hold the tests, and make it what calls get.
pub async fn run(config: &Config, args: PublishArgs) -> Result<()> {
    let name = named(config, &args.template)?;
    let library = Arc::new(TemplateLibrary::new(config.server.templates_dir.clone()));
    let mut meaning = Meaning::unless(false);
    let draft = block_in_place(|| library.draft(&name, &mut |text| meaning.of(text)))?;
    for warning in &draft.warnings {
        println!("{name}: {warning}");
    }
    println!("{name}: {0} of {0} conversations as written", draft.conversations);
    let db = start::open_database(config).await?;
    let (broken, lacking) = broken_campaigns(&db, &library, &draft).await?;
    if !broken.is_empty() {
        return Err(PublishError::Campaigns(broken).into());
    }
    lacking.iter().for_each(|warning| println!("warning: {warning}"));
    if let Some(serving) = db.serving(&name).await? {
        let live = serving.live.number.to_string();
        let pair = Pair::of(&db, &library, &name, Some(&live), Some("draft")).await?;
        let stored = Stored::load(&db, &library, &name, None, COMPARED).await?;
        let found = block_in_place(|| held(&pair, &stored, &mut meaning))?;
        println!("against version {live}, {}", found.short());
    }
    let version = db.publish_version(&draft.version(args.note, None, args.canary), now()).await?;
    let number = version.mark.number;
    match (version.state, version.share) {
        (VersionState::Canary, Some(share)) => {
            println!("version {number} is on trial: it gets {} % of the new calls", share.percent());
            println!("next: warmline template canary {name} --promote, or --stop");
        }
        _ => {
            println!("version {number} is live: every new call gets it");
            println!("if it does badly: warmline template rollback {name}");
        }
    }
    db.close().await;
    Ok(())
}
