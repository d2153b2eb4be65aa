//! The command line.

use crate::commands::template::TemplateCommand;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Warmline: outbound calls with a bot that hands over warm.
#[derive(Debug, Parser)]
#[command(name = "warmline", version, about, propagate_version = true)]
pub struct Cli {
    /// Configuration file; `warmline config` prints one with every key explained.
    #[arg(long, global = true, env = "WARMLINE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Log filter, such as `info` or `warmline_runtime=debug`.
    #[arg(long, global = true, env = "WARMLINE_LOG", default_value = "warn", value_name = "FILTER")]
    pub log: String,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: campaigns, API and console.
    Serve,
    /// Import, check, run and report campaigns.
    #[command(subcommand)]
    Campaign(CampaignCommand),
    /// Place one call and show its transcript live.
    Call(CallArgs),
    /// Work on dialog templates.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Speech and language models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// A campaign from a CSV to real SIP calls against a simulated carrier, on this machine.
    Demo(DemoArgs),
    /// Measure.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print a configuration file with every key explained.
    Config,
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
}

#[derive(Debug, Subcommand)]
pub enum CampaignCommand {
    /// Read contacts from a CSV and make a campaign of them. Lines with problems are reported, the rest is imported.
    Import(ImportArgs),
    /// Say what would go wrong, without dialling anybody.
    Check { campaign: String },
    /// Speak what people will hear before anybody is dialled.
    Prepare {
        campaign: String,
        /// No progress bar.
        #[arg(long)]
        quiet: bool,
    },
    /// Dial, until nobody is left. Ctrl-C pauses; starting again continues.
    Start {
        campaign: String,
        /// Start although the check found errors that concern single contacts.
        #[arg(long)]
        quiet: bool,
    },
    /// How far campaigns have got.
    Status { campaign: Option<String> },
    /// The outcome of every contact.
    Report {
        campaign: String,
        /// CSV instead of a table.
        #[arg(long)]
        csv: bool,
        /// Show whole numbers.
        #[arg(long)]
        unmask: bool,
    },
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// CSV file with a header line.
    pub file: PathBuf,
    /// Name of the campaign, and of its list.
    #[arg(long)]
    pub campaign: String,
    /// Template: a file, or a name in the templates folder.
    #[arg(long)]
    pub template: String,
    /// Trunk; the first configured one when absent.
    #[arg(long)]
    pub trunk: Option<String>,
    /// How numbers are written: a region such as `US` for national numbers, or `local` for a trunk's own extensions.
    #[arg(long, default_value = "US", value_name = "REGION|local")]
    pub numbers: String,
    /// Zone of contacts whose place is not known.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub time_zone: String,
    /// Calling hours: us, florida, indonesia, any.
    #[arg(long, default_value = "us")]
    pub hours: String,
    /// Most calls at one time.
    #[arg(long, default_value_t = 10)]
    pub most_in_flight: u32,
    /// Most new calls a second.
    #[arg(long, default_value_t = 5.0)]
    pub calls_per_second: f64,
    /// Seconds to let it ring, at least 15.
    #[arg(long, default_value_t = 30)]
    pub ring_limit: u16,
    /// Dial each contact once, whatever comes of it.
    #[arg(long)]
    pub once: bool,
    /// Dial contacts without a consent too (never beyond loopback).
    #[arg(long)]
    pub without_consent: bool,
}

