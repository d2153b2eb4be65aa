//! A telephone line in virtual time: the far end, the media task, the recogniser and the agent of
//! one call, all played by one small event loop.
//!
//! A test is a plan: `answers`, `wait`, `says`, `presses` … move the time on, and the rest reads
//! what came out. Whatever the plan, every output is held against the rules of a call (see `rules`).
#![allow(dead_code)] // each test file uses its own part

mod playback;
mod rules;

use playback::Playback;
use rules::Rules;
use std::sync::Arc;
use warmline_call::{Call, CallConfig, Input, Output};
use warmline_control::{AgentPhone, CallReport, EventKind, Outcome, TurnRecord};
use warmline_dialog::{CompiledTemplate, Dialog, Reading, Utterance, Variables};

const CHUNK_MS: u64 = 32;
/// How long it takes to say a word.
pub const WORD_MS: u64 = 300;
/// From the dial to the answer.
pub const RING_MS: u64 = 3000;

/// What the far end says: a word, or a noise.
struct Sound {
    from: u64,
    to: u64,
    word: Option<String>,
}

pub struct Line {
    pub call: Call,
    template: Arc<CompiledTemplate>,
    /// Milliseconds since the dial.
    pub now: u64,
    answered_at: Option<u64>,
    next_chunk: u64,
    sounds: Vec<Sound>,
    media: Playback,
    /// Inputs on their way, by due time and order.
    coming: Vec<(u64, Input)>,
    /// Every output and when it came.
    pub out: Vec<(u64, Output)>,
    rules: Rules,
    /// The far end has put us on hold.
    on_hold: bool,
    /// The recogniser's time for one reading.
    pub recognise_ms: u64,
    /// Time to render a prompt that was not rendered before the call.
    pub render_ms: u64,
    /// Delay of the media task's reports.
    pub report_lag_ms: u64,
}

pub fn compiled(source: &str) -> Arc<CompiledTemplate> {
    let template = warmline_schema::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledTemplate::compile(template).unwrap())
}

impl Line {
    pub fn new(source: &str) -> Self {
        Self::with(&compiled(source), CallConfig::default())
    }

    pub fn with(template: &Arc<CompiledTemplate>, config: CallConfig) -> Self {
        let dialog = Dialog::new(Arc::clone(template), Variables::new(), 7);
        let start = "2026-11-20T10:00:00".parse().unwrap();
        let (call, first) = Call::new(config, dialog, template.limit_ms(), start);
        let mut line = Self {
            call,
            template: Arc::clone(template),
            now: 0,
            answered_at: None,
            next_chunk: 0,
            sounds: Vec::new(),
            media: Playback::default(),
            coming: Vec::new(),
            out: Vec::new(),
            rules: Rules::default(),
            on_hold: false,
            recognise_ms: 60,
            render_ms: 20,
            report_lag_ms: 0,
        };
        line.perform(first);
        line
    }

    /// A call that was answered by somebody who says nothing yet.
    pub fn answered(source: &str) -> Self {
        let mut line = Self::new(source);
        line.answers();
        line
    }

    /// A call that a person answered with "hello", and whose first question has been asked.
    pub fn asked(source: &str) -> Self {
        let mut line = Self::answered(source);
        line.wait(200);
        line.says("hello");
        line.until_quiet();
        line
    }

    // ---- the plan's verbs ----

    pub fn rings(&mut self) {
        self.input(Input::Ringing { early_media: false });
    }

    pub fn answers(&mut self) {
        self.rings();
        self.now += RING_MS;
        self.answered_at = Some(self.now);
        self.next_chunk = self.now + CHUNK_MS;
        self.input(Input::Answered);
    }

    /// Let `ms` pass.
    pub fn wait(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some(next) = self.next_event().filter(|next| *next <= until) {
            self.step(next);
        }
        self.now = until;
    }

    /// Let time pass until the bot has nothing more to say. Fails after two minutes.
    pub fn until_quiet(&mut self) {
        let limit = self.now + 120_000;
        while !self.media.idle() && !self.call.ended() {
            assert!(self.now < limit, "the bot never finished: {:?}", self.said());
            let next = self.next_event().unwrap();
            self.step(next);
        }
    }

    /// As `until_quiet`, or until nothing more will come because playback is held.
    pub fn until_quiet_or_held(&mut self) {
        let limit = self.now + 60_000;
        while !self.media.idle() && !self.call.ended() && self.now < limit {
            let Some(next) = self.next_event() else { return };
            self.step(next);
        }
    }

