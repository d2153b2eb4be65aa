//! One trunk at run time: where it is now, how to reach it, what it carries, whether it is registered.

use super::SipError;
use super::agent::Wire;
use super::config::{SrtpPolicy, TrunkConfig, TrunkTransport, is_loopback};
use super::limits::{CallLimits, Refusal};
use super::tls;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::sip::{Host, HostWithPort, Param, Scheme, Transport, Uri};
use rsipstack::transport::tcp::TcpConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long a resolved name is trusted.
const NAME_TTL: Duration = Duration::from_secs(60);
/// How long a TCP or TLS connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Addresses that may send us SIP, besides loopback.
pub(super) type AllowedSources = Arc<RwLock<HashSet<IpAddr>>>;

/// State of a trunk, for people and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkStatus {
    pub name: String,
    pub registration: Registration,
    pub calls_in_flight: u32,
    pub max_calls: u32,
    /// Why the trunk could not be reached the last time, until a call gets through again.
    pub trouble: Option<String>,
}

/// State of a trunk's registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The trunk wants none.
    NotConfigured,
    /// REGISTER is on its way for the first time.
    Pending,
    Registered {
        expires_s: u32,
    },
    /// Refused or unanswered; it is tried again.
    Failed(String),
}

/// How to reach a trunk: which connection, which address, and our own address on it.
#[derive(Clone)]
pub(super) struct Flow {
    pub(super) connection: SipConnection,
    pub(super) destination: SipAddr,
    /// Our address for Via and Contact.
    pub(super) local: SipAddr,
}

pub(super) struct Trunk {
    pub(super) config: TrunkConfig,
    next_hop: (String, u16),
    domain: HostWithPort,
    bind: SocketAddr,
    allowed: AllowedSources,
    limits: Mutex<CallLimits>,
    started: Instant,
    resolved: Mutex<Option<(Instant, SocketAddr)>>,
    /// The connection in use, for TCP and TLS. One connects, the others wait for it.
    stream: tokio::sync::Mutex<Option<SipConnection>>,
    registration: Mutex<Registration>,
    trouble: Mutex<Option<String>>,
}

/// A line in use; given back on drop.
pub(super) struct Line(Arc<Trunk>);

impl Drop for Line {
    fn drop(&mut self) {
        lock(&self.0.limits).finish();
    }
}

