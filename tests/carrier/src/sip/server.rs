//! The carrier as a whole: renders the voices, listens, gives every INVITE its own task.

use super::auth::{Credentials, challenge};
use super::call;
use super::ports::Ports;
use crate::hear::phrases::Phrases;
use crate::people::{Entry, People};
use crate::report::Report;
use crate::voice::line::Line;
use crate::voice::{Bank, Voice, VoiceError};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Method, StatusCode, Uri};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{TransportLayer, udp::UdpConnection};
use rsipstack::{EndpointBuilder, transaction::endpoint::EndpointInnerRef};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything the carrier needs to start.
#[derive(Debug)]
pub struct Config {
    pub people: People,
    /// Port 0 takes a free one.
    pub sip: SocketAddr,
    pub rtp: RangeInclusive<u16>,
    /// Where to write one JSON object a call.
    pub report: Option<PathBuf>,
    /// Folder for rendered voices.
    pub cache: PathBuf,
    /// Same seed, same pauses, same reaction times, same lost packets.
    pub seed: u64,
    pub auth: Option<Credentials>,
}

/// Why the carrier cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    #[error(transparent)]
    Voice(#[from] VoiceError),
    #[error("cannot write the report {path}: {source}")]
    Report { path: PathBuf, source: std::io::Error },
    #[error("cannot listen on {address}: {reason}")]
    Listen { address: SocketAddr, reason: String },
}

/// What all calls share.
pub(super) struct World {
    pub(super) people: People,
    by_number: HashMap<String, usize>,
    pub(super) bank: Bank,
    pub(super) phrases: Arc<Phrases>,
    pub(super) report: Report,
    pub(super) ports: Ports,
    pub(super) dialogs: DialogLayer,
    pub(super) contact: Uri,
    pub(super) seed: u64,
    pub(super) calls: AtomicU64,
    pub(super) closing: CancellationToken,
    auth: Option<Credentials>,
    nonce: String,
}

impl World {
    pub(super) fn entry(&self, number: &str) -> Option<&Entry> {
        self.by_number.get(number).map(|i| &self.people.person[*i])
    }
}

/// A running carrier.
pub struct Carrier {
    address: SocketAddr,
    closing: CancellationToken,
    stack: CancellationToken,
    tasks: TaskTracker,
}

impl Carrier {
    /// Renders every line (slow the first time, see [`Config::cache`]), then listens.
    pub async fn start(config: Config) -> Result<Self, CarrierError> {
        let Config { people, sip, rtp, report, cache, seed, auth } = config;
        let (bank, phrases, people) = tokio::task::spawn_blocking(move || prepare(people, &cache))
            .await
            .map_err(|e| VoiceError::Failed { voice: "any".into(), reason: e.to_string() })??;
        let report = Report::create(report.as_deref())
            .map_err(|source| CarrierError::Report { path: report.unwrap_or_default(), source })?;
        let listen = |e: rsipstack::Error| CarrierError::Listen { address: sip, reason: e.to_string() };
        let stack = CancellationToken::new();
        let connection =
            UdpConnection::create_connection(sip, None, Some(stack.child_token())).await.map_err(listen)?;
        let address = connection.get_addr().get_socketaddr().map_err(listen)?;
        let transport = TransportLayer::new(stack.clone());
        transport.add_transport(connection.into());
        let endpoint = EndpointBuilder::new()
            .with_cancel_token(stack.clone())
            .with_transport_layer(transport)
            .with_user_agent("warmline-carrier")
            .build();
        let incoming = endpoint.incoming_transactions().map_err(listen)?;
        let closing = CancellationToken::new();
        let by_number = people.person.iter().enumerate().map(|(i, p)| (p.number.clone(), i)).collect();
        let world = Arc::new(World {
            people,
            by_number,
            bank,
            phrases: Arc::new(phrases),
            report,
            ports: Ports::new(address.ip(), &rtp),
            dialogs: DialogLayer::new(endpoint.inner.clone()),
            contact: contact(address)?,
            seed,
            calls: AtomicU64::new(0),
            closing: closing.clone(),
            auth,
            nonce: format!("{seed:016x}{:08x}", std::process::id()),
        });
        let tasks = TaskTracker::new();
        tokio::spawn(serve(endpoint.inner.clone()));
        tokio::spawn(answer(world, incoming, tasks.clone()));
        Ok(Self { address, closing, stack, tasks })
    }

