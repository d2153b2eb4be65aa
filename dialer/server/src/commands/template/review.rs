//! `warmline template review`: what callers said that needs a look, in groups, with where to hear it.
//!
//! Words of people go to the trainer's terminal and nowhere else.

use super::library::{Meaning, around};
use crate::config::Config;
use crate::desk::{now, start, template_path};
use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::block_in_place;
use warmline_api::TemplateLibrary;
use warmline_api::review::{Group, Item, Review, Stored, clip, ready};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::review::masked;
use warmline_storage::{Db, Verdict};

/// Which calls are looked at; the same for `review` and `assign`, so that both see the same groups.
#[derive(Debug, Args)]
pub struct Which {
    /// A file, or a name in the templates folder.
    pub template: String,
    /// Only calls from then on: a date or an instant (`2026-11-20`, `2026-11-20T10:00:00Z`).
    #[arg(long, value_name = "DATE", value_parser = instant)]
    pub since: Option<DateTime<Utc>>,
    /// The newest so many calls.
    #[arg(long, default_value_t = 500)]
    pub calls: u32,
    /// Show names and numbers.
    #[arg(long)]
    pub unmask: bool,
}

#[derive(Debug, Args)]
pub struct ReviewArgs {
    #[command(flatten)]
    pub which: Which,
    /// Groups to show, the largest first.
    #[arg(long, default_value_t = 20)]
    pub groups: usize,
    /// Write the sound of the shown answers here, as WAV.
    #[arg(long, value_name = "DIR")]
    pub clip: Option<PathBuf>,
    /// Put this group aside: it does not come back.
    #[arg(long, value_name = "GROUP")]
    pub dismiss: Option<String>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Answers of a group that are shown.
const EXAMPLES: usize = 4;

/// A date, or an instant with its zone.
pub fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let date = text.parse::<NaiveDate>().ok().and_then(|date| date.and_hms_opt(0, 0, 0)).map(|start| start.and_utc());
    let instant = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    date.or_else(instant)
        .ok_or_else(|| "write a date such as 2026-11-20, or an instant such as 2026-11-20T10:00:00Z".into())
}

/// Everything that `review` and `assign` look at.
pub struct Looked {
    pub db: Db,
    pub library: TemplateLibrary,
    pub name: String,
    pub stored: Stored,
    pub template: Arc<CompiledTemplate>,
    pub review: Review,
    pub meaning: Meaning,
}

/// Read the calls and group what needs a look.
pub async fn look(config: &Config, which: &Which) -> Result<Looked> {
    let file = template_path(config, &which.template);
    let (library, name) = around(&file);
    let text = library.draft_text(&name)?.with_context(|| format!("there is no template {}", file.display()))?;
    let db = start::open_database(config).await?;
    let stored = Stored::load(&db, &library, &name, which.since, which.calls).await?;
    block_in_place(|| {
        let mut meaning = Meaning::unless(false);
        let template =
            ready(&text, &mut |text| meaning.of(text)).map_err(|why| anyhow!("{}: {why}", file.display()))?;
        let review = Review::of(&stored, &template, &mut |text| meaning.of(text));
        Ok(Looked { db, library, name, stored, template, review, meaning })
    })
}

impl Looked {
    pub fn group(&self, id: &str) -> Result<&Group> {
        let ids =
            || self.review.groups.iter().take(10).map(|group| group.cluster.id.as_str()).collect::<Vec<_>>().join(", ");
        self.review.group(id).with_context(|| match self.review.groups.is_empty() {
            true => format!("there is no group `{id}`: nothing needs a look"),
            false => format!("there is no group `{id}` (any more); there are {}", ids()),
        })
    }
}

/// Show the groups, or put one aside.
pub async fn run(config: &Config, args: ReviewArgs) -> Result<()> {
    let looked = look(config, &args.which).await?;
    if let Some(id) = &args.dismiss {
        let turns = looked.group(id)?.turns();
        looked.db.mark_reviewed(&turns, &Verdict::Dismissed, None, now()).await?;
        let detail = format!("{} {id}, {} answers", looked.name, turns.len());
        looked.db.audit(None, "template.dismiss", &detail, now()).await?;
        println!("{} answers were put aside", turns.len());
        return Ok(());
    }
    let shown: Vec<&Group> = looked.review.groups.iter().take(args.groups).collect();
    if let Some(folder) = &args.clip {
        write_clips(folder, &shown)?;
    }
    let unmask = args.which.unmask;
    if args.json {
        let groups: Vec<Value> = shown.iter().map(|group| as_json(group, unmask)).collect();
        println!(
            "{:#}",
            json!({ "template": looked.name, "calls": looked.review.calls, "answers": looked.review.answers,
            "groups": groups, "more": looked.review.groups.len() - shown.len(), "meaning": looked.meaning.is_there() })
        );
        return Ok(());
    }
    let need: usize = looked.review.groups.iter().map(|group| group.items.len()).sum();
    println!(
        "{}: {need} of {} answers in {} calls need a look, in {} groups",
        looked.name,
        looked.review.answers,
        looked.review.calls,
        looked.review.groups.len()
    );
    for group in &shown {
        print_group(group, unmask, args.clip.as_deref());
    }
    let more = looked.review.groups.len() - shown.len();
    if more > 0 {
        println!("\n… and {more} smaller groups (--groups)");
    }
    if let Some(group) = shown.first() {
        let intent =
            group.cluster.suggestion.as_ref().map_or("INTENT --new --goto STEP", |found| found.intent.as_str());
        let command =
            format!("warmline template assign {} {} --intent {intent}", args.which.template, group.cluster.id);
        println!("\nnext: {command} --dry-run");
    }
    Ok(())
}

