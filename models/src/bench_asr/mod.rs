//! `warmline bench asr`: how well a recogniser hears expected answers, closed questions, other wordings,
//! near misses and unrelated speech, by voice and channel, and recorded people where Debian's prompts are
//! installed.
//!
//! Speech is synthesised by the installed engines. `held_out` voices took no part in training or in
//! setting thresholds, and no sentence of the benchmark of more than two words is in the word model
//! (`sentences.py` leaves them out).

#![allow(clippy::disallowed_methods, reason = "measures real time")]

mod calibrate;
mod channel;
mod goals;
mod people;
mod speech;
mod steps;
mod tally;

pub use calibrate::{Fit, calibrate};
pub use goals::{Goal, goals};
pub use people::{PROMPTS, PeopleRow, others, people};
pub use speech::folder;
pub use tally::{Outcome, Share};

use crate::{Asr, ModelError, PreparedContext, synth::Voice};
pub(crate) use channel::Channel;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use steps::{Kind, Step};
use tally::Tally;

/// One voice through one channel.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub voice: String,
    /// Neither trained nor tuned on.
    pub held_out: bool,
    pub channel: &'static str,
    /// The steps' own phrases.
    pub phrases: Outcome,
    /// Answers to closed questions, by grammar.
    pub slots: BTreeMap<&'static str, Outcome>,
    /// Of speech that has nothing to do with the step.
    pub unrelated_rejected: Share,
    /// Of speech that sounds almost like a phrase and means something else.
    pub near_rejected: Share,
    /// Of the step's wishes in other words, for which the understanding behind the recogniser is there.
    pub other_words_rejected: Share,
    /// Words wrong in the best free reading, of the words spoken, in other wordings.
    pub free_errors: Share,
    /// Milliseconds of work per second of sound on one thread.
    pub ms_per_s: f64,
    /// What went wrong: what was said, what was read, and the confidence in it.
    #[serde(skip)]
    pub mistakes: Vec<String>,
}

impl Row {
    /// Phrases and closed answers together.
    pub fn answers(&self) -> Outcome {
        self.slots.values().fold(self.phrases, |sum, slot| sum + *slot)
    }

    /// Closed answers together.
    pub fn slots_together(&self) -> Outcome {
        self.slots.values().fold(Outcome::default(), |sum, slot| sum + *slot)
    }
}

/// Which part of the benchmark to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every sixth line of two voices, one of them held out, through noise.
    Quick,
    /// The held-out voices and two others through noise: what is looked at while something is changed.
    Noise,
    Whole,
    /// The voices of the calibration, faster and higher or slower and lower than they were made to: what decisions
    /// are made on.
    Development,
}

impl Extent {
    fn voices(self) -> Vec<(&'static str, bool)> {
        if self == Extent::Development {
            return calibrate::VOICES.iter().map(|voice| (*voice, false)).collect();
        }
        let among = move |voice: &str| match self {
            Extent::Quick => ["flite:slt", "flite:awb"].contains(&voice),
            Extent::Noise => ["flite:awb", "espeak:en-gb-scotland", "flite:rms", "espeak:en-us"].contains(&voice),
            Extent::Whole | Extent::Development => true,
        };
        speech::VOICES.iter().copied().filter(|(voice, _)| among(voice)).collect()
    }

    fn channels(self) -> &'static [Channel] {
        match self {
            Extent::Quick | Extent::Noise => &[Channel::Noise],
            Extent::Development => &[Channel::Loud],
            Extent::Whole => &[Channel::Clean, Channel::Noise, Channel::Loss],
        }
    }

    fn steps(self) -> Vec<Step> {
        let mut steps = steps::all();
        if self == Extent::Quick {
            // Phrases stay as they are: they are the context, not only what is spoken.
            let mut at = 0usize;
            for step in steps.iter_mut() {
                let closed = step.is_closed();
                step.lines.retain(|(kind, _)| {
                    at += 1;
                    at.is_multiple_of(6) || (*kind == Kind::Answer && !closed)
                });
            }
        }
        steps
    }

    /// Whether this line of a step is spoken.
    fn speaks(self, step: &Step, line: usize) -> bool {
        self != Extent::Quick || step.is_closed() || step.lines[line].0 != Kind::Answer || line.is_multiple_of(4)
    }
}

