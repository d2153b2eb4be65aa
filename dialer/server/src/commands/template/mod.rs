//! `warmline template …`: what a trainer does on the command line, one file a command.

mod chat;
mod check;
mod confuse;
mod exchange;
mod hear;
mod library;
mod mutate;
mod publish;
mod replay_handoff;
mod test;
mod versions;

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
    /// Check a template, hold the tests beside it, and make it what new calls get.
    Publish(publish::PublishArgs),
    /// A template's published versions, and what new calls get.
    Versions { template: String },
    /// The version on trial: another share of the new calls, promoted, or stopped.
    Canary {
        template: String,
        #[command(flatten)]
        change: versions::CanaryChange,
    },
    /// Put back the version before, from the next call on; a canary is withdrawn first.
    Rollback {
        template: String,
        /// The version to make live.
        #[arg(long, value_name = "VERSION")]
        to: Option<u32>,
    },
    /// Learn intents and utterances from files of other tools.
    Import(exchange::ImportArgs),
    /// A template's utterances for other tools, or its whole text.
    Export(exchange::ExportArgs),
    /// Hold the regression dialogs beside templates (`*.test.yaml`), in virtual time.
    Test(test::TestArgs),
    /// Talk to a template in text, and see what it understood and why.
    Chat(chat::ChatArgs),
    /// Hear what the person would hear in a step.
    Hear(hear::HearArgs),
    /// Say each meaning in many ways, with recognition errors: which are taken for each other?
    Confuse(confuse::ConfuseArgs),
    /// Break one thing of a template at a time: do its regression dialogs notice?
    Mutate(mutate::MutateArgs),
    /// What another threshold or other weights of the handoff score would have done to stored calls.
    ReplayHandoff(replay_handoff::ReplayHandoffArgs),
}

/// `load` reads the configuration, for the commands that need it.
pub async fn run(command: TemplateCommand, load: impl Fn() -> Result<Config>) -> Result<()> {
    match command {
        TemplateCommand::Check { files } => check::check(&files),
        TemplateCommand::Schema => {
            println!("{}", warmline_schema::JSON_SCHEMA.trim_end());
            Ok(())
        }
        TemplateCommand::Publish(args) => publish::run(&load()?, args).await,
        TemplateCommand::Versions { template } => versions::list(&load()?, &template).await,
        TemplateCommand::Canary { template, change } => versions::canary(&load()?, &template, &change).await,
        TemplateCommand::Rollback { template, to } => versions::rollback(&load()?, &template, to).await,
        TemplateCommand::Import(args) => exchange::import(&args),
        TemplateCommand::Export(args) => exchange::export(&load()?, &args).await,
        TemplateCommand::Test(args) => block_in_place(|| test::run(&load()?, &args)),
        TemplateCommand::Chat(args) => block_in_place(|| chat::run(&load()?, &args)),
        TemplateCommand::Hear(args) => block_in_place(|| hear::run(&load()?, &args)),
        TemplateCommand::Confuse(args) => block_in_place(|| confuse::run(&load()?, &args)),
        TemplateCommand::Mutate(args) => block_in_place(|| mutate::run(&load()?, &args)),
        TemplateCommand::ReplayHandoff(args) => replay_handoff::run(&load()?, args).await,
    }
}
