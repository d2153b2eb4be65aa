//! A telephone line in virtual time, from a speaker's mouth to the first packet of the reply.
//!
//! What the real path does to time is modelled: the jitter buffer's depth, frames of 20 ms, voice
//! activity in chunks of 32 ms that lets go of a word some milliseconds late, a recogniser that takes
//! its time and now and then reads nonsense, a reply that waits for the next tick. The words come
//! through unchanged: what is measured is the waiting, not the hearing.

use super::speaker::{Speaker, Word, steps};
use crate::{Call, CallConfig, Input, Ms, Output};
use chrono::NaiveDateTime;
use std::collections::VecDeque;
use std::sync::Arc;
use warmline_dialog::{CompiledTemplate, Dialog, Dice, Reading, Utterance, Variables};

/// Everything below happens at multiples of this.
const STEP_MS: u64 = 4;
const TICK_MS: u64 = 20;
const CHUNK_MS: u64 = 32;
/// Every prompt.
const PROMPT_MS: u64 = 1500;
/// A call that has not come to its end by then is given up.
const LONGEST_MS: u64 = 300_000;
/// Share of the readings that are nonsense.
const MISREAD: f32 = 0.03;

/// How one utterance was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The step that had asked.
    pub(super) step: &'static str,
    pub(super) paused: bool,
    /// From the last sound of the speaker to the first packet of the reply; nothing when it came
    /// before that.
    pub(super) reply_ms: Option<u64>,
    /// It came before that, and what had been said by then was a whole answer.
    pub(super) after_answer: bool,
}

struct Spoken {
    step: &'static str,
    /// Place of its first word.
    first: usize,
    until: u64,
    answered: bool,
}

struct Prompt {
    id: u32,
    step: String,
    begun: bool,
    left_ms: u64,
}

/// One call.
pub(super) struct Line<'a> {
    call: Call,
    template: &'a CompiledTemplate,
    dice: Dice,
    speaker: Speaker,
    now: u64,
    /// Delay of the network and the jitter buffer.
    delay_ms: u64,
    /// Words on the call's clock as they leave the mouth, with the time at which the detector lets go of them.
    words: Vec<(Word, u64)>,
    spoken: Option<Spoken>,
    speak_at: Option<u64>,
    asked: Option<&'static str>,
    chunks: u64,
    prompts: VecDeque<Prompt>,
    held: bool,
    reading: Option<(u64, u32, Utterance)>,
    turns: Vec<Turn>,
}

/// Hold one conversation and say how each utterance was answered.
pub(super) fn converse(
    template: &Arc<CompiledTemplate>,
    config: &CallConfig,
    start: NaiveDateTime,
    seed: u64,
) -> Vec<Turn> {
    let mut dice = Dice::new(seed);
    let dialog = Dialog::new(Arc::clone(template), Variables::new(), seed);
    let config = CallConfig { detect_machines: false, ..config.clone() };
    let (call, _) = Call::new(config, dialog, template.limit_ms(), start);
    let (speaker, delay_ms) = (Speaker::new(&mut dice), 20 + dice.number(30));
    let mut line = Line {
        call,
        template,
        speaker,
        dice,
        now: 0,
        delay_ms,
        words: Vec::new(),
        spoken: None,
        speak_at: None,
        asked: None,
        chunks: 0,
        prompts: VecDeque::new(),
        held: false,
        reading: None,
        turns: Vec::new(),
    };
    line.input(Input::Answered);
    while !line.call.ended() && line.now < LONGEST_MS {
        line.now += STEP_MS;
        line.step();
    }
    line.turns
}

