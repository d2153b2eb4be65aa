//! `warmline-carrier`: the simulated telephone network as a program.

use anyhow::{Context, bail};
use clap::Parser;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use warmline_carrier::people::{Entry, People};
use warmline_carrier::sip::{Carrier, Config, Credentials};

/// A simulated carrier: called people, voicemail, dead numbers and bad lines behind real SIP and RTP.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// File that says which number does what.
    #[arg(long, value_name = "FILE")]
    people: PathBuf,
    /// Address and UDP port for SIP; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    sip: SocketAddr,
    /// Ports for RTP.
    #[arg(long, value_name = "FROM-TO", default_value = "20000-29999", value_parser = ports)]
    rtp: RangeInclusive<u16>,
    /// Write one JSON object a call to this file.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Folder in which rendered voices are kept between starts.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir().join("warmline-carrier-voices"))]
    cache: PathBuf,
    /// Same seed, same reaction times, pauses and lost packets.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Ask callers for this digest user and password.
    #[arg(long, value_name = "USER:PASSWORD")]
    auth: Option<Credentials>,
    /// Print the numbers and what they do, then stop.
    #[arg(long)]
    list: bool,
}

fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let (from, to) = text.split_once('-').ok_or("expected FROM-TO, such as 20000-29999")?;
    let port = |p: &str| p.trim().parse::<u16>().map_err(|_| format!("`{p}` is no port"));
    let (from, to) = (port(from)?, port(to)?);
    if from < 1024 || to < from + 1 {
        return Err("expected at least two ports, from 1024 up".into());
    }
    Ok(from..=to)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,rsipstack=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let people = People::load(&arguments.people)?;
    if arguments.list {
        people.person.iter().for_each(|p| println!("{}", describe(p, &people)));
        return Ok(());
    }
    let count = people.person.len();
    let carrier = Carrier::start(Config {
        people,
        sip: arguments.sip,
        rtp: arguments.rtp,
        report: arguments.report,
        cache: arguments.cache,
        seed: arguments.seed,
        auth: arguments.auth,
    })
    .await?;
    println!("listening on {} ({count} numbers)", carrier.address());
    wait_for_signal().await.context("cannot wait for signals")?;
    carrier.stop().await;
    Ok(())
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        got = terminate.recv() => if got.is_none() { bail!("SIGTERM cannot be received") },
    }
    Ok(())
}

fn describe(entry: &Entry, people: &People) -> String {
    let wording = entry.wording.map_or(String::new(), |w| format!(" ({w:?} wording)").to_lowercase());
    let expect = &entry.expect;
    let intent = expect.intent.as_deref().unwrap_or("-");
    format!(
        "{:<6} {:<12} {:<10} {:<26} {:<15} {:<12} {}{}",
        entry.number,
        entry.campaign,
        entry.behaviour.name(),
        entry.voice(&people.defaults),
        expect.outcome,
        intent,
        entry.name,
        wording
    )
}
