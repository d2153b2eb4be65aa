//! The start of a leg: a line, a way to the trunk, the INVITE.

use super::agent::Wire;
use super::cause::{Failure, LegEnd};
use super::event::LegEvent;
use super::leg::{ALLOW, Invite, Leg, Msg, Phase, SUPPORTED};
use super::outgoing::{Addresses, Dial};
use super::session_timer;
use super::timers::{Timer, Timers};
use super::transact::client;
use super::trunk::{Flow, Line, Trunk};
use rsipstack::dialog::authenticate::AuthRetry;
use rsipstack::sip::{Header, Method, Request, SipMessage, StatusCodeKind, typed};
use rsipstack::transaction::transaction::Transaction;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// What the task of a new leg is given.
pub(super) struct NewLeg {
    pub(super) wire: Arc<Wire>,
    pub(super) trunk: Arc<Trunk>,
    pub(super) line: Line,
    pub(super) dial: Dial,
    pub(super) addresses: Addresses,
    pub(super) call_id: String,
    pub(super) inbox: mpsc::UnboundedReceiver<Msg>,
    pub(super) inbox_tx: mpsc::UnboundedSender<Msg>,
    pub(super) events: mpsc::Sender<LegEvent>,
}

impl NewLeg {
    /// Runs the leg to its end.
    pub(super) async fn run(self) {
        let call_id = self.call_id.clone();
        let wire = self.wire.clone();
        let (trunk, events) = (self.trunk.clone(), self.events.clone());
        match self.send_invite().await {
            Ok(leg) => leg.run().await,
            Err(failure) => {
                let end = LegEnd::Failed(failure);
                trunk.set_trouble(Some(end.cause()));
                // The owner may have gone; nobody else wants to know.
                let _gone = events.send(LegEvent::Ended(end)).await;
            }
        }
        wire.forget_leg(&call_id);
    }

    async fn send_invite(self) -> Result<Leg, Failure> {
        let flow = self.trunk.flow(&self.wire).await.map_err(Failure::Unreachable)?;
        let session_expires_s = self.trunk.config.session_expires_s;
        let request = self.invite_request(&flow, session_expires_s).map_err(Failure::Protocol)?;
        let tx = client(&self.wire.endpoint, &flow, request.clone(), true).map_err(Failure::Protocol)?;
        let ring_limit = self.dial.ring_limit.unwrap_or(Duration::from_secs(self.trunk.config.ring_limit_s.into()));
        let mut timers = Timers::default();
        timers.set(Timer::RingLimit, super::now() + ring_limit);
        Ok(Leg {
            invite: Invite {
                request,
                auth: AuthRetry::new(),
                session_expires_s,
                provisional: false,
                driver: drive_invite(tx, self.inbox_tx.clone()),
            },
            wire: self.wire,
            trunk: self.trunk,
            flow,
            phase: Phase::Inviting,
            timers,
            offers: BTreeMap::new(),
            next_offer: 1,
            inbox_tx: self.inbox_tx,
            inbox: self.inbox,
            events: self.events,
            early: Vec::new(),
            offer: self.dial.offer,
            ring_limit,
            _line: self.line,
        })
    }

    fn invite_request(&self, flow: &Flow, session_expires_s: u32) -> Result<Request, String> {
        let method = Method::Invite;
        let from = typed::From::from(self.addresses.caller.clone()).with_tag(rsipstack::transaction::make_tag());
        let contact = typed::Contact::from(self.trunk.contact(self.addresses.user.clone(), flow));
        let mut headers = vec![
            Header::Via(self.wire.via(flow)?.into()),
            Header::CallId(self.call_id.clone().into()),
            Header::From(from.into()),
            Header::To(typed::To::from(self.addresses.callee.clone()).into()),
            Header::CSeq(typed::CSeq { seq: 1, method }.into()),
            Header::MaxForwards(70.into()),
            Header::UserAgent(self.wire.endpoint.user_agent.clone().into()),
            Header::Contact(contact.into()),
            Header::Allow(ALLOW.into()),
            Header::Supported(SUPPORTED.into()),
            Header::ContentType("application/sdp".into()),
            Header::Other("X-Warmline-Call".into(), self.dial.call.to_string()),
        ];
        if session_expires_s > 0 {
            headers.push(Header::SessionExpires(session_expires_s.to_string().into()));
            headers.push(Header::MinSE(session_timer::MIN_SE_S.to_string().into()));
        }
        Ok(Request {
            method,
            uri: self.addresses.callee.clone(),
            headers: headers.into(),
            body: self.dial.offer.clone().into_bytes(),
            version: rsipstack::sip::Version::V2,
        })
    }
}

/// Sends the INVITE and reports what comes back.
pub(super) fn drive_invite(mut tx: Transaction, inbox: mpsc::UnboundedSender<Msg>) -> AbortHandle {
    let task = tokio::spawn(async move {
        // A leg that has ended drops its inbox; the transaction then goes with this task.
        if tx.send().await.is_ok() {
            while let Some(message) = tx.receive().await {
                let SipMessage::Response(response) = message else {
                    continue;
                };
                let report = match response.status_code.kind() {
                    StatusCodeKind::Provisional => Msg::Provisional(response),
                    StatusCodeKind::Successful => Msg::Success(response),
                    _ => {
                        let _ended = inbox.send(Msg::Rejected(response, Box::new(tx)));
                        return;
                    }
                };
                if inbox.send(report).is_err() {
                    return;
                }
            }
        }
        let _ended = inbox.send(Msg::InviteOver);
    });
    task.abort_handle()
}
