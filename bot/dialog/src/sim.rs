//! A conversation in text and virtual time: thirty seconds of call in microseconds.
//!
//! Plays the driver of [`Dialog`] without sound. Words take as long as they would take to say, and the
//! template's limit on seconds is kept, so that a text conversation goes where a call would go.

use crate::api::{BargeIn, DialogEvent, Effect, Entry, HangupReason, Reading, Utterance};
use crate::compiled::CompiledTemplate;
use crate::dialog::{Dialog, Variables};
use crate::noise::without_spaces;
use crate::words;
use chrono::{NaiveDateTime, TimeDelta};
use std::sync::Arc;
use warmline_schema::conversations::Ending;

/// Time to say one word, and one character of a script without spaces.
const WORD_MS: i64 = 350;
const CHARACTER_MS: i64 = 200;

/// `at` and so much more; time ends with the calendar.
pub(crate) fn later(at: NaiveDateTime, by: TimeDelta) -> NaiveDateTime {
    at.checked_add_signed(by).unwrap_or(NaiveDateTime::MAX)
}

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
    /// Something was said, and nothing has happened since.
    speaking: bool,
}

impl TextCall {
    /// A call that is answered at `now`, the person's local time.
    pub fn new(template: &Arc<CompiledTemplate>, variables: Variables, seed: u64, now: NaiveDateTime) -> Self {
        let dialog = Dialog::new(Arc::clone(template), variables, seed);
        let template = Arc::clone(template);
        Self { dialog, template, start: now, now, effects: Vec::new(), last: 0, time_up: false, speaking: false }
    }

    /// The call is answered by a person or a machine.
    pub fn answered(&mut self, entry: Entry) {
        self.event(DialogEvent::Answered(entry));
    }

    /// The person says `text`, and it is heard as it is written.
    pub fn says(&mut self, text: &str) {
        let reading = self.reading(text, 1.0);
        self.hears(Utterance { readings: vec![reading], embedding: None });
    }

    /// `text` as a recogniser would give it.
    pub fn reading(&self, text: &str, confidence: f32) -> Reading {
        let text = words::normalise_in(text, self.dialog.spoken_language());
        let expected = self.template.contexts().iter().any(|context| context.phrases.contains(&text));
        Reading { text, confidence, expected }
    }

    /// The person says something and this is what was heard.
    pub fn hears(&mut self, utterance: Utterance) {
        let spoken = utterance.readings.first().map_or("", |reading| reading.text.as_str()).to_owned();
        self.takes(&spoken);
        self.event(DialogEvent::Heard(utterance));
    }

    /// The same while the bot still speaks. `false`: what it says cannot be interrupted, and nobody heard it.
    pub fn interrupts(&mut self, utterance: Utterance) -> bool {
        let barge_in = |effect: &Effect| match effect {
            Effect::Say(prompt) => Some(prompt.barge_in),
            _ => None,
        };
        let rules: Vec<BargeIn> = self.last_effects().iter().filter_map(barge_in).collect();
        if rules.contains(&BargeIn::Never) || self.dialog.current_step().is_none() {
            return false;
        }
        // Where only keys stop a prompt it is spoken to its end, and the words count all the same.
        if self.speaking && !rules.contains(&BargeIn::Keys) {
            self.speaking = false;
            self.effects.extend(self.dialog.handle(DialogEvent::PromptsDone { interrupted: true }, self.now));
        }
        self.hears(utterance);
        true
    }

    /// Nothing is said for so long: silences are counted, and the limit on seconds is kept.
    pub fn passes(&mut self, ms: u32) {
        let (before, until) = (self.effects.len(), later(self.now, TimeDelta::milliseconds(i64::from(ms))));
        // At the end of all time nothing comes after anything.
        while self.now < NaiveDateTime::MAX {
            let silent = self.dialog.current_step().and_then(|_| self.timeout());
            let silent = silent.map(|wait| (later(self.now, wait), false));
            let over = self.limit().filter(|_| !self.time_up && !self.dialog.finished());
            let over = over.map(|limit| (later(self.start, limit).max(self.now), true));
            let next = silent.into_iter().chain(over).min_by_key(|(at, _)| *at).filter(|(at, _)| *at <= until);
            let Some((at, limit)) = next else { break };
            self.now = at;
            // At the limit any event is the end of the time.
            self.event(if limit { DialogEvent::PromptsDone { interrupted: false } } else { DialogEvent::Silence });
        }
        self.now = self.now.max(until);
        self.last = self.effects.len() - before;
    }

