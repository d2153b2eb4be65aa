//! Configuration: one TOML file plus environment, every key documented here and in
//! `warmline config`, and every mistake answered with the key's name.
//!
//! Order: built-in defaults, then the file (`--config`, else `WARMLINE_CONFIG`, else `warmline.toml`
//! when it exists), then environment variables `WARMLINE__SECTION__KEY=value` (two underscores
//! between names), such as `WARMLINE__SERVER__LISTEN=127.0.0.1:9000`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use warmline_call::CallConfig;
use warmline_runtime::sip::TrunkConfig;

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: ServerConfig,
    pub sip: SipSection,
    pub media: MediaSection,
    pub models: ModelsSection,
    pub hearing: HearingSection,
    pub call: CallConfig,
    /// SIP trunks, by name.
    #[serde(rename = "trunk")]
    pub trunks: Vec<TrunkConfig>,
    /// Agents' phones, rung in turn on a handover.
    #[serde(rename = "agent")]
    pub agents: Vec<AgentSection>,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address of the API and the console. Beyond loopback only when you say so.
    pub listen: SocketAddr,
    /// Folder for the database and the recordings.
    pub data_dir: PathBuf,
    /// Folder with dialog templates (`*.yaml`).
    pub templates_dir: PathBuf,
    /// Folder of recorded prompts, WAV files that templates name (`audio: hello.wav`, voices `wav:…` and
    /// `recorded:…`). Without one the words are spoken.
    pub prompts_dir: Option<PathBuf>,
    /// Hosts that `http` steps of templates may ask, such as `example.com` or `example.com:8443`.
    pub http_hosts: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: "warmline-data".into(),
            templates_dir: "dialog-templates/library".into(),
            prompts_dir: None,
            http_hosts: Vec::new(),
        }
    }
}

/// `[sip]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SipSection {
    /// Address the SIP user agent listens on.
    pub bind: SocketAddr,
}

impl Default for SipSection {
    fn default() -> Self {
        Self { bind: SocketAddr::from(([127, 0, 0, 1], 5070)) }
    }
}

/// `[media]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaSection {
    /// First RTP port.
    pub rtp_first: u16,
    /// Last RTP port; two ports a call leg.
    pub rtp_last: u16,
    /// Seconds without RTP after which a call is ended.
    pub timeout_s: u16,
    /// Record calls (both channels).
    pub record: bool,
}

impl Default for MediaSection {
    fn default() -> Self {
        Self { rtp_first: 16_000, rtp_last: 17_999, timeout_s: 20, record: true }
    }
}

/// `[models]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsSection {
    /// Threads that recognise and understand.
    pub threads: usize,
    /// Threads that speak: programs that are waited for, mostly.
    pub speaking_threads: usize,
    /// Pieces of work that may wait for either; more are refused.
    pub queue: usize,
    /// Answers later than this, in milliseconds, make the campaigns place fewer calls.
    pub answer_target_ms: u32,
    /// Folder of rendered prompts; `speech-cache` in the data folder when absent.
    pub cache_dir: Option<PathBuf>,
    /// Megabytes of rendered prompts kept on disk.
    pub cache_mb: u64,
    /// Days after its last use that a rendered prompt is kept on disk; 0 keeps none there. Prompts with names
    /// in them are personal data.
    pub cache_days: u32,
    /// A server that has the files of models under the manifest's paths.
    pub mirror: Option<String>,
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

impl Default for ModelsSection {
    fn default() -> Self {
        Self {
            threads: cores(),
            speaking_threads: cores(),
            queue: 256,
            answer_target_ms: 400,
            cache_dir: None,
            cache_mb: 512,
            cache_days: 30,
            mirror: None,
        }
    }
}

/// `[hearing]`: what is done to a caller's sound before it is recognised.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HearingSection {
    /// Suppress noise. The starter recogniser was trained with noise and is not helped by it.
    pub denoise: bool,
    /// Bring quiet and loud callers to one level.
    pub gain: bool,
}

/// `[[agent]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSection {
    /// Name in records.
    pub name: String,
    /// Trunk through which the phone is reached.
    pub trunk: String,
    /// User part or full SIP URI of the phone.
    pub address: String,
    /// Seconds the phone rings before the handover is given up.
    #[serde(default = "agent_ring_limit")]
    pub ring_limit_s: u16,
}

fn agent_ring_limit() -> u16 {
    15
}

