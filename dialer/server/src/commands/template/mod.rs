//! `warmline template …`: what a trainer does on the command line, one file a command.

mod assign;
mod chat;
mod check;
mod compare;
mod confuse;
mod exchange;
mod from_call;
mod hear;
mod library;
mod mutate;
mod publish;
mod replay_handoff;
mod review;
mod test;
mod versions;

pub use check::read;

use crate::config::Config;
use anyhow::Result;
use clap::Subcommand;
use tokio::task::block_in_place;

#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// Say what is wrong with a template, with line and column.
    Check {
        /// Templates, by file or by name in the templates folder.
        #[arg(value_name = "TEMPLATE")]
        templates: Vec<String>,
    },
    /// Print the JSON Schema of templates, for editors that complete and check them.
    Schema,
    /// Check a template, hold the tests beside it, and make it what new calls get.
    Publish(publish::PublishArgs),
    /// A template's published versions, and what new calls get.
    Versions {
        /// Name of a template in the templates folder.
        template: String,
    },
    /// The version on trial: another share of the new calls, promoted, or stopped.
    Canary {
        /// Name of a template in the templates folder.
        template: String,
        #[command(flatten)]
        change: versions::CanaryChange,
    },
    /// Put back the version before, from the next call on; a canary is withdrawn first.
    Rollback {
        /// Name of a template in the templates folder.
        template: String,
        /// The version to make live.
        #[arg(long, value_name = "VERSION")]
        to: Option<u32>,
    },
    /// Two versions side by side: what changes on stored conversations, and what came of the calls of each.
    Compare(compare::CompareArgs),
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
    /// Make a regression dialog of a stored call, personal data masked.
    FromCall(from_call::FromCallArgs),
    /// Say each meaning in many ways, with recognition errors: which are taken for each other?
    Confuse(confuse::ConfuseArgs),
    /// Break one thing of a template at a time: do its regression dialogs notice?
    Mutate(mutate::MutateArgs),
    /// What callers said that needs a look, grouped by meaning.
    Review(review::ReviewArgs),
    /// Give a group of answers to an intent; what changes is shown before it is written.
    Assign(assign::AssignArgs),
    /// What another threshold or other weights of the handoff score would have done to stored calls.
    ReplayHandoff(replay_handoff::ReplayHandoffArgs),
}

/// `load` reads the configuration, for the commands that need it.
pub async fn run(command: TemplateCommand, load: impl Fn() -> Result<Config>) -> Result<()> {
    match command {
        TemplateCommand::Check { templates } => check::check(&templates, load),
        TemplateCommand::Schema => {
            println!("{}", warmline_schema::JSON_SCHEMA.trim_end());
            Ok(())
        }
        TemplateCommand::Publish(args) => publish::run(&load()?, args).await,
        TemplateCommand::Versions { template } => versions::list(&load()?, &template).await,
        TemplateCommand::Canary { template, change } => versions::canary(&load()?, &template, &change).await,
        TemplateCommand::Rollback { template, to } => versions::rollback(&load()?, &template, to).await,
        TemplateCommand::Compare(args) => compare::run(&load()?, args).await,
        TemplateCommand::Import(args) => exchange::import(&args),
        TemplateCommand::Export(args) => exchange::export(&load()?, &args).await,
        TemplateCommand::Test(args) => block_in_place(|| test::run(&load()?, &args)),
        TemplateCommand::Chat(args) => block_in_place(|| chat::run(&load()?, &args)),
        TemplateCommand::Hear(args) => block_in_place(|| hear::run(&load()?, &args)),
        TemplateCommand::FromCall(args) => from_call::run(load()?, args).await,
        TemplateCommand::Confuse(args) => block_in_place(|| confuse::run(&load()?, &args)),
        TemplateCommand::Mutate(args) => block_in_place(|| mutate::run(&load()?, &args)),
        TemplateCommand::Review(args) => review::run(&load()?, args).await,
        TemplateCommand::Assign(args) => assign::run(&load()?, args).await,
        TemplateCommand::ReplayHandoff(args) => replay_handoff::run(&load()?, args).await,
    }
}