    pub fn presses(&mut self, key: char) {
        self.event(DialogEvent::Key(key));
    }

    /// Nobody says anything for as long as the dialog waits.
    pub fn is_silent(&mut self) {
        self.now = later(self.now, self.timeout().unwrap_or_default());
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
        let prompts = self.last_effects().iter().filter_map(|effect| match effect {
            Effect::Say(prompt) => Some(prompt.text.as_str()),
            _ => None,
        });
        prompts.collect::<Vec<_>>().join(" ")
    }

    /// What the last event caused, in order.
    pub fn last_effects(&self) -> &[Effect] {
        &self.effects[self.effects.len() - self.last..]
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

    /// How the conversation stands.
    pub fn ending(&self) -> Ending {
        match self.hangup() {
            Some(HangupReason::Completed) => Ending::Completed,
            Some(HangupReason::Limit) => Ending::Limit,
            Some(HangupReason::Fault) => Ending::Fault,
            None if self.effects.iter().any(|effect| matches!(effect, Effect::HandOver { .. })) => Ending::HandedOver,
            None => Ending::Listening,
        }
    }

    /// Time since the answer.
    pub fn elapsed(&self) -> TimeDelta {
        self.now - self.start
    }

    fn takes(&mut self, text: &str) {
        let long = |word: &str| match word.chars().filter(|c| without_spaces(*c)).count() {
            0 => WORD_MS,
            characters => i64::try_from(characters).unwrap_or(i64::MAX).saturating_mul(CHARACTER_MS),
        };
        let ms = text.split_whitespace().map(long).fold(0, i64::saturating_add);
        self.now = later(self.now, TimeDelta::milliseconds(ms));
    }

    /// How long the last question waits for an answer.
    fn timeout(&self) -> Option<TimeDelta> {
        let listen = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Listen(listen) => Some(listen.timeout_ms),
            _ => None,
        });
        listen.map(|ms| TimeDelta::milliseconds(i64::from(ms)))
    }

    /// Longest conversation.
    fn limit(&self) -> Option<TimeDelta> {
        self.template.limit_ms().and_then(|ms| i64::try_from(ms).ok()).map(TimeDelta::milliseconds)
    }

    fn event(&mut self, event: DialogEvent) {
        let before = self.effects.len();
        if std::mem::take(&mut self.speaking) && !matches!(event, DialogEvent::PromptsDone { .. }) {
            self.effects.extend(self.dialog.handle(DialogEvent::PromptsDone { interrupted: false }, self.now));
        }
        let late = self.limit().is_some_and(|limit| self.elapsed() >= limit);
        let mut over = Vec::new();
        if late && !std::mem::replace(&mut self.time_up, true) {
            over = self.dialog.handle(DialogEvent::TimeUp, self.now);
        }
        // Where the end of the time means nothing (an agent is looked for), things go on.
        if over.is_empty() {
            over = self.dialog.handle(event, self.now);
        }
        self.effects.extend(over);
        self.last = self.effects.len() - before;
        let said = self.said();
        self.speaking = !said.is_empty();
        self.takes(&said);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_call_at_the_end_of_the_calendar_goes_on_without_a_clock() {
        let source = r#"
template: small
voice: flite:slt
entry: { person: hello }
steps:
  hello: { type: collect, slot: day, as: date, prompt: Which day?, next: bye }
  bye: { type: end, prompt: Goodbye. }
"#;
        let template = Arc::new(CompiledTemplate::compile(warmline_schema::parse(source).unwrap()).unwrap());
        for now in ["+262142-12-31T23:59:58", "+262142-12-31T23:59:59.999999999", "-262143-01-01T00:00:00"] {
            for answer in ["tomorrow", "in two weeks", "on friday", "the third of may", "in three months"] {
                let mut call = TextCall::new(&template, Variables::new(), 1, now.parse().unwrap());
                call.answered(Entry::Person);
                call.says(answer);
                call.is_silent();
                call.passes(u32::MAX);
                call.passes(1000);
                assert!(call.elapsed() >= TimeDelta::zero(), "{now}");
            }
        }
    }
}
