//! `warmline template confuse`: say each meaning of a template in many ways, with recognition errors, and show which
//! are taken for each other, which are weak, and which listed utterances stand in the wrong place.

use super::library::{self, Meaning};
use crate::config::Config;
use crate::desk::template_path;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use warmline_dialog::confuse::{Confusion, NOTHING, Trial, confusion};

/// A meaning understood less often than this is weak.
const WEAK: f32 = 0.9;
/// Pairs and utterances shown.
const SHOWN: usize = 12;
/// A matrix of more meanings does not fit a terminal; `--json` has it whole.
const WIDEST: usize = 14;

#[derive(Debug, Args)]
pub struct ConfuseArgs {
    /// Template: a file, or a name in the templates folder.
    pub template: String,
    /// Utterances of each meaning.
    #[arg(long, default_value_t = 100)]
    pub per_intent: usize,
    /// Share of the words that are misheard, 0 to 1.
    #[arg(long, default_value_t = 0.1)]
    pub noise: f32,
    /// Chooses the utterances and what is misheard.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Understand by rules and words alone, as where no embedder is installed.
    #[arg(long)]
    pub no_meaning: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

pub fn run(config: &Config, args: &ConfuseArgs) -> Result<()> {
    if !(0.0..=1.0).contains(&args.noise) {
        bail!("--noise {}: should be from 0 to 1", args.noise);
    }
    if args.per_intent == 0 {
        bail!("--per-intent 0: should be at least 1");
    }
    let mut meaning = Meaning::unless(args.no_meaning);
    let file = template_path(config, &args.template);
    let template = library::compiled(library::parsed(&file)?, &mut meaning)?;
    let trial = Trial { per_intent: args.per_intent, noise: args.noise, seed: args.seed };
    let found = confusion(&template, trial, &mut |text| meaning.of(text));
    if args.json {
        println!("{:#}", as_json(&found, meaning.is_there()));
    } else {
        show(&found);
    }
    Ok(())
}

fn show(found: &Confusion) {
    let said: usize = found.matrix.values().flat_map(|row| row.values()).sum();
    println!("{said} utterances of {} meanings, {:.1} % understood", found.matrix.len(), 100.0 * found.accuracy());
    show_matrix(found);
    for (intent, recall) in found.by_recall().into_iter().filter(|(_, recall)| *recall < WEAK) {
        let lost = found.matrix.get(intent).and_then(|row| row.get(NOTHING)).copied().unwrap_or_default();
        println!("weak: `{intent}` is understood in {:.0} %, {lost} times taken for nothing", 100.0 * recall);
        for heard in found.examples.get(&(intent.to_owned(), NOTHING.to_owned())).into_iter().flatten() {
            println!("    not understood: {heard}");
        }
    }
    for (is, taken, count) in found.pairs().into_iter().take(SHOWN) {
        println!("confused: `{is}` taken for `{taken}` {count} times");
        for heard in found.examples.get(&(is.to_owned(), taken.to_owned())).into_iter().flatten() {
            println!("    {heard}");
        }
    }
    for stray in found.strays.iter().take(SHOWN) {
        println!("nearer to another: `{}` of `{}`", stray.utterance, stray.intent);
        println!("    is like `{}` of `{}` ({:.2})", stray.other.0, stray.other_intent, stray.other.1);
        match stray.own.0.as_str() {
            "" => println!("    and has no other beside it in its own list"),
            own => println!("    in its own list nearest is `{own}` ({:.2})", stray.own.1),
        }
    }
}

fn show_matrix(found: &Confusion) {
    let columns: Vec<&str> = found.matrix.keys().map(String::as_str).chain([NOTHING]).collect();
    if columns.len() > WIDEST {
        println!("(the matrix of {} meanings is in --json)", columns.len() - 1);
        return;
    }
    let mut table = comfy_table::Table::new();
    let header = std::iter::once("is \\ taken for".to_owned()).chain(columns.iter().map(|name| (*name).to_owned()));
    table.set_header(header);
    for (is, row) in &found.matrix {
        let cells = columns.iter().map(|taken| row.get(*taken).map_or_else(|| "·".to_owned(), ToString::to_string));
        table.add_row(std::iter::once(is.clone()).chain(cells));
    }
    println!("{table}");
}

fn as_json(found: &Confusion, meaning: bool) -> serde_json::Value {
    let weak = found.by_recall().into_iter().map(|(intent, recall)| json!({ "intent": intent, "recall": recall }));
    let pairs = found.pairs().into_iter().map(|(is, taken, count)| {
        json!({ "is": is, "taken_for": taken, "count": count,
            "examples": found.examples.get(&(is.to_owned(), taken.to_owned())) })
    });
    let strays = found.strays.iter().map(|stray| {
        json!({ "intent": stray.intent, "utterance": stray.utterance, "own": stray.own.0, "own_likeness": stray.own.1,
            "other_intent": stray.other_intent, "other": stray.other.0, "other_likeness": stray.other.1 })
    });
    json!({ "accuracy": found.accuracy(), "meaning": meaning, "matrix": found.matrix,
        "recall": weak.collect::<Vec<_>>(), "pairs": pairs.collect::<Vec<_>>(), "strays": strays.collect::<Vec<_>>() })
}
