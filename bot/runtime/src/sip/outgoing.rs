//! One outgoing leg as its owner holds it: what to dial, events to read, commands to give.

use super::config::escape_user;
use super::event::{LegEvent, OfferId};
use super::leg::{Command, Msg};
use super::trunk::Trunk;
use super::{LegEnd, SipError};
use rsipstack::sip::Uri;
use std::time::Duration;
use tokio::sync::mpsc;
use warmline_control::CallId;

/// A call to place.
#[derive(Clone, Debug)]
pub struct Dial {
    /// Name of a trunk.
    pub trunk: String,
    /// Number or user part, or a full SIP URI, which is then reached through the trunk.
    pub to: String,
    /// Number to show; the trunk's first caller id when absent.
    pub caller_id: Option<String>,
    /// Sent as `X-Warmline-Call`.
    pub call: CallId,
    /// SDP offer.
    pub offer: String,
    /// How long to let it ring before it is cancelled; the trunk's limit when absent. Counted from the first ringing
    /// response, and once before that for a trunk that never says that it rings.
    pub ring_limit: Option<Duration>,
}

/// A leg that has been placed. Dropping it hangs up.
pub struct OutLeg {
    pub(super) events: mpsc::Receiver<LegEvent>,
    pub(super) handle: LegHandle,
}

impl OutLeg {
    /// The next event; `None` once [`LegEvent::Ended`] was read.
    pub async fn next(&mut self) -> Option<LegEvent> {
        self.events.recv().await
    }

    /// For commands from elsewhere.
    pub fn handle(&self) -> LegHandle {
        self.handle.clone()
    }

    /// Reads events until the leg ends, passing over all others.
    pub async fn ended(&mut self) -> Option<LegEnd> {
        while let Some(event) = self.next().await {
            if let LegEvent::Ended(end) = event {
                return Some(end);
            }
        }
        None
    }
}

/// Commands to a leg. Each is taken at once and works in the background; on a leg that has ended it does nothing.
#[derive(Clone)]
pub struct LegHandle {
    pub(super) inbox: mpsc::UnboundedSender<Msg>,
}

impl LegHandle {
    /// Takes the call back before it is answered (CANCEL, RFC 3261 §9). If the answer crosses the CANCEL, that answer
    /// is acknowledged and hung up. On an answered call it does nothing.
    pub fn cancel(&self) {
        self.send(Command::Cancel);
    }

    /// Ends an answered call (BYE). On one that still rings it does nothing.
    pub fn bye(&self, reason: &str) {
        self.send(Command::Bye(reason.to_string()));
    }

    /// Ends the call, whatever its state.
    pub fn hangup(&self, reason: &str) {
        self.send(Command::Hangup(reason.to_string()));
    }

    /// Answers a [`LegEvent::Reoffer`]: with our answer, or with our offer if the far end sent none.
    pub fn answer_offer(&self, id: OfferId, sdp: String) {
        self.send(Command::Answer { id, sdp });
    }

    /// Refuses a [`LegEvent::Reoffer`] (488); the session goes on as it was.
    pub fn refuse_offer(&self, id: OfferId) {
        self.send(Command::Refuse { id });
    }

    fn send(&self, command: Command) {
        // The leg is gone when this fails, and then there is nothing to command.
        let _gone = self.inbox.send(Msg::Command(command));
    }
}

/// Where a call goes and what it shows.
pub(super) struct Addresses {
    pub(super) callee: Uri,
    pub(super) caller: Uri,
    /// User part of our Contact.
    pub(super) user: String,
}

impl Addresses {
    pub(super) fn of(dial: &Dial, trunk: &Trunk) -> Result<Self, SipError> {
        let bad_to = SipError::BadNumber("dial");
        let callee = match dial.to.get(..4).map(str::to_ascii_lowercase).as_deref() {
            Some("sip:" | "sips") => full_uri(&dial.to).ok_or(bad_to)?,
            _ => trunk.uri(Some(escape_user(&dial.to).ok_or(bad_to)?)),
        };
        let config = &trunk.config;
        let shown = dial.caller_id.as_ref().or(config.caller_ids.first()).or(config.username.as_ref());
        let shown = shown.map_or("anonymous", String::as_str);
        let shown = escape_user(shown).ok_or(SipError::BadNumber("show"))?;
        let user = match &config.username {
            Some(name) => escape_user(name).ok_or(SipError::BadNumber("show"))?,
            None => shown.clone(),
        };
        Ok(Self { callee, caller: trunk.own_uri(shown), user })
    }
}

/// A full URI, if nothing in it could end the line or the address.
fn full_uri(text: &str) -> Option<Uri> {
    let clean = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ','));
    let uri = Uri::try_from(text).ok()?;
    (clean && !uri.host_with_port.to_string().is_empty()).then_some(uri)
}
