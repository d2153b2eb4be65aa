//! `warmline template chat`: talk to a template in text, and see at each turn what was understood and why.

use super::library::{self, Meaning};
use super::test::Ink;
use crate::config::Config;
use crate::desk::{now, template_path};
use anyhow::{Context, Result, bail};
use chrono::{Datelike, NaiveDateTime};
use clap::Args;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warmline_dialog::chat::{Chat, HELP, Typed, typed};
use warmline_dialog::plan::{self, Plan};
use warmline_dialog::play::{Act, AnsweredBy, Ending, Exchange, Scene, YEARS};
use warmline_dialog::{CompiledTemplate, Effect, Understanding};

#[derive(Debug, Args)]
pub struct ChatArgs {
    /// Template: a file, or a name in the templates folder.
    pub template: String,
    /// The contact's data: `--set name=Ann --set date=2027-03-02`.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// The contact's data from the first row of a CSV file.
    #[arg(long, value_name = "FILE")]
    pub contact: Option<PathBuf>,
    /// Chooses among alternative wordings.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The person's local time, such as 2026-11-20T10:00:00; the wall clock when absent.
    #[arg(long, value_name = "TIME")]
    pub now: Option<NaiveDateTime>,
    /// The person's time zone, for the wall clock.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub time_zone: String,
    /// Understand by rules and words alone, as where no embedder is installed.
    #[arg(long)]
    pub no_meaning: bool,
}

/// Until the end of the input, or `/quit`.
pub fn run(config: &Config, args: &ChatArgs) -> Result<()> {
    let file = template_path(config, &args.template);
    let mut meaning = Meaning::unless(args.no_meaning);
    let template = library::compiled(library::parsed(&file)?, &mut meaning)?;
    let contact = library::contact(args.contact.as_deref(), &args.variables)?;
    warn_of(&template, &contact);
    let now = local_time(args.now, &args.time_zone)?;
    let scene = Scene { template: &template, contact, seed: args.seed, now, answered_by: AnsweredBy::Person };
    let mut session = Session { chat: Chat::begin(scene), meaning, ink: Ink::of_terminal() };
    session.show_last();
    let terminal = std::io::stdin().is_terminal();
    let mut lines = std::io::stdin().lock().lines();
    loop {
        print!("you>  ");
        std::io::stdout().flush()?;
        let Some(line) = lines.next() else {
            println!();
            return Ok(());
        };
        let line = line.context("the input cannot be read")?;
        if !terminal {
            println!("{line}");
        }
        match typed(&line) {
            Ok(Typed::Quit) => return Ok(()),
            Ok(typed) => session.take(typed),
            Err(why) => println!("      {why}"),
        }
    }
}

/// What a contact's data lacks, as `campaign check` would say it.
pub fn warn_of(template: &CompiledTemplate, contact: &warmline_dialog::Variables) {
    for problem in template.check_variables(contact) {
        eprintln!("`{}` {} (--set {}=…)", problem.variable, problem.why, problem.variable);
    }
}

/// The time that was given, else the wall clock in the person's zone.
pub fn local_time(given: Option<NaiveDateTime>, zone: &str) -> Result<NaiveDateTime> {
    let zone: chrono_tz::Tz = zone.parse().map_err(|_| anyhow::anyhow!("--time-zone {zone}: there is no such zone"))?;
    if let Some(given) = given.filter(|given| !YEARS.contains(&given.year())) {
        bail!("--now {given}: the year should be from {} to {}", YEARS.start(), YEARS.end());
    }
    Ok(given.unwrap_or_else(|| now().with_timezone(&zone).naive_local()))
}

struct Session<'a> {
    chat: Chat<'a>,
    meaning: Meaning,
    ink: Ink,
}

