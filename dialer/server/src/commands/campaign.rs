//! `warmline campaign import|check|start|status|report`

use crate::cli::ImportArgs;
use crate::config::Config;
use crate::desk::engine::{self, Engine};
use crate::desk::{SharedDesk, now, start};
use anyhow::{Context, Result, bail};
use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::time::Duration;
use warmline_api::{CampaignEngine, EngineError, Finding, Severity};
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    Campaign, CampaignSettings, CampaignState, HoursProfile, ListSettings, NewCampaign, NumberRule, Outcome, Region,
    RetryPolicy,
};
use warmline_storage::{CampaignProgress, Db};

/// Lines with problems that are printed one by one.
const PROBLEMS_SHOWN: usize = 50;

/// Make a list and a campaign of a CSV file.
pub async fn import(config: &Config, args: ImportArgs) -> Result<()> {
    let db = start::open_database(config).await?;
    let settings = settings(config, &args)?;
    let numbers = match args.numbers.as_str() {
        "local" => NumberRule::Local,
        region => NumberRule::International { region: Some(Region::parse(region).context("--numbers")?) },
    };
    let file = File::open(&args.file).with_context(|| format!("{} cannot be opened", args.file.display()))?;
    let reader = ContactReader::new(file, &ImportOptions::new(numbers.clone()))
        .with_context(|| format!("{} cannot be imported", args.file.display()))?;
    let list = match db.list_named(&args.campaign).await? {
        Some(list) => list,
        None => db.create_list(&args.campaign, &ListSettings { numbers }, now()).await?,
    };
    let summary = db.import_contacts(list.id, reader, |_| {}).await?;
    for problem in summary.problems.iter().take(PROBLEMS_SHOWN) {
        println!("{}: {problem}", args.file.display());
    }
    let more = summary.problem_count.saturating_sub(PROBLEMS_SHOWN as u64);
    if more > 0 {
        println!("… and {more} more");
    }
    println!(
        "{} contacts imported, {} lines refused, {} lines with problems",
        summary.imported, summary.refused, summary.problem_count
    );
    if db.campaign_named(&args.campaign).await?.is_none() {
        let new = NewCampaign { name: args.campaign.clone(), list: list.id, settings };
        db.create_campaign(&new, now()).await?;
    }
    println!("next: warmline campaign check {:?}", args.campaign);
    db.close().await;
    Ok(())
}

fn settings(config: &Config, args: &ImportArgs) -> Result<CampaignSettings> {
    let first = config.trunks.first().map(|trunk| trunk.name.clone());
    let trunk = args.trunk.clone().or(first).context("no trunk is configured")?;
    let zone =
        args.time_zone.parse().map_err(|_| anyhow::anyhow!("--time-zone: there is no zone {:?}", args.time_zone))?;
    let hours = if args.hours == "any" { HoursProfile::any_time() } else { HoursProfile::named(&args.hours)? };
    let settings = CampaignSettings {
        most_in_flight: args.most_in_flight,
        calls_per_second: args.calls_per_second,
        ring_limit_s: args.ring_limit,
        hours,
        require_consent: !args.without_consent,
        retry: if args.once { RetryPolicy::once() } else { RetryPolicy::default() },
        ..CampaignSettings::new(args.template.clone(), trunk, zone)
    };
    settings.validate()?;
    Ok(settings)
}

/// Say what would go wrong. Fails when the campaign could not start.
pub async fn check(config: &Config, name: &str) -> Result<()> {
    let db = start::open_database(config).await?;
    let findings = engine::check(config, &db, &named(&db, name).await?).await?;
    print_findings(&findings);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        bail!("the campaign cannot start");
    }
    println!("the campaign can start: warmline campaign start {name:?}");
    Ok(())
}

fn print_findings(findings: &[Finding]) {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        println!("{severity}: {}", finding.message);
    }
}

/// A campaign by its name.
pub async fn named(db: &Db, name: &str) -> Result<Campaign> {
    if let Some(campaign) = db.campaign_named(name).await? {
        return Ok(campaign);
    }
    let names: Vec<String> = db.campaigns().await?.into_iter().map(|c| format!("{:?}", c.data.name)).collect();
    bail!(
        "there is no campaign {name:?}; there are {}",
        if names.is_empty() { "none".into() } else { names.join(", ") }
    );
}

