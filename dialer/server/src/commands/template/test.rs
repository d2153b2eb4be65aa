//! `warmline template test`: hold the regression dialogs of templates in virtual time, and show where they go
//! another way than written.

use super::library::{self, Meaning};
use crate::commands::clock;
use crate::config::Config;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use warmline_dialog::plan::{Suite, Told, Verdict, junit};

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Templates, by file or by name; all of the templates folder when none is named.
    pub templates: Vec<String>,
    /// Also write the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
    /// Only conversations with this in their name.
    #[arg(long, value_name = "NAME")]
    pub filter: Option<String>,
    /// Understand by rules and words alone, as where no embedder is installed; quicker.
    #[arg(long)]
    pub no_meaning: bool,
}

/// Fails when a conversation does not go as written, or a file cannot be used.
pub fn run(config: &Config, args: &TestArgs) -> Result<()> {
    let mut meaning = Meaning::unless(args.no_meaning);
    let mut suites = Vec::new();
    for file in library::files(config, &args.templates)? {
        let tests = library::beside(&file);
        if !tests.is_file() && args.templates.is_empty() {
            if !args.json {
                println!("{}: no conversations beside it", file.display());
            }
            continue;
        }
        let suite = suite(&file, &tests, args.filter.as_deref(), &mut meaning);
        if !args.json {
            show(&suite);
        }
        suites.push(suite);
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, junit(&suites)).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let verdicts = || suites.iter().flat_map(|suite| suite.result.iter().flatten());
    let (all, failed) = (verdicts().count(), verdicts().filter(|verdict| !verdict.passed()).count());
    let unusable = suites.iter().filter(|suite| suite.result.is_err()).count();
    if args.json {
        println!(
            "{:#}",
            json!({ "conversations": all, "failed": failed, "unusable": unusable,
            "meaning": meaning.is_there(), "templates": suites.iter().map(as_json).collect::<Vec<_>>() })
        );
    }
    if unusable > 0 {
        bail!("{unusable} of {} templates could not be tested", suites.len());
    }
    if all == 0 {
        let filter = args.filter.as_deref().map(|name| format!(" with `{name}` in its name")).unwrap_or_default();
        bail!("there is no conversation{filter}");
    }
    if failed > 0 {
        bail!("{failed} of {all} conversations did not go as written");
    }
    if !args.json {
        let seconds: f64 = suites.iter().map(|suite| suite.seconds).sum();
        println!("all {all} conversations of {} templates went as written ({seconds:.2} s)", suites.len());
    }
    Ok(())
}

fn suite(file: &Path, tests: &Path, filter: Option<&str>, meaning: &mut Meaning) -> Suite {
    let begun = clock();
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let result = hold(file, tests, filter, meaning).map_err(|error| format!("{error:#}"));
    Suite { name, file: tests.display().to_string(), seconds: begun.elapsed().as_secs_f64(), result }
}

fn hold(file: &Path, tests: &Path, filter: Option<&str>, meaning: &mut Meaning) -> Result<Vec<Verdict>> {
    let template = library::compiled(library::parsed(file)?, meaning)?;
    let filter = filter.map(str::to_lowercase);
    let wanted = |name: &str| filter.as_ref().is_none_or(|part| name.to_lowercase().contains(part));
    let verdicts = library::plan(tests)?.hold(&template, wanted, &mut |text| meaning.of(text));
    verdicts.map_err(|error| anyhow::anyhow!("{}: {error}", tests.display()))
}

fn show(suite: &Suite) {
    match &suite.result {
        Err(why) => println!("{}: cannot be tested\n{why}", suite.name),
        Ok(verdicts) => {
            let failed: Vec<_> = verdicts.iter().filter(|verdict| !verdict.passed()).collect();
            let (all, good, seconds) = (verdicts.len(), verdicts.len() - failed.len(), suite.seconds);
            if all > 0 {
                println!("{}: {good} of {all} conversations as written ({seconds:.2} s)", suite.name);
            }
            failed.into_iter().for_each(|verdict| show_failed(&suite.file, verdict));
        }
    }
}

/// The conversation as it went, and in it what should have been.
pub fn show_failed(file: &str, verdict: &Verdict) {
    let ink = Ink::of_terminal();
    println!("\n{} {}:{}", ink.bold(&format!("✗ {}", verdict.name)), file, verdict.at.line);
    for told in &verdict.told {
        match told {
            Told::Bot(said) => println!("    bot:  {said}"),
            Told::Act { what, understood } => {
                let understood = understood.as_ref().map(|found| ink.faint(&format!("   → {found}")));
                println!("    {what}{}", understood.unwrap_or_default());
            }
            Told::Missed(mismatch) => {
                println!("  {}", ink.green(&format!("- line {}: expected {}", mismatch.at.line, mismatch.expected)));
                println!("  {}", ink.red(&format!("+ {}", mismatch.actual)));
            }
        }
    }
    println!();
}

fn as_json(suite: &Suite) -> Value {
    let (conversations, error) = match &suite.result {
        Ok(verdicts) => (verdicts.iter().map(verdict_json).collect(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    json!({ "template": suite.name, "file": suite.file, "seconds": suite.seconds, "error": error, "conversations": conversations })
}

fn verdict_json(verdict: &Verdict) -> Value {
    let mismatches =
        verdict.mismatches().map(|m| json!({ "line": m.at.line, "expected": m.expected, "actual": m.actual }));
    json!({ "name": verdict.name, "line": verdict.at.line, "passed": verdict.passed(), "virtual_ms": verdict.took_ms,
        "mismatches": mismatches.collect::<Vec<_>>(), "transcript": verdict.failure().map(|failure| failure.transcript) })
}

/// Colours, where a terminal shows them and `NO_COLOR` is not set.
pub struct Ink(bool);

impl Ink {
    pub fn of_terminal() -> Self {
        Self(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
    }

    fn paint(&self, code: u8, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub fn bold(&self, text: &str) -> String {
        self.paint(1, text)
    }

    pub fn faint(&self, text: &str) -> String {
        self.paint(2, text)
    }

    pub fn red(&self, text: &str) -> String {
        self.paint(31, text)
    }

    pub fn green(&self, text: &str) -> String {
        self.paint(32, text)
    }
}
