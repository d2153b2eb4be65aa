//! A conversation in text and virtual time: thirty seconds of call in microseconds.
//!
//! Plays the driver of [`Dialog`] without sound. Words take as long as they would take to say, and the
//! template's limit on seconds is kept, so that a text conversation goes where a call would go.

use crate::api::{DialogEvent, Effect, Entry, HangupReason, Reading, Utterance};
use crate::compiled::CompiledTemplate;
use crate::dialog::{Dialog, Variables};
use crate::words;
use chrono::{NaiveDateTime, TimeDelta};
use std::sync::Arc;

/// Time to say one word.
const WORD_MS: i64 = 350;

/// A conversation going on in text.
pub struct TextCall {
    dialog: Dialog,
    template: Arc<CompiledTemplate>,
    start: NaiveDateTime,
    now: NaiveDateTime,
    /// Everything that was to be done so far, in order.
    effects: Vec<Effect>,
    /// How many of them the last event caused.
    last: usize,
    time_up: bool,
}

impl TextCall {
    /// A call that is answered at `now`, the person's local time.
    pub fn new(template: &Arc<CompiledTemplate>, variables: Variables, seed: u64, now: NaiveDateTime) -> Self {
        let dialog = Dialog::new(Arc::clone(template), variables, seed);
        let template = Arc::clone(template);
        Self { dialog, template, start: now, now, effects: Vec::new(), last: 0, time_up: false }
    }

    /// The call is answered by a person or a machine.
    pub fn answered(&mut self, entry: Entry) {
        self.event(DialogEvent::Answered(entry));
    }

    /// The person says `text`, and it is heard as it is written.
    pub fn says(&mut self, text: &str) {
        let text = words::normalise_in(text, self.dialog.spoken_language());
        let expected = self.template.contexts().iter().any(|context| context.phrases.contains(&text));
        let reading = Reading { text, confidence: 1.0, expected };
        self.hears(Utterance { readings: vec![reading], embedding: None });
    }

    /// The person says something and this is what was heard.
    pub fn hears(&mut self, utterance: Utterance) {
        let spoken = utterance.readings.first().map_or("", |reading| reading.text.as_str()).to_owned();
        self.takes(&spoken);
        self.event(DialogEvent::Heard(utterance));
    }

    pub fn presses(&mut self, key: char) {
        self.event(DialogEvent::Key(key));
    }

    /// Nobody says anything for as long as the dialog waits.
    pub fn is_silent(&mut self) {
        let timeout = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Listen(listen) => Some(listen.timeout_ms),
            _ => None,
        });
        self.now += TimeDelta::milliseconds(i64::from(timeout.unwrap_or(0)));
        self.event(DialogEvent::Silence);
    }

    /// The other system answers the last request.
    pub fn http_answers(&mut self, result: Result<String, String>) {
        let id = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Http(request) => Some(request.id),
            _ => None,
        });
        self.event(DialogEvent::HttpDone { id: id.unwrap_or(0), result });
    }

    /// An agent took the handoff, or nobody did.
    pub fn handoff(&mut self, taken: bool) {
        let failed = DialogEvent::HandoffFailed { reason: "nobody answered in time".to_owned() };
        self.event(if taken { DialogEvent::Bridged } else { failed });
    }

    /// What the bot said since the last event.
    pub fn said(&self) -> String {
        let last = &self.effects[self.effects.len() - self.last..];
        let prompts = last.iter().filter_map(|effect| match effect {
            Effect::Say(prompt) => Some(prompt.text.as_str()),
            _ => None,
        });
        prompts.collect::<Vec<_>>().join(" ")
    }

    /// All effects so far.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    pub fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// How the dialog ended the call, if it did.
    pub fn hangup(&self) -> Option<HangupReason> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Hangup(reason) => Some(*reason),
            _ => None,
        })
    }

    /// Time since the answer.
    pub fn elapsed(&self) -> TimeDelta {
        self.now - self.start
    }

    fn takes(&mut self, text: &str) {
        let words = i64::try_from(text.split_whitespace().count()).unwrap_or(i64::MAX);
        self.now += TimeDelta::milliseconds(words.saturating_mul(WORD_MS));
    }

    fn event(&mut self, event: DialogEvent) {
        let before = self.effects.len();
        let limit = self.template.limit_ms().and_then(|ms| i64::try_from(ms).ok()).map(TimeDelta::milliseconds);
        let late = limit.is_some_and(|limit| self.elapsed() >= limit);
        if late && !std::mem::replace(&mut self.time_up, true) {
            self.effects.extend(self.dialog.handle(DialogEvent::TimeUp, self.now));
        } else {
            self.effects.extend(self.dialog.handle(event, self.now));
        }
        self.last = self.effects.len() - before;
        let said = self.said();
        self.takes(&said);
    }
}
