//! `warmline call NUMBER --template T`: one call, its transcript live in the terminal.

use crate::cli::CallArgs;
use crate::config::Config;
use crate::desk::{self, now, start};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use uuid::Uuid;
use warmline_control::{CallId, Command, EventKind, PlaceCall, TurnRecord};
use warmline_domain::{DncEntry, DncSource, PhoneNumber};
use warmline_runtime::Bot;

/// Place the call and print what happens until it ends.
pub async fn run(config: Config, args: CallArgs) -> Result<()> {
    let first = config.trunks.first().map(|trunk| trunk.name.clone());
    let trunk = args.trunk.or(first).context("no trunk is configured")?;
    let trunk_config = config.trunks.iter().find(|t| t.name == trunk);
    let ring_limit_s = trunk_config.with_context(|| format!("no trunk is called {trunk:?}"))?.ring_limit_s;
    let variables = variables(&args.variables)?;
    let db = start::open_database(&config).await?;
    let number = PhoneNumber::from_stored(&args.number);
    if db.is_dnc(&number).await? {
        bail!("{} is on the do-not-call list", number.masked());
    }
    let mind = start::load_mind(&config).await?;
    let (bot, mut events) = Bot::start(start::bot_config(&config), mind).await?;
    let yaml = super::template::read(&desk::template_path(&config, &args.template))?;
    let template = tokio::task::block_in_place(|| bot.load_template(&yaml))?;
    bot.prerender(&template, &variables).await?;
    let call = CallId(Uuid::now_v7());
    bot.command(Command::Place(Box::new(PlaceCall {
        call,
        trunk,
        to: args.number,
        caller_id: None,
        ring_limit_s,
        template: template.version.clone(),
        variables,
        time_zone: args.time_zone,
        record: config.media.record,
        called_back: false,
    })));
    let mut pool = desk::AgentPool::new(start::agent_phones(&config));
    loop {
        let event = tokio::select! {
            event = events.recv() => event.context("the bot has stopped")?,
            _ = tokio::signal::ctrl_c() => {
                bot.command(Command::Hangup { call, reason: "stopped at the terminal".into() });
                continue;
            }
        };
        show(&event.kind);
        match event.kind {
            EventKind::HandoffRequested { .. } => bot.command(match pool.take(call) {
                Ok(agent) => Command::Bridge { call, agent },
                Err(reason) => Command::NoAgent { call, reason: reason.into() },
            }),
            EventKind::OptedOut => {
                let entry = DncEntry {
                    number: number.clone(),
                    source: DncSource::Call,
                    added_at: now(),
                    call: None,
                    note: "said so in a single call".into(),
                };
                db.add_dnc(&[entry]).await?;
            }
            EventKind::Ended(_) => break,
            _ => {}
        }
    }
    bot.stop(std::time::Duration::from_secs(5)).await;
    db.close().await;
    Ok(())
}

/// `NAME=VALUE` pairs.
fn variables(pairs: &[String]) -> Result<BTreeMap<String, String>> {
    let split = |pair: &String| {
        let (name, value) = pair.split_once('=').with_context(|| format!("--set {pair:?}: write NAME=VALUE"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    pairs.iter().map(split).collect()
}

fn show(kind: &EventKind) {
    match kind {
        EventKind::Dialling => println!("dialling"),
        EventKind::Ringing { early_media } => println!("ringing{}", if *early_media { ", early media" } else { "" }),
        EventKind::Answered => println!("answered"),
        EventKind::Detected { answered_by } => println!("detected: {answered_by:?}"),
        EventKind::Turn(turn) => show_turn(turn),
        EventKind::Tagged { tag } => println!("        tag    {tag}"),
        EventKind::SlotFilled { name, value } => println!("        slot   {name} = {value}"),
        EventKind::OptedOut => println!("        the person does not want to be called again"),
        EventKind::HandoffRequested { reason, .. } => println!("handover wanted: {reason}"),
        EventKind::Bridged { agent, wait_ms } => println!("bridged to {agent} after {wait_ms} ms"),
        EventKind::HandoffFailed { reason } => println!("handover failed: {reason}"),
        EventKind::CallbackRequested { due, reason } => {
            println!("        callback {}: {reason}", due.as_deref().unwrap_or("at any time"));
        }
        EventKind::RecordingStarted(recording) => println!("recording to {}", recording.path),
        EventKind::Ended(report) => println!(
            "ended: {}, {} ({}), {:.1} s of talk, {} turns, intent {}",
            report.outcome,
            report.end_reason.as_str(),
            report.cause,
            f64::from(report.talk_ms) / 1000.0,
            report.turns,
            report.intent.as_deref().unwrap_or("none"),
        ),
    }
}

fn show_turn(turn: &TurnRecord) {
    let stamp = |ms: u32| format!("{:02}:{:04.1}", ms / 60_000, f64::from(ms % 60_000) / 1000.0);
    if !turn.said.is_empty() {
        let cut = if turn.interrupted { " [interrupted]" } else { "" };
        println!("{} bot    {}{cut}", stamp(turn.said_from_ms), turn.said);
    }
    let Some(at) = turn.heard_from_ms else { return };
    println!("{} person {}", stamp(at), turn.heard);
    let score = turn.score.unwrap_or_default();
    let latency = turn.latency.map(|l| format!(", reply after {:.0} ms", l.total_ms)).unwrap_or_default();
    println!(
        "        understood {} ({score:.2}: {}){latency}",
        turn.understood.as_deref().unwrap_or("nothing"),
        turn.why.as_deref().unwrap_or(""),
    );
}
