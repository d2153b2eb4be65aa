//! Barge-in: does the person want the bot to stop talking?
//!
//! A prompt is held as soon as `hold_ms` of speech has been heard inside it, because a bot that
//! talks on over somebody is rude. Whether it stays stopped is decided when the utterance has been
//! read: real words stop it for good, while a cough, line noise or a backchannel ("uh-huh",
//! "okay") lets it go on from where it was held.

use crate::Ms;
use serde::{Deserialize, Serialize};

/// When a prompt is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BargeInConfig {
    /// Speech inside the prompt that holds it.
    pub hold_ms: Ms,
}

impl Default for BargeInConfig {
    fn default() -> Self {
        Self { hold_ms: 90 }
    }
}

/// Does speech that began at `speech_from` and is still going on at `now` hold a prompt?
pub fn holds(config: BargeInConfig, speech_from: Ms, now: Ms) -> bool {
    now.saturating_sub(speech_from) >= config.hold_ms
}

/// Words that say "I am here" or "I am listening", not "stop". In recogniser spelling.
pub const BACKCHANNELS: [&str; 16] = [
    "hello", "hi", "hey", "good morning", "good afternoon", "good evening", "uh huh", "mm hmm", "mhm", "mm", "hmm",
    "uh", "um", "ah", "right", "i see",
];

/// Is this reading of the utterance a real interruption? An empty reading is noise.
pub fn interrupts(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !BACKCHANNELS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_interrupt_and_listening_noises_do_not() {
        assert!(interrupts("who is this"));
        assert!(interrupts("no"));
        assert!(!interrupts("uh huh"));
        assert!(!interrupts("hello"));
        assert!(!interrupts("  "));
    }

    #[test]
    fn a_prompt_is_held_well_within_two_hundred_milliseconds() {
        let config = BargeInConfig::default();
        assert!(!holds(config, 1000, 1064));
        assert!(holds(config, 1000, 1096));
    }
}
