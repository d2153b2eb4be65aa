//! Voice-activity hysteresis: probabilities in, speech segments out.
//!
//! A detector's probability flickers at the edges of words. Speech starts when the probability
//! stays above `start` for `min_speech_ms`, and stops when it stays below `stop` for
//! `min_silence_ms`; the reported edges are the true ones (the first chunk above, the last chunk
//! above), not the moments at which the policy became sure.

use crate::Ms;
use serde::{Deserialize, Serialize};

/// Thresholds of the hysteresis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActivityConfig {
    /// Probability at or above which a chunk counts as speech.
    pub start: f32,
    /// Probability below which a chunk counts as silence while speech is on.
    pub stop: f32,
    pub min_speech_ms: Ms,
    pub min_silence_ms: Ms,
}

impl Default for ActivityConfig {
    fn default() -> Self {
        Self { start: 0.5, stop: 0.35, min_speech_ms: 60, min_silence_ms: 90 }
    }
}

/// An edge of speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Somebody began to speak at `at`.
    Started { at: Ms },
    /// The last speech chunk ended at `at`.
    Stopped { at: Ms },
}

/// The hysteresis itself. Feed every chunk in order.
#[derive(Clone, Debug)]
pub struct Activity {
    config: ActivityConfig,
    /// Start of the current run of chunks that contradict `speaking`.
    contrary_since: Option<Ms>,
    speaking: bool,
    speech_start: Ms,
    last_speech_end: Ms,
}

impl Activity {
    pub fn new(config: ActivityConfig) -> Self {
        Self { config, contrary_since: None, speaking: false, speech_start: 0, last_speech_end: 0 }
    }

    /// Is somebody speaking, as far as is certain?
    pub fn speaking(&self) -> bool {
        self.speaking
    }

    /// There was sound just now that may become speech: too early to say that nobody speaks.
    pub fn stirring(&self) -> bool {
        !self.speaking && self.contrary_since.is_some()
    }

    /// Start of the speech that is going on or was the last.
    pub fn speech_start(&self) -> Ms {
        self.speech_start
    }

    /// End of the last chunk that was speech.
    pub fn last_speech_end(&self) -> Ms {
        self.last_speech_end
    }

    /// One chunk that covers `from..to` with speech probability `probability`.
    pub fn push(&mut self, from: Ms, to: Ms, probability: f32) -> Option<Edge> {
        let loud = probability >= if self.speaking { self.config.stop } else { self.config.start };
        if loud && self.speaking {
            self.last_speech_end = to;
        }
        if loud == self.speaking {
            self.contrary_since = None;
            return None;
        }
        let since = *self.contrary_since.get_or_insert(from);
        let needed = if loud { self.config.min_speech_ms } else { self.config.min_silence_ms };
        if to.saturating_sub(since) < needed {
            return None;
        }
        self.contrary_since = None;
        self.speaking = loud;
        if loud {
            self.speech_start = since;
            self.last_speech_end = to;
            Some(Edge::Started { at: since })
        } else {
            Some(Edge::Stopped { at: self.last_speech_end })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(probabilities: &[f32]) -> Vec<Edge> {
        let mut activity = Activity::new(ActivityConfig::default());
        let chunks = probabilities.iter().zip(0u32..);
        chunks.filter_map(|(p, i)| activity.push(i * 32, i * 32 + 32, *p)).collect()
    }

    #[test]
    fn edges_are_reported_where_they_were_not_when_they_were_certain() {
        let edges = run(&[0.0, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(edges, [Edge::Started { at: 32 }, Edge::Stopped { at: 128 }]);
    }

    #[test]
    fn a_click_is_not_speech_and_a_gap_between_syllables_is_not_silence() {
        assert_eq!(run(&[0.0, 0.9, 0.0, 0.0]), []);
        assert_eq!(run(&[0.9, 0.9, 0.1, 0.9, 0.9]), [Edge::Started { at: 0 }]);
    }
}