/// A text as it may be shown.
pub fn shown(text: &str, name: &str, unmask: bool) -> String {
    if unmask { text.to_owned() } else { masked(text, &[name]) }
}

fn print_group(group: &Group, unmask: bool, clips: Option<&Path>) {
    let cluster = &group.cluster;
    let names: Vec<&str> = group.items.iter().map(|item| item.name.as_str()).collect();
    let said = match cluster.representative.as_str() {
        "" => "(nothing that could be read)".to_owned(),
        text if unmask => format!("\"{text}\""),
        text => format!("\"{}\"", masked(text, &names)),
    };
    let like = match &cluster.suggestion {
        Some(found) => format!("like {} ({:.2})", found.intent, found.score),
        None => "new".to_owned(),
    };
    println!("\n{}  {}×  {said}  {like}", cluster.id, group.items.len());
    let counted = |all: Vec<(String, usize)>| {
        all.into_iter()
            .map(|(name, count)| format!("{} {count}", name.replace('_', " ")))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let reasons = group.reasons().into_iter().map(|(reason, count)| (reason.as_str().to_owned(), count)).collect();
    println!("    {}; in {}", counted(reasons), counted(cluster.steps.clone()));
    for item in group.items.iter().take(EXAMPLES) {
        let taken =
            item.understood.as_ref().map(|intent| format!("  → {intent} {:.2}", item.score.unwrap_or_default()));
        println!("    \"{}\"{}", shown(&item.heard, &item.name, unmask), taken.unwrap_or_default());
        println!("        {}", place(item, clips.map(|folder| folder.join(clip_name(group, item)))));
    }
}

/// Where an answer can be heard.
fn place(item: &Item, clip: Option<PathBuf>) -> String {
    let turn = format!("call {} turn {}", item.call, item.turn);
    match (&item.recording, clip) {
        (Some(_), Some(clip)) if clip.is_file() => format!("{turn}, {}", clip.display()),
        (Some(recording), _) => format!("{turn}, {recording} {}–{} ms", item.from_ms, item.to_ms),
        (None, _) => format!("{turn}, not recorded"),
    }
}

fn clip_name(group: &Group, item: &Item) -> String {
    format!("{}-{}-{}.wav", group.cluster.id, item.call, item.turn)
}

/// The sound of the answers that are shown; what is not there any more is said.
fn write_clips(folder: &Path, groups: &[&Group]) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    for group in groups {
        for item in group.items.iter().take(EXAMPLES) {
            let Some(recording) = &item.recording else { continue };
            match clip(Path::new(recording), item.from_ms, item.to_ms) {
                Ok(sound) => {
                    let path = folder.join(clip_name(group, item));
                    std::fs::write(&path, sound).with_context(|| format!("{} cannot be written", path.display()))?;
                }
                Err(error) => eprintln!("no clip of {recording}: {error}"),
            }
        }
    }
    Ok(())
}

fn as_json(group: &Group, unmask: bool) -> Value {
    let cluster = &group.cluster;
    let names: Vec<&str> = group.items.iter().map(|item| item.name.as_str()).collect();
    let mask = |text: &str| if unmask { text.to_owned() } else { masked(text, &names) };
    let texts: Vec<Value> = cluster.texts.iter().map(|(text, n)| json!({ "text": mask(text), "count": n })).collect();
    let items = group.items.iter().map(|item| {
        json!({ "call": item.call.to_string(), "turn": item.turn, "step": item.step, "at": item.at,
            "heard": shown(&item.heard, &item.name, unmask), "understood": item.understood, "score": item.score,
            "confidence": item.confidence, "reasons": item.reasons, "recording": item.recording,
            "from_ms": item.from_ms, "to_ms": item.to_ms })
    });
    let reasons: Value =
        group.reasons().into_iter().map(|(reason, n)| (reason.as_str().to_owned(), json!(n))).collect();
    let steps: Value = cluster.steps.iter().map(|(step, n)| (step.clone(), json!(n))).collect();
    json!({ "id": cluster.id, "count": group.items.len(), "representative": mask(&cluster.representative),
        "suggestion": cluster.suggestion, "reasons": reasons, "steps": steps, "texts": texts,
        "answers": items.collect::<Vec<_>>() })
}

/// Ask the trainer at the terminal. Fails where there is none.
pub fn asked(question: &str) -> Result<bool> {
    use std::io::{BufRead, IsTerminal, Write};
    if !std::io::stdin().is_terminal() {
        bail!("nothing was written: give --yes to write it, or --dry-run to only look");
    }
    print!("{question} [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y") || answer.trim().eq_ignore_ascii_case("yes"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_date_begins_at_midnight_and_nonsense_is_refused() {
        assert_eq!(instant("2026-11-20").unwrap().to_rfc3339(), "2026-11-20T00:00:00+00:00");
        assert_eq!(instant("2026-11-20T10:00:00+02:00").unwrap().to_rfc3339(), "2026-11-20T08:00:00+00:00");
        assert!(instant("last week").is_err());
    }
}
