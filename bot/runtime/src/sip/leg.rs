//! The task behind one outgoing leg: INVITE, what comes back, and the end (RFC 3261 §13, §9, §15).
//!
//! One task owns the leg. Transactions run in tasks of their own, because waiting on one must not be interrupted, and
//! report to the leg's inbox. Requests of the far end are in `requests`.

use super::agent::Wire;
use super::cause::{CancelReason, Failure, LegEnd, parse_reason};
use super::dialog::{self, Dialog};
use super::event::{LegEvent, OfferId};
use super::invite::drive_invite;
use super::requests::PendingOffer;
use super::session_timer::{self, SessionTimer};
use super::timers::{Timer, Timers};
use super::transact::{client, is_challenge, is_made_up, to_final};
use super::trunk::{Flow, Line, Trunk};
use rsipstack::dialog::authenticate::{AuthRetry, handle_client_authenticate};
use rsipstack::sip::{Header, HeadersExt, Method, Request, Response};
use rsipstack::transaction::transaction::Transaction;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Methods that the far end may use.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK";
/// Extensions that we know.
pub(super) const SUPPORTED: &str = "100rel, timer";

/// What reaches a leg.
pub(super) enum Msg {
    /// 1xx to the INVITE.
    Provisional(Response),
    /// 2xx to the INVITE, acknowledged by the transaction; repeated and forked ones too.
    Success(Response),
    /// Any other final response, with its transaction for an answer to a challenge.
    Rejected(Response, Box<Transaction>),
    /// The INVITE's transaction is over.
    InviteOver,
    /// A request of the far end within this dialog.
    Request(Box<Transaction>),
    /// The ACK to our 2xx to a re-INVITE, or that it never came.
    OfferAcked(OfferId, Option<Request>),
    /// Final response to our session refresh.
    Refreshed(Option<Response>),
    Command(Command),
}

/// What the owner wants.
pub(super) enum Command {
    Cancel,
    Bye(String),
    Hangup(String),
    Answer { id: OfferId, sdp: String },
    Refuse { id: OfferId },
}

/// How far the leg is.
pub(super) enum Phase {
    /// INVITE sent.
    Inviting,
    /// CANCEL sent, or to be sent with the first provisional response. The owner has been told.
    Cancelling,
    /// Answered.
    Up(Box<Session>),
    Over,
}

/// An answered call.
pub(super) struct Session {
    pub(super) dialog: Dialog,
    pub(super) timer: Option<SessionTimer>,
    /// Our last SDP, repeated in a refresh by re-INVITE.
    pub(super) local_sdp: String,
    /// A re-INVITE of ours is under way.
    pub(super) refreshing: bool,
    /// To tags of forks that were hung up.
    forks: Vec<String>,
}

/// The INVITE as last sent.
pub(super) struct Invite {
    pub(super) request: Request,
    pub(super) auth: AuthRetry,
    pub(super) session_expires_s: u32,
    pub(super) provisional: bool,
    /// The task of its transaction.
    pub(super) driver: AbortHandle,
}

/// An early dialog and the SDP that it has sent.
pub(super) struct Early {
    dialog: Dialog,
    sdp: Option<String>,
}

pub(super) struct Leg {
    pub(super) wire: Arc<Wire>,
    pub(super) trunk: Arc<Trunk>,
    pub(super) flow: Flow,
    pub(super) phase: Phase,
    pub(super) timers: Timers,
    pub(super) offers: BTreeMap<OfferId, PendingOffer>,
    pub(super) next_offer: OfferId,
    pub(super) inbox_tx: mpsc::UnboundedSender<Msg>,
    pub(super) inbox: mpsc::UnboundedReceiver<Msg>,
    pub(super) events: mpsc::Sender<LegEvent>,
    pub(super) invite: Invite,
    pub(super) early: Vec<Early>,
    pub(super) offer: String,
    pub(super) ring_limit: Duration,
    /// The trunk's line, taken until the task ends.
    pub(super) _line: Line,
}

