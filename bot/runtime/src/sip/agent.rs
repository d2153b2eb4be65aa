//! The agent: listens, places legs, and knows which leg a request belongs to.

use super::config::{SipConfig, SipTimers, TrunkTransport, validate_trunks};
use super::event::LegEvent;
use super::invite::NewLeg;
use super::leg::{ALLOW, Msg};
use super::outgoing::{Addresses, Dial, LegHandle, OutLeg};
use super::register::Registrar;
use super::trunk::{AllowedSources, Flow, Trunk, TrunkStatus, lock};
use super::{SipError, incoming, tls};
use rsipstack::EndpointBuilder;
use rsipstack::sip::{Method, typed};
use rsipstack::transaction::endpoint::{Endpoint, EndpointInnerRef, EndpointOption};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{TcpListenerConnection, TransportLayer};
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Events that an owner may leave unread before its leg waits for it.
const EVENT_QUEUE: usize = 64;
/// Streams are closed by the far end or with the agent; the stack's five minutes would cut long calls off.
const STREAM_IDLE: Duration = Duration::from_secs(24 * 3600);
/// What the kernel may hold for us while all processors are busy: some thousand messages. It gives what it allows.
const RECEIVE_BUFFER: usize = 4 << 20;
/// How long stopping waits for registrations to be taken back.
const GOODBYE: Duration = Duration::from_secs(2);

/// What legs and registrations share.
pub(super) struct Wire {
    pub(super) endpoint: EndpointInnerRef,
    pub(super) timers: SipTimers,
    /// Ends the stack.
    pub(super) token: CancellationToken,
    /// Ends registrations, before the stack.
    pub(super) stopping: CancellationToken,
    legs: Mutex<HashMap<String, mpsc::UnboundedSender<Msg>>>,
}

impl Wire {
    /// A fresh Via for a request on `flow`.
    pub(super) fn via(&self, flow: &Flow) -> Result<typed::Via, String> {
        self.endpoint.get_via(Some(flow.local.clone()), None).map_err(|e| e.to_string())
    }

    pub(super) fn leg(&self, call_id: &str) -> Option<mpsc::UnboundedSender<Msg>> {
        lock(&self.legs).get(call_id).cloned()
    }

    pub(super) fn forget_leg(&self, call_id: &str) {
        lock(&self.legs).remove(call_id);
    }
}

/// A running SIP user agent. Dropping it closes its sockets; [`stop`](Self::stop) does so politely.
pub struct SipAgent {
    wire: Arc<Wire>,
    trunks: BTreeMap<String, Arc<Trunk>>,
    registrations: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    local_addr: SocketAddr,
    /// Owns the sockets.
    _endpoint: Endpoint,
}

impl SipAgent {
    /// Opens the sockets and starts registering where a trunk wants it. Must run within tokio.
    ///
    /// # Errors
    /// A wrong configuration value, or an address that is not ours or in use.
    pub async fn start(config: SipConfig) -> Result<Self, SipError> {
        validate_trunks(&config.trunks)?;
        tls::install_crypto();
        let allowed = AllowedSources::default();
        let token = CancellationToken::new();
        let (transport, local_addr) = listen(&config, &allowed, &token).await?;
        let endpoint = build_endpoint(&config, transport, &token);
        let wire = Arc::new(Wire {
            endpoint: endpoint.inner.clone(),
            timers: config.timers,
            stopping: token.child_token(),
            token,
            legs: Mutex::default(),
        });
        let requests = endpoint.incoming_transactions().map_err(|e| SipError::Stack(e.to_string()))?;
        let serving = endpoint.inner.clone();
        tokio::spawn(async move {
            if let Err(error) = serving.serve().await {
                tracing::error!(%error, "SIP stack stopped");
            }
        });
        tokio::spawn(incoming::run(wire.clone(), requests));
        let trunks = make_trunks(config, local_addr, &allowed)?;
        let registrations = start_trunks(&wire, &trunks);
        Ok(Self { wire, trunks, registrations: Mutex::new(registrations), local_addr, _endpoint: endpoint })
    }

    /// Places a call. The INVITE leaves in the background; everything else arrives as events.
    ///
    /// # Errors
    /// No such trunk, a number that cannot stand in an address, or the trunk's limits. Nothing was sent then.
    pub fn place(&self, dial: Dial) -> Result<OutLeg, SipError> {
        let trunk = self.trunk(&dial.trunk)?;
        let addresses = Addresses::of(&dial, trunk)?;
        let line = trunk.take_line()?;
        let (inbox_tx, inbox) = mpsc::unbounded_channel();
        let (events_tx, events) = mpsc::channel::<LegEvent>(EVENT_QUEUE);
        let call_id = uuid::Uuid::new_v4().to_string();
        lock(&self.wire.legs).insert(call_id.clone(), inbox_tx.clone());
        tracing::info!(call = %dial.call, trunk = %dial.trunk, "placing a call");
        let leg = NewLeg {
            wire: self.wire.clone(),
            trunk: trunk.clone(),
            line,
            dial,
            addresses,
            call_id,
            inbox,
            inbox_tx: inbox_tx.clone(),
            events: events_tx,
        };
        tokio::spawn(leg.run());
        Ok(OutLeg { events, handle: LegHandle { inbox: inbox_tx } })
    }

    /// Our address towards a trunk, for the RTP sockets and the SDP of its calls.
    ///
    /// # Errors
    /// [`SipError::UnknownTrunk`], or [`SipError::Stack`] when the trunk's name does not resolve.
    pub async fn local_ip(&self, trunk: &str) -> Result<IpAddr, SipError> {
        let trunk = self.trunk(trunk)?;
        let remote = trunk.resolve().await.map_err(SipError::Stack)?;
        trunk.local_ip(remote).map_err(SipError::Stack)
    }

