//! `warmline template mutate`: break one thing of a template at a time and see whether its conversations notice.

use super::library;
use crate::config::Config;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use warmline_dialog::mutate::{self, Kind, Mutant};
use warmline_dialog::plan::Plan;
use warmline_schema::Template;

#[derive(Debug, Args)]
pub struct MutateArgs {
    /// Templates, by file or by name; all of the templates folder when none is named.
    pub templates: Vec<String>,
    /// Breaks, drawn over all of the templates.
    #[arg(long, default_value_t = 200)]
    pub count: usize,
    /// Chooses which breaks are drawn.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

struct Subject {
    file: PathBuf,
    template: Template,
    plan: Plan,
}

/// Fails when a template or its conversations cannot be used, or the conversations fail without any break.
pub fn run(config: &Config, args: &MutateArgs) -> Result<()> {
    if args.count == 0 {
        bail!("--count 0: should be at least 1");
    }
    let mut subjects = Vec::new();
    for file in library::files(config, &args.templates)? {
        let (template, plan) = (library::parsed(&file)?, library::plan(&library::beside(&file))?);
        let whole = library::compiled(template.clone(), &mut library::Meaning::none())?;
        if let Some(failure) = plan.run(&whole)?.first() {
            bail!("{}: its conversations must go as written first: {failure}", file.display());
        }
        subjects.push(Subject { file, template, plan });
    }
    let all: Vec<(&Subject, Mutant)> = subjects
        .iter()
        .flat_map(|subject| mutate::mutants(&subject.template, args.seed).into_iter().map(move |m| (subject, m)))
        .collect();
    let drawn: Vec<_> = mutate::drawn(all.len(), args.count, args.seed).into_iter().map(|place| &all[place]).collect();
    let noticed: Vec<bool> =
        drawn.iter().map(|(subject, mutant)| mutant.is_noticed(&subject.template, &subject.plan)).collect();
    let results: Vec<_> = drawn.into_iter().zip(noticed).collect();
    let killed = results.iter().filter(|(_, noticed)| *noticed).count();
    if args.json {
        let survivors = results.iter().filter(|(_, noticed)| !noticed).map(|((subject, mutant), _)| {
            json!({ "file": subject.file, "line": mutant.at.line, "kind": mutant.kind.name(), "what": mutant.what })
        });
        println!(
            "{:#}",
            json!({ "possible": all.len(), "broken": results.len(), "noticed": killed, "seed": args.seed,
            "survivors": survivors.collect::<Vec<_>>() })
        );
        return Ok(());
    }
    for ((subject, mutant), _) in results.iter().filter(|(_, noticed)| !noticed) {
        println!("{}:{}: not noticed: {}", subject.file.display(), mutant.at.line, mutant.what);
    }
    for kind in Kind::ALL {
        let of_kind = results.iter().filter(|((_, mutant), _)| mutant.kind == kind);
        let (of, noticed) = of_kind.fold((0, 0), |(of, n), (_, noticed)| (of + 1, n + usize::from(*noticed)));
        if of > 0 {
            println!("{:<11} {noticed:>4} of {of}", kind.name());
        }
    }
    let share = 100.0 * killed as f64 / results.len().max(1) as f64;
    println!("{killed} of {} breaks were noticed ({share:.1} %), out of {} possible", results.len(), all.len());
    Ok(())
}