#[derive(Debug, Args)]
pub struct CallArgs {
    /// Number to dial.
    pub number: String,
    /// Template: a file, or a name in the templates folder.
    #[arg(long)]
    pub template: String,
    /// Trunk; the first configured one when absent.
    #[arg(long)]
    pub trunk: Option<String>,
    /// The contact's data: `--set name=Ann --set time="half past four"`.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    #[arg(long, default_value = "UTC")]
    pub time_zone: String,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Every known model: what it is for, whether it is here and whole, what it is used for.
    List {
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Get models; a transfer that broke off goes on where it was.
    Pull(PullArgs),
    /// Check the files of models (all that are here when none is named) and whether they load.
    Verify { models: Vec<String> },
    /// Use a model from the next start on.
    Use {
        model: String,
        /// Only for these languages, such as `en` or `zh`; all it knows when absent.
        #[arg(long, value_delimiter = ',')]
        languages: Vec<String>,
    },
    /// Remove the files of models that are not in use.
    Remove { models: Vec<String> },
    /// How fast models (all that are here when none is named) are on this machine.
    Bench {
        models: Vec<String>,
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Load one model and end; what `verify` does in a process of its own.
    #[command(hide = true)]
    Try { model: String },
}

#[derive(Debug, Args)]
pub struct PullArgs {
    /// Names from `warmline models list`.
    pub models: Vec<String>,
    /// Take the files from a folder instead of the network.
    #[arg(long, value_name = "FOLDER")]
    pub from: Option<PathBuf>,
    /// A server that has the files under the manifest's paths; `mirror` in `[models]` when absent.
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder for the demo's data; emptied first.
    #[arg(long, default_value = "demo-data")]
    pub dir: PathBuf,
    /// Program that plays the carrier; the one beside this program when absent.
    #[arg(long)]
    pub carrier: Option<PathBuf>,
    /// Most calls at one time.
    #[arg(long, default_value_t = 8)]
    pub most_in_flight: u32,
    /// Write the outcome of every contact here, as JSON lines.
    #[arg(long)]
    pub report: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Turn latency over real SIP and RTP, split by stage.
    Turns(BenchTurnsArgs),
    /// Waiting for a reply against being cut off, in generated conversations in virtual time.
    Endpointing(BenchEndpointingArgs),
    /// Being interrupted over real SIP and RTP: by words, listening noises, coughs and line noise.
    Barge(BenchBargeArgs),
    /// Memory over a long time of many conversations.
    Soak(BenchSoakArgs),
    /// How well the classifier of meanings does on labelled texts.
    Nlu(BenchNluArgs),
    /// How long an answer takes from its reading to the bot's next words, on a large template.
    Dialog(BenchDialogArgs),
    /// How well values (time, date, people, names) are found in sentences, by rules alone.
    Slots {
        /// The test set: a JSON list of sentences with labelled stretches (restaurant8k).
        #[arg(long)]
        data: PathBuf,
        /// Print the sentences of this slot that were got wrong.
        #[arg(long, value_name = "SLOT")]
        misses: Option<String>,
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// How well the starter recogniser hears, by voice and channel.
    Asr {
        /// Fewer sentences.
        #[arg(long)]
        quick: bool,
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// How soon, how fast, how loud and how well understood each voice is.
    Tts {
        /// Two voices, fewer sentences.
        #[arg(long)]
        quick: bool,
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct BenchNluArgs {
    /// Folder with `train.csv` and `test.csv` (`text,category`).
    #[arg(long)]
    pub data: PathBuf,
    /// Training texts of each category, or `all`.
    #[arg(long, default_value = "all")]
    pub shots: String,
    /// Draws of the training texts, one run each.
    #[arg(long, default_value_t = 5)]
    pub seeds: u64,
    /// Number of the first draw.
    #[arg(long, default_value_t = 0)]
    pub first_seed: u64,
    /// Do not learn from the categories' names.
    #[arg(long)]
    pub no_names: bool,
    /// Also test on texts of which this share of the words is misheard, 0–1.
    #[arg(long, default_value_t = 0.0)]
    pub noise: f64,
    /// Learn from misheard training texts too, as a template does.
    #[arg(long)]
    pub learn_noise: bool,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchDialogArgs {
    /// Listed utterances of the template.
    #[arg(long, default_value_t = 2_000)]
    pub utterances: usize,
    /// Answers that are timed.
    #[arg(long, default_value_t = 1_000)]
    pub answers: usize,
    /// Readings of each answer.
    #[arg(long, default_value_t = 5)]
    pub readings: usize,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl BenchNluArgs {
    /// Texts of each category; `None`: all.
    pub fn shots(&self) -> anyhow::Result<Option<usize>> {
        match self.shots.as_str() {
            "all" => Ok(None),
            number => match number.parse() {
                Ok(number) if number > 0 => Ok(Some(number)),
                _ => anyhow::bail!("--shots should be a number above nought or `all`, not `{number}`"),
            },
        }
    }
}

#[derive(Debug, Args)]
pub struct BenchSoakArgs {
    /// Conversations at a time.
    #[arg(long, default_value_t = 20)]
    pub calls: u32,
    #[arg(long, default_value_t = 20.0)]
    pub minutes: f64,
    /// Program that plays the carrier; the one beside this program when absent.
    #[arg(long)]
    pub carrier: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchEndpointingArgs {
    /// Generated conversations for each policy, eight questions each.
    #[arg(long, default_value_t = 1000)]
    pub conversations: u64,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// One JSON object instead of tables.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchBargeArgs {
    /// Conversations at a time.
    #[arg(long, default_value_t = 1)]
    pub calls: u32,
    /// Conversations in all, 36 sounds each.
    #[arg(long, default_value_t = 3)]
    pub conversations: u32,
    /// Program that plays the carrier; the one beside this program when absent.
    #[arg(long)]
    pub carrier: Option<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchTurnsArgs {
    /// Conversations at a time, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1,10,20")]
    pub calls: Vec<u32>,
    /// Least number of utterances in a run: calls are repeated until there are so many.
    #[arg(long, default_value_t = 60)]
    pub utterances: u32,
    /// Program that plays the carrier; the one beside this program when absent.
    #[arg(long)]
    pub carrier: Option<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}
