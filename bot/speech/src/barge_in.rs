//! Barge-in: does the person want the bot to stop talking?
//!
//! A prompt is held as soon as `hold_ms` of speech has been heard inside it, because a bot that
//! talks on over somebody is rude: two chunks of voice activity, which with the jitter buffer, the
//! place of the chunks and the fading last packet come to 110 ms on the wire, 160 at the 95th
//! percentile; a third chunk would be 30 ms more and keep no cough out. Whether it stays stopped is decided when the utterance has been
//! read: real words stop it for good, while a cough, line noise or a backchannel ("uh huh",
//! "I see") lets it go on from where it was held.

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
        Self { hold_ms: 60 }
    }
}

/// Does speech from `speech_from` to its last sound at `last_sound` hold a prompt?
pub fn holds(config: BargeInConfig, speech_from: Ms, last_sound: Ms) -> bool {
    last_sound.saturating_sub(speech_from) >= config.hold_ms
}

/// Words that say "I am here" or "I am listening", not "stop". In recogniser spelling.
pub const BACKCHANNELS: [&str; 16] = [
    "hello",
    "hi",
    "hey",
    "good morning",
    "good afternoon",
    "good evening",
    "uh huh",
    "mm hmm",
    "mhm",
    "mm",
    "hmm",
    "uh",
    "um",
    "ah",
    "right",
    "i see",
];

/// Is this reading of the utterance a real interruption? Nothing but backchannels, one after
/// another ("hello hello"), is none, and an empty reading is noise.
pub fn interrupts(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let after = |words: &&str| {
            let after = rest.strip_prefix(*words)?;
            (after.is_empty() || after.starts_with(' ')).then(|| after.trim_start())
        };
        match BACKCHANNELS.iter().filter_map(after).min_by_key(|after| after.len()) {
            Some(after) => rest = after,
            None => return true,
        }
    }
    false
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
        assert!(!interrupts("hello hello") && !interrupts("uh uh huh right"));
        assert!(interrupts("hello who is this") && interrupts("highly unlikely"));
    }

    #[test]
    fn a_prompt_is_held_well_within_two_hundred_milliseconds() {
        let config = BargeInConfig::default();
        assert!(!holds(config, 1000, 1032));
        assert!(holds(config, 1000, 1064));
    }
}
