//! `warmline template versions|canary|rollback T`: what is published, and what of it new calls get.

use super::publish::share;
use crate::config::Config;
use crate::desk::{now, published_name, start, template_path, template_text};
use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::Table;
use warmline_domain::{Share, VersionState};

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct CanaryChange {
    /// Give it this percentage of the new calls, 1 to 50.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    pub share: Option<Share>,
    /// Make it what every new call gets.
    #[arg(long)]
    pub promote: bool,
    /// Give it no new calls any more.
    #[arg(long)]
    pub stop: bool,
}

/// The name that a template is published under.
pub fn named(config: &Config, template: &str) -> Result<String> {
    published_name(config, template).with_context(|| {
        format!(
            "only templates in the templates folder ({}) are published; {template} lies elsewhere",
            config.server.templates_dir.display()
        )
    })
}

/// Every version, newest first, below the draft.
pub async fn list(config: &Config, template: &str) -> Result<()> {
    let name = named(config, template)?;
    let db = start::open_database(config).await?;
    let versions = db.versions(&name).await?;
    let draft = template_text(&template_path(config, &name));
    if versions.is_empty() {
        draft.map_err(anyhow::Error::msg)?;
        println!("{name} was never published: campaigns on loopback run its file, others none");
        println!("next: warmline template publish {name}");
        return Ok(());
    }
    let live = versions.iter().find(|v| v.state == VersionState::Live);
    let live_text = match live {
        Some(live) => db.version_text(&live.mark.sha256).await?,
        None => None,
    };
    let file = match draft {
        Ok(text) if live_text.as_ref() == Some(&text) => "as the live version",
        Ok(_) => "differs from the live version",
        Err(_) => "cannot be read",
    };
    let mut table = Table::new();
    table.set_header(["version", "state", "published", "by", "note"]);
    table.add_row(["draft", file, "", "", ""]);
    for version in versions {
        let state = match version.share {
            Some(share) => format!("canary, {} %", share.percent()),
            None => version.state.as_str().to_owned(),
        };
        table.add_row([
            version.mark.number.to_string(),
            state,
            version.published_at.format("%Y-%m-%d %H:%M UTC").to_string(),
            version.published_by.unwrap_or_else(|| "command line".into()),
            version.note,
        ]);
    }
    println!("{table}");
    db.close().await;
    Ok(())
}

/// Another share, promoted or stopped.
pub async fn canary(config: &Config, template: &str, change: &CanaryChange) -> Result<()> {
    let name = named(config, template)?;
    let db = start::open_database(config).await?;
    match change {
        CanaryChange { share: Some(share), .. } => {
            let version = db.set_canary_share(&name, *share, None, now()).await?;
            println!("version {} gets {} % of the new calls", version.mark.number, share.percent());
        }
        CanaryChange { promote: true, .. } => {
            let version = db.promote_canary(&name, None, now()).await?;
            println!("version {} is live: every new call gets it", version.mark.number);
        }
        CanaryChange { stop: true, .. } => {
            let version = db.stop_canary(&name, None, now()).await?;
            println!("version {} gets no new calls", version.mark.number);
        }
        _ => bail!("say --share PERCENT, --promote or --stop"),
    }
    db.close().await;
    Ok(())
}

/// Put back what was live before, from the next call on.
pub async fn rollback(config: &Config, template: &str, to: Option<u32>) -> Result<()> {
    let name = named(config, template)?;
    let db = start::open_database(config).await?;
    let done = db.roll_back(&name, to, None, now()).await?;
    let withdrawn: Vec<String> = done.withdrawn.iter().map(ToString::to_string).collect();
    println!("version {} is live; no new call gets version {}", done.live.mark.number, withdrawn.join(" or "));
    db.close().await;
    Ok(())
}