impl Session<'_> {
    fn take(&mut self, typed: Typed) {
        let meaning = &mut self.meaning;
        let mut embed = |text: &str| meaning.of(text);
        match typed {
            Typed::Do(_) if self.chat.over() => println!("      the call is over; /undo takes the last turn back"),
            Typed::Do(act) => {
                self.chat.act(act, &mut embed);
                self.show_last();
            }
            Typed::Call(answered_by) => {
                self.chat.call(answered_by, &mut embed);
                self.show_last();
            }
            Typed::Edit(number, act) => match self.chat.edit(number, act, &mut embed) {
                Ok(()) => self.show_all(number),
                Err(why) => println!("      {why}"),
            },
            Typed::Undo if self.chat.undo(&mut embed) => self.show_all(self.chat.acts().len()),
            Typed::Undo => println!("      there is no turn to take back"),
            Typed::Turns => self.show_all(0),
            Typed::Save(what) => match self.save(&what) {
                Ok(told) => println!("      {told}"),
                Err(why) => println!("      not saved: {why:#}"),
            },
            Typed::Help => println!("{HELP}"),
            Typed::Nothing | Typed::Quit => {}
        }
    }

    fn show_last(&self) {
        if let Some(last) = self.chat.last() {
            self.show(last);
        }
    }

    /// The turns from number `from` on, 0 being the beginning.
    fn show_all(&self, from: usize) {
        for (place, exchange) in self.chat.exchanges().iter().enumerate().skip(from) {
            match place.checked_sub(1).and_then(|before| self.chat.acts().get(before)) {
                Some(act) => println!("{} {}", self.ink.bold(&format!("{place:>3}.")), plan::told(act)),
                None => {
                    println!("{}", self.ink.bold(&format!("  answered by {}", self.chat.scene().answered_by.name())))
                }
            }
            self.show(exchange);
        }
    }

    fn show(&self, exchange: &Exchange) {
        if !exchange.noticed {
            println!("      {}", self.ink.faint("nobody heard it: this prompt cannot be interrupted"));
        }
        for understanding in exchange.effects.iter().filter_map(understood) {
            for line in lines_of(understanding) {
                println!("      {}", self.ink.faint(&line));
            }
        }
        if let Some(handoff) = exchange.handoff() {
            let reasons = handoff.reasons.iter().map(|reason| format!("{} {:.2}", reason.cue, reason.weight));
            let reasons = reasons.collect::<Vec<_>>().join(", ");
            println!("      {}", self.ink.faint(&format!("handoff: {:.2} ({reasons})", handoff.score)));
        }
        let slots: Vec<_> = exchange.slots.iter().filter(|(_, value)| !value.is_empty()).collect();
        let slots = slots.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
        for (what, value) in [("slots", slots), ("tags", exchange.tags.join(", "))] {
            if !value.is_empty() {
                println!("      {}", self.ink.faint(&format!("{what}: {value}")));
            }
        }
        for effect in &exchange.effects {
            match effect {
                Effect::Say(prompt) => println!("bot>  {}", prompt.text),
                Effect::Categorised(category) => println!("      {}", self.ink.faint(&format!("about: {category}"))),
                Effect::OptOut => println!("      {}", self.ink.bold("the person is never called again")),
                Effect::Callback { due, reason } => {
                    println!("      a call back is promised: {} ({reason})", due.as_deref().unwrap_or("at any time"));
                }
                Effect::Http(request) => {
                    println!("      asks {} {}; answer with /http …", request.method, request.url);
                    request.body.iter().for_each(|body| println!("      with {body}"));
                }
                Effect::HandOver { .. } => println!("      looks for an agent; answer with /agent answers or nobody"),
                _ => {}
            }
        }
        match (&exchange.step, exchange.ending) {
            (Some(step), _) => println!("      {}", self.ink.faint(&format!("step: {step}"))),
            (None, Ending::Listening | Ending::HandedOver) => {}
            (None, ending) => println!("      {}", self.ink.bold(&format!("the bot has hung up: {}", ending.name()))),
        }
    }

    /// `FILE [name]`: a new file, or one more conversation in it; held at once to be sure.
    fn save(&self, what: &str) -> Result<String> {
        let (file, name) = what.split_once(char::is_whitespace).unwrap_or((what, ""));
        let name = if name.trim().is_empty() { self.own_name() } else { name.trim().to_owned() };
        let conversation = plan::recorded(&name, self.chat.scene(), self.chat.acts(), self.chat.exchanges());
        add_to(Path::new(file), self.chat.scene().template, conversation)?;
        Ok(format!("saved as `{name}` in {file}"))
    }

    /// What was said first.
    fn own_name(&self) -> String {
        let said = self.chat.acts().iter().find_map(|act| match act {
            Act::User(readings) | Act::Interrupt(readings) => readings.first().map(|reading| reading.text.clone()),
            _ => None,
        });
        said.map_or_else(|| "without a word".to_owned(), |said| format!("says {said}"))
    }
}

/// Writes `conversation` into `file`, after those that are there.
pub fn add_to(file: &Path, template: &Arc<CompiledTemplate>, conversation: plan::Conversation) -> Result<()> {
    let text = match std::fs::read_to_string(file) {
        Ok(before) => {
            let there = library::plan(file)?;
            if there.template != template.name() {
                bail!("{} has the conversations of `{}`", file.display(), there.template);
            }
            let fitted = plan::fitted(conversation, &there);
            plan::appended(&before, &fitted).with_context(|| format!("{} cannot take it", file.display()))?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => plan::new_file(template.name(), &conversation),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    // What is written must be readable, whatever was said in it.
    Plan::parse(&text).with_context(|| format!("{} would not be readable", file.display()))?;
    Ok(warmline_api::write_whole([(file, text.as_str())])?)
}

fn understood(effect: &Effect) -> Option<&Understanding> {
    match effect {
        Effect::Understood(understanding) => Some(understanding),
        _ => None,
    }
}

/// What was understood and why, and what else it might have been.
fn lines_of(found: &Understanding) -> Vec<String> {
    let mut lines = vec![match &found.intent {
        Some(intent) => format!("understood: {intent} {:.2} ({})", found.score, found.why),
        None => format!("not understood: {}", found.why),
    }];
    if !found.also.is_empty() {
        lines.push(format!("also: {}", found.also.join(", ")));
    }
    let others = found.alternatives.iter().map(|other| format!("{} {:.2}", other.intent, other.score));
    let others = others.collect::<Vec<_>>().join(", ");
    if !others.is_empty() {
        lines.push(format!("or: {others}"));
    }
    if found.sentiment != 0.0 {
        lines.push(format!("mood: {:+.2}", found.sentiment));
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_time_that_no_call_can_have_is_refused() {
        for far in ["+262142-12-31T23:59:58", "1899-12-31T23:59:59"] {
            let refused = local_time(Some(far.parse().unwrap()), "UTC").unwrap_err().to_string();
            assert!(refused.contains("--now") && refused.contains("1900 to 2200"), "{refused}");
        }
        let given = "2026-11-20T10:00:00".parse().unwrap();
        assert_eq!(local_time(Some(given), "UTC").unwrap(), given);
    }
}
