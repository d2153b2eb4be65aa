//! The handoff of a call: asked for, an agent's phone ringing, bridged.

use warmline_control::AgentPhone;

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

    /// An agent's leg exists and must be ended with the call.
    pub(crate) fn has_leg(&self) -> bool {
        matches!(self, Self::Ringing { .. } | Self::Bridged)
    }
}
