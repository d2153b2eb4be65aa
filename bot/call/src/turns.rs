//! Keeps the record of the exchange that is going on until it is complete.
//!
//! A turn is what the bot said and what the person answered. It is complete when the reply to the
//! answer starts to play, because only then its latency is known.

use crate::Ms;
use warmline_control::{Latency, TurnRecord};
use warmline_dialog::{Prompt, Understanding, Utterance};

/// The record of one call, turn by turn.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The turn the bot is speaking in.
    current: TurnRecord,
    /// The turn whose answer was understood and whose reply has not started.
    answered: Option<Answered>,
    count: u16,
    /// Turns in which the person said or keyed something.
    pub(crate) heard: u16,
}

#[derive(Debug)]
struct Answered {
    turn: TurnRecord,
    /// When the person's last sound ended, when the endpointer said that they had finished, and when
    /// the reading was there.
    sound_end: u64,
    endpoint: u64,
    read: u64,
    dialog_ms: f32,
}

/// What the person did.
pub(crate) enum Answer<'a> {
    Speech { from: Ms, to: Ms, utterance: &'a Utterance, sound_end: u64, endpoint: u64 },
    Key { key: char, at: Ms },
    Silence,
}

impl Turns {
    /// A prompt was queued.
    pub(crate) fn said(&mut self, prompt: &Prompt) {
        if self.current.said.is_empty() {
            self.current.step.clone_from(&prompt.step);
        } else {
            self.current.said.push(' ');
        }
        self.current.said.push_str(&prompt.text);
    }

    /// A prompt's first packet left. Returns the turn whose reply this is.
    pub(crate) fn started(&mut self, at: Ms, now: u64) -> Option<TurnRecord> {
        if self.current.said_to_ms == 0 && self.current.said_from_ms == 0 {
            self.current.said_from_ms = at;
        }
        self.current.said_to_ms = at;
        self.answered.take().map(|a| a.close(Some(now)))
    }

    /// A prompt's last packet left, or the prompt was stopped here.
    pub(crate) fn ended(&mut self, at: Ms, interrupted: bool) {
        self.current.said_to_ms = at;
        self.current.interrupted |= interrupted;
    }

    /// The person answered in `step`; the turn waits for its reply. Returns an older one that never got any.
    pub(crate) fn answer(&mut self, step: &str, answer: Answer<'_>, now: u64) -> Option<TurnRecord> {
        let older = self.answered.take().map(|a| a.close(None));
        let mut turn = std::mem::take(&mut self.current);
        self.count += 1;
        turn.turn = self.count;
        turn.step = step.to_owned();
        let (mut sound_end, mut endpoint) = (now, now);
        match answer {
            Answer::Speech { from, to, utterance, sound_end: silent_at, endpoint: ended_at } => {
                self.heard += 1;
                (sound_end, endpoint) = (silent_at, ended_at);
                (turn.heard_from_ms, turn.heard_to_ms) = (Some(from), Some(to));
                if let Some(best) = utterance.readings.first() {
                    turn.heard.clone_from(&best.text);
                    turn.confidence = Some(best.confidence);
                }
            }
            Answer::Key { key, at } => {
                self.heard += 1;
                turn.heard = key.to_string();
                (turn.heard_from_ms, turn.heard_to_ms) = (Some(at), Some(at));
            }
            Answer::Silence => {}
        }
        self.answered = Some(Answered { turn, sound_end, endpoint, read: now, dialog_ms: 0.0 });
        older
    }

    /// What the answer was taken for.
    pub(crate) fn understood(&mut self, understanding: &Understanding) {
        if let Some(answered) = &mut self.answered {
            answered.turn.understood.clone_from(&understanding.intent);
            answered.turn.score = Some(understanding.score);
            answered.turn.why = Some(understanding.why.clone());
        }
    }

    /// Understanding the answer and stepping the dialog took this long.
    pub(crate) fn dialog_took(&mut self, ms: f32) {
        if let Some(answered) = &mut self.answered {
            answered.dialog_ms += ms;
        }
    }

    /// The call ends: what is left of the record.
    pub(crate) fn finish(&mut self) -> Vec<TurnRecord> {
        let mut left: Vec<_> = self.answered.take().map(|a| a.close(None)).into_iter().collect();
        if self.current.said_to_ms > 0 {
            self.count += 1;
            left.push(TurnRecord { turn: self.count, ..std::mem::take(&mut self.current) });
        }
        left
    }
}

impl Answered {
    fn close(self, reply_at: Option<u64>) -> TurnRecord {
        let mut turn = self.turn;
        if let (Some(reply), true) = (reply_at, turn.heard_to_ms.is_some()) {
            let span = |from: u64, to: u64| to.saturating_sub(from) as f32;
            turn.latency = Some(Latency {
                total_ms: span(self.sound_end, reply),
                endpointing_ms: span(self.sound_end, self.endpoint),
                asr_ms: span(self.endpoint, self.read),
                nlu_dialog_ms: self.dialog_ms,
                tts_ms: (span(self.read, reply) - self.dialog_ms).max(0.0),
            });
        }
        turn
    }
}
