//! What the benchmarks under load share: a bot, the simulated carrier in a process of its own, and
//! calls between the two over real SIP and RTP. No campaign and no storage takes part.

use super::demo::{Carrier, carrier_program};
use crate::config::Config;
use crate::desk::start;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;
use warmline_control::{CallId, Command, Event, PlaceCall};
use warmline_runtime::Bot;

/// Two ports a leg, far from the carrier's own.
const RTP_FIRST: u16 = 25_000;
const RTP_LAST: u16 = 32_699;

/// A bot with a line to the carrier.
pub struct Line {
    carrier: Carrier,
    pub bot: Bot,
    pub events: UnboundedReceiver<Event>,
    template: String,
    folder: PathBuf,
}

impl Line {
    /// Start both for at most `calls` calls at a time that follow `template`; the carrier is the program
    /// beside this one when none is named.
    pub async fn open(carrier: Option<&Path>, template: &str, calls: u32) -> Result<Line> {
        let people = Path::new("tests/carrier/people.toml");
        if !people.exists() {
            bail!("{} is not here: run the benchmark in a clone of the project", people.display());
        }
        let program = carrier_program(carrier)?;
        let folder = std::env::temp_dir().join(format!("warmline-load-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let report = folder.join("carrier.jsonl");
        let carrier = Carrier::spawn(&program, people, &report, Path::new("demo-data/carrier-voices")).await?;
        let config = config(&carrier.address, &folder, calls)?;
        let mind = start::load_mind(&config).await?;
        let (bot, events) = Bot::start(start::bot_config(&config), mind).await?;
        let loaded = tokio::task::block_in_place(|| bot.load_template(template))?;
        bot.prerender(&loaded, &BTreeMap::new()).await?;
        Ok(Line { carrier, bot, events, template: loaded.version.clone(), folder })
    }

    /// Call `number`, recorded.
    pub fn place(&self, number: &str) {
        self.bot.command(Command::Place(Box::new(PlaceCall {
            call: CallId(Uuid::now_v7()),
            trunk: "carrier".into(),
            to: number.into(),
            caller_id: None,
            ring_limit_s: 15,
            template: self.template.clone(),
            variables: BTreeMap::new(),
            time_zone: "UTC".into(),
            record: true,
            called_back: false,
        })));
    }

    /// The next event of any call.
    pub async fn next(&mut self) -> Result<Event> {
        self.events.recv().await.context("the bot has stopped")
    }

    /// Recordings are not kept: a long run would fill the disk with them.
    pub fn forget_recording(&self, call: CallId) {
        std::fs::remove_file(self.folder.join("recordings").join(format!("{call}.wav"))).ok();
    }

    /// End the calls that are left, and both programs.
    pub async fn close(self) {
        self.close_and_report().await.ok();
    }

    /// The same; what the carrier wrote of each call, as JSON lines.
    pub async fn close_and_report(mut self) -> Result<String> {
        self.bot.stop(Duration::from_secs(10)).await;
        self.carrier.stop().await;
        let report = std::fs::read_to_string(self.folder.join("carrier.jsonl"));
        std::fs::remove_dir_all(&self.folder).ok();
        report.context("the carrier wrote no report")
    }
}

fn config(carrier: &str, folder: &Path, calls: u32) -> Result<Config> {
    let trunk = format!(
        "name = \"carrier\"\nhost = \"{carrier}\"\ncaller_ids = [\"+15550100\"]\nmax_calls = {}\ncalls_per_second = 100.0",
        calls + 1
    );
    let mut config = Config { trunks: vec![toml::from_str(&trunk)?], ..Config::default() };
    config.sip.bind.set_port(0);
    config.server.data_dir = folder.to_owned();
    (config.media.rtp_first, config.media.rtp_last) = (RTP_FIRST, RTP_LAST);
    Ok(config)
}

/// Memory of this process now, in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Everything resident.
    pub resident: u64,
    /// Of it what is not a file's: heaps and stacks.
    pub anonymous: u64,
}

impl Memory {
    /// From `smaps_rollup`, which is exact; the quicker `statm` lags behind by up to 256 KiB a thread.
    pub fn now() -> Result<Memory> {
        let path = "/proc/self/smaps_rollup";
        let text = std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.trim().parse().ok()
        };
        let read = |name| field(name).with_context(|| format!("{path} has no {name}"));
        Ok(Memory { resident: read("Rss:")?, anonymous: read("Anonymous:")? })
    }
}
