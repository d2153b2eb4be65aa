//! A Warmline of its own for each test: a configuration in a temporary folder, free ports, one trunk
//! on loopback.

use crate::bin;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// Ports of a range, for RTP.
const RANGE: u16 = 40;

/// The folder of one Warmline: configuration, database, recordings.
pub struct Site {
    dir: tempfile::TempDir,
    settings: Table,
    rtp: (u16, u16),
}

impl Site {
    /// One trunk, `main`, to `trunk`.
    pub fn new(trunk: SocketAddr) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let rtp = free_range();
        let mut site = Self { dir, settings: Table::new(), rtp };
        site.set("server.listen", format!("127.0.0.1:{}", free_tcp_port()));
        site.set("server.data_dir", text(&site.dir.path().join("data")));
        site.set("server.templates_dir", text(&bin::root().join("dialog-templates/library")));
        site.set("sip.bind", format!("127.0.0.1:{}", free_port()));
        site.set("media.rtp_first", rtp.0);
        site.set("media.rtp_last", rtp.1);
        site.set("models.cache_dir", text(&bin::kept("e2e-speech-cache")));
        let main = Table::from_iter([("name".into(), "main".into()), ("host".into(), trunk.to_string().into())]);
        site.settings.insert("trunk".into(), Value::Array(vec![Value::Table(main)]));
        site
    }

    /// Sets `section.key`; `trunk.key` is that of the trunk.
    ///
    /// # Panics
    /// When `key` has no section.
    pub fn set<V: Into<Setting>>(&mut self, key: &str, value: V) -> &mut Self {
        let (section, key) = key.rsplit_once('.').expect("a setting is written section.key");
        let Setting(value) = value.into();
        let mut place = &mut self.settings;
        for name in section.split('.') {
            let entry = place.entry(name).or_insert_with(|| Value::Table(Table::new()));
            let inner = match entry {
                Value::Array(items) => items.first_mut(),
                other => Some(other),
            };
            place = inner.and_then(Value::as_table_mut).expect("a section is a table");
        }
        place.insert(key.into(), value);
        self
    }

    /// Adds an agent whose phone is `address` on the trunk.
    pub fn agent(&mut self, name: &str, address: &str) -> &mut Self {
        let fields = [("name", name), ("trunk", "main"), ("address", address)];
        let agent = Table::from_iter(fields.map(|(key, value)| (key.to_owned(), value.into())));
        let agents = self.settings.entry("agent").or_insert_with(|| Value::Array(Vec::new()));
        agents.as_array_mut().expect("agents are a list").push(Value::Table(agent));
        self
    }

    /// `warmline` with this configuration, ready for a subcommand; runs in the repository's root.
    pub fn warmline(&self, args: &[&str]) -> Command {
        let file = self.file("warmline.toml", &self.settings.to_string());
        let mut command = Command::new(bin::warmline());
        command.current_dir(bin::root()).env_remove("WARMLINE_CONFIG").arg("--config").arg(file).args(args);
        command
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, contents: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, contents).expect("a temporary folder can be written to");
        path
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The folder of database and recordings.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Address of API and console, for `serve`.
    pub fn listen(&self) -> String {
        self.settings["server"]["listen"].as_str().unwrap_or_default().to_owned()
    }

    /// First and last RTP port.
    pub fn rtp_ports(&self) -> (u16, u16) {
        self.rtp
    }

    /// Every recording that lies there.
    pub fn recordings(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.data().join("recordings")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }
}

/// A value of a setting.
pub struct Setting(Value);

impl From<&str> for Setting {
    fn from(value: &str) -> Self {
        Self(value.into())
    }
}

impl From<String> for Setting {
    fn from(value: String) -> Self {
        Self(value.into())
    }
}

impl From<bool> for Setting {
    fn from(value: bool) -> Self {
        Self(value.into())
    }
}

impl From<u16> for Setting {
    fn from(value: u16) -> Self {
        Self(i64::from(value).into())
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A UDP port of loopback that nobody uses now.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

fn free_tcp_port() -> u16 {
    let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

/// First (even) and last of some UDP ports in a row that nobody uses now.
///
/// # Panics
/// When there are none.
pub fn free_range() -> (u16, u16) {
    let free = |first: u16| (first..first + RANGE).all(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    let mut candidates = (0..100).map(|_| free_port() & !1).filter(|first| *first < u16::MAX - RANGE);
    let first = candidates.find(|first| free(*first)).expect("loopback has free ports");
    (first, first + RANGE - 1)
}
