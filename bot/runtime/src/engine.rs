//! The bot: takes commands from the dialer, drives calls, gives events back.

use crate::actor::{self, Order};
use crate::answers::AnswerLoad;
use crate::http::HttpClient;
use crate::media::{Ports, Recorder};
use crate::mind::Mind;
use crate::sip::{SipAgent, SipConfig, SipError, SipTimers, TrunkConfig, TrunkStatus};
use crate::templates::{LoadedTemplate, TemplateError, Templates};
use chrono::NaiveDateTime;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use warmline_call::CallConfig;
use warmline_control::{CallId, CallReport, Command, EndReason, Event, EventKind, Outcome, PlaceCall};

/// What the bot needs to know before it starts.
#[derive(Clone, Debug)]
pub struct BotConfig {
    pub sip_bind: SocketAddr,
    pub trunks: Vec<TrunkConfig>,
    pub rtp_first: u16,
    pub rtp_last: u16,
    /// Silence of the network that ends a call.
    pub media_timeout: Duration,
    /// Folder of the recordings; none: calls are not recorded whatever they ask.
    pub recordings: Option<PathBuf>,
    /// Hosts that dialogs may ask (`example.com`, `example.com:8443`).
    pub http_hosts: Vec<String>,
    pub call: CallConfig,
}

/// Why the bot did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Sip(#[from] SipError),
    #[error("the media threads cannot be started: {0}")]
    Threads(#[from] std::io::Error),
}

/// What every call shares.
pub(crate) struct Shared {
    pub(crate) config: BotConfig,
    pub(crate) sip: SipAgent,
    pub(crate) ports: Ports,
    pub(crate) mind: Arc<Mind>,
    pub(crate) http: HttpClient,
    pub(crate) recorder: Recorder,
    /// Media runs on threads of its own, so that nothing else delays a packet.
    pub(crate) media_runtime: tokio::runtime::Handle,
    events: mpsc::UnboundedSender<Event>,
}

impl Shared {
    pub(crate) fn trunk(&self, name: &str) -> Option<&TrunkConfig> {
        self.config.trunks.iter().find(|trunk| trunk.name == name)
    }

    pub(crate) fn recording_path(&self, call: CallId) -> Option<PathBuf> {
        self.config.recordings.as_ref().map(|folder| folder.join(format!("{call}.wav")))
    }

    pub(crate) fn tell(&self, event: Event) {
        // The dialer is gone only when the process ends.
        self.events.send(event).ok();
    }

    /// Unix time in milliseconds.
    #[expect(clippy::disallowed_methods, reason = "the edge where the wall clock enters")]
    pub(crate) fn unix_ms(&self) -> i64 {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
    }

    /// The wall clock in an IANA zone; UTC when the zone is unknown.
    pub(crate) fn local_time(&self, zone: &str) -> NaiveDateTime {
        let utc = chrono::DateTime::from_timestamp_millis(self.unix_ms()).unwrap_or_default();
        match zone.parse::<chrono_tz::Tz>() {
            Ok(zone) => utc.with_timezone(&zone).naive_local(),
            Err(_) => utc.naive_utc(),
        }
    }
}

/// A running bot. Dropping it ends the media threads; call [`Bot::stop`] to end politely.
pub struct Bot {
    shared: Arc<Shared>,
    templates: Templates,
    calls: Arc<Mutex<HashMap<CallId, mpsc::UnboundedSender<Order>>>>,
    draining: std::sync::atomic::AtomicBool,
    media_runtime: Mutex<Option<tokio::runtime::Runtime>>,
}