/// Takes a lock whose holder may have panicked: the data are plain values, valid at every step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trunk {
    /// `bind` is the address that the UDP listener got.
    pub(super) fn new(config: TrunkConfig, bind: SocketAddr, allowed: AllowedSources) -> Result<Self, SipError> {
        let (host, port) = config.domain()?;
        let domain = HostWithPort { host: host_of(&host), port: port.map(Into::into) };
        let registration = match config.register {
            true => Registration::Pending,
            false => Registration::NotConfigured,
        };
        Ok(Self {
            next_hop: config.next_hop()?,
            domain,
            bind,
            allowed,
            limits: Mutex::new(CallLimits::new(config.max_calls, config.calls_per_second)),
            started: super::now(),
            resolved: Mutex::new(None),
            stream: tokio::sync::Mutex::new(None),
            registration: Mutex::new(registration),
            trouble: Mutex::new(None),
            config,
        })
    }

    /// Takes a line for a new call.
    pub(super) fn take_line(self: &Arc<Self>) -> Result<Line, SipError> {
        let trunk = || self.config.name.clone();
        match lock(&self.limits).start(self.started.elapsed()) {
            Ok(()) => Ok(Line(self.clone())),
            Err(Refusal::Full) => Err(SipError::TrunkFull { trunk: trunk(), max_calls: self.config.max_calls }),
            Err(Refusal::TooFast { retry_after }) => Err(SipError::TooFast { trunk: trunk(), retry_after }),
        }
    }

    pub(super) fn status(&self) -> TrunkStatus {
        TrunkStatus {
            name: self.config.name.clone(),
            registration: lock(&self.registration).clone(),
            calls_in_flight: lock(&self.limits).in_flight(),
            max_calls: self.config.max_calls,
            trouble: lock(&self.trouble).clone(),
        }
    }

    pub(super) fn set_registration(&self, state: Registration) {
        *lock(&self.registration) = state;
    }

    /// Remembers why the trunk cannot be reached, or with `None` that it can.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        *lock(&self.trouble) = trouble;
    }

    pub(super) fn credential(&self) -> Option<Credential> {
        let (username, password) = self.config.username.clone().zip(self.config.password.clone())?;
        Some(Credential { username, password: password.0, realm: None, auth_username: None })
    }

    /// `sip:user@trunk`, the called side's URI.
    pub(super) fn uri(&self, user: Option<String>) -> Uri {
        Uri { params: transport_param(self.config.transport), ..self.plain_uri(user, self.domain.clone()) }
    }

    /// Our own address at the trunk, for From.
    pub(super) fn own_uri(&self, user: String) -> Uri {
        let host = match &self.config.from_domain {
            Some(domain) => host_of(domain),
            None => self.domain.host.clone(),
        };
        self.plain_uri(Some(user), HostWithPort { host, port: None })
    }

    /// Our Contact on a flow.
    pub(super) fn contact(&self, user: String, flow: &Flow) -> Uri {
        Uri { params: transport_param(self.config.transport), ..self.plain_uri(Some(user), flow.local.addr.clone()) }
    }

    fn plain_uri(&self, user: Option<String>, host_with_port: HostWithPort) -> Uri {
        Uri {
            scheme: Some(Scheme::Sip),
            auth: user.map(|user| rsipstack::sip::Auth { user, password: None }),
            host_with_port,
            ..Default::default()
        }
    }

    /// Whether media on this trunk must be encrypted with keys that travel over an encrypted transport.
    pub(super) fn keys_would_travel_in_clear(&self) -> bool {
        let secure = self.config.transport == TrunkTransport::Tls || is_loopback(&self.next_hop.0);
        self.config.srtp == SrtpPolicy::Required && !secure
    }

    /// Where the trunk is now. Its address may send us requests from then on.
    pub(super) async fn resolve(&self) -> Result<SocketAddr, String> {
        if let Some((at, addr)) = *lock(&self.resolved)
            && at.elapsed() < NAME_TTL
        {
            return Ok(addr);
        }
        let (host, port) = &self.next_hop;
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), *port))
            .await
            .map_err(|e| format!("{host}: {e}"))?
            .filter(|a| a.is_ipv4() == self.bind.is_ipv4())
            .collect();
        let family = if self.bind.is_ipv4() { "IPv4" } else { "IPv6" };
        let addr = *found.first().ok_or_else(|| format!("{host} has no {family} address"))?;
        let mut allowed = self.allowed.write().unwrap_or_else(PoisonError::into_inner);
        allowed.extend(found.iter().map(SocketAddr::ip));
        allowed.extend(self.config.allow_from.iter());
        *lock(&self.resolved) = Some((super::now(), addr));
        Ok(addr)
    }

    /// Our address towards the trunk.
    pub(super) fn local_ip(&self, remote: SocketAddr) -> Result<IpAddr, String> {
        match self.config.local_ip {
            Some(ip) => Ok(ip),
            None if !self.bind.ip().is_unspecified() => Ok(self.bind.ip()),
            None => routed_ip(self.bind, remote).map_err(|e| format!("no route to {remote}: {e}")),
        }
    }

    /// A connection to the trunk that can be used now.
    pub(super) async fn flow(&self, wire: &Wire) -> Result<Flow, String> {
        let remote = self.resolve().await?;
        let local_ip = self.local_ip(remote)?;
        let transport = transport_of(self.config.transport);
        let destination = SipAddr::new(transport, remote.into());
        let local = |port: u16| SipAddr::new(transport, SocketAddr::new(local_ip, port).into());
        match self.config.transport {
            TrunkTransport::Udp => {
                let found = wire.endpoint.transport_layer.lookup(&destination, None).await;
                let (connection, destination) = found.map_err(|e| e.to_string())?;
                let local = local(self.bind.port());
                Ok(Flow { connection, destination, local })
            }
            TrunkTransport::Tcp => {
                let connection = self.stream(wire, &destination).await?;
                let local = local(self.bind.port());
                Ok(Flow { connection, destination, local })
            }
            TrunkTransport::Tls => {
                let connection = self.stream(wire, &destination).await?;
                let port = connection.get_addr().addr.port.map_or(0, u16::from);
                Ok(Flow { connection, destination, local: local(port) })
            }
        }
    }

    /// The TCP or TLS connection in use, or a new one.
    async fn stream(&self, wire: &Wire, to: &SipAddr) -> Result<SipConnection, String> {
        let mut slot = self.stream.lock().await;
        if let Some(connection) = slot.as_ref().filter(|c| is_open(c)) {
            return Ok(connection.clone());
        }
        let token = wire.token.child_token();
        let connect = async {
            match self.config.transport {
                TrunkTransport::Tls => tls::connect(&self.config, &self.next_hop.0, to, token).await,
                TrunkTransport::Udp | TrunkTransport::Tcp => {
                    TcpConnection::connect(to, Some(token)).await.map(SipConnection::from).map_err(|e| e.to_string())
                }
            }
        };
        let connection = timeout(CONNECT_TIMEOUT, connect)
            .await
            .map_err(|_| format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))??;
        wire.endpoint.transport_layer.add_connection(connection.clone());
        *slot = Some(connection.clone());
        Ok(connection)
    }
}

/// Whether a stream connection is still in use.
pub(super) fn is_open(connection: &SipConnection) -> bool {
    connection.cancel_token().is_none_or(|t| !t.is_cancelled())
}

fn transport_of(transport: TrunkTransport) -> Transport {
    match transport {
        TrunkTransport::Udp => Transport::Udp,
        TrunkTransport::Tcp => Transport::Tcp,
        TrunkTransport::Tls => Transport::Tls,
    }
}

fn transport_param(transport: TrunkTransport) -> Vec<Param> {
    match transport {
        TrunkTransport::Udp => Vec::new(),
        other => vec![Param::Transport(transport_of(other))],
    }
}

fn host_of(host: &str) -> Host {
    match host.parse::<IpAddr>() {
        Ok(ip) => Host::IpAddr(ip),
        Err(_) => Host::Domain(host.into()),
    }
}

/// The address that the system would send from; nothing is sent.
fn routed_ip(bind: SocketAddr, remote: SocketAddr) -> std::io::Result<IpAddr> {
    let socket = UdpSocket::bind(SocketAddr::new(bind.ip(), 0))?;
    socket.connect(remote)?;
    Ok(socket.local_addr()?.ip())
}
