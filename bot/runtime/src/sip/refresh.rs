//! Keeping an answered call alive by session timers (RFC 4028): our refreshes, and the end of a call that is not refreshed.

use super::cause::{Failure, LegEnd};
use super::leg::{ALLOW, Leg, Msg, Phase, SUPPORTED};
use super::session_timer::{Refresher, SessionTimer};
use super::timers::Timer;
use super::transact::to_final;
use rsipstack::sip::{Header, HeadersExt, Method, Response, StatusCodeKind};
use std::time::Duration;

/// How soon a refresh that was refused for now (491, 500) is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Leg {
    pub(super) fn set_session_timer(&mut self, timer: Option<SessionTimer>) {
        let Phase::Up(session) = &mut self.phase else {
            return;
        };
        session.timer = timer;
        match timer {
            Some(timer) => self.timers.set(Timer::Session, super::now() + timer.wait()),
            None => self.timers.clear(Timer::Session),
        }
    }

    pub(super) async fn on_session_timer(&mut self) {
        let Phase::Up(session) = &mut self.phase else {
            return;
        };
        match session.timer {
            Some(timer) if timer.refresher == Refresher::Us => self.refresh(timer),
            _ => self.expire().await,
        }
    }

    /// Refreshes the session: UPDATE where the far end takes it, else re-INVITE with the SDP in force (RFC 4028 §7.2).
    fn refresh(&mut self, timer: SessionTimer) {
        let Phase::Up(session) = &mut self.phase else {
            return;
        };
        let dialog = session.dialog.clone();
        let mut headers = vec![
            dialog.contact(),
            Header::Supported(SUPPORTED.into()),
            Header::SessionExpires(timer.request_value().into()),
            Header::UserAgent(self.wire.endpoint.user_agent.clone().into()),
        ];
        let (method, body) = if dialog.allows_update() {
            (Method::Update, Vec::new())
        } else {
            session.refreshing = true;
            headers.push(Header::ContentType("application/sdp".into()));
            headers.push(Header::Allow(ALLOW.into()));
            (Method::Invite, session.local_sdp.clone().into_bytes())
        };
        let Some(tx) = self.transaction_in(&dialog, method, headers, body) else {
            return;
        };
        let (trunk, cseq, inbox) = (self.trunk.clone(), dialog.cseq_counter(), self.inbox_tx.clone());
        tokio::spawn(async move {
            let response = to_final(tx, &trunk, &cseq).await;
            let _ended = inbox.send(Msg::Refreshed(response));
        });
    }

    pub(super) async fn on_refreshed(&mut self, response: Option<Response>) {
        let Phase::Up(session) = &mut self.phase else {
            return;
        };
        session.refreshing = false;
        let Some(response) = response else {
            return self.expire().await;
        };
        match (response.status_code.kind(), response.status_code.code()) {
            (StatusCodeKind::Successful, _) => {
                session.dialog.retarget(&response);
                let value = response.session_expires_header().map(|h| h.value().to_string());
                self.set_session_timer(SessionTimer::from_response(value.as_deref()));
            }
            // The dialog is gone at the far end (§12.2.1.2).
            (_, 408 | 481) => self.expire().await,
            // Anything else, such as 491 when both spoke at once: the session stands, try again soon.
            _ => self.timers.set(Timer::Session, super::now() + RETRY_AFTER),
        }
    }

    async fn expire(&mut self) {
        self.send_bye();
        self.end(LegEnd::Failed(Failure::SessionExpired)).await;
    }
}
