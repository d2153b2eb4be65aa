//! `warmline template check TEMPLATE…`.

use crate::config::Config;
use crate::desk::recordings::{names_any, unplayable};
use crate::desk::template_path;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use warmline_dialog::CompiledTemplate;

/// Say what is wrong with each template; fails when one has errors. `load` reads the configuration, which says
/// where recordings, and templates that are only named, lie.
pub fn check(templates: &[String], load: impl Fn() -> Result<Config>) -> Result<()> {
    if templates.is_empty() {
        bail!("name at least one template file");
    }
    let mut broken = 0;
    for template in templates {
        if let Err(problems) = check_one(&file_of(template, &load)?, &load) {
            broken += 1;
            println!("{problems}");
        }
    }
    if broken > 0 {
        bail!("{broken} of {} templates cannot be used", templates.len());
    }
    Ok(())
}

/// A file, or a name in the templates folder. A file is checked without any configuration.
fn file_of(template: &str, load: impl Fn() -> Result<Config>) -> Result<PathBuf> {
    let file = Path::new(template);
    if file.exists() || file.extension().is_some() || file.components().count() > 1 {
        return Ok(file.to_owned());
    }
    Ok(template_path(&load()?, template))
}

fn check_one(file: &Path, load: impl Fn() -> Result<Config>) -> Result<()> {
    let text = read(file)?;
    let template = warmline_schema::parse(&text)
        .map_err(|problems| anyhow::anyhow!("{}", in_file(file, &problems.to_string())))?;
    for warning in &template.warnings {
        println!("{}", in_file(file, &warning.to_string()));
    }
    let steps = template.steps.len();
    let silent = if names_any(&template) { unplayable(&load()?, &template) } else { Vec::new() };
    for recording in &silent {
        let severity = if recording.fatal { "error" } else { "warning" };
        // A line of an included file would be looked for in this one.
        let place = match (recording.at.line, recording.at.file) {
            (line, 0) if line > 0 => format!("line {line}, column {}: ", recording.at.column),
            _ => String::new(),
        };
        println!("{}", in_file(file, &format!("{place}{severity}: {}", recording.message)));
    }
    CompiledTemplate::compile(template).map_err(|problems| anyhow::anyhow!("{}: {problems}", file.display()))?;
    if silent.iter().any(|recording| recording.fatal) {
        bail!("{}: its voice cannot be heard", file.display());
    }
    println!("{}: no errors, {steps} steps", file.display());
    Ok(())
}

/// A template's text, with what it includes.
pub fn read(file: &Path) -> Result<String> {
    crate::desk::template_text(file).map_err(|why| anyhow::anyhow!("the template {why}"))
}

/// Each line with the file's name before it, so that editors can jump there.
pub(super) fn in_file(file: &Path, lines: &str) -> String {
    lines.lines().map(|line| format!("{}:{line}\n", file.display())).collect::<String>().trim_end().to_owned()
}