impl Bot {
    /// Open the sockets and start the threads. Events arrive on the receiver, in order for each call.
    ///
    /// # Errors
    /// A configuration value, an address in use, no threads.
    pub async fn start(
        config: BotConfig,
        mind: Arc<Mind>,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Event>), StartError> {
        let sip = SipAgent::start(SipConfig {
            bind: config.sip_bind,
            user_agent: concat!("Warmline/", env!("CARGO_PKG_VERSION")).to_owned(),
            trunks: config.trunks.clone(),
            timers: SipTimers::default(),
        })
        .await?;
        let media_runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("media").enable_all().build()?;
        let (events, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            ports: Ports::new(config.rtp_first, config.rtp_last),
            http: HttpClient::new(&config.http_hosts),
            config,
            sip,
            mind: mind.clone(),
            recorder: Recorder::start()?,
            media_runtime: media_runtime.handle().clone(),
            events,
        });
        let bot = Self {
            shared,
            templates: Templates::new(mind),
            calls: Arc::default(),
            draining: false.into(),
            media_runtime: Mutex::new(Some(media_runtime)),
        };
        Ok((bot, received))
    }

    /// Compile a template and prepare what its calls need; returns its version. Blocking: call it off
    /// the async workers.
    ///
    /// # Errors
    /// What is wrong with the template, or with the engines it needs.
    pub fn load_template(&self, yaml: &str) -> Result<Arc<LoadedTemplate>, TemplateError> {
        self.templates.load(yaml)
    }

    /// Render every prompt of a call whose text is known, so that it starts at once.
    ///
    /// # Errors
    /// The first prompt that cannot be made.
    pub async fn prerender(
        &self,
        template: &LoadedTemplate,
        variables: &BTreeMap<String, String>,
    ) -> Result<(), TemplateError> {
        self.templates.prerender(template, variables).await
    }

    /// Trunks with their calls in flight and troubles.
    pub fn trunk_status(&self) -> Vec<TrunkStatus> {
        self.shared.sip.trunk_status()
    }

    /// Put what only changes silently (queues, trunks) into the metrics; call it every few seconds.
    pub fn report_metrics(&self) {
        self.shared.mind.report_metrics();
        metrics::gauge!("warmline_open_calls").set(self.open_calls() as f64);
    }

    /// How late the bot's readings of the last seconds were: whether the machine can do more.
    pub fn answer_load(&self) -> AnswerLoad {
        self.shared.mind.answer_load()
    }

    /// Calls that are open.
    pub fn open_calls(&self) -> usize {
        self.lock().len()
    }

    /// Take a command. Must run within tokio.
    pub fn command(&self, command: Command) {
        match command {
            Command::Place(place) => self.place(*place),
            Command::Hangup { call, reason } => self.order(call, Order::Hangup { reason }),
            Command::Bridge { call, agent } => self.order(call, Order::Bridge(agent)),
            Command::NoAgent { call, reason } => self.order(call, Order::NoAgent { reason }),
            Command::SendKeys { call, keys } => self.order(call, Order::SendKeys(keys)),
            Command::Drain => self.draining.store(true, std::sync::atomic::Ordering::Relaxed),
        }
    }

    fn place(&self, place: PlaceCall) {
        let template = match self.templates.get(&place.template) {
            _ if self.draining.load(std::sync::atomic::Ordering::Relaxed) => {
                return self.refuse(place.call, "the bot takes no new calls".into());
            }
            None => return self.refuse(place.call, format!("template version {} is not loaded", place.template)),
            Some(template) => template,
        };
        let (orders, order_rx) = mpsc::unbounded_channel();
        self.lock().insert(place.call, orders);
        let (shared, calls, id) = (self.shared.clone(), self.calls.clone(), place.call);
        tokio::spawn(async move {
            // In a task of its own: if a call's task fails, the call still gets its closing event.
            let driven = tokio::spawn(actor::drive(shared.clone(), place, template, order_rx)).await;
            calls.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            if let Err(error) = driven {
                tracing::error!(call = %id, %error, "a call's task failed");
                shared.tell(closing(id, shared.unix_ms(), "a fault of the program ended the call".into()));
            }
        });
    }

    fn refuse(&self, call: CallId, cause: String) {
        self.shared.tell(closing(call, self.shared.unix_ms(), cause));
    }

    fn order(&self, call: CallId, order: Order) {
        if let Some(orders) = self.lock().get(&call) {
            orders.send(order).ok();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, mpsc::UnboundedSender<Order>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// End every call, wait for that at most `limit`, and close the sockets.
    pub async fn stop(&self, limit: Duration) {
        self.draining.store(true, std::sync::atomic::Ordering::Relaxed);
        for orders in self.lock().values() {
            orders.send(Order::Hangup { reason: "the server is stopping".into() }).ok();
        }
        let until = tokio::time::Instant::now() + limit;
        while self.open_calls() > 0 && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.shared.sip.stop().await;
        self.end_media();
    }

    /// A runtime may not be dropped within another one.
    fn end_media(&self) {
        let runtime = self.media_runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.end_media();
    }
}

/// The closing event of a call that the machine could not close itself.
fn closing(call: CallId, at_ms: i64, cause: String) -> Event {
    let report = CallReport {
        outcome: Outcome::Failed,
        end_reason: EndReason::Fault,
        answered_by: None,
        sip_status: None,
        cause,
        ring_ms: None,
        talk_ms: 0,
        intent: None,
        tags: Vec::new(),
        categories: Vec::new(),
        slots: Default::default(),
        handed_over: false,
        turns: 0,
    };
    Event { call, seq: u32::MAX, at_ms, kind: EventKind::Ended(Box::new(report)) }
}
