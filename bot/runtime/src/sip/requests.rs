//! What the far end asks within a call: BYE, re-INVITE, UPDATE, INFO, OPTIONS; the rest is refused.

use super::cause::{Failure, LegEnd, parse_reason};
use super::dialog;
use super::event::{LegEvent, OfferId, OfferKind};
use super::info::{self, Info};
use super::leg::{ALLOW, Leg, Msg, Phase, SUPPORTED};
use super::session_timer::{MIN_SE_S, RefreshAnswer, answer_refresh};
use super::timers::Timer;
use rsipstack::sip::{Header, HeadersExt, Method, Request, SipMessage};
use rsipstack::transaction::transaction::Transaction;

/// An offer of the far end that its owner has not answered.
pub(super) struct PendingOffer {
    tx: Transaction,
    refresh: RefreshAnswer,
}

/// Answers a request and lets its transaction run to its end: an INVITE's needs to hear the ACK.
pub(super) fn reply(mut tx: Transaction, status: u16, headers: Vec<Header>) {
    tokio::spawn(async move {
        if tx.reply_with(status.into(), headers, None).await.is_ok() && tx.original.method == Method::Invite {
            while tx.receive().await.is_some() {}
        }
    });
}

/// Extensions that a request demands and we do not have (RFC 3261 §8.2.2.3).
pub(super) fn unsupported(request: &Request) -> Option<Header> {
    let unknown: Vec<&str> = request
        .headers
        .iter()
        .filter_map(|h| match h {
            Header::Require(value) => Some(value.value()),
            _ => None,
        })
        .flat_map(|value| value.split(',').map(str::trim))
        .filter(|tag| !tag.is_empty() && !SUPPORTED.split(", ").any(|known| known.eq_ignore_ascii_case(tag)))
        .collect();
    (!unknown.is_empty()).then(|| Header::Unsupported(unknown.join(", ").into()))
}

impl Leg {
    pub(super) async fn on_request(&mut self, tx: Transaction) {
        let tag = dialog::from_tag(&tx.original).unwrap_or_default();
        let ours = dialog::to_tag(&tx.original) == self.local_tag();
        let Some(dialog) = self.dialog_mut(&tag).filter(|_| ours) else {
            return reply(tx, 481, Vec::new());
        };
        if !dialog.accepts(&tx.original) {
            return reply(tx, 500, Vec::new());
        }
        if let Some(unsupported) = unsupported(&tx.original) {
            return reply(tx, 420, vec![unsupported]);
        }
        match tx.original.method {
            Method::Bye => self.on_bye(tx).await,
            Method::Invite => self.on_reinvite(tx).await,
            Method::Update => self.on_update(tx).await,
            Method::Info => self.on_info(tx).await,
            Method::Options => reply(tx, 200, abilities()),
            // We send no reliable provisional response, so there is none to acknowledge.
            Method::PRack => reply(tx, 481, Vec::new()),
            _ => reply(tx, 405, vec![Header::Allow(ALLOW.into())]),
        }
    }

    async fn on_bye(&mut self, tx: Transaction) {
        if !matches!(self.phase, Phase::Up(_)) {
            // §15: the called side has no BYE before the answer.
            return reply(tx, 481, Vec::new());
        }
        let reason = tx.original.reason_header().map(|r| parse_reason(r.value()));
        let reason = reason.and_then(|r| r.text.or(r.q850.map(|c| format!("Q.850 cause {c}"))));
        reply(tx, 200, Vec::new());
        self.end(LegEnd::RemoteBye { reason }).await;
    }

    async fn on_info(&mut self, tx: Transaction) {
        let content_type = tx.original.header_value("Content-Type");
        match info::read(content_type.as_deref(), &tx.original.body) {
            Info::Key(key) => {
                reply(tx, 200, Vec::new());
                self.tell(LegEvent::Dtmf(key)).await;
            }
            Info::Empty => reply(tx, 200, Vec::new()),
            Info::Unsupported => {
                let accept = "application/dtmf-relay, application/dtmf";
                reply(tx, 415, vec![Header::Accept(accept.into())]);
            }
        }
    }

    // ── Offers ──

    async fn on_reinvite(&mut self, mut tx: Transaction) {
        let Phase::Up(session) = &self.phase else {
            return reply(tx, 481, Vec::new());
        };
        // §14.2: two at once.
        if session.refreshing || !self.offers.is_empty() {
            return reply(tx, 491, Vec::new());
        }
        let Some(refresh) = acceptable(&tx.original) else {
            return reply(tx, 422, min_se());
        };
        let offer = dialog::sdp(&tx.original, &tx.original.body);
        if offer.is_none() && !tx.original.body.is_empty() {
            return reply(tx, 415, vec![Header::Accept("application/sdp".into())]);
        }
        if tx.send_trying().await.is_ok() {
            self.ask_owner(tx, offer, OfferKind::ReInvite, refresh).await;
        }
    }