    /// Where SIP is listened for.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Calls, registrations and troubles, by trunk in order of name.
    pub fn trunk_status(&self) -> Vec<TrunkStatus> {
        self.trunks.values().map(|t| t.status()).collect()
    }

    /// Takes registrations back and closes the sockets. Legs must have ended before.
    pub async fn stop(&self) {
        self.wire.stopping.cancel();
        let registrations = std::mem::take(&mut *lock(&self.registrations));
        let goodbye = async {
            for registration in registrations {
                // A registration that panicked has nothing left to take back.
                let _joined = registration.await;
            }
        };
        let _too_late = tokio::time::timeout(GOODBYE, goodbye).await;
        self.wire.token.cancel();
    }

    fn trunk(&self, name: &str) -> Result<&Arc<Trunk>, SipError> {
        self.trunks.get(name).ok_or_else(|| SipError::UnknownTrunk(name.to_string()))
    }
}

impl Drop for SipAgent {
    fn drop(&mut self) {
        self.wire.token.cancel();
    }
}

async fn listen(
    config: &SipConfig,
    allowed: &AllowedSources,
    token: &CancellationToken,
) -> Result<(TransportLayer, SocketAddr), SipError> {
    let bind_error = |transport, addr, source| SipError::Bind { transport, addr, source };
    let transport = TransportLayer::new(token.clone());
    transport.set_stream_idle_timeout(STREAM_IDLE);
    let sources = allowed.clone();
    transport.set_whitelist(move |ip: IpAddr| std::future::ready(is_heard(&sources, ip)));
    // Bound here rather than by the stack, whose errors do not say why.
    let socket = std::net::UdpSocket::bind(config.bind).map_err(|e| bind_error("UDP", config.bind, e))?;
    let addr = socket.local_addr().map_err(|e| bind_error("UDP", config.bind, e))?;
    if let Err(error) = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER) {
        tracing::debug!(%error, "SIP receive buffer left as it is");
    }
    let socket = socket
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UdpSocket::from_std(socket))
        .map_err(|e| bind_error("UDP", addr, e))?;
    let udp = UdpConnection::from_socket(Arc::new(socket), None, Some(token.child_token())).await;
    transport.add_transport(udp.map_err(|e| SipError::Stack(e.to_string()))?.into());
    if config.trunks.iter().any(|t| t.transport == TrunkTransport::Tcp) {
        // The stack binds later and only logs a failure; find out now.
        std::net::TcpListener::bind(addr).map_err(|e| bind_error("TCP", addr, e))?;
        let tcp = TcpListenerConnection::new(addr, None).await;
        transport.add_transport(tcp.map_err(|e| SipError::Stack(e.to_string()))?.into());
    }
    Ok((transport, addr))
}

/// Whether an address may send us SIP at all.
fn is_heard(sources: &AllowedSources, ip: IpAddr) -> bool {
    ip.is_loopback() || sources.read().unwrap_or_else(PoisonError::into_inner).contains(&ip)
}

fn build_endpoint(config: &SipConfig, transport: TransportLayer, token: &CancellationToken) -> Endpoint {
    let option = EndpointOption {
        t1: config.timers.t1,
        t1x64: config.timers.transaction_timeout,
        // Ringing is limited by the leg, whose limit the owner sets.
        timerc: Duration::from_secs(24 * 3600),
        ..EndpointOption::default()
    };
    EndpointBuilder::new()
        .with_user_agent(&config.user_agent)
        .with_transport_layer(transport)
        .with_cancel_token(token.clone())
        .with_allows(ALLOW.split(", ").filter_map(|m| m.parse::<Method>().ok()).collect())
        .with_option(option)
        .build()
}

fn make_trunks(
    config: SipConfig,
    bind: SocketAddr,
    allowed: &AllowedSources,
) -> Result<BTreeMap<String, Arc<Trunk>>, SipError> {
    let mut trunks = BTreeMap::new();
    for trunk in config.trunks {
        let name = trunk.name.clone();
        let trunk = Trunk::new(trunk, bind, allowed.clone())?;
        if trunk.keys_would_travel_in_clear() {
            tracing::warn!(trunk = %name, "SRTP is required but its keys travel unencrypted: use transport \"tls\"");
        }
        trunks.insert(name, Arc::new(trunk));
    }
    Ok(trunks)
}

/// Resolves every trunk once, so that it may send requests, and starts registrations.
fn start_trunks(wire: &Arc<Wire>, trunks: &BTreeMap<String, Arc<Trunk>>) -> Vec<tokio::task::JoinHandle<()>> {
    let mut registrations = Vec::new();
    for trunk in trunks.values().cloned() {
        if trunk.config.register {
            registrations.push(tokio::spawn(Registrar::new(wire.clone(), trunk).run()));
        } else {
            tokio::spawn(async move {
                if let Err(why) = trunk.resolve().await {
                    trunk.set_trouble(Some(why));
                }
            });
        }
    }
    registrations
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn only_loopback_and_trunks_are_heard() {
        let json = r#"{"name":"t","host":"192.0.2.7","allow_from":["198.51.100.9"]}"#;
        let sources = AllowedSources::default();
        let trunk = Trunk::new(serde_json::from_str(json).unwrap(), "0.0.0.0:0".parse().unwrap(), sources.clone());
        let heard = |ip: &str| is_heard(&sources, ip.parse().unwrap());
        assert!(heard("127.0.0.1") && heard("::1"));
        assert!(!heard("192.0.2.7"));
        trunk.unwrap().resolve().await.unwrap();
        assert!(heard("192.0.2.7") && heard("198.51.100.9"));
        assert!(!heard("192.0.2.8"));
    }
}
