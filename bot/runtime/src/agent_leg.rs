//! The agent's side of a handover: a second leg with media of its own.

use crate::engine::Shared;
use crate::media::{MediaCommand, MediaEvent, MediaHandle, PeerLink};
use crate::signalling::Signalling;
use crate::sip::LegEvent;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use warmline_control::{AgentPhone, CallId};

/// What the call needs to know of the agent's leg.
#[derive(Debug)]
pub(crate) enum AgentLegEvent {
    Answered,
    Failed { reason: String },
    HungUp,
}

enum LegOrder {
    Link(PeerLink),
    End,
}

/// A leg that rings or talks, in a task of its own.
pub(crate) struct AgentLeg {
    events: mpsc::UnboundedReceiver<AgentLegEvent>,
    orders: mpsc::UnboundedSender<LegOrder>,
    task: tokio::task::JoinHandle<()>,
}

impl AgentLeg {
    /// Ring `phone` for `call`.
    pub(crate) fn ring(shared: Arc<Shared>, phone: AgentPhone, call: CallId) -> Self {
        let (event_tx, events) = mpsc::unbounded_channel();
        let (orders, order_rx) = mpsc::unbounded_channel();
        let task = tokio::spawn(run(shared, phone, call, event_tx, order_rx));
        Self { events, orders, task }
    }

    pub(crate) async fn next(&mut self) -> Option<AgentLegEvent> {
        self.events.recv().await
    }

    pub(crate) fn link(&self, link: PeerLink) {
        self.orders.send(LegOrder::Link(link)).ok();
    }

    /// Hang up, and wait at most `limit` for that to be done.
    pub(crate) async fn end(self, limit: Duration) {
        self.orders.send(LegOrder::End).ok();
        tokio::time::timeout(limit, self.task).await.ok();
    }
}

async fn run(
    shared: Arc<Shared>,
    phone: AgentPhone,
    call: CallId,
    events: mpsc::UnboundedSender<AgentLegEvent>,
    mut orders: mpsc::UnboundedReceiver<LegOrder>,
) {
    let (mut signalling, mut media) = match Signalling::ring_agent(&shared, &phone, call).await {
        Ok(placed) => placed,
        Err(reason) => {
            events.send(AgentLegEvent::Failed { reason }).ok();
            return;
        }
    };
    let mut answered = false;
    loop {
        let event = tokio::select! {
            event = signalling.next() => event,
            order = orders.recv() => match order {
                Some(LegOrder::Link(link)) => {
                    media.send(MediaCommand::Link(link));
                    continue;
                }
                Some(LegOrder::End) | None => {
                    signalling.hang_up();
                    return signalling.finished(Duration::from_secs(3)).await;
                }
            },
            event = media.events.recv() => {
                if answered && event == Some(MediaEvent::Silent) {
                    signalling.hang_up();
                    None
                } else {
                    continue;
                }
            }
            // The agent's audio goes over the bridge; here it is only drained.
            Some(_) = media.audio.recv() => continue,
        };
        match event {
            Some(LegEvent::Answered { sdp, .. }) => {
                answered = connect(&signalling, &media, &sdp);
                if !answered {
                    signalling.hang_up();
                    events
                        .send(AgentLegEvent::Failed { reason: "the agent's phone speaks no codec of ours".into() })
                        .ok();
                    return signalling.finished(Duration::from_secs(3)).await;
                }
                media.send(MediaCommand::Start);
                events.send(AgentLegEvent::Answered).ok();
            }
            Some(LegEvent::OfferAnswered { sdp, .. }) => {
                connect(&signalling, &media, &sdp);
            }
            Some(LegEvent::Reoffer { id, sdp, .. }) => {
                if let Ok(Some(negotiated)) = signalling.answer_reoffer(id, sdp.as_deref()) {
                    media.send(MediaCommand::Connect(Box::new(negotiated)));
                }
            }
            Some(LegEvent::Ended(end)) if !answered => {
                events.send(AgentLegEvent::Failed { reason: end.cause() }).ok();
                return;
            }
            Some(LegEvent::Ended(_)) | None => {
                events.send(AgentLegEvent::HungUp).ok();
                return;
            }
            Some(LegEvent::Trying | LegEvent::Ringing { .. } | LegEvent::Dtmf(_)) => {}
        }
    }
}

fn connect(signalling: &Signalling, media: &MediaHandle, sdp: &str) -> bool {
    match signalling.accept_answer(sdp) {
        Ok(negotiated) => {
            media.send(MediaCommand::Connect(Box::new(negotiated)));
            true
        }
        Err(error) => {
            tracing::warn!(%error, "the agent's SDP cannot be used");
            false
        }
    }
}
