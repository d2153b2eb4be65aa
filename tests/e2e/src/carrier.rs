//! The simulated carrier as a process of its own: started on a free port, ended politely, and its
//! report of what the called people saw.

use crate::bin;
use crate::process::{Process, until};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The first start renders every voice.
const STARTS_WITHIN: Duration = Duration::from_secs(240);

/// A running carrier. Dropping it ends it.
pub struct Carrier {
    process: Process,
    address: SocketAddr,
    report: PathBuf,
}

/// One call as the called party saw it: each INVITE that was no retransmission is one.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    pub call_id: String,
    pub number: String,
    /// Seconds since 1970 at the INVITE.
    pub at: f64,
    pub answered_after_ms: Option<u64>,
    pub talk_ms: u64,
    /// Final SIP status sent.
    pub status: u16,
    /// `caller`, `number`, `cancelled`, `refused` or `fault`.
    pub ended_by: String,
    pub verdict: Verdict,
    /// The whole record, for what has no field here.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// What the called party thought of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Verdict {
    pub pass: bool,
    pub why: String,
}

impl Carrier {
    /// The people of the demo, with report and log in `dir`.
    pub fn start(dir: &Path) -> Self {
        Self::start_with(&bin::root().join("tests/carrier/people.toml"), dir, &[])
    }

    /// The people of a file, and more options of the program.
    ///
    /// # Panics
    /// When the program ends, or does not listen in time.
    pub fn start_with(people: &Path, dir: &Path, more: &[&str]) -> Self {
        let report = dir.join("carrier.jsonl");
        let mut command = Command::new(bin::carrier());
        command.arg("--people").arg(people).args(["--sip", "127.0.0.1:0", "--seed", "1", "--report"]);
        command.arg(&report).arg("--cache").arg(bin::kept("e2e-carrier-voices")).args(more);
        let mut process = Process::start(&mut command, &dir.join("carrier.log"));
        let address = until("the carrier to listen", STARTS_WITHIN, || {
            let output = process.output();
            let told = output.lines().find_map(|line| line.strip_prefix("listening on ")).map(str::to_owned);
            assert!(told.is_some() || process.has_ended().is_none(), "the carrier ended:\n{output}");
            told?.split_whitespace().next()?.parse().ok()
        });
        Self { process, address, report }
    }

    /// Where it takes calls.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls that have ended so far.
    pub fn calls_so_far(&self) -> Vec<Call> {
        let text = std::fs::read_to_string(&self.report).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Hang up everything and read the report.
    ///
    /// # Panics
    /// When the carrier ends late or with an error, or a line of its report cannot be read.
    pub fn stop(mut self) -> Vec<Call> {
        let status = self.process.stop();
        assert!(status.success(), "the carrier ended with {status}:\n{}", self.process.output());
        let text = std::fs::read_to_string(&self.report).expect("the carrier's report can be read");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}"))).collect()
    }
}