    /// Where it listens for SIP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hangs up every call, waits until their records are written, and stops listening.
    pub async fn stop(self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.stack.cancel();
    }
}

fn contact(address: SocketAddr) -> Result<Uri, CarrierError> {
    Uri::try_from(format!("sip:carrier@{address}").as_str())
        .map_err(|e| CarrierError::Listen { address, reason: e.to_string() })
}

async fn serve(endpoint: EndpointInnerRef) {
    if let Err(e) = endpoint.serve().await {
        tracing::error!("SIP endpoint stopped: {e}");
    }
}

/// Renders all lines and phrases.
fn prepare(people: People, cache: &Path) -> Result<(Bank, Phrases, People), VoiceError> {
    let mut jobs = Vec::new();
    for entry in &people.person {
        let voice: Voice = entry.voice(&people.defaults).parse()?;
        for line in entry.lines() {
            let texts = Line::parse(&line).map(|l| l.texts()).unwrap_or_default();
            jobs.extend(texts.into_iter().map(|text| (voice.clone(), text)));
        }
    }
    let bank = Bank::render(jobs, cache)?;
    let phrases = crate::voice::phrases(&people.phrases(), &people.hearing.voices, cache)?;
    Ok((bank, phrases, people))
}

/// Gives each request to its dialog, or to a new call.
async fn answer(world: Arc<World>, mut incoming: TransactionReceiver, tasks: TaskTracker) {
    while let Some(mut tx) = incoming.recv().await {
        if let Some(mut dialog) = world.dialogs.match_dialog(&tx) {
            tokio::spawn(async move { dialog.handle(&mut tx).await });
            continue;
        }
        match tx.original.method {
            Method::Invite if has_to_tag(&tx) => refuse(tx, StatusCode::CallTransactionDoesNotExist),
            Method::Invite => {
                tasks.spawn(invite(world.clone(), tx));
            }
            Method::Options => refuse(tx, StatusCode::OK),
            // An ACK of a refusal that is long forgotten is not answered.
            Method::Ack => {}
            _ => refuse(tx, StatusCode::CallTransactionDoesNotExist),
        }
    }
}

fn has_to_tag(tx: &Transaction) -> bool {
    tx.original.to_header().is_ok_and(|to| to.tag().is_ok_and(|tag| tag.is_some()))
}

/// Answers without a dialog and sees the transaction out (an INVITE waits for its ACK).
fn refuse(mut tx: Transaction, status: StatusCode) {
    tokio::spawn(async move {
        if tx.reply(status).await.is_ok() {
            while tx.receive().await.is_some() {}
        }
    });
}

async fn invite(world: Arc<World>, mut tx: Transaction) {
    if world.closing.is_cancelled() {
        return refuse(tx, StatusCode::ServiceUnavailable);
    }
    if let Some(credentials) = &world.auth
        && !credentials.accept(&tx.original, &world.nonce)
    {
        let headers = vec![challenge(&world.nonce)];
        if tx.reply_with(StatusCode::ProxyAuthenticationRequired, headers, None).await.is_ok() {
            while tx.receive().await.is_some() {}
        }
        return;
    }
    let number = tx.original.uri.user().unwrap_or_default().to_string();
    if world.entry(&number).is_none() {
        tracing::info!("call to a number that is in no file: 404");
        return refuse(tx, StatusCode::NotFound);
    }
    call::run(&world, &number, tx).await;
}
