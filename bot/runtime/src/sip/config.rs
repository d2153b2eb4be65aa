//! Trunks as the operator writes them, and the checks that run before a socket is opened.
//!
//! Data and validation only. An unknown key is refused by serde, a wrong value by [`TrunkConfig::validate`],
//! and either error names the trunk and the key.

use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// Shortest time a phone must be let ring (47 CFR 64.1200(a)(6)).
pub const MIN_RING_LIMIT_S: u16 = 15;

/// What [`SipAgent::start`](super::SipAgent::start) needs.
#[derive(Clone, Debug)]
pub struct SipConfig {
    /// Where to listen for SIP over UDP, and over TCP when a trunk uses it. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// Value of the User-Agent header.
    pub user_agent: String,
    pub trunks: Vec<TrunkConfig>,
    pub timers: SipTimers,
}

/// Protocol timers. The defaults are those of RFC 3261 §17.1.1.1; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct SipTimers {
    /// T1, the first retransmission interval.
    pub t1: Duration,
    /// 64·T1: how long a request may stay without any response.
    pub transaction_timeout: Duration,
    /// How long the owner of a leg may take to answer an offer before the far end gets 488.
    pub offer_timeout: Duration,
}

impl Default for SipTimers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            transaction_timeout: Duration::from_secs(32),
            offer_timeout: Duration::from_secs(5),
        }
    }
}

/// One SIP trunk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkConfig {
    /// Name that campaigns and agents' phones refer to.
    pub name: String,
    /// `host` or `host:port`; an IPv6 address stands in brackets. Port 5060, or 5061 over TLS, when absent.
    pub host: String,
    #[serde(default)]
    pub transport: TrunkTransport,
    /// Send every request here instead of to `host`.
    pub outbound_proxy: Option<String>,
    /// Digest user name; with `password`, or not at all.
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// Domain of our own address (From); `host` when absent.
    pub from_domain: Option<String>,
    /// Register with the trunk and keep the registration alive.
    #[serde(default)]
    pub register: bool,
    /// Seconds asked for in REGISTER.
    #[serde(default = "default_register_expires_s")]
    pub register_expires_s: u32,
    /// Numbers we may show; the first is shown when a call names none.
    #[serde(default)]
    pub caller_ids: Vec<String>,
    /// Codecs to offer, best first.
    #[serde(default = "default_codecs")]
    pub codecs: Vec<TrunkCodec>,
    #[serde(default)]
    pub srtp: SrtpPolicy,
    /// Calls in flight at most, ringing ones included.
    #[serde(default = "default_max_calls")]
    pub max_calls: u32,
    /// INVITEs a second at most.
    #[serde(default = "default_calls_per_second")]
    pub calls_per_second: f64,
    /// Seconds to let a phone ring when the call names no limit; at least 15.
    #[serde(default = "default_ring_limit_s")]
    pub ring_limit_s: u16,
    /// Our address towards this trunk, for SIP and RTP; found by routing when absent.
    pub local_ip: Option<IpAddr>,
    /// More addresses from which this trunk may send requests and responses.
    #[serde(default)]
    pub allow_from: Vec<IpAddr>,
    /// PEM file of the authorities to trust over TLS; the system's when absent.
    pub tls_ca: Option<PathBuf>,
    /// Check the trunk's certificate. May be false only for a trunk on loopback.
    #[serde(default = "default_true")]
    pub tls_verify: bool,
    /// Session interval to ask for (RFC 4028), 0 for none, else at least 90.
    #[serde(default = "default_session_expires_s")]
    pub session_expires_s: u32,
}

fn default_register_expires_s() -> u32 {
    3600
}
fn default_codecs() -> Vec<TrunkCodec> {
    vec![TrunkCodec::Pcmu, TrunkCodec::Pcma]
}
fn default_max_calls() -> u32 {
    30
}
fn default_calls_per_second() -> f64 {
    5.0
}
fn default_ring_limit_s() -> u16 {
    30
}
fn default_true() -> bool {
    true
}
fn default_session_expires_s() -> u32 {
    1800
}

/// How SIP travels to a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrunkTransport {
    #[default]
    Udp,
    Tcp,
    Tls,
}

/// Codec names as they stand in SDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum TrunkCodec {
    #[serde(rename = "PCMU")]
    Pcmu,
    #[serde(rename = "PCMA")]
    Pcma,
    #[serde(rename = "G722")]
    G722,
    #[serde(rename = "opus")]
    Opus,
}

/// Whether media is encrypted (RFC 4568).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SrtpPolicy {
    #[default]
    Off,
    Optional,
    Required,
}