/// Run the benchmark; `progress` gets each row as it is done. Voices whose program is absent are left out.
pub fn run(
    asr: &mut dyn Asr,
    voices: &Voice,
    extent: Extent,
    progress: &mut dyn FnMut(&Row),
) -> Result<Vec<Row>, ModelError> {
    let steps = extent.steps();
    let contexts = contexts(asr, &steps)?;
    let mut rows = Vec::new();
    for (voice, held_out) in extent.voices() {
        let spoken = match speak_all(voices, voice, &steps, extent) {
            Err(ModelError::NoProgram { .. }) => continue,
            spoken => spoken?,
        };
        for channel in extent.channels() {
            let mut tally = Tally::default();
            for line in &spoken {
                let step = &steps[line.step];
                let heard = match extent {
                    Extent::Development => calibrate::strange(line, *channel, 2 * (line.line % 2)),
                    _ => channel.carry(&line.pcm, line.seed),
                };
                tally.line(asr, step, line.line, contexts[line.step].as_ref(), &heard)?;
                if step.lines[line.line].0 == Kind::OtherWords {
                    // What one step expects in other words means nothing to another.
                    let other = (line.step + 2) % OPEN_STEPS.min(steps.len());
                    tally.elsewhere(asr, &step.lines[line.line].1, contexts[other].as_ref(), &heard)?;
                }
            }
            let row = tally.row(voice, held_out, channel.name());
            progress(&row);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Steps of phrases, which come before the closed questions.
const OPEN_STEPS: usize = 10;

fn contexts(asr: &dyn Asr, steps: &[Step]) -> Result<Vec<Arc<dyn PreparedContext>>, ModelError> {
    let phrases = steps.iter().filter(|s| !s.is_closed()).flat_map(|s| s.of(Kind::Answer));
    let free: Arc<Vec<String>> = Arc::new(phrases.collect());
    steps.iter().map(|step| asr.prepare(&step.context(&free))).collect()
}

/// One line of a step as 8 kHz speech.
struct Spoken {
    step: usize,
    line: usize,
    /// For the noise.
    seed: u64,
    pcm: Arc<Vec<i16>>,
}

fn speak_all(voices: &Voice, voice: &str, steps: &[Step], extent: Extent) -> Result<Vec<Spoken>, ModelError> {
    let mut places = Vec::new();
    let mut texts = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        for (line, (_, text)) in step.lines.iter().enumerate().filter(|(line, _)| extent.speaks(step, *line)) {
            places.push((at, line));
            texts.push(step.spoken(text));
        }
    }
    let spoken = speech::speak(voices, voice, &texts)?;
    let line = |((step, line), pcm)| Spoken { step, line, seed: line as u64 + 7, pcm };
    Ok(places.into_iter().zip(spoken).map(line).collect())
}

/// Words to change, add or leave out to make `said` of `read`.
pub fn word_errors(said: &str, read: &str) -> usize {
    let read: Vec<&str> = read.split_whitespace().collect();
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (i, word) in said.split_whitespace().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in read.iter().enumerate() {
            let changed = diagonal + usize::from(word != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[read.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_errors_count_changes_additions_and_gaps() {
        for (said, read, errors) in [
            ("call me back", "call me back", 0),
            ("call me back", "call back", 1),
            ("call me back", "call me right back", 1),
            ("call me back", "stop", 3),
            ("call me", "", 2),
            ("", "", 0),
        ] {
            assert_eq!(word_errors(said, read), errors, "{said} / {read}");
        }
    }

    #[test]
    fn steps_of_phrases_come_first() {
        let steps = steps::all();
        assert_eq!(steps.iter().position(Step::is_closed), Some(OPEN_STEPS));
        assert!(steps[OPEN_STEPS..].iter().all(Step::is_closed));
    }
}
