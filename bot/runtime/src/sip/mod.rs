//! A SIP user agent that places calls: trunks from configuration, one task per call leg, events out, commands in.
//!
//! Built on the transaction and transport layers of `rsipstack` (RFC 3261 §17, §18); dialogs, forking, session timers,
//! reliable provisional responses and offers of the far end are handled here. It carries SDP as text and knows nothing
//! of media. It takes no calls: an INVITE from outside is refused.
//!
//! Who is heard: requests and responses from an address that is neither loopback nor a trunk's (its `host`,
//! `outbound_proxy` or `allow_from`) are dropped before they are parsed, so a scanner learns nothing.
//!
//! The stack logs every message, numbers and all, at INFO under its own name: filter it with [`LOG_FILTER`].

mod agent;
mod cause;
mod config;
mod dialog;
mod event;
mod incoming;
mod info;
mod invite;
mod leg;
mod limits;
mod outgoing;
mod refresh;
mod register;
mod requests;
mod session_timer;
mod timers;
mod tls;
mod transact;
mod trunk;

pub use agent::SipAgent;
pub use cause::{CancelReason, Failure, LegEnd};
pub use config::{
    ConfigError, MIN_RING_LIMIT_S, Secret, SipConfig, SipTimers, SrtpPolicy, TrunkCodec, TrunkConfig, TrunkTransport,
    validate_trunks,
};
pub use event::{LegEvent, OfferId, OfferKind};
pub use outgoing::{Dial, LegHandle, OutLeg};
pub use trunk::{Registration, TrunkStatus};

use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;

/// Directive for `tracing_subscriber::EnvFilter` that keeps raw SIP messages out of the log.
pub const LOG_FILTER: &str = "rsipstack=warn";

/// Why the agent did not start or a call was not placed. Nothing was sent.
#[derive(Debug, Error)]
pub enum SipError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot listen for SIP on {transport} {addr}")]
    Bind { transport: &'static str, addr: SocketAddr, source: std::io::Error },
    #[error("SIP stack: {0}")]
    Stack(String),
    #[error("no trunk is called \"{0}\"")]
    UnknownTrunk(String),
    #[error("the number to {0} holds a character that a SIP address cannot")]
    BadNumber(&'static str),
    #[error("trunk \"{trunk}\" is full: {max_calls} calls in flight")]
    TrunkFull { trunk: String, max_calls: u32 },
    #[error("trunk \"{trunk}\" takes its next call in {} ms", retry_after.as_millis())]
    TooFast { trunk: String, retry_after: Duration },
}

/// The one clock of this module.
#[expect(clippy::disallowed_methods, reason = "the edge where time enters")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