/// A password: never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// A value that cannot work, with the key to change.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("trunk \"{trunk}\": {key}: {problem}")]
pub struct ConfigError {
    pub trunk: String,
    pub key: &'static str,
    pub problem: String,
}

impl TrunkConfig {
    /// Checks every value that serde cannot.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.validate_addresses()?;
        self.validate_credentials()?;
        self.validate_limits()?;
        self.validate_media()
    }

    /// Host and port to send to: `outbound_proxy` where there is one.
    pub fn next_hop(&self) -> Result<(String, u16), ConfigError> {
        match &self.outbound_proxy {
            Some(proxy) => self.parse_host("outbound_proxy", proxy),
            None => self.parse_host("host", &self.host),
        }
    }

    /// Requests to it stay on this machine: nobody real is called.
    pub fn is_loopback(&self) -> bool {
        self.next_hop().is_ok_and(|(host, _)| is_loopback(&host))
    }

    /// Host without port, as it stands in URIs.
    pub fn domain(&self) -> Result<(String, Option<u16>), ConfigError> {
        let (host, port) = self.parse_host("host", &self.host)?;
        Ok((host, (port != self.default_port()).then_some(port)))
    }

    fn default_port(&self) -> u16 {
        match self.transport {
            TrunkTransport::Tls => 5061,
            TrunkTransport::Udp | TrunkTransport::Tcp => 5060,
        }
    }

    fn parse_host(&self, key: &'static str, text: &str) -> Result<(String, u16), ConfigError> {
        split_host_port(text, self.default_port()).map_err(|problem| self.error(key, problem))
    }

    fn validate_addresses(&self) -> Result<(), ConfigError> {
        if self.name.is_empty() || !self.name.chars().all(is_name_char) {
            return Err(self.error("name", "use letters, digits, '-', '_' and '.'"));
        }
        let (host, _) = self.next_hop()?;
        self.domain()?;
        if !self.tls_verify && !is_loopback(&host) {
            return Err(
                self.error("tls_verify", format!("may be false only for a trunk on loopback, and {host} is not"))
            );
        }
        if self.tls_ca.is_some() && self.transport != TrunkTransport::Tls {
            return Err(self.error("tls_ca", "has no meaning unless transport is \"tls\""));
        }
        match &self.from_domain {
            Some(d) if split_host_port(d, 0).is_err() => Err(self.error("from_domain", "not a host name")),
            _ => Ok(()),
        }
    }

    fn validate_credentials(&self) -> Result<(), ConfigError> {
        match (&self.username, &self.password) {
            (Some(user), Some(_)) if escape_user(user).is_none() => {
                Err(self.error("username", "holds a character that a SIP user part cannot"))
            }
            (Some(_), None) => Err(self.error("password", "missing beside username")),
            (None, Some(_)) => Err(self.error("username", "missing beside password")),
            (None, None) if self.register => Err(self.error("username", "needed to register")),
            _ if self.register && self.register_expires_s < 60 => {
                Err(self.error("register_expires_s", "must be at least 60"))
            }
            _ => Ok(()),
        }
    }

    fn validate_limits(&self) -> Result<(), ConfigError> {
        if self.max_calls == 0 {
            return Err(self.error("max_calls", "must be at least 1"));
        }
        if !(self.calls_per_second > 0.0 && self.calls_per_second.is_finite()) {
            return Err(self.error("calls_per_second", "must be above 0"));
        }
        if self.ring_limit_s < MIN_RING_LIMIT_S {
            return Err(
                self.error("ring_limit_s", format!("must be at least {MIN_RING_LIMIT_S}, not {}", self.ring_limit_s))
            );
        }
        if self.session_expires_s != 0 && self.session_expires_s < 90 {
            return Err(self.error("session_expires_s", "must be 0 or at least 90 (RFC 4028 §4)"));
        }
        Ok(())
    }

    fn validate_media(&self) -> Result<(), ConfigError> {
        if self.codecs.is_empty() {
            return Err(self.error("codecs", "name at least one of PCMU, PCMA, G722, opus"));
        }
        match self.caller_ids.iter().position(|id| escape_user(id).is_none()) {
            Some(at) => Err(self.error("caller_ids", format!("entry {} is not a number", at + 1))),
            None => Ok(()),
        }
    }

    fn error(&self, key: &'static str, problem: impl Into<String>) -> ConfigError {
        ConfigError { trunk: self.name.clone(), key, problem: problem.into() }
    }
}

