//! `warmline template …`: what a trainer does on the command line, one file a command.

mod chat;
mod check;
mod confuse;
mod from_call;
mod hear;
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
    /// Talk to a template in text, and see what it understood and why.
    Chat(chat::ChatArgs),
    /// Hear what the person would hear in a step.
    Hear(hear::HearArgs),
    /// Make a regression dialog of a stored call, personal data masked.
    FromCall(from_call::FromCallArgs),
    /// Say each meaning in many ways, with recognition errors: which are taken for each other?
    Confuse(confuse::ConfuseArgs),
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
        TemplateCommand::Chat(args) => block_in_place(|| chat::run(&load()?, &args)),
        TemplateCommand::Hear(args) => block_in_place(|| hear::run(&load()?, &args)),
        TemplateCommand::FromCall(args) => from_call::run(load()?, args).await,
        TemplateCommand::Confuse(args) => block_in_place(|| confuse::run(&load()?, &args)),
        TemplateCommand::Mutate(args) => block_in_place(|| mutate::run(&load()?, &args)),
    }
}
