//! `warmline template from-call`: a stored call becomes a regression dialog of its template, personal data masked.

use super::chat::add_to;
use super::library::{self, Meaning};
use super::test::show_failed;
use crate::config::Config;
use crate::desk::{start, template_path};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;
use warmline_campaign::place;
use warmline_dialog::plan::{self, Conversation, Plan, Verdict};
use warmline_dialog::play::{AnsweredBy, Spoken};
use warmline_dialog::replay::began;
use warmline_dialog::stored::{Input, StoredCall, StoredTurn, conversation};
use warmline_dialog::{CompiledTemplate, Entry};
use warmline_domain::{AttemptId, CallDetail, Turn, TurnInput};
use warmline_storage::Db;

#[derive(Debug, Args)]
pub struct FromCallArgs {
    /// The call's id, as `campaign report --csv`, `template review` and the console show it.
    #[arg(value_parser = call_id)]
    pub call: Uuid,
    /// Name of the conversation.
    #[arg(long)]
    pub name: Option<String>,
    /// Template: a file, or a name in the templates folder; the call's own when absent.
    #[arg(long)]
    pub template: Option<String>,
    /// File to put it into; that beside the template when absent.
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// Print it instead of writing it into a file.
    #[arg(long)]
    pub print: bool,
    /// Write it although the template does not do what the call did: a test to be made to pass.
    #[arg(long)]
    pub even_if_failing: bool,
    /// Understand by rules and words alone, as where no embedder is installed.
    #[arg(long)]
    pub no_meaning: bool,
}

/// A call's id as it is typed.
fn call_id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| {
        "not a call's id, which is like 01939c1e-7a00-7c3e-9d2b-0f6a5b1c2d3e; `campaign report --csv` shows them"
            .to_owned()
    })
}

pub async fn run(config: Config, args: FromCallArgs) -> Result<()> {
    let db = start::open_database(&config).await?;
    let call = load(&db, &args).await;
    db.close().await;
    let (detail, zone) = call?;
    tokio::task::block_in_place(|| write(&config, &args, &detail, zone))
}

async fn load(db: &Db, args: &FromCallArgs) -> Result<(CallDetail, chrono_tz::Tz)> {
    let found = db.call(AttemptId(args.call)).await?;
    let detail = found.with_context(|| format!("there is no call {}", args.call))?;
    let contact = db.contact(detail.summary.contact).await?;
    let campaign = db.campaign(detail.summary.campaign).await?;
    let usual = campaign.map_or(chrono_tz::UTC, |campaign| campaign.data.settings.time_zone);
    let zone = contact.map_or(usual, |contact| place(contact.data.time_zone, contact.data.region, usual).zone());
    Ok((detail, zone))
}

fn write(config: &Config, args: &FromCallArgs, detail: &CallDetail, zone: chrono_tz::Tz) -> Result<()> {
    let file = template_path(config, args.template.as_deref().unwrap_or(&detail.summary.template));
    let mut meaning = Meaning::unless(args.no_meaning);
    let template = library::compiled(library::parsed(&file)?, &mut meaning)?;
    let stored = stored(&template, detail, zone)?;
    let short = args.call.simple().to_string();
    let name = args.name.clone().unwrap_or_else(|| format!("as in call {}", &short[short.len() - 8..]));
    let seed = args.call.as_u128() as u64;
    let dialog = conversation(&template, &stored, &name, seed, &mut |text| meaning.of(text));
    let verdict = held(&template, &dialog, &mut meaning)?;
    let language = &template.template().language;
    if !["en", "zh", "id"].contains(&language.split('-').next().unwrap_or_default()) {
        eprintln!("days, amounts and digits are not masked in words of `{language}`: read the conversation first");
    }
    let into = args.into.clone().unwrap_or_else(|| library::beside(&file));
    if args.print {
        print!("{}", plan::written(&dialog));
    }
    if !verdict.passed() {
        show_failed("the call as a conversation", &verdict);
        if !args.even_if_failing {
            bail!(
                "the template does not do what the call did; --even-if-failing keeps it as a test to be made to pass"
            );
        }
    }
    if !args.print {
        add_to(&into, &template, dialog)?;
        println!("`{name}` was added to {}; read what was said before you share it", into.display());
    }
    Ok(())
}

/// The conversation, held as `template test` will.
fn held(template: &Arc<CompiledTemplate>, dialog: &Conversation, meaning: &mut Meaning) -> Result<Verdict> {
    let text = plan::new_file(template.name(), dialog);
    let verdicts = Plan::parse(&text).context("the conversation cannot be written down")?.hold(
        template,
        |_| true,
        &mut |text| meaning.of(text),
    )?;
    verdicts.into_iter().next().context("there is no conversation")
}

fn stored(template: &Arc<CompiledTemplate>, detail: &CallDetail, zone: chrono_tz::Tz) -> Result<StoredCall> {
    let call = &detail.summary;
    let (Some(answered), Some(result)) = (call.answered_at, &call.result) else {
        bail!("call {} was not answered, or goes on: there is no conversation in it", call.id.0);
    };
    let mut contact = detail.variables.clone();
    if !call.name.is_empty() {
        contact.entry("name".into()).or_insert_with(|| call.name.clone());
    }
    let now = answered.with_timezone(&zone).naive_local();
    let first = detail.turns.first().map(|turn| turn.step.as_str());
    let answered_by = match result.answered_by.as_deref().and_then(AnsweredBy::named).unwrap_or_default() {
        AnsweredBy::Person if began(template, &contact, first, now) == Entry::CalledBack => AnsweredBy::CalledBack,
        other => other,
    };
    let agent = detail.handoff.as_ref().map(|handoff| handoff.agent.is_some());
    Ok(StoredCall {
        contact,
        now,
        answered_by,
        turns: detail.turns.iter().flat_map(stored_turns).collect(),
        intent: result.intent.clone(),
        tags: result.tags.clone(),
        slots: result.slots.clone(),
        agent,
    })
}

/// A turn may hold several keys, each of them an input; what was understood came of the last one.
fn stored_turns(turn: &Turn) -> Vec<StoredTurn> {
    let readings = || match turn.readings.as_slice() {
        [] if turn.heard.is_empty() => Vec::new(),
        [] => vec![Spoken { text: turn.heard.clone(), confidence: turn.confidence.unwrap_or(1.0) }],
        all => {
            all.iter().map(|reading| Spoken { text: reading.text.clone(), confidence: reading.confidence }).collect()
        }
    };
    let inputs: Vec<Input> = match turn.answer() {
        Some(TurnInput::Speech) => vec![Input::Speech(readings())],
        Some(TurnInput::Key) => turn.heard.chars().map(Input::Key).collect(),
        Some(TurnInput::Silence) => vec![Input::Silence],
        None => vec![Input::None],
    };
    let last = inputs.len().saturating_sub(1);
    let understood = |at: usize| turn.score.map(|_| turn.understood.clone()).filter(|_| at == last);
    let stored = inputs.into_iter().enumerate();
    stored.map(|(at, input)| StoredTurn { input, interrupted: turn.interrupted, understood: understood(at) }).collect()
}

#[cfg(test)]
#[path = "from_call_tests.rs"]
mod tests;
