//! What really went over the wire: RTP captured on loopback by tshark, which is not ours.

use crate::process::Process;
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes kept of each packet: every header, no audio.
const SNAP: &str = "128";
/// Megabytes that wait for the disk.
const BUFFER: &str = "16";

/// A running capture.
pub struct Capture {
    tshark: Process,
    file: PathBuf,
    ports: (u16, u16),
}

/// One RTP packet (RFC 3550 §5.1).
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    /// When it was sent, in microseconds since 1970.
    pub at_us: u64,
    pub from: u16,
    pub ssrc: u32,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
}

impl Capture {
    /// Captures UDP on `ports` (first and last) until stopped; the file lies in `dir`.
    ///
    /// # Errors
    /// Why this user may not capture.
    ///
    /// # Panics
    /// When tshark is not installed.
    pub fn start(ports: (u16, u16), dir: &Path) -> Result<Self, String> {
        let file = dir.join("rtp.pcapng");
        let filter = format!("udp portrange {}-{}", ports.0, ports.1);
        let mut command = Command::new("tshark");
        command.args(["-i", "lo", "-s", SNAP, "-B", BUFFER, "-f", &filter, "-w"]).arg(&file);
        let mut tshark = Process::start(&mut command, &dir.join("tshark.log"));
        match tshark.started("Capture started") {
            true => Ok(Self { tshark, file, ports }),
            false => Err(tshark.output()),
        }
    }

    /// The RTP packets of every stream, in the order in which they were sent.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn stop(mut self) -> Vec<Packet> {
        self.tshark.signal(Signal::INT);
        self.tshark.wait(crate::process::LONG);
        let decode = format!("udp.port=={}-{},rtp", self.ports.0, self.ports.1);
        let fields = ["frame.time_epoch", "udp.srcport", "rtp.ssrc", "rtp.p_type", "rtp.seq", "rtp.timestamp"];
        let mut command = Command::new("tshark");
        command.arg("-r").arg(&self.file).args(["-d", &decode, "-Y", "rtp", "-T", "fields"]);
        command.args(fields.iter().flat_map(|field| ["-e", field]));
        let done = command.output().expect("tshark is needed");
        assert!(done.status.success(), "tshark: {}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8_lossy(&done.stdout);
        // RTCP goes from the odd port above and is no RTP, whatever its bytes look like.
        text.lines().filter_map(packet).filter(|p| p.from % 2 == 0).collect()
    }
}

/// One line of tshark's fields.
fn packet(line: &str) -> Option<Packet> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [at, from, ssrc, payload_type, sequence, timestamp] = <[&str; 6]>::try_from(fields).ok()?;
    let (seconds, fraction) = at.split_once('.')?;
    let micros: u64 = fraction.get(..6)?.parse().ok()?;
    Some(Packet {
        at_us: seconds.parse::<u64>().ok()? * 1_000_000 + micros,
        from: from.parse().ok()?,
        ssrc: u32::from_str_radix(ssrc.trim_start_matches("0x"), 16).ok()?,
        payload_type: payload_type.parse().ok()?,
        sequence: sequence.parse().ok()?,
        timestamp: timestamp.parse().ok()?,
    })
}
