//! Programs beside sipp: how to start them, know that they listen, and end them.

use super::{LONG, free_port};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// Waits until somebody listens on a port of 127.0.0.1.
pub async fn wait_bound(port: u16, tcp: bool) {
    let start = Instant::now();
    loop {
        let bound = match tcp {
            true => TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
            false => UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_err(),
        };
        if bound {
            return;
        }
        assert!(start.elapsed() < LONG, "nobody listens on port {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A program that runs until dropped, its output in a file.
pub struct Peer {
    child: Child,
    pub dir: tempfile::TempDir,
    pub port: u16,
}

impl Peer {
    fn spawn(dir: tempfile::TempDir, port: u16, program: &str, args: &[&str]) -> Self {
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let child = Command::new(program)
            .args(args)
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("{program} is needed: {e}"));
        Self { child, dir, port }
    }

    /// Asks the process to end.
    pub fn terminate(&self) {
        if let Some(pid) = self.child.id() {
            let sent = std::process::Command::new("kill").arg(pid.to_string()).status();
            assert!(sent.is_ok_and(|s| s.success()), "kill {pid}");
        }
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.dir.path().join("log")).unwrap_or_default()).into_owned()
    }

    /// Waits until the program has printed `text`.
    pub async fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            assert!(start.elapsed() < LONG, "\"{text}\" not in:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Peer {
    /// Gives the process a moment to end its own children before it is killed.
    fn drop(&mut self) {
        self.terminate();
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Copies a file of settings with every `@NAME@` replaced.
fn settle(name: &str, to: &Path, values: &[(&str, String)]) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers").join(name);
    let mut text = std::fs::read_to_string(from).unwrap();
    for (key, value) in values {
        text = text.replace(&format!("@{key}@"), value);
    }
    std::fs::write(to, text).unwrap();
}

/// A baresip phone that answers every call. `account` follows its address: parameters such as `;transport=tls`.
pub async fn phone(user: &str, host: Option<u16>, account: &str, certificate: Option<&Certificate>) -> Peer {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let (port, rtp) = (free_port(), free_port() & !1);
    let wav = path.join("said.wav");
    write_tone(&wav);
    settle(
        "baresip/config",
        &path.join("config"),
        &[
            ("SIP", port.to_string()),
            ("RTP_MIN", rtp.to_string()),
            ("RTP_MAX", (rtp + 20).to_string()),
            ("DIR", path.display().to_string()),
            ("WAV", wav.display().to_string()),
            ("CERTIFICATE", certificate.map_or(String::new(), |c| format!("sip_certificate {}", c.pem.display()))),
        ],
    );
    let host = host.unwrap_or(port);
    let account = format!("<sip:{user}@127.0.0.1:{host}>;answermode=auto;audio_codecs=PCMU{account}\n");
    std::fs::write(path.join("accounts"), account).unwrap();
    std::fs::write(path.join("contacts"), "").unwrap();
    let folder = path.display().to_string();
    let phone = Peer::spawn(dir, port, "baresip", &["-f", &folder, "-t", "60"]);
    phone.wait_for("baresip is ready").await;
    phone
}

/// A kamailio that wants digests.
pub async fn proxy() -> Peer {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let folder = dir.path().display().to_string();
    settle("kamailio/kamailio.cfg", &dir.path().join("k.cfg"), &[("SIP", port.to_string()), ("DIR", folder.clone())]);
    let proxy = Peer::spawn(dir, port, "kamailio", &["-f", "k.cfg", "-DD", "-E", "-Y", &folder, "-w", &folder]);
    wait_bound(port, false).await;
    proxy
}

/// A key and certificate for 127.0.0.1, and the authority that signed it.
pub struct Certificate {
    pub authority: PathBuf,
    /// Key and certificate in one file.
    pub pem: PathBuf,
    _dir: tempfile::TempDir,
}

/// Makes an authority and a certificate with openssl.
pub fn certificate() -> Certificate {
    let dir = tempfile::tempdir().unwrap();
    let openssl = |args: &str| {
        let done = std::process::Command::new("openssl")
            .args(args.split(' '))
            .current_dir(dir.path())
            .output()
            .expect("openssl is needed");
        assert!(done.status.success(), "openssl {args}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"));
    openssl(&format!("req {key} -subj /CN=127.0.0.1 -keyout phone.key -out phone.csr"));
    std::fs::write(dir.path().join("ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl("x509 -req -in phone.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out phone.crt");
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    let pem = dir.path().join("phone.pem");
    std::fs::write(&pem, read("phone.key") + &read("phone.crt")).unwrap();
    Certificate { authority: dir.path().join("ca.pem"), pem, _dir: dir }
}

/// Half a minute of 440 Hz at 8 kHz: a phone hangs up when its file ends.
fn write_tone(path: &Path) {
    let samples: Vec<i16> = (0..8000 * 30)
        .map(|n| ((f64::from(n) * 440.0 * std::f64::consts::TAU / 8000.0).sin() * 8000.0) as i16)
        .collect();
    let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let size = bytes.len() as u32;
    let mut wav = b"RIFF".to_vec();
    wav.extend((size + 36).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8000u32.to_le_bytes());
    wav.extend(16000u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(size.to_le_bytes());
    wav.extend(bytes);
    std::fs::write(path, wav).unwrap();
}