    /// Let time pass until the call is over. Fails after ten minutes.
    pub fn until_ended(&mut self) {
        let limit = self.now + 600_000;
        while !self.call.ended() {
            assert!(self.now < limit, "the call never ended: {:?}", self.said());
            let next = self.next_event().unwrap();
            self.step(next);
        }
    }

    /// Let time pass until the bot says something new; how long that took.
    pub fn until_reply(&mut self) -> u64 {
        let (from, before) = (self.now, self.media.started);
        while self.media.started == before {
            assert!(self.now < from + 20_000 && !self.call.ended(), "no reply: {:?}", self.said());
            let next = self.next_event().unwrap();
            self.step(next);
        }
        let took = self.now - from;
        self.wait(self.report_lag_ms);
        took
    }

    /// Say `line`, which may hold pauses: `yes [500] please`. Returns when the last word is out.
    pub fn says(&mut self, line: &str) {
        let until = self.will_say(line);
        self.wait(until - self.now);
    }

    /// Begin to say `line`; returns when it will be out.
    pub fn will_say(&mut self, line: &str) -> u64 {
        let mut at = self.now;
        for part in line.split_whitespace() {
            if let Some(pause) = part.strip_prefix('[').and_then(|p| p.strip_suffix(']')) {
                at += pause.parse::<u64>().unwrap();
                continue;
            }
            self.sounds.push(Sound { from: at, to: at + WORD_MS, word: Some(part.to_owned()) });
            at += WORD_MS;
        }
        at
    }

    /// A sound that is no word.
    pub fn coughs(&mut self, ms: u64) {
        self.sounds.push(Sound { from: self.now, to: self.now + ms, word: None });
        self.wait(ms);
    }

    pub fn presses(&mut self, key: char) {
        self.input(Input::Key(key));
    }

    pub fn beeps(&mut self) {
        let at = self.clock();
        self.input(Input::Beep { at });
    }

    pub fn input(&mut self, input: Input) {
        if let (Input::Held(held), Some(_)) = (&input, self.answered_at) {
            self.on_hold = *held;
        }
        let outputs = self.call.handle(input, self.now);
        self.perform(outputs);
    }

    // ---- what came out ----

    /// Every prompt that was begun, in order.
    pub fn said(&self) -> Vec<&str> {
        self.media.begun.iter().map(String::as_str).collect()
    }

    pub fn last_said(&self) -> &str {
        self.said().last().copied().unwrap_or("")
    }

    /// Something is to be heard at the far end now.
    pub fn bot_speaks(&self) -> bool {
        self.media.audible()
    }

    pub fn events(&self) -> impl Iterator<Item = &EventKind> {
        self.out.iter().filter_map(|(_, output)| match output {
            Output::Event(kind) => Some(kind),
            _ => None,
        })
    }

    /// When the first output came that `wanted` picks.
    pub fn when(&self, wanted: impl Fn(&Output) -> bool) -> Option<u64> {
        self.out.iter().find(|(_, output)| wanted(output)).map(|(at, _)| *at)
    }

    pub fn count(&self, wanted: impl Fn(&Output) -> bool) -> usize {
        self.out.iter().filter(|(_, output)| wanted(output)).count()
    }

    pub fn turns(&self) -> Vec<TurnRecord> {
        let turn = |event: &EventKind| match event {
            EventKind::Turn(turn) => Some(TurnRecord::clone(turn)),
            _ => None,
        };
        self.events().filter_map(turn).collect()
    }

    /// What was heard in each turn.
    pub fn heard(&self) -> Vec<String> {
        self.turns().into_iter().map(|turn| turn.heard).collect()
    }

    pub fn report(&self) -> CallReport {
        match self.events().last() {
            Some(EventKind::Ended(report)) => CallReport::clone(report),
            other => panic!("the call has not ended; its last event is {other:?}"),
        }
    }

    /// Milliseconds since the answer.
    pub fn clock(&self) -> u32 {
        u32::try_from(self.now - self.answered_at.unwrap_or(self.now)).unwrap()
    }

    // ---- the machinery ----

    fn next_event(&self) -> Option<u64> {
        let coming = self.coming.iter().map(|(at, _)| *at).min();
        let chunk = self.answered_at.map(|_| self.next_chunk);
        let wake = self.call.wake_at().map(|(at, _)| at.max(self.now));
        [coming, chunk, wake, self.media.next_event()].into_iter().flatten().min()
    }

