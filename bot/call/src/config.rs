//! Tunable limits of a call.

use serde::{Deserialize, Serialize};
use warmline_speech::activity::ActivityConfig;
use warmline_speech::amd::AmdConfig;
use warmline_speech::barge_in::BargeInConfig;
use warmline_speech::endpoint::EndpointConfig;

/// Policies of one call; the defaults suit telephone speech.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallConfig {
    pub activity: ActivityConfig,
    pub endpoint: EndpointConfig,
    pub barge_in: BargeInConfig,
    pub amd: AmdConfig,
    /// Listen for answering machines at all.
    pub detect_machines: bool,
    /// Longest wait for the dialer to name an agent, in milliseconds.
    pub handoff_limit_ms: u64,
    /// Sound kept before the detected start of an utterance, so that its first consonant is heard.
    pub preroll_ms: u32,
}

impl Default for CallConfig {
    fn default() -> Self {
        Self {
            activity: ActivityConfig::default(),
            endpoint: EndpointConfig::default(),
            barge_in: BargeInConfig::default(),
            amd: AmdConfig::default(),
            detect_machines: true,
            handoff_limit_ms: 20_000,
            preroll_ms: 240,
        }
    }
}
