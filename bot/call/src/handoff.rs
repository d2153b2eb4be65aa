//! The handoff of a call: asked for, an agent's phone ringing, bridged.

use crate::call::Call;
use crate::io::Output;
use crate::turns::handoff_score;
use warmline_control::{AgentPhone, EndReason, EventKind};
use warmline_dialog::{DialogEvent, HandOver};

/// Where a handoff stands.
#[derive(Debug, Default)]
pub(crate) enum Handoff {
    #[default]
    None,
    /// The dialer was asked for an agent.
    Requested { since: u64, until: u64 },
    /// The agent's phone rings.
    Ringing { since: u64, until: u64, agent: AgentPhone },
    /// Both hear each other.
    Bridged,
    /// It was tried and nobody came.
    Failed,
}

impl Handoff {
    /// The moment at which it is given up.
    pub(crate) fn gives_up_at(&self) -> Option<u64> {
        match self {
            Self::Requested { until, .. } | Self::Ringing { until, .. } => Some(*until),
            Self::None | Self::Bridged | Self::Failed => None,
        }
    }

    /// Somebody is being looked for.
    pub(crate) fn open(&self) -> bool {
        self.gives_up_at().is_some()
    }

    /// An agent has the word, or is about to: the bot does not listen.
    pub(crate) fn has_the_call(&self) -> bool {
        self.open() || matches!(self, Self::Bridged)
    }

    /// An agent's leg exists and must be ended with the call.
    pub(crate) fn has_leg(&self) -> bool {
        matches!(self, Self::Ringing { .. } | Self::Bridged)
    }
}

impl Call {
    /// The dialog wants an agent. The dialer is asked at once; the prompt plays meanwhile.
    pub(crate) fn request_handoff(&mut self, wanted: HandOver, now: u64, out: &mut Vec<Output>) {
        self.is_person(out);
        let until = now.saturating_add(self.config.handoff_limit_ms);
        self.handoff = Handoff::Requested { since: now, until };
        let slots = self.slots.clone();
        let HandOver { reason, skill, score, by_score } = wanted;
        let score = score.map(handoff_score);
        out.push(Output::Event(EventKind::HandoffRequested { reason, skill, slots, score, by_score }));
    }

    pub(crate) fn on_bridge(&mut self, agent: AgentPhone, now: u64, out: &mut Vec<Output>) {
        if let Handoff::Requested { since, .. } = self.handoff {
            let until = now.saturating_add(u64::from(agent.ring_limit_s) * 1000);
            out.push(Output::RingAgent(agent.clone()));
            self.handoff = Handoff::Ringing { since, until, agent };
        }
    }

    pub(crate) fn on_agent_answered(&mut self, now: u64, out: &mut Vec<Output>) {
        let Handoff::Ringing { since, agent, .. } = &self.handoff else { return };
        let wait_ms = u32::try_from(now.saturating_sub(*since)).unwrap_or(u32::MAX);
        out.push(Output::BridgeAudio);
        out.push(Output::Event(EventKind::Bridged { agent: agent.name.clone(), wait_ms }));
        self.handoff = Handoff::Bridged;
        if let Some(talk) = self.talk() {
            talk.stop_listening();
            talk.time_up_at = None;
        }
        // The agent's first words matter more than the rest of "one moment please".
        self.stop_playback(now, out);
        self.dialog(DialogEvent::Bridged, now, out);
    }

    /// The agent's leg is gone: after a bridge that ends the call, before it the handoff.
    pub(crate) fn agent_gone(&mut self, reason: String, now: u64, out: &mut Vec<Output>) {
        match self.handoff {
            Handoff::Bridged => self.end(EndReason::AgentHangup, reason, now, out),
            _ => self.handoff_failed(reason, now, out),
        }
    }

    pub(crate) fn handoff_failed(&mut self, reason: String, now: u64, out: &mut Vec<Output>) {
        if !self.handoff.open() {
            return;
        }
        if self.handoff.has_leg() {
            out.push(Output::DropAgent);
        }
        self.handoff = Handoff::Failed;
        out.push(Output::Event(EventKind::HandoffFailed { reason: reason.clone() }));
        self.dialog(DialogEvent::HandoffFailed { reason }, now, out);
    }
}
