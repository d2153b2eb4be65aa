//! `warmline template check FILE…`.

use anyhow::{Result, bail};
use std::path::Path;
use warmline_dialog::CompiledTemplate;

/// Say what is wrong with each file; fails when a file has errors.
pub fn check(files: &[std::path::PathBuf]) -> Result<()> {
    if files.is_empty() {
        bail!("name at least one template file");
    }
    let mut broken = 0;
    for file in files {
        if let Err(problems) = check_one(file) {
            broken += 1;
            println!("{problems}");
        }
    }
    if broken > 0 {
        bail!("{broken} of {} templates cannot be used", files.len());
    }
    Ok(())
}

fn check_one(file: &Path) -> Result<()> {
    let text = read(file)?;
    let template = warmline_schema::parse(&text)
        .map_err(|problems| anyhow::anyhow!("{}", in_file(file, &problems.to_string())))?;
    for warning in &template.warnings {
        println!("{}", in_file(file, &warning.to_string()));
    }
    let steps = template.steps.len();
    CompiledTemplate::compile(template).map_err(|problems| anyhow::anyhow!("{}: {problems}", file.display()))?;
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