    /// Everything that is due at `at`, one thing at a time.
    fn step(&mut self, at: u64) {
        self.now = self.now.max(at);
        if let Some(place) = self.coming.iter().position(|(due, _)| *due <= self.now) {
            let (_, input) = self.coming.remove(place);
            return self.input(input);
        }
        let zero = self.answered_at.unwrap_or(0);
        if let Some(report) = self.media.poll(self.now, zero) {
            self.coming.push((self.now + self.report_lag_ms, report));
            return;
        }
        if self.answered_at.is_some() && self.next_chunk <= self.now {
            let (from, to) = (self.next_chunk - CHUNK_MS, self.next_chunk);
            self.next_chunk += CHUNK_MS;
            let probability = self.probability(from, to);
            self.nobody_waits();
            let ms = |at: u64| u32::try_from(at - zero).unwrap();
            return self.input(Input::Voice { from: ms(from), to: ms(to), probability });
        }
        if self.call.wake_at().is_some_and(|(due, _)| due <= self.now) {
            self.input(Input::Wake);
            let again = self.call.wake_at().filter(|(due, _)| *due <= self.now);
            assert_eq!(again, None, "a wake-up changed nothing");
        }
    }

    /// A prompt is held for somebody who speaks, or is being read, and for nobody else.
    fn nobody_waits(&self) {
        let Some(held_at) = self.rules.held_at.filter(|_| !self.on_hold && !self.call.ended()) else { return };
        let heard = self.sounds.iter().filter(|sound| sound.from <= self.now).map(|sound| sound.to).max().unwrap_or(0);
        let patience = 2 * self.recognise_ms + 1500;
        assert!(self.now <= held_at.max(heard) + patience, "a prompt is held since {held_at}, and nobody speaks");
    }

    /// The share of a chunk in which there is sound.
    fn probability(&self, from: u64, to: u64) -> f32 {
        let shared = |sound: &Sound| sound.to.min(to).saturating_sub(sound.from.max(from));
        let loud: u64 = self.sounds.iter().map(shared).sum();
        0.02 + 0.96 * loud as f32 / CHUNK_MS as f32
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            self.rules.check(&output, self.now);
            match &output {
                Output::Play { id, prompt } => {
                    let ready = self.now + self.render_ms;
                    self.media.enqueue(*id, &prompt.text, ready, self.now);
                }
                Output::HoldPlayback => self.media.hold(self.now),
                Output::ResumePlayback => self.media.resume(self.now),
                Output::StopPlayback => self.media.stop(),
                Output::Recognise { id, from, to, context, .. } => self.recognise(*id, *from, *to, *context),
                _ => {}
            }
            self.out.push((self.now, output));
        }
        assert_eq!(self.rules.ended, self.call.ended());
    }

    /// Read every word that lies in `from..to` for the most part; an older request is void.
    fn recognise(&mut self, id: u32, from: u32, to: u32, context: usize) {
        self.coming.retain(|(_, input)| !matches!(input, Input::Recognised { .. }));
        let zero = self.answered_at.unwrap();
        let middle = |sound: &Sound| u32::try_from((sound.from + sound.to) / 2 - zero).unwrap();
        let inside = self.sounds.iter().filter(|sound| (from..to).contains(&middle(sound)));
        let words: Vec<_> = inside.filter_map(|sound| sound.word.as_deref()).collect();
        let text = words.join(" ");
        let mut utterance = Utterance::default();
        if !text.is_empty() {
            let expected = self.template.contexts()[context].phrases.contains(&text);
            utterance.readings.push(Reading { text, confidence: 0.9, expected });
        }
        self.coming.push((self.now + self.recognise_ms, Input::Recognised { id, utterance }));
    }
}

pub fn agent() -> AgentPhone {
    AgentPhone { name: "Ada".into(), trunk: "agents".into(), address: "ada".into(), ring_limit_s: 15 }
}

pub fn failed(outcome: Outcome, sip_status: u16, cause: &str) -> Input {
    Input::SetupFailed { outcome, sip_status: Some(sip_status), cause: cause.into() }
}

pub fn is_event(wanted: fn(&EventKind) -> bool) -> impl Fn(&Output) -> bool {
    move |output| matches!(output, Output::Event(kind) if wanted(kind))
}