impl Leg {
    pub(super) async fn run(mut self) {
        while !matches!(self.phase, Phase::Over) {
            let wake = self.timers.next();
            let timer = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            let has_owner = matches!(self.phase, Phase::Inviting | Phase::Up(_));
            tokio::select! {
                Some(msg) = self.inbox.recv() => self.on_msg(msg).await,
                () = timer => {
                    while let Some(timer) = self.timers.pop_due(super::now()) {
                        self.on_timer(timer).await;
                    }
                }
                () = self.events.closed(), if has_owner => {
                    self.on_command(Command::Hangup("the leg was dropped".into())).await;
                }
            }
        }
        self.invite.driver.abort();
        self.drop_offers().await;
    }

    async fn on_msg(&mut self, msg: Msg) {
        match msg {
            Msg::Provisional(response) => self.on_provisional(response).await,
            Msg::Success(response) => self.on_success(response).await,
            Msg::Rejected(response, tx) => self.on_rejected(response, *tx).await,
            Msg::InviteOver => self.on_invite_over().await,
            Msg::Request(tx) => self.on_request(*tx).await,
            Msg::OfferAcked(id, ack) => self.on_offer_acked(id, ack).await,
            Msg::Refreshed(response) => self.on_refreshed(response).await,
            Msg::Command(command) => self.on_command(command).await,
        }
    }

    async fn on_command(&mut self, command: Command) {
        match (command, &self.phase) {
            (Command::Cancel | Command::Hangup(_), Phase::Inviting) => self.cancel(CancelReason::Owner).await,
            (Command::Bye(reason) | Command::Hangup(reason), Phase::Up(_)) => {
                self.send_bye();
                self.end(LegEnd::LocalBye { reason }).await;
            }
            (Command::Answer { id, sdp }, _) => self.answer_offer(id, sdp).await,
            (Command::Refuse { id }, _) => self.refuse_offer(id).await,
            (Command::Cancel | Command::Bye(_) | Command::Hangup(_), _) => {}
        }
    }