impl Line<'_> {
    fn step(&mut self) {
        if self.reading.as_ref().is_some_and(|(due, ..)| *due <= self.now)
            && let Some((_, id, utterance)) = self.reading.take()
        {
            self.input(Input::Recognised { id, utterance });
        }
        if self.call.wake_at().is_some_and(|(at, _)| at <= self.now) {
            self.input(Input::Wake);
        }
        if self.now.is_multiple_of(TICK_MS) {
            self.play();
            // The frame that completes a chunk has come in.
            while (self.chunks + 1) * CHUNK_MS <= self.now {
                self.chunk();
            }
        }
        self.speak();
    }

    // ---- the speaker ----

    fn speak(&mut self) {
        if self.speak_at.is_some_and(|at| at <= self.now) {
            self.speak_at = None;
            let Some(step) = self.asked else { return };
            let first = self.words.len();
            for mut word in self.speaker.answer(step, &mut self.dice) {
                (word.from, word.to) = (word.from + self.now, word.to + self.now);
                let let_go = word.to + self.dice.number(48);
                self.words.push((word, let_go));
            }
            let until = self.words.last().map_or(self.now, |(word, _)| word.to);
            self.spoken = Some(Spoken { step, first, until, answered: false });
        }
        let silent = self.spoken.as_ref().is_none_or(|spoken| spoken.until <= self.now);
        if silent
            && self.prompts.is_empty()
            && self.speak_at.is_none()
            && self.spoken.as_ref().is_none_or(|s| s.answered)
        {
            self.speak_at = Some(self.now + 200 + self.dice.number(800));
        }
    }

    // ---- the line ----

    /// One tick of the sender.
    fn play(&mut self) {
        let at = self.clock();
        let Some(front) = self.prompts.front_mut().filter(|_| !self.held) else { return };
        if !front.begun {
            front.begun = true;
            let (id, step) = (front.id, steps().find(|step| *step == front.step));
            self.asked = step;
            self.replied();
            return self.input(Input::PlaybackStarted { id, at });
        }
        front.left_ms = front.left_ms.saturating_sub(TICK_MS);
        if front.left_ms == 0 {
            let id = front.id;
            self.prompts.pop_front();
            self.input(Input::PlaybackFinished { id, at });
        }
    }

    /// The first packet of a reply leaves.
    fn replied(&mut self) {
        let Some(spoken) = self.spoken.as_mut().filter(|spoken| !spoken.answered) else { return };
        spoken.answered = true;
        let words = &self.words[spoken.first..];
        let paused = words.windows(2).any(|pair| pair[1].0.from - pair[0].0.to >= 300);
        let reply_ms = (self.now >= spoken.until).then(|| self.now - spoken.until);
        let out = words.iter().rfind(|(word, _)| word.to <= self.now);
        let after_answer = reply_ms.is_none() && out.is_some_and(|(word, _)| word.answer);
        self.turns.push(Turn { step: spoken.step, paused, reply_ms, after_answer });
    }

    fn chunk(&mut self) {
        let (from, to) = (self.chunks * CHUNK_MS, (self.chunks + 1) * CHUNK_MS);
        self.chunks += 1;
        let recent = self.words.iter().rev().take(16);
        let shared = |(word, let_go): &(Word, u64)| {
            let (begun, over) = (word.from + self.delay_ms, let_go + self.delay_ms);
            over.min(to).saturating_sub(begun.max(from))
        };
        let loud: u64 = recent.map(shared).sum();
        let probability = 0.02 + 0.96 * (loud.min(CHUNK_MS) as f32 / CHUNK_MS as f32);
        self.input(Input::Voice { from: from as Ms, to: to as Ms, probability });
    }

    fn clock(&self) -> Ms {
        self.now as Ms
    }

    fn input(&mut self, input: Input) {
        for output in self.call.handle(input, self.now) {
            match output {
                Output::Play { id, prompt } => {
                    self.prompts.push_back(Prompt { id, step: prompt.step, begun: false, left_ms: PROMPT_MS });
                }
                Output::HoldPlayback => self.held = true,
                Output::ResumePlayback => self.held = false,
                Output::StopPlayback => {
                    self.prompts.clear();
                    self.held = false;
                }
                Output::Recognise { id, from, to, context, .. } => self.recognise(id, from, to, context),
                _ => {}
            }
        }
    }

    /// Read every word of which the most part lies in `from..to`; an older request is void.
    fn recognise(&mut self, id: u32, from: Ms, to: Ms, context: usize) {
        let range = u64::from(from)..u64::from(to);
        let heard = |(word, _): &&(Word, u64)| range.contains(&((word.from + word.to) / 2 + self.delay_ms));
        let words: Vec<_> = self.words.iter().filter(heard).map(|(word, _)| word.text).collect();
        let mut text = words.join(" ");
        let cost_ms = 25.0 + 0.025 * (to - from) as f32;
        let due = self.now + (cost_ms * (0.8 + 0.8 * self.dice.share())) as u64;
        if self.dice.share() < MISREAD {
            text = "the grey one".to_owned();
        }
        let mut utterance = Utterance::default();
        if !text.is_empty() {
            let expected = self.template.contexts().get(context).is_some_and(|known| known.phrases.contains(&text));
            utterance.readings.push(Reading { text, confidence: 0.9, expected });
        }
        self.reading = Some((due, id, utterance));
    }
}