/// Validates all trunks and that no two share a name.
pub fn validate_trunks(trunks: &[TrunkConfig]) -> Result<(), ConfigError> {
    for (at, trunk) in trunks.iter().enumerate() {
        trunk.validate()?;
        if trunks[..at].iter().any(|t| t.name == trunk.name) {
            return Err(trunk.error("name", "used by two trunks"));
        }
    }
    Ok(())
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// True for `localhost`, 127.0.0.0/8 and ::1.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn split_host_port(text: &str, default_port: u16) -> Result<(String, u16), String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or("'[' without ']'")?;
            (host, after.strip_prefix(':'))
        }
        None if text.matches(':').count() > 1 => return Err("put the IPv6 address in brackets".into()),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(p) => p.parse().map_err(|_| format!("\"{p}\" is not a port"))?,
        None => default_port,
    };
    let ok = !host.is_empty() && host.chars().all(|c| is_name_char(c) || c == ':');
    if ok { Ok((host.to_string(), port)) } else { Err(format!("\"{host}\" is not a host name")) }
}

/// Escapes a number or name for the user part of a SIP URI (RFC 3261 §25.1). `None` when it is empty or holds a
/// space, a control character or anything else that has no place in a number.
pub(super) fn escape_user(user: &str) -> Option<String> {
    let mut out = String::with_capacity(user.len());
    for c in user.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '+' | '-' | '_' | '.' | '!' | '~' | '*' => out.push(c),
            '#' => out.push_str("%23"),
            _ => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(extra: &str) -> Result<TrunkConfig, String> {
        let text = format!(r#"{{"name":"t1","host":"127.0.0.1:5070"{extra}}}"#);
        let trunk: TrunkConfig = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        trunk.validate().map_err(|e| e.to_string())?;
        Ok(trunk)
    }

    fn refused(extra: &str) -> String {
        trunk(extra).expect_err(extra)
    }

    #[test]
    fn the_shortest_trunk_has_usable_defaults() {
        let t = trunk("").expect("valid");
        assert_eq!(t.transport, TrunkTransport::Udp);
        assert_eq!(t.next_hop(), Ok(("127.0.0.1".to_string(), 5070)));
        assert!(t.ring_limit_s >= MIN_RING_LIMIT_S);
        assert_eq!(t.codecs, [TrunkCodec::Pcmu, TrunkCodec::Pcma]);
    }

    #[test]
    fn errors_name_the_key() {
        for (extra, key) in [
            (r#","ring_limit_s":14"#, "ring_limit_s"),
            (r#","calls_per_second":0"#, "calls_per_second"),
            (r#","max_calls":0"#, "max_calls"),
            (r#","codecs":[]"#, "codecs"),
            (r#","codecs":["G729"]"#, "G729"),
            (r#","username":"bob""#, "password"),
            (r#","password":"x""#, "username"),
            (r#","register":true"#, "username"),
            (r#","caller_ids":["+1555", "a b"]"#, "caller_ids: entry 2"),
            (r#","outbound_proxy":"::1""#, "outbound_proxy"),
            (r#","outbound_proxy":"host:http""#, "outbound_proxy"),
            (r#","outbound_proxy":"8.8.8.8","tls_verify":false"#, "tls_verify"),
            (r#","session_expires_s":30"#, "session_expires_s"),
            (r#","tls_ca":"ca.pem""#, "tls_ca"),
            (r#","ring_limit":20"#, "ring_limit"),
            (r#","srtp":"sometimes""#, "sometimes"),
        ] {
            let error = refused(extra);
            assert!(error.contains(key), "{extra}: {error}");
        }
    }

    #[test]
    fn a_name_may_stand_once() {
        let t = trunk("").expect("valid");
        let error = validate_trunks(&[t.clone(), t]).expect_err("duplicate");
        assert_eq!(error.key, "name");
    }

    #[test]
    fn tls_takes_its_own_port_and_ipv6_its_brackets() {
        let t = trunk(r#","transport":"tls","outbound_proxy":"[::1]""#).expect("valid");
        assert_eq!(t.next_hop(), Ok(("::1".to_string(), 5061)));
    }

    #[test]
    fn a_password_is_not_printed() {
        let t = trunk(r#","username":"bob","password":"hunter2""#).expect("valid");
        assert!(!format!("{t:?}").contains("hunter2"));
    }

    #[test]
    fn user_parts_are_escaped_or_refused() {
        assert_eq!(escape_user("*31#+4930").as_deref(), Some("*31%23+4930"));
        for bad in ["", "12 34", "1@evil", "1\r\nX: y", "<1>", "1;x=y"] {
            assert_eq!(escape_user(bad), None, "{bad:?}");
        }
    }
}
