//! `warmline template …`: what a trainer does on the command line, one file a command.

mod check;
mod library;
mod mutate;
mod test;

pub use check::read;

use crate::config::Config;
use anyhow::Result;
use clap::Subcommand;
use std::path::PathBuf;
use tokio::task::block_in_place;

#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// Say what is wrong with a template, with line and column.
    Check { files: Vec<PathBuf> },
    /// Print the JSON Schema of templates, for editors that complete and check them.
    Schema,
    /// Hold the regression dialogs beside templates (`*.test.yaml`), in virtual time.
    Test(test::TestArgs),
    /// Break one thing of a template at a time: do its regression dialogs notice?
    Mutate(mutate::MutateArgs),
}

/// `load` reads the configuration, for the commands that need it.
pub async fn run(command: TemplateCommand, load: impl Fn() -> Result<Config>) -> Result<()> {
    match command {
        TemplateCommand::Check { files } => check::check(&files),
        TemplateCommand::Schema => {
            println!("{}", warmline_schema::JSON_SCHEMA.trim_end());
            Ok(())
        }
        TemplateCommand::Test(args) => block_in_place(|| test::run(&load()?, &args)),
        TemplateCommand::Mutate(args) => block_in_place(|| mutate::run(&load()?, &args)),
    }
}
