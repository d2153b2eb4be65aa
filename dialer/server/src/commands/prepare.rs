//! `warmline campaign prepare NAME`: speak what a campaign's people will hear before anybody is dialled.
//!
//! A start does the same person by person, just before each dial; this moves the work to a quiet hour and
//! says how long it takes and how much room it needs. What is spoken lies in the speech cache, names and all:
//! it counts as personal data (see `cache_days` in the configuration).

use super::campaign::named;
use crate::config::Config;
use crate::desk::{now, start, versions};
use anyhow::{Context, Result, bail};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::path::Path;
use tokio::task::JoinSet;
use warmline_domain::Contact;

/// Contacts read at once.
const PAGE: u32 = 500;
/// Contacts worked on at once; the speech service has its own threads and queue.
const AT_ONCE: usize = 8;
const MEGABYTE: f64 = 1_048_576.0;

/// Render every prompt whose text the list and the template give. Names the first prompt that cannot be spoken.
pub async fn run(config: Config, name: &str, quiet: bool) -> Result<()> {
    let (cache, limit) = (config.speech_cache(), config.models.cache_mb << 20);
    let desk = start::start(config).await?.desk;
    let campaign = named(&desk.db, name).await?;
    let wording = versions::wording(&desk.config, &desk.db, &campaign.data.settings.template).await?;
    let mut templates = Vec::new();
    for text in wording.map_err(|why| anyhow::anyhow!("the template {why}"))?.texts() {
        templates.push(versions::load(&desk, text.to_owned()).await.map_err(anyhow::Error::msg)?);
    }
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    bar.set_style(ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} contacts, {eta} left")?);
    bar.set_length(desk.db.campaign_progress(campaign.id).await?.contacts);
    let (started, before) = (now(), bytes_in(&cache));
    let (mut after, mut working) = (None, JoinSet::new());
    loop {
        let page = desk.db.contacts(campaign.data.list, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for contact in page {
            if working.len() >= AT_ONCE {
                done(working.join_next().await, &bar)?;
            }
            let (desk, templates) = (desk.clone(), templates.clone());
            working.spawn(async move {
                let variables = variables(contact);
                for template in &templates {
                    desk.bot.prerender(template, &variables).await?;
                }
                Ok(())
            });
        }
    }
    while let Some(result) = working.join_next().await {
        done(Some(result), &bar)?;
    }
    bar.finish_and_clear();
    let (took, bytes) = ((now() - started).to_std().unwrap_or_default(), bytes_in(&cache));
    println!(
        "{} contacts are ready in {}; {:.1} MB of speech are new, {:.1} of {:.0} MB are used in {}",
        bar.position(),
        HumanDuration(took),
        bytes.saturating_sub(before) as f64 / MEGABYTE,
        bytes as f64 / MEGABYTE,
        limit as f64 / MEGABYTE,
        cache.display(),
    );
    if bytes > limit / 10 * 8 {
        println!("the speech cache is almost full: what was spoken first may be gone; raise `cache_mb`");
    }
    println!("next: warmline campaign start {name:?}");
    Ok(())
}

/// What the campaign's dialling makes of a contact.
fn variables(contact: Contact) -> std::collections::BTreeMap<String, String> {
    let mut variables = contact.data.variables;
    if !contact.data.name.is_empty() {
        variables.entry("name".into()).or_insert(contact.data.name);
    }
    variables
}

type Rendered = Option<Result<Result<(), warmline_runtime::TemplateError>, tokio::task::JoinError>>;

fn done(result: Rendered, bar: &ProgressBar) -> Result<()> {
    match result {
        Some(Ok(rendered)) => rendered.context("nobody was dialled")?,
        Some(Err(error)) => bail!("rendering stopped: {error}"),
        None => {}
    }
    bar.inc(1);
    Ok(())
}

/// Bytes of the files in a folder.
fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum()
}