impl Config {
    /// Read, overlay the environment and validate.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let found = file.map(Path::to_owned).or_else(|| std::env::var_os("WARMLINE_CONFIG").map(PathBuf::from));
        let text = match &found {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("the configuration file {} cannot be read", path.display()))?,
            None => std::fs::read_to_string("warmline.toml").unwrap_or_default(),
        };
        let name = found.as_deref().unwrap_or(Path::new("warmline.toml")).display().to_string();
        let environment = std::env::vars().filter(|(key, _)| key.starts_with("WARMLINE__"));
        Self::parse(&text, &name, environment)
    }

    /// `text` overlaid with `WARMLINE__A__B` variables.
    pub fn parse(text: &str, name: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        // Parsed as itself first, since only then an error knows its line.
        toml::from_str::<Self>(text).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
        let mut table: toml::Table = toml::from_str(text).map_err(|e| anyhow::anyhow!("{name}: {e}"))?;
        for (key, value) in environment {
            overlay(&mut table, &key, &value)?;
        }
        let config: Self = table.try_into().map_err(|e| anyhow::anyhow!("{name} with the environment: {e}"))?;
        config.validate().with_context(|| format!("{name} cannot be used"))?;
        Ok(config)
    }

    fn validate(&self) -> Result<()> {
        if self.media.rtp_last <= self.media.rtp_first.saturating_add(1) {
            bail!("media.rtp_last must be at least two above media.rtp_first");
        }
        let models = &self.models;
        for (key, value) in
            [("threads", models.threads), ("speaking_threads", models.speaking_threads), ("queue", models.queue)]
        {
            if value == 0 {
                bail!("models.{key} must be at least 1");
            }
        }
        for (i, trunk) in self.trunks.iter().enumerate() {
            trunk.validate().map_err(|e| anyhow::anyhow!("trunk number {}: {e}", i + 1))?;
            if self.trunks[..i].iter().any(|other| other.name == trunk.name) {
                bail!("two trunks are named {:?}", trunk.name);
            }
        }
        for agent in &self.agents {
            if !self.trunks.iter().any(|trunk| trunk.name == agent.trunk) {
                bail!("agent {:?} names the trunk {:?}, which is not configured", agent.name, agent.trunk);
            }
        }
        Ok(())
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.server.data_dir.join("warmline.sqlite")
    }

    /// The folder of rendered prompts.
    pub fn speech_cache(&self) -> PathBuf {
        self.models.cache_dir.clone().unwrap_or_else(|| self.server.data_dir.join("speech-cache"))
    }

    /// The folder of the recordings.
    pub fn recordings(&self) -> PathBuf {
        self.server.data_dir.join("recordings")
    }
}

/// Set `WARMLINE__A__B=value` in `table`. Values are read as TOML where they can be, else as text.
fn overlay(table: &mut toml::Table, key: &str, value: &str) -> Result<()> {
    let path: Vec<String> = key.trim_start_matches("WARMLINE__").split("__").map(str::to_lowercase).collect();
    let [sections @ .., last] = path.as_slice() else { bail!("{key} names no setting") };
    let mut place = table;
    for section in sections {
        let entry = place.entry(section.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        place = entry.as_table_mut().with_context(|| format!("{key}: {section} is not a section"))?;
    }
    let parsed = toml::from_str::<toml::Table>(&format!("value = {value}")).ok().and_then(|mut t| t.remove("value"));
    place.insert(last.clone(), parsed.unwrap_or_else(|| toml::Value::String(value.to_owned())));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, environment: &[(&str, &str)]) -> Result<Config> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::parse(text, "test.toml", environment)
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config =
            parse("[media]\nrtp_first = 30000\nrtp_last = 30100", &[("WARMLINE__MEDIA__RTP_LAST", "30200")]).unwrap();
        assert_eq!((config.media.rtp_first, config.media.rtp_last), (30_000, 30_200));
        let config = parse("", &[("WARMLINE__SERVER__LISTEN", "127.0.0.1:9")]).unwrap();
        assert_eq!(config.server.listen.port(), 9);
    }

    #[test]
    fn the_printed_example_is_valid_and_shows_the_defaults() {
        let example = parse(include_str!("../warmline.example.toml"), &[]).unwrap();
        let defaults = Config::default();
        assert_eq!(example.call, defaults.call);
        assert_eq!(example.server.listen, defaults.server.listen);
        assert_eq!(example.media.rtp_last, defaults.media.rtp_last);
        assert_eq!((example.trunks.len(), example.agents.len()), (1, 1));
    }

    #[test]
    fn a_mistake_names_its_line_or_key() {
        let error = |text, environment: &[(&str, &str)]| format!("{:#}", parse(text, environment).unwrap_err());
        assert!(error("[media]\nrtp_frist = 1", &[]).contains("rtp_frist"));
        assert!(error("[media]\nrtp_first = \"x\"", &[]).contains("line 2"));
        assert!(error("", &[("WARMLINE__MEDIA__TIMEOUT_S", "soon")]).contains("timeout_s"));
        assert!(error("[media]\nrtp_first = 20000\nrtp_last = 20001", &[]).contains("media.rtp_last"));
        let agent = "[[agent]]\nname = \"Ann\"\ntrunk = \"none\"\naddress = \"8001\"";
        assert!(error(agent, &[]).contains("\"none\""));
    }
}
