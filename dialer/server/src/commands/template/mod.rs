//! `warmline template …`: what a trainer does on the command line, one file a command.

mod check;

pub use check::read;

use crate::config::Config;
use anyhow::Result;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// Say what is wrong with a template, with line and column.
    Check { files: Vec<PathBuf> },
    /// Print the JSON Schema of templates, for editors that complete and check them.
    Schema,
}

/// `load` reads the configuration, for the commands that need it.
pub async fn run(command: TemplateCommand, load: impl Fn() -> Result<Config>) -> Result<()> {
    match command {
        TemplateCommand::Check { files } => check::check(&files, load),
        TemplateCommand::Schema => {
            println!("{}", warmline_schema::JSON_SCHEMA.trim_end());
            Ok(())
        }
    }
}