    async fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::RingLimit => self.cancel(CancelReason::RingLimit(self.ring_limit)).await,
            Timer::CancelOverdue => self.phase = Phase::Over,
            Timer::OfferTimeout(id) => self.refuse_offer(id).await,
            Timer::Session => self.on_session_timer().await,
        }
    }

    /// Tells the owner. An owner that has gone is noticed by the task's loop.
    pub(super) async fn tell(&self, event: LegEvent) {
        let _gone = self.events.send(event).await;
    }

    /// Tells the owner that the leg is over and lets the task end.
    pub(super) async fn end(&mut self, end: LegEnd) {
        tracing::debug!(trunk = %self.trunk.config.name, cause = %end.cause(), "leg ended");
        self.tell(LegEvent::Ended(end)).await;
        self.phase = Phase::Over;
    }

    // ── Before the answer ──

    async fn on_provisional(&mut self, response: Response) {
        let first = !std::mem::replace(&mut self.invite.provisional, true);
        self.trunk.set_trouble(None);
        let status = response.status_code.code();
        if matches!(self.phase, Phase::Cancelling) {
            // §9.1: CANCEL had to wait for this.
            if first {
                self.send_cancel();
            }
            return;
        }
        if !matches!(self.phase, Phase::Inviting) {
            return;
        }
        if status == 100 {
            self.tell(LegEvent::Trying).await;
            return;
        }
        let sdp = dialog::sdp(&response, &response.body);
        self.on_early_dialog(&response, sdp.clone());
        if (180..=183).contains(&status) {
            self.timers.set(Timer::RingLimit, super::now() + self.ring_limit);
            self.tell(LegEvent::Ringing { status, sdp }).await;
        }
    }

    /// Keeps the early dialog of a provisional response and acknowledges it where it asks for that (RFC 3262).
    fn on_early_dialog(&mut self, response: &Response, sdp: Option<String>) {
        let Some(tag) = dialog::to_tag(response) else {
            return;
        };
        let at = match self.early.iter().position(|e| e.dialog.remote_tag() == tag) {
            Some(at) => at,
            None => {
                let Some(dialog) = Dialog::from_response(&self.invite.request, response) else {
                    return;
                };
                self.early.push(Early { dialog, sdp: None });
                self.early.len() - 1
            }
        };
        let early = &mut self.early[at];
        early.dialog.learn(response);
        if sdp.is_some() {
            early.sdp = sdp;
        }
        if response.header_contains_token("Require", "100rel")
            && let Some(rack) = early.dialog.rack(response)
        {
            let dialog = early.dialog.clone();
            self.send_in(&dialog, Method::PRack, vec![Header::RAck(rack.into())]);
        }
    }

    async fn on_rejected(&mut self, response: Response, tx: Transaction) {
        if matches!(self.phase, Phase::Cancelling) {
            self.phase = Phase::Over;
            return;
        }
        if is_made_up(&response, &tx) {
            let failure = match response.status_code.code() {
                408 => Failure::NoResponse { after: self.wire.timers.transaction_timeout },
                _ => Failure::Transport("closed by the far end".into()),
            };
            // A stream that swallows requests is not used again; on UDP this does nothing.
            self.wire.endpoint.transport_layer.remove_connection(&self.flow.connection);
            self.trunk.set_trouble(Some(LegEnd::Failed(failure.clone()).cause()));
            return self.end(LegEnd::Failed(failure)).await;
        }
        self.trunk.set_trouble(None);
        if let Some(retry) = self.retry(&response, &tx).await {
            self.invite.request = retry.original.clone();
            self.early.clear();
            self.invite.driver = drive_invite(retry, self.inbox_tx.clone());
            return;
        }
        let q850 = response.reason_header().and_then(|r| parse_reason(r.value()).q850);
        let status = response.status_code.code();
        let phrase = response.wire_reason.filter(|p| !p.is_empty());
        let phrase = phrase.unwrap_or_else(|| response.status_code.text().to_string());
        self.end(LegEnd::Refused { status, phrase, q850 }).await;
    }

    /// The INVITE to send after a challenge (§22) or an interval that was too small (RFC 4028 §7.3).
    async fn retry(&mut self, response: &Response, tx: &Transaction) -> Option<Transaction> {
        let seq = self.invite.request.cseq_header().ok()?.seq().ok()? + 1;
        if is_challenge(response) && self.invite.auth.should_answer(response) {
            let credential = self.trunk.credential()?;
            return handle_client_authenticate(seq, tx, response.clone(), &credential).await.ok();
        }
        if response.status_code.code() == 422 {
            let min_se = response.header_value("Min-SE");
            let interval = session_timer::interval_after_422(min_se.as_deref(), self.invite.session_expires_s)?;
            self.invite.session_expires_s = interval;
            let replace =
                vec![Header::SessionExpires(interval.to_string().into()), Header::MinSE(interval.to_string().into())];
            let via = self.wire.via(&self.flow).ok()?;
            let request = dialog::invite_again(&self.invite.request, via, replace)?;
            return client(&self.wire.endpoint, &self.flow, request, true).ok();
        }
        None
    }

    async fn on_invite_over(&mut self) {
        match self.phase {
            Phase::Inviting => {
                let failure = Failure::Transport("the INVITE could not be sent".into());
                self.end(LegEnd::Failed(failure)).await;
            }
            Phase::Cancelling => self.phase = Phase::Over,
            Phase::Up(_) | Phase::Over => {}
        }
    }

    // ── CANCEL ──

    async fn cancel(&mut self, reason: CancelReason) {
        if !matches!(self.phase, Phase::Inviting) {
            return;
        }
        self.phase = Phase::Cancelling;
        self.timers = Timers::default();
        self.timers.set(Timer::CancelOverdue, super::now() + self.wire.timers.transaction_timeout);
        if self.invite.provisional {
            self.send_cancel();
        }
        let end = match reason {
            // Nothing rang: a trunk that is dead must not look like people who do not answer.
            CancelReason::RingLimit(after) if !self.invite.provisional => {
                let end = LegEnd::Failed(Failure::NoResponse { after });
                self.trunk.set_trouble(Some(end.cause()));
                end
            }
            reason => LegEnd::Cancelled(reason),
        };
        self.tell(LegEvent::Ended(end)).await;
    }

    fn send_cancel(&self) {
        let cancel = dialog::cancel_of(&self.invite.request)
            .and_then(|request| client(&self.wire.endpoint, &self.flow, request, true).ok());
        if let Some(mut tx) = cancel {
            tokio::spawn(async move {
                if tx.send().await.is_ok() {
                    while tx.receive().await.is_some() {}
                }
            });
        }
    }

    // ── The answer ──

    async fn on_success(&mut self, response: Response) {
        let Some(tag) = dialog::to_tag(&response) else {
            return;
        };
        match &mut self.phase {
            Phase::Inviting => self.on_answer(response, &tag).await,
            Phase::Cancelling => {
                // The answer crossed our CANCEL: it was acknowledged, so it must be ended (§15).
                self.bye_to(&response);
                self.phase = Phase::Over;
            }
            Phase::Up(session) => {
                let known = session.dialog.remote_tag() == tag || session.forks.contains(&tag);
                if !known {
                    session.forks.push(tag);
                    self.bye_to(&response);
                }
            }
            Phase::Over => {}
        }
    }

    async fn on_answer(&mut self, response: Response, tag: &str) {
        let at = super::now();
        let early = self.early.iter().position(|e| e.dialog.remote_tag() == tag);
        let early = early.map(|at| self.early.swap_remove(at));
        let early_sdp = early.as_ref().and_then(|e| e.sdp.clone());
        let dialog = match early {
            Some(early) => Some(early.dialog),
            None => Dialog::from_response(&self.invite.request, &response),
        };
        let Some(mut dialog) = dialog.filter(|_| response.contact_header().is_ok()) else {
            let failure = Failure::Protocol("200 without Contact".into());
            return self.end(LegEnd::Failed(failure)).await;
        };
        dialog.learn(&response);
        self.timers.clear(Timer::RingLimit);
        self.trunk.set_trouble(None);
        let local_sdp = self.offer.clone();
        self.phase =
            Phase::Up(Box::new(Session { dialog, timer: None, local_sdp, refreshing: false, forks: Vec::new() }));
        let session_expires = response.session_expires_header().map(|h| h.value().to_string());
        self.set_session_timer(SessionTimer::from_response(session_expires.as_deref()));
        // With reliable provisional responses the answer may have come early and need not come again (RFC 3262 §5).
        match dialog::sdp(&response, &response.body).or(early_sdp) {
            Some(sdp) => self.tell(LegEvent::Answered { sdp, at }).await,
            None => {
                self.send_bye();
                let failure = Failure::Protocol("200 without SDP".into());
                self.end(LegEnd::Failed(failure)).await;
            }
        }
    }

    // ── Requests of ours within the dialog ──

    pub(super) fn send_bye(&self) {
        if let Phase::Up(session) = &self.phase {
            self.send_in(&session.dialog, Method::Bye, Vec::new());
        }
    }

    /// Ends the dialog that a 2xx made besides the one we keep.
    fn bye_to(&self, response: &Response) {
        if let Some(dialog) = Dialog::from_response(&self.invite.request, response) {
            self.send_in(&dialog, Method::Bye, Vec::new());
        }
    }

    /// Sends a request whose response changes nothing.
    fn send_in(&self, dialog: &Dialog, method: Method, mut headers: Vec<Header>) {
        headers.push(Header::UserAgent(self.wire.endpoint.user_agent.clone().into()));
        let Some(tx) = self.transaction_in(dialog, method, headers, Vec::new()) else {
            return;
        };
        let (trunk, cseq) = (self.trunk.clone(), dialog.cseq_counter());
        tokio::spawn(async move { to_final(tx, &trunk, &cseq).await });
    }

    pub(super) fn transaction_in(
        &self,
        dialog: &Dialog,
        method: Method,
        headers: Vec<Header>,
        body: Vec<u8>,
    ) -> Option<Transaction> {
        let via = self.wire.via(&self.flow).ok()?;
        let request = dialog.request(method, via, headers, body);
        client(&self.wire.endpoint, &self.flow, request, false)
            .inspect_err(|e| tracing::warn!(%method, error = %e, "request within a call not sent"))
            .ok()
    }

    // ── For `requests` ──

    /// The dialog, early or confirmed, with this remote tag.
    pub(super) fn dialog_mut(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        match &mut self.phase {
            Phase::Up(session) => Some(&mut session.dialog).filter(|d| d.remote_tag() == remote_tag),
            Phase::Inviting => {
                let early = self.early.iter_mut().map(|e| &mut e.dialog);
                early.into_iter().find(|d| d.remote_tag() == remote_tag)
            }
            Phase::Cancelling | Phase::Over => None,
        }
    }

    /// Tag of our From header.
    pub(super) fn local_tag(&self) -> Option<String> {
        dialog::from_tag(&self.invite.request)
    }
}
