//! Counting what a recogniser made of each line.

use super::{
    Row,
    steps::{Kind, Step},
    word_errors,
};
use crate::{Asr, Hypothesis, ModelError, PreparedContext, Transcript, measure::processor_time};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    ops::{Add, AddAssign},
    time::Duration,
};

/// A part of a number of things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    pub part: usize,
    pub of: usize,
}

impl Share {
    pub(super) fn count(&mut self, is_part: bool) {
        self.part += usize::from(is_part);
        self.of += 1;
    }

    /// In percent; 0 of nothing.
    pub fn percent(self) -> f64 {
        100.0 * self.part as f64 / self.of.max(1) as f64
    }
}

impl AddAssign for Share {
    fn add_assign(&mut self, other: Share) {
        self.part += other.part;
        self.of += other.of;
    }
}

/// What became of answers that the step expects. Those neither right nor wrong are asked for again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub spoken: usize,
    /// Accepted and read as meant.
    pub right: usize,
    /// Accepted and read as something else.
    pub wrong: usize,
    /// The best expected reading is as meant, accepted or not.
    pub best: usize,
}

impl Outcome {
    /// Accepted and right, in percent.
    pub fn right_percent(self) -> f64 {
        Share { part: self.right, of: self.spoken }.percent()
    }

    /// Accepted and wrong, in percent.
    pub fn wrong_percent(self) -> f64 {
        Share { part: self.wrong, of: self.spoken }.percent()
    }
}

impl Add for Outcome {
    type Output = Outcome;

    fn add(self, other: Outcome) -> Outcome {
        Outcome {
            spoken: self.spoken + other.spoken,
            right: self.right + other.right,
            wrong: self.wrong + other.wrong,
            best: self.best + other.best,
        }
    }
}

#[derive(Default)]
pub(super) struct Tally {
    phrases: Outcome,
    slots: BTreeMap<&'static str, Outcome>,
    unrelated: Share,
    near: Share,
    other_words: Share,
    free_errors: Share,
    speech: Duration,
    work: Duration,
    mistakes: Vec<String>,
}

impl Tally {
    /// Line `line` of `step` was spoken and arrived as `heard`.
    pub(super) fn line(
        &mut self,
        asr: &mut dyn Asr,
        step: &Step,
        line: usize,
        context: &dyn PreparedContext,
        heard: &[i16],
    ) -> Result<(), ModelError> {
        let transcript = self.listen(asr, context, heard)?;
        let (kind, text) = &step.lines[line];
        let accepted = accepted(&transcript);
        match kind {
            Kind::Answer => self.answer(step, text, &transcript),
            Kind::Unrelated => self.refuse("unrelated", text, accepted, |t| &mut t.unrelated),
            Kind::NearMiss => self.refuse("near miss", text, accepted, |t| &mut t.near),
            Kind::OtherWords => {
                self.other_words.count(accepted.is_none());
                let read = transcript.nbest.iter().find(|h| !h.expected).map_or("", |h| h.text.as_str());
                let errors = word_errors(text, read);
                self.free_errors += Share { part: errors, of: text.split(' ').count() };
                if errors > 0 {
                    self.mistakes.push(format!("free\t{text}\t{read}"));
                }
            }
        }
        Ok(())
    }

    /// What was heard at a step that expects something else altogether.
    pub(super) fn elsewhere(
        &mut self,
        asr: &mut dyn Asr,
        text: &str,
        context: &dyn PreparedContext,
        heard: &[i16],
    ) -> Result<(), ModelError> {
        let transcript = self.listen(asr, context, heard)?;
        self.refuse("unrelated", text, accepted(&transcript), |t| &mut t.unrelated);
        Ok(())
    }

    fn listen(
        &mut self,
        asr: &mut dyn Asr,
        context: &dyn PreparedContext,
        heard: &[i16],
    ) -> Result<Transcript, ModelError> {
        let started = processor_time();
        let transcript = asr.recognise(heard, context, true)?;
        self.work += processor_time().saturating_sub(started);
        self.speech += Duration::from_millis(heard.len() as u64 / 8);
        Ok(transcript)
    }

    fn answer(&mut self, step: &Step, text: &str, transcript: &Transcript) {
        let outcome = if step.is_closed() { self.slots.entry(step.name).or_default() } else { &mut self.phrases };
        outcome.spoken += 1;
        let best = transcript.nbest.iter().find(|h| h.expected);
        outcome.best += usize::from(best.is_some_and(|h| step.same(text, &h.text)));
        match accepted(transcript) {
            Some(h) if step.same(text, &h.text) => {
                outcome.right += 1;
                return;
            }
            Some(_) => outcome.wrong += 1,
            None => {}
        }
        let show = |h: Option<&Hypothesis>| h.map_or(String::new(), |h| format!("{} {:.2}", h.text, h.confidence));
        let free = transcript.nbest.iter().find(|h| !h.expected);
        self.mistakes.push(format!("{}\t{text}\t{}\t[{}]", step.name, show(best), show(free)));
    }

    fn refuse(
        &mut self,
        what: &str,
        text: &str,
        accepted: Option<&Hypothesis>,
        share: impl Fn(&mut Tally) -> &mut Share,
    ) {
        share(self).count(accepted.is_none());
        if let Some(h) = accepted {
            self.mistakes.push(format!("{what}\t{text}\t{} {:.2}", h.text, h.confidence));
        }
    }

    pub(super) fn row(self, voice: &str, held_out: bool, channel: &'static str) -> Row {
        Row {
            voice: voice.into(),
            held_out,
            channel,
            phrases: self.phrases,
            slots: self.slots,
            unrelated_rejected: self.unrelated,
            near_rejected: self.near,
            other_words_rejected: self.other_words,
            free_errors: self.free_errors,
            ms_per_s: 1e3 * self.work.as_secs_f64() / self.speech.as_secs_f64().max(1e-9),
            mistakes: self.mistakes,
        }
    }
}

fn accepted(transcript: &Transcript) -> Option<&Hypothesis> {
    transcript.best().filter(|h| h.expected && h.confidence >= 0.5)
}
