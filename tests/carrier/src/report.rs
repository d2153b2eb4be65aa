//! What is written about each call: one JSON object a line.
//!
//! Times are microseconds since the answer, taken when a packet was sent or arrived.

use crate::people::{Expect, Wording};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Whether the call was as this party had a right to expect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub pass: bool,
    /// Empty when it passed.
    pub why: String,
}

impl Verdict {
    pub fn pass() -> Self {
        Self { pass: true, why: String::new() }
    }

    pub fn fail(why: impl Into<String>) -> Self {
        Self { pass: false, why: why.into() }
    }
}

/// One utterance of the far end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Arrival of the first packet that was not silent.
    pub from_us: u64,
    pub to_us: u64,
    /// Phrases found, nearest first.
    pub phrases: Vec<String>,
    /// Distance of the nearest phrase looked for, found or not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nearest: Option<f32>,
}

/// One thing this party said or keyed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Sending of the first packet with speech.
    pub from_us: u64,
    /// Sending of the last packet with speech.
    pub to_us: u64,
    /// Empty for tones and keys.
    pub text: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub keys: String,
    /// Pauses inside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub pauses_us: Vec<(u64, u64)>,
}

/// How the far end took one turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// What had been said.
    pub text: String,
    /// The longest pause in it.
    pub pause_ms: Option<u64>,
    /// The far end began before it was over.
    pub cut_off: bool,
    /// From the last packet with speech to the first packet of the reply that is not silent.
    pub reply_ms: Option<f64>,
}

/// Received and sent packets (RFC 3550).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RtpStats {
    pub sent: u64,
    pub received: u64,
    /// Sequence numbers that never came.
    pub lost: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    pub duplicates: u64,
    /// Longest time between two packets, in milliseconds.
    pub max_gap_ms: f64,
    /// 99th percentile of the time between two packets, in milliseconds.
    pub interarrival_p99_ms: f64,
    /// Interarrival jitter at the end (RFC 3550 A.8), in milliseconds.
    pub jitter_ms: f64,
}

/// What a party saw and did during a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallLog {
    pub heard: Vec<Heard>,
    pub said: Vec<Said>,
    /// Keys received as RFC 4733 events.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub keys_heard: String,
    pub rtp: RtpStats,
}

/// Who ended the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// BYE from the caller.
    Caller,
    /// BYE from the number.
    Number,
    /// CANCEL before the answer.
    Cancelled,
    /// The number refused, with the status in `status`.
    Refused,
    /// Signalling broke off.
    Fault,
}

/// One call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// SIP Call-ID.
    pub call_id: String,
    pub number: String,
    pub name: String,
    pub personality: String,
    pub campaign: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wording: Option<Wording>,
    /// Seconds since 1970 at the INVITE.
    pub at: f64,
    /// From INVITE to answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answered_after_ms: Option<u64>,
    /// From answer to end.
    pub talk_ms: u64,
    /// Final SIP status sent.
    pub status: u16,
    pub ended_by: EndedBy,
    /// Why the number hung up, when it did.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub hung_up_because: String,
    #[serde(flatten)]
    pub log: CallLog,
    pub turns: Vec<Turn>,
    pub expect: Expect,
    pub verdict: Verdict,
}

/// The report file. Every line is complete when it is there: written at once, when the call has ended.
#[derive(Debug)]
pub struct Report {
    file: Option<Mutex<BufWriter<File>>>,
}

impl Report {
    /// Starts a new report; without a path nothing is written.
    pub fn create(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self { file: file.map(|f| Mutex::new(BufWriter::new(f))) })
    }

    /// Appends one call.
    pub fn write(&self, record: &Record) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_writer(&mut *file, record)?;
        file.write_all(b"\n")?;
        file.flush()
    }
}

/// Reads a report back, for whoever judges the whole campaign.
pub fn read(path: &Path) -> io::Result<Vec<Record>> {
    let text = std::fs::read_to_string(path)?;
    text.lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}
