//! The `warmline` binary: configuration, commands, wiring.

mod cli;
mod commands;
mod config;
mod desk;
mod event_map;

use anyhow::Result;
use clap::Parser;
use cli::{BenchCommand, CampaignCommand, Cli, Command, ModelsCommand};
use config::Config;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// The system's allocator keeps what many short-lived threads and buffers of a long run have torn into pieces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A command that places calls goes on without its reader for as long as it can.
    let places_calls = match &cli.command {
        Command::Serve | Command::Call(_) | Command::Demo(_) | Command::Bench(_) => true,
        Command::Campaign(command) => matches!(command, CampaignCommand::Start { .. }),
        Command::Template(_) | Command::Models(_) | Command::Config | Command::Openapi => false,
    };
    if !places_calls {
        end_with_the_reader();
    }
    let filter = format!("{},{}", cli.log, warmline_runtime::sip::LOG_FILTER);
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter));
    log.with_ansi(colours).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        survive_file_limits();
        run(cli).await
    });
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever closes our output (`… | head`) has read enough. `println!` panics then; this ends the program quietly,
/// with the status of a program that the closed pipe stopped.
fn end_with_the_reader() {
    const STOPPED_BY_PIPE: i32 = 128 + 13;
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let why = panic.payload().downcast_ref::<String>();
        if why.is_some_and(|why| why.starts_with("failed printing to stdout: Broken pipe")) {
            std::process::exit(STOPPED_BY_PIPE);
        }
        usual(panic);
    }));
}

/// With a handler a write beyond a file-size limit is an error, as a full disk is; without one the
/// signal ends the process.
fn survive_file_limits() {
    const SIGXFSZ: i32 = 25;
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ)) {
        Ok(mut signal) => {
            tokio::spawn(async move { while signal.recv().await.is_some() {} });
        }
        Err(error) => tracing::warn!(%error, "a file-size limit would end the process"),
    }
}

async fn run(cli: Cli) -> Result<()> {
    let load = || Config::load(cli.config.as_deref());
    match cli.command {
        Command::Serve => commands::serve::run(load()?).await,
        Command::Campaign(CampaignCommand::Import(args)) => commands::campaign::import(&load()?, args).await,
        Command::Campaign(CampaignCommand::Check { campaign }) => commands::campaign::check(&load()?, &campaign).await,
        Command::Campaign(CampaignCommand::Prepare { campaign, quiet }) => {
            commands::prepare::run(load()?, &campaign, quiet).await
        }
        Command::Campaign(CampaignCommand::Start { campaign, quiet }) => {
            commands::campaign::start(load()?, &campaign, quiet).await
        }
        Command::Campaign(CampaignCommand::Status { campaign }) => {
            commands::campaign::status(&load()?, campaign.as_deref()).await
        }
        Command::Campaign(CampaignCommand::Report { campaign, csv, unmask }) => {
            commands::report::run(&load()?, &campaign, csv, unmask).await
        }
        Command::Call(args) => commands::call::run(load()?, args).await,
        Command::Template(command) => commands::template::run(command, load).await,
        Command::Models(command) => models(command, load),
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Bench(BenchCommand::Soak(args)) => commands::bench_soak::run(args).await,
        Command::Bench(BenchCommand::Turns(args)) => commands::bench_turns::run(args).await,
        Command::Bench(BenchCommand::Endpointing(args)) => commands::bench_endpointing::run(&args),
        Command::Bench(BenchCommand::Barge(args)) => commands::bench_barge::run(args).await,
        Command::Bench(BenchCommand::Nlu(args)) => tokio::task::block_in_place(|| commands::bench_nlu::run(&args)),
        Command::Bench(BenchCommand::Dialog(args)) => {
            tokio::task::block_in_place(|| commands::bench_dialog::run(&args))
        }
        Command::Bench(BenchCommand::Slots { data, misses, json }) => {
            commands::bench_slots::run(&data, misses.as_deref(), json)
        }
        Command::Bench(BenchCommand::Asr { quick, json }) => commands::bench_asr::run(quick, json),
        Command::Bench(BenchCommand::Tts { quick, json }) => commands::bench_tts::run(quick, json),
        Command::Config => {
            print!("{}", include_str!("../warmline.example.toml"));
            Ok(())
        }
        Command::Openapi => {
            println!("{}", warmline_api::openapi().to_pretty_json()?);
            Ok(())
        }
    }
}

/// These commands block (files, one transfer at a time) and nothing else runs beside them.
fn models(command: ModelsCommand, load: impl Fn() -> Result<Config>) -> Result<()> {
    use commands::models;
    tokio::task::block_in_place(|| match command {
        ModelsCommand::List { json } => models::list(json),
        ModelsCommand::Pull(args) => models::pull(&load()?, &args),
        ModelsCommand::Verify { models } => models::verify(&models),
        ModelsCommand::Use { model, languages } => models::choose(&model, &languages),
        ModelsCommand::Remove { models } => models::remove(&models),
        ModelsCommand::Bench { models, json } => models::bench(&models, json),
        ModelsCommand::Try { model } => models::try_one(&model),
    })
}
