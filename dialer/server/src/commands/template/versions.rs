//! `warmline template versions|canary|rollback T`: what is published, and what of it new calls get.

use super::publish::share;
use crate::config::Config;
use crate::desk::{now, published_name, start, template_path, template_text};
use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::Table;
use warmline_api::TemplateLibrary;
use warmline_domain::{Share, VersionState};
use warmline_storage::Db;

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

/// The name that a template is published under; says which there are when it has neither a file nor a version.
pub async fn known(config: &Config, db: &Db, template: &str) -> Result<String> {
    let name = named(config, template)?;
    let library = TemplateLibrary::new(config.server.templates_dir.clone());
    let has_file = library.file(&name).is_some_and(|file| file.is_file());
    if !has_file && db.versions(&name).await?.is_empty() {
        return Err(library.missing(&name).into());
    }
    Ok(name)
}

/// Every version, newest first, below the draft.
pub async fn list(config: &Config, template: &str) -> Result<()> {
    let db = start::open_database(config).await?;
    let name = known(config, &db, template).await?;
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
    let db = start::open_database(config).await?;
    let name = known(config, &db, template).await?;
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
    let db = start::open_database(config).await?;
    let name = known(config, &db, template).await?;
    let done = db.roll_back(&name, to, None, now()).await?;
    let withdrawn: Vec<String> = done.withdrawn.iter().map(ToString::to_string).collect();
    println!("version {} is live; no new call gets version {}", done.live.mark.number, withdrawn.join(" or "));
    db.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::commands::template::compare;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        compare: compare::CompareArgs,
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_template_that_is_not_there_is_said_not_to_be_and_those_that_are_are_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("small.yaml"), "template: small\n").unwrap();
        let mut config = Config::default();
        config.server.data_dir = folder.path().join("data");
        config.server.templates_dir = folder.path().to_owned();
        let stop = CanaryChange { share: None, promote: false, stop: true };
        let line = Line::parse_from(["compare", "nope"]);
        for refused in [
            list(&config, "nope").await,
            canary(&config, "nope", &stop).await,
            rollback(&config, "nope", None).await,
            compare::run(&config, line.compare).await,
        ] {
            let said = refused.unwrap_err().to_string();
            assert_eq!(said, format!("there is no template `nope` in {}; it has small", folder.path().display()));
        }
        let unpublished = rollback(&config, "small", None).await.unwrap_err().to_string();
        assert!(!unpublished.contains("there is no template"), "{unpublished}");
    }
}