    async fn on_update(&mut self, tx: Transaction) {
        let Some(refresh) = acceptable(&tx.original) else {
            return reply(tx, 422, min_se());
        };
        match dialog::sdp(&tx.original, &tx.original.body) {
            None if !tx.original.body.is_empty() => reply(tx, 415, vec![Header::Accept("application/sdp".into())]),
            // RFC 3311 §5.2: an offer of theirs is still unanswered.
            Some(_) if !self.offers.is_empty() => reply(tx, 500, vec![Header::RetryAfter("2".into())]),
            Some(sdp) => self.ask_owner(tx, Some(sdp), OfferKind::Update, refresh).await,
            None => {
                let headers = self.accept(&tx, refresh);
                reply(tx, 200, headers);
            }
        }
    }

    async fn ask_owner(&mut self, tx: Transaction, sdp: Option<String>, kind: OfferKind, refresh: RefreshAnswer) {
        let id = self.next_offer;
        self.next_offer += 1;
        self.offers.insert(id, PendingOffer { tx, refresh });
        let until = super::now() + self.wire.timers.offer_timeout;
        self.timers.set(Timer::OfferTimeout(id), until);
        self.tell(LegEvent::Reoffer { id, sdp, kind }).await;
    }

    pub(super) async fn answer_offer(&mut self, id: OfferId, sdp: String) {
        let Some(PendingOffer { mut tx, refresh }) = self.take_offer(id) else {
            return;
        };
        let mut headers = self.accept(&tx, refresh);
        headers.push(Header::ContentType("application/sdp".into()));
        match &mut self.phase {
            Phase::Up(session) => session.local_sdp = sdp.clone(),
            // An UPDATE before the answer (RFC 3311): what stands now is what a refresh will repeat.
            _ => self.offer = sdp.clone(),
        }
        let answered = tx.reply_with(200.into(), headers, Some(sdp.into_bytes())).await;
        if answered.is_ok() && tx.original.method == Method::Invite {
            let inbox = self.inbox_tx.clone();
            tokio::spawn(async move {
                let ack = wait_for_ack(&mut tx).await;
                let _ended = inbox.send(Msg::OfferAcked(id, ack));
            });
        }
    }

    pub(super) async fn refuse_offer(&mut self, id: OfferId) {
        if let Some(offer) = self.take_offer(id) {
            reply(offer.tx, 488, Vec::new());
        }
    }

    fn take_offer(&mut self, id: OfferId) -> Option<PendingOffer> {
        self.timers.clear(Timer::OfferTimeout(id));
        self.offers.remove(&id)
    }

    /// The leg is over: whatever is unanswered gets its final response.
    pub(super) async fn drop_offers(&mut self) {
        for (_, offer) in std::mem::take(&mut self.offers) {
            reply(offer.tx, 487, Vec::new());
        }
    }

    /// Takes the request's Contact and session timer, and gives the headers of our 2xx.
    fn accept(&mut self, tx: &Transaction, refresh: RefreshAnswer) -> Vec<Header> {
        let tag = dialog::from_tag(&tx.original).unwrap_or_default();
        let mut headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into())];
        if let Some(dialog) = self.dialog_mut(&tag) {
            dialog.retarget(&tx.original);
            headers.push(dialog.contact());
        }
        match refresh {
            RefreshAnswer::Accept(timer) => {
                headers.push(Header::SessionExpires(timer.response_value().into()));
                headers.push(Header::Require("timer".into()));
                self.set_session_timer(Some(timer));
            }
            RefreshAnswer::None | RefreshAnswer::TooSmall => self.set_session_timer(None),
        }
        headers
    }

    pub(super) async fn on_offer_acked(&mut self, id: OfferId, ack: Option<Request>) {
        if !matches!(self.phase, Phase::Up(_)) {
            return;
        }
        match ack {
            Some(ack) => {
                if let Some(sdp) = dialog::sdp(&ack, &ack.body) {
                    self.tell(LegEvent::OfferAnswered { id, sdp }).await;
                }
            }
            None => {
                // §13.3.1.4: a 2xx that nobody acknowledges ends the session.
                self.send_bye();
                let failure = Failure::Protocol("no ACK to our answer".into());
                self.end(LegEnd::Failed(failure)).await;
            }
        }
    }
}

async fn wait_for_ack(tx: &mut Transaction) -> Option<Request> {
    while let Some(message) = tx.receive().await {
        if let SipMessage::Request(request) = message
            && request.method == Method::Ack
        {
            return Some(request);
        }
    }
    None
}

/// The session timer of a request, or `None` where its interval is too small.
fn acceptable(request: &Request) -> Option<RefreshAnswer> {
    let value = request.session_expires_header().map(|h| h.value().to_string());
    match answer_refresh(value.as_deref()) {
        RefreshAnswer::TooSmall => None,
        refresh => Some(refresh),
    }
}

fn min_se() -> Vec<Header> {
    vec![Header::MinSE(MIN_SE_S.to_string().into())]
}

/// Headers of a 200 to OPTIONS (§11.2).
pub(super) fn abilities() -> Vec<Header> {
    vec![Header::Allow(ALLOW.into()), Header::Accept("application/sdp".into()), Header::Supported(SUPPORTED.into())]
}
