//! Keeps the record of the exchange that is going on until it is complete.
//!
//! A turn is what the bot said and what the person answered. It is complete when the reply to the
//! answer starts to play, because only then its latency is known. Only what was begun to be said is
//! in the record: a prompt that was stopped before its first packet was never heard by anybody.

use crate::Ms;
use warmline_control::{HandoffReason, HandoffScore, HeardReading, Latency, TurnInput, TurnRecord, WeighedIntent};
use warmline_dialog::{Listen, Prompt, Understanding, Utterance};

/// The record of one call, turn by turn.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The turn the bot is speaking in, once it has begun to.
    current: Option<TurnRecord>,
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
    /// A prompt's first packet left. Returns the turn whose reply this is.
    pub(crate) fn started(&mut self, prompt: &Prompt, at: Ms, now: u64) -> Option<TurnRecord> {
        let first = || TurnRecord { step: prompt.step.clone(), said_from_ms: at, ..TurnRecord::default() };
        let turn = self.current.get_or_insert_with(first);
        if !turn.said.is_empty() {
            turn.said.push(' ');
        }
        turn.said.push_str(&prompt.text);
        turn.said_to_ms = turn.said_to_ms.max(at);
        self.answered.take().map(|a| a.close(Some(now)))
    }

    /// What was being said is over at `at`: the prompt's last packet left, or it was stopped here.
    pub(crate) fn ended(&mut self, at: Ms) {
        if let Some(turn) = &mut self.current {
            turn.said_to_ms = turn.said_to_ms.max(at);
        }
    }

    /// The person's answer stopped a prompt.
    pub(crate) fn interrupted(&mut self) {
        if let Some(turn) = &mut self.current {
            turn.interrupted = true;
        }
    }

    /// The person answered what was `asked`; the turn waits for its reply. Returns an older one that never got any.
    pub(crate) fn answer(&mut self, asked: Option<&Listen>, answer: Answer<'_>, now: u64) -> Option<TurnRecord> {
        let older = self.answered.take().map(|a| a.close(None));
        let mut turn = self.current.take().unwrap_or_default();
        self.count += 1;
        turn.turn = self.count;
        turn.step = asked.map(|asked| asked.step.clone()).unwrap_or_default();
        turn.point = asked.map(|asked| asked.point.clone());
        turn.input = Some(match answer {
            Answer::Speech { .. } => TurnInput::Speech,
            Answer::Key { .. } => TurnInput::Key,
            Answer::Silence => TurnInput::Silence,
        });
        let (mut sound_end, mut endpoint) = (now, now);
        match answer {
            Answer::Speech { from, to, utterance, sound_end: silent_at, endpoint: ended_at } => {
                self.heard += 1;
                (sound_end, endpoint) = (silent_at, ended_at);
                (turn.heard_from_ms, turn.heard_to_ms) = (Some(from), Some(to.max(from)));
                turn.readings = readings(utterance);
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
        let Some(answered) = &mut self.answered else { return };
        let weighed =
            |other: &warmline_dialog::Alternative| WeighedIntent { intent: other.intent.clone(), score: other.score };
        let turn = &mut answered.turn;
        turn.understood.clone_from(&understanding.intent);
        turn.score = Some(understanding.score);
        turn.why = Some(understanding.why.clone());
        turn.also.clone_from(&understanding.also);
        turn.alternatives = understanding.alternatives.iter().map(weighed).collect();
        turn.sentiment = Some(understanding.sentiment);
    }

    /// How much a human is needed after the answer.
    pub(crate) fn scored(&mut self, score: warmline_dialog::HandoffScore) {
        if let Some(answered) = &mut self.answered {
            answered.turn.handoff = Some(handoff_score(score));
        }
    }

    /// Understanding the answer and stepping the dialog took this long.
    pub(crate) fn dialog_took(&mut self, ms: f32) {
        if let Some(answered) = &mut self.answered {
            answered.dialog_ms += ms;
        }
    }

    /// The exchange is over without an answer: what is left of the record.
    pub(crate) fn finish(&mut self) -> impl Iterator<Item = TurnRecord> + use<> {
        let answered = self.answered.take().map(|a| a.close(None));
        let said = self.current.take().map(|turn| {
            self.count += 1;
            TurnRecord { turn: self.count, ..turn }
        });
        answered.into_iter().chain(said)
    }
}

impl Answered {
    fn close(self, reply_at: Option<u64>) -> TurnRecord {
        let mut turn = self.turn;
        if let (Some(reply), true) = (reply_at, turn.heard_to_ms.is_some()) {
            let span = |from: u64, to: u64| to.saturating_sub(from) as f32;
            let after_reading = span(self.read, reply);
            let nlu_dialog_ms = self.dialog_ms.min(after_reading);
            turn.latency = Some(Latency {
                total_ms: span(self.sound_end, reply),
                endpointing_ms: span(self.sound_end, self.endpoint),
                asr_ms: span(self.endpoint, self.read),
                nlu_dialog_ms,
                tts_ms: after_reading - nlu_dialog_ms,
            });
        }
        turn
    }
}

fn readings(utterance: &Utterance) -> Vec<HeardReading> {
    let kept = |reading: &warmline_dialog::Reading| HeardReading {
        text: reading.text.clone(),
        confidence: reading.confidence,
        expected: reading.expected,
    };
    utterance.readings.iter().map(kept).collect()
}

/// The dialog's score in the words of the record.
pub(crate) fn handoff_score(score: warmline_dialog::HandoffScore) -> HandoffScore {
    let kept = |reason: warmline_dialog::HandoffReason| HandoffReason {
        cue: reason.cue,
        weight: reason.weight,
        detail: reason.detail,
    };
    HandoffScore { score: score.score, reasons: score.reasons.into_iter().map(kept).collect() }
}
