//! Programs beside sipp: how to start them, know that they listen, and end them.

use super::LONG;
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// Where the settings of the far ends lie.
pub fn settings(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers").join(name)
}

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
    pub child: Child,
    pub dir: tempfile::TempDir,
}

impl Peer {
    pub fn spawn(dir: tempfile::TempDir, program: &str, args: &[&str]) -> Self {
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
        Self { child, dir }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
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