/// Dial until nobody is left; Ctrl-C pauses.
pub async fn start(config: Config, name: &str, quiet: bool) -> Result<()> {
    let started = start::start(config).await?;
    if !started.reconciled.interrupted.is_empty() {
        println!("{} calls of a run that died were closed", started.reconciled.interrupted.len());
    }
    let desk = started.desk;
    let campaign = named(&desk.db, name).await?;
    match Engine(desk.clone()).run(campaign.id).await {
        Err(EngineError::Refused(findings)) => {
            print_findings(&findings);
            bail!("the campaign cannot start");
        }
        other => other?,
    }
    watch(&desk, &[campaign], quiet).await?;
    println!("next: warmline campaign report {name:?}");
    Ok(())
}

/// Show progress until the campaigns are no longer running. Ctrl-C pauses them once, and leaves the second time.
pub async fn watch(desk: &SharedDesk, campaigns: &[Campaign], quiet: bool) -> Result<()> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    bar.set_style(ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} contacts  {msg}")?);
    let mut tick = tokio::time::interval(Duration::from_millis(250));
    let mut pausing = false;
    while campaigns.iter().any(|c| desk.is_running(c.id)) {
        tokio::select! {
            _ = tick.tick() => show(desk, campaigns, &bar).await?,
            _ = tokio::signal::ctrl_c() => {
                if pausing {
                    bail!("left with calls open; start again to continue");
                }
                pausing = true;
                bar.println("pausing: open calls are finished first; Ctrl-C again leaves at once");
                for campaign in campaigns {
                    Engine(desk.clone()).pause(campaign.id).await.ok();
                }
            }
        }
    }
    show(desk, campaigns, &bar).await?;
    bar.finish();
    Ok(())
}

async fn show(desk: &SharedDesk, campaigns: &[Campaign], bar: &ProgressBar) -> Result<()> {
    let mut sum = CampaignProgress::default();
    for campaign in campaigns {
        let progress = desk.db.campaign_progress(campaign.id).await?;
        sum.contacts += progress.contacts;
        sum.finished += progress.finished;
        sum.open += progress.open;
        sum.answered += progress.answered;
        sum.handed_over += progress.handed_over;
        for (outcome, count) in progress.outcomes {
            *sum.outcomes.entry(outcome).or_default() += count;
        }
    }
    bar.set_length(sum.contacts);
    bar.set_position(sum.finished);
    let outcomes: Vec<String> =
        sum.outcomes.iter().map(|(outcome, count)| format!("{count} {}", words(*outcome))).collect();
    let held_back = desk.throttled().map(|why| format!("  ({why})")).unwrap_or_default();
    bar.set_message(format!("{} open, {} handed over  {}{held_back}", sum.open, sum.handed_over, outcomes.join(", ")));
    Ok(())
}

/// An outcome in words.
pub fn words(outcome: Outcome) -> String {
    outcome.as_str().replace('_', " ")
}

/// How far one campaign, or all, have got.
pub async fn status(config: &Config, name: Option<&str>) -> Result<()> {
    let db = start::open_database(config).await?;
    let campaigns = match name {
        Some(name) => vec![named(&db, name).await?],
        None => db.campaigns().await?,
    };
    let mut table = Table::new();
    table.set_header([
        "campaign",
        "state",
        "contacts",
        "tried",
        "finished",
        "open",
        "answered",
        "handed over",
        "outcomes",
    ]);
    for campaign in campaigns {
        let p = db.campaign_progress(campaign.id).await?;
        let outcomes: Vec<String> = p.outcomes.iter().map(|(o, n)| format!("{n} {}", words(*o))).collect();
        // A process that died leaves its campaign as it was.
        let idle = campaign.state == CampaignState::Running && db.own_dialing().is_ok();
        let state = if idle { "interrupted".into() } else { campaign.state.to_string() };
        table.add_row([
            campaign.data.name,
            state,
            p.contacts.to_string(),
            p.tried.to_string(),
            p.finished.to_string(),
            p.open.to_string(),
            p.answered.to_string(),
            p.handed_over.to_string(),
            outcomes.join(", "),
        ]);
    }
    println!("{table}");
    Ok(())
}
