//! Keeps one trunk's registration alive (RFC 3261 §10).
//!
//! Half the granted time passes between refreshes; after a failure the pauses double up to five minutes.

use super::agent::Wire;
use super::config::escape_user;
use super::leg::ALLOW;
use super::transact::{client, to_final};
use super::trunk::{Flow, Registration, Trunk};
use rsipstack::sip::{Header, HeadersExt, Method, Request, Response, StatusCodeKind, Uri, typed};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// One Call-ID and one growing CSeq for all REGISTERs of a trunk (§10.2).
pub(super) struct Registrar {
    wire: Arc<Wire>,
    trunk: Arc<Trunk>,
    call_id: String,
    cseq: AtomicU32,
    expires_s: u32,
}

impl Registrar {
    pub(super) fn new(wire: Arc<Wire>, trunk: Arc<Trunk>) -> Self {
        Self {
            expires_s: trunk.config.register_expires_s,
            call_id: uuid::Uuid::new_v4().to_string(),
            cseq: AtomicU32::new(0),
            wire,
            trunk,
        }
    }

    /// Registers until the agent stops, then takes the registration back.
    pub(super) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        let stopping = self.wire.stopping.clone();
        loop {
            let wait = match self.register(self.expires_s).await {
                Ok(expires_s) => {
                    pause = FIRST_PAUSE;
                    self.trunk.set_registration(Registration::Registered { expires_s });
                    Duration::from_secs(u64::from(expires_s).max(2) / 2)
                }
                Err(why) => {
                    tracing::warn!(trunk = %self.trunk.config.name, %why, "registration failed");
                    self.trunk.set_registration(Registration::Failed(why));
                    let wait = pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    wait
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopping.cancelled() => break,
            }
        }
        // The far end may be gone as well; its binding then expires by itself.
        let _unanswered = self.register(0).await;
    }

    /// Sends one REGISTER; the seconds granted.
    async fn register(&mut self, expires_s: u32) -> Result<u32, String> {
        for _attempt in 0..2 {
            let flow = self.trunk.flow(&self.wire).await?;
            let asked = if expires_s == 0 { 0 } else { self.expires_s };
            let (request, contact) = self.request(&flow, asked)?;
            let tx = client(&self.wire.endpoint, &flow, request, true)?;
            let response = to_final(tx, &self.trunk, &self.cseq).await.ok_or("no response")?;
            match (response.status_code.kind(), response.status_code.code()) {
                (StatusCodeKind::Successful, _) => return Ok(granted(&response, &contact).unwrap_or(asked)),
                (_, 423) => {
                    let min = response.min_expires_header().and_then(|h| h.value().trim().parse().ok());
                    self.expires_s = min.filter(|m| *m > asked).ok_or("423 without a usable Min-Expires")?;
                }
                (_, status) => return Err(format!("{status} {}", response.status_code.text())),
            }
        }
        Err("423 again after the interval it asked for".into())
    }

    fn request(&self, flow: &Flow, expires_s: u32) -> Result<(Request, Uri), String> {
        let user = self.trunk.config.username.as_deref().and_then(escape_user);
        let user = user.ok_or("no username")?;
        let address = self.trunk.own_uri(user.clone());
        let contact = self.trunk.contact(user, flow);
        let method = Method::Register;
        let seq = self.cseq.fetch_add(1, Ordering::Relaxed) + 1;
        let from = typed::From::from(address.clone()).with_tag(rsipstack::transaction::make_tag());
        let headers = vec![
            Header::Via(self.wire.via(flow)?.into()),
            Header::CallId(self.call_id.clone().into()),
            Header::From(from.into()),
            Header::To(typed::To::from(address).into()),
            Header::CSeq(typed::CSeq { seq, method }.into()),
            Header::MaxForwards(70.into()),
            Header::UserAgent(self.wire.endpoint.user_agent.clone().into()),
            Header::Contact(typed::Contact::from(contact.clone()).into()),
            Header::Expires(expires_s.to_string().into()),
            Header::Allow(ALLOW.into()),
        ];
        let request = Request {
            method,
            uri: self.trunk.uri(None),
            headers: headers.into(),
            body: Vec::new(),
            version: rsipstack::sip::Version::V2,
        };
        Ok((request, contact))
    }
}

/// Seconds granted to our Contact, or to all of them (§10.3 step 8).
fn granted(response: &Response, contact: &Uri) -> Option<u32> {
    let of_contact = response
        .typed_contact_headers()
        .unwrap_or_default()
        .into_iter()
        .filter(|c| c.uri.host_with_port == contact.host_with_port)
        .find_map(|c| {
            c.params.iter().find_map(|p| match p {
                rsipstack::sip::Param::Expires(e) => e.value().trim().parse().ok(),
                _ => None,
            })
        });
    of_contact.or_else(|| response.expires_header().and_then(|h| h.value().trim().parse().ok()))
}
