//! `warmline template import|export`: utterances from and for other tools.

use super::library::counted;
use super::versions::known;
use crate::config::Config;
use crate::desk::{start, template_path, template_text};
use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use warmline_api::{WriteError, write_whole};
use warmline_schema::exchange::{Exported, from_csv, from_rasa, to_csv, to_rasa};
use warmline_schema::{parse, unbundle};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Source {
    /// NLU training data: intents, synonyms, look-up tables, regular expressions.
    Rasa,
    /// A header line `intent,utterance`, then one of each in a line.
    Csv,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the files are.
    pub source: Source,
    /// Files to learn from.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Template that learns them; one that exists keeps its remarks, another is made.
    #[arg(long, value_name = "T.yaml")]
    pub into: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Form {
    /// NLU training data.
    Rasa,
    /// A header line `intent,utterance`, then one of each in a line.
    Csv,
    /// The template and everything it includes as one text.
    Bundle,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// A file, or a name in the templates folder.
    pub template: String,
    /// What to write.
    #[arg(long = "as", value_name = "FORM")]
    pub form: Form,
    /// A published version instead of the file.
    #[arg(long)]
    pub version: Option<u32>,
    /// Where to write it; printed when absent.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Learn the utterances of `files`, and say what could not be taken.
pub fn import(args: &ImportArgs) -> Result<()> {
    let mut texts = Vec::new();
    for file in &args.files {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        texts.push((file.display().to_string(), text));
    }
    let files = texts.iter().map(|(file, text)| (file.as_str(), text.as_str()));
    let read = match args.source {
        Source::Rasa => from_rasa(files),
        Source::Csv => from_csv(files),
    };
    let lessons = read.map_err(|(file, problems)| anyhow!("nothing was taken:\n{}", placed(&file, &problems)))?;
    for note in &lessons.notes {
        println!("{note}");
    }
    if lessons.intents.is_empty() && lessons.slot_types.is_empty() {
        let files = texts.iter().map(|(file, _)| file.as_str()).collect::<Vec<_>>().join(", ");
        bail!("nothing was taken: {files}: no utterance and no type of slot is in it");
    }
    let into = &args.into;
    let new = !into.exists();
    let old = if new { String::new() } else { template_text(into).map_err(anyhow::Error::msg)? };
    let changed = if new { lessons.template(stem(into)?) } else { lessons.put_into(&old) };
    let changed = changed
        .map_err(|problems| anyhow!("nothing was written:\n{}", placed(&into.display().to_string(), &problems)))?;
    write(into, &old, &changed)?;
    println!(
        "{}: {} of {} and {} are in {}",
        into.display(),
        counted(lessons.phrases(), "utterance", "utterances"),
        counted(lessons.intents.len(), "intent", "intents"),
        counted(lessons.slot_types.len(), "type of slot", "types of slot"),
        if new { "a new template" } else { "it" }
    );
    println!("next: warmline template check {}", into.display());
    Ok(())
}

/// Writes the parts of a bundled text that differ, each to its file.
fn write(into: &Path, old: &str, new: &str) -> Result<(), WriteError> {
    let (old, new) = (unbundle(old), unbundle(new));
    let folder = into.parent().unwrap_or_else(|| Path::new(""));
    let main = (into.to_owned(), old.0, new.0);
    let parts = new.1.iter().map(|(file, text)| {
        let before = old.1.iter().find(|(other, _)| other == file).map_or("", |(_, text)| text);
        (folder.join(file), before, *text)
    });
    let changed: Vec<_> = std::iter::once(main).chain(parts).filter(|(_, old, new)| old != new).collect();
    write_whole(changed.iter().map(|(file, _, text)| (file.as_path(), *text)))
}

/// Print, or write, a template's utterances or its whole text.
pub async fn export(config: &Config, args: &ExportArgs) -> Result<()> {
    let (from, text) = match args.version {
        None => {
            let file = template_path(config, &args.template);
            let text = template_text(&file).map_err(|why| anyhow!("the template {why}"))?;
            (file.display().to_string(), text)
        }
        Some(number) => {
            let db = start::open_database(config).await?;
            let name = known(config, &db, &args.template).await?;
            let found = db.version(&name, number).await?;
            let text = found.with_context(|| format!("{name} has no version {number}"))?.text;
            (format!("{name}, version {number}"), text)
        }
    };
    if text.trim().is_empty() {
        bail!("nothing was exported: {from} is empty");
    }
    let template = parse(&text).map_err(|problems| anyhow!("nothing was exported:\n{}", placed(&from, &problems)))?;
    let exported = match args.form {
        Form::Rasa => to_rasa(&template),
        Form::Csv => to_csv(&template),
        Form::Bundle => Exported { text: text.clone(), notes: Vec::new() },
    };
    for note in &exported.notes {
        eprintln!("not exported: {note}");
    }
    match &args.out {
        Some(file) => {
            std::fs::write(file, &exported.text).with_context(|| format!("{} cannot be written", file.display()))?;
            println!("written to {}", file.display());
        }
        None => print!("{}", exported.text),
    }
    Ok(())
}

/// The name of a template is that of its file.
fn stem(file: &Path) -> Result<&str> {
    let stem = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".yaml"));
    match stem {
        Some(stem) if stem.starts_with(|c: char| c.is_ascii_alphabetic()) => Ok(stem),
        _ => bail!("--into {}: name a file such as my-template.yaml", file.display()),
    }
}

fn placed(file: &str, problems: &warmline_schema::Problems) -> String {
    problems.to_string().lines().map(|line| format!("{file}:{line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn import_args(file: &Path, into: &Path) -> ImportArgs {
        ImportArgs { source: Source::Csv, files: vec![file.to_owned()], into: into.to_owned() }
    }

    #[test]
    fn a_template_that_cannot_be_written_is_named_as_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let csv = folder.path().join("taught.csv");
        std::fs::write(&csv, "intent,utterance\ncoffee,a coffee please\n").unwrap();
        let refused = import(&import_args(&csv, Path::new("/nonexistent/x.yaml"))).unwrap_err();
        let said = format!("{refused:#}");
        assert_eq!(said, "/nonexistent/x.yaml cannot be written: No such file or directory (os error 2)");
        let into = folder.path().join("x.yaml");
        import(&import_args(&csv, &into)).unwrap();
        assert!(std::fs::read_to_string(&into).unwrap().contains("a coffee please"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_exported_of_a_file_that_is_empty_or_no_template() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.yaml");
        let given = file.display().to_string();
        for form in [Form::Bundle, Form::Csv, Form::Rasa] {
            let args = ExportArgs { template: given.clone(), form, version: None, out: None };
            let refused = async || export(&Config::default(), &args).await.unwrap_err().to_string();
            std::fs::remove_file(&file).ok();
            assert!(refused().await.starts_with(&format!("the template {given} cannot be read: ")));
            std::fs::write(&file, "\n").unwrap();
            assert_eq!(refused().await, format!("nothing was exported: {given} is empty"));
            std::fs::write(&file, "no template").unwrap();
            assert!(refused().await.contains(&format!("{given}:line 1")), "{}", refused().await);
        }
    }
}
