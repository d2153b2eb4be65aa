//! `warmline template assign`: give a group of answers to an intent. What changes is shown before anything is written.

use super::review::{Looked, Which, asked, look, shown};
use crate::config::Config;
use crate::desk::now;
use anyhow::{Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use tokio::task::block_in_place;
use warmline_api::review::{Proposal, StoredChange, Wish};
use warmline_storage::Verdict;

/// Changed turns that are shown.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub struct AssignArgs {
    #[command(flatten)]
    pub which: Which,
    /// The group, as `review` names it.
    pub group: String,
    /// An intent, a global intent (`human`), an answer of the group's step, or `knowledge:NAME`.
    #[arg(long)]
    pub intent: String,
    /// Make it: it does not exist yet.
    #[arg(long)]
    pub new: bool,
    /// The step that a new intent leads to.
    #[arg(long, value_name = "STEP")]
    pub goto: Option<String>,
    /// What is answered to the questions of a new knowledge entry.
    #[arg(long)]
    pub answer: Option<String>,
    /// Add these phrases instead of what the group's callers said.
    #[arg(long, value_delimiter = ',')]
    pub phrases: Option<Vec<String>>,
    /// Only show what would change.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Write without asking.
    #[arg(long)]
    pub yes: bool,
    /// Write although regression dialogs would fail.
    #[arg(long)]
    pub despite_tests: bool,
}

/// Show what changes, ask, and write it.
pub async fn run(config: &Config, args: AssignArgs) -> Result<()> {
    let mut looked = look(config, &args.which).await?;
    let proposal = block_in_place(|| propose(&mut looked, &args))?;
    print(&proposal, args.which.unmask);
    let broken = proposal.broken_tests().count();
    if args.dry_run {
        return Ok(());
    }
    if broken > 0 && !args.despite_tests {
        bail!("nothing was written: {broken} of {} regression dialogs would fail (--despite-tests)", proposal.tests);
    }
    if !args.yes && !asked("\nwrite it?")? {
        println!("nothing was written");
        return Ok(());
    }
    block_in_place(|| proposal.save(&looked.library))?;
    let verdict = Verdict::Assigned(proposal.intent.clone());
    looked.db.mark_reviewed(&proposal.turns, &verdict, None, now()).await?;
    let detail = format!("{} {}", looked.name, proposal.intent);
    looked.db.audit(None, "template.assign", &detail, now()).await?;
    for file in proposal.files() {
        println!("{} is changed", file.display());
    }
    println!("next: warmline template test {0}; new calls get it with: warmline template publish {0}", looked.name);
    Ok(())
}

fn propose(looked: &mut Looked, args: &AssignArgs) -> Result<Proposal> {
    let wish = Wish {
        intent: args.intent.clone(),
        new: args.new,
        goto: args.goto.clone(),
        answer: args.answer.clone(),
        phrases: args.phrases.clone(),
    };
    let group = looked.group(&args.group)?.clone();
    let (library, name, template, stored) = (&looked.library, &looked.name, &looked.template, &looked.stored);
    let meaning = &mut looked.meaning;
    Ok(Proposal::of(library, name, template, stored, &group, &wish, &mut |text| meaning.of(text))?)
}

fn print(proposal: &Proposal, unmask: bool) {
    println!("{} gets:", proposal.intent);
    for phrase in &proposal.phrases {
        println!("  + {phrase}");
    }
    if proposal.left_out > 0 {
        println!(
            "  ({} texts were left out: more than needed, too long, or with a name or number in them)",
            proposal.left_out
        );
    }
    for warning in &proposal.warnings {
        println!("{warning}");
    }
    println!("\n{} of the group's {} answers mean {} then", proposal.settled, proposal.turns.len(), proposal.intent);
    println!("{} of {} regression dialogs go another way", proposal.test_changes.len(), proposal.tests);
    for change in &proposal.test_changes {
        let how = match (change.passed, change.passes) {
            (true, false) => "would fail",
            (false, true) => "would pass now",
            (false, false) => "fails otherwise",
            (true, true) => "passes otherwise",
        };
        println!("  line {}: {} {how}", change.line, change.name);
        change.mismatches.iter().for_each(|mismatch| println!("    {mismatch}"));
    }
    let others: Vec<&StoredChange> = proposal.turn_changes.iter().filter(|change| !change.own).collect();
    println!("{} other answers of {} stored calls mean something else", others.len(), proposal.calls);
    for change in others.iter().take(SHOWN) {
        let meaning = |intent: &Option<String>| intent.clone().unwrap_or_else(|| "nothing".to_owned());
        println!(
            "  \"{}\": {} → {} (call {} turn {})",
            shown(&change.heard, &change.name, unmask),
            meaning(&change.before),
            meaning(&change.after),
            change.call,
            change.turn
        );
    }
    if others.len() > SHOWN {
        println!("  … and {} more", others.len() - SHOWN);
    }
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    for (_, before, after) in &proposal.endings {
        let words = |ending: &str| ending.replace('_', " ");
        *endings.entry(format!("{} → {}", words(before.as_str()), words(after.as_str()))).or_default() += 1;
    }
    for (change, count) in endings {
        println!("{count} calls would have ended otherwise: {change}");
    }
}
