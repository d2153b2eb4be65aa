//! `warmline bench asr`: how well a recogniser hears expected answers, other wordings and unrelated speech,
//! by voice and channel, and recorded people where Debian's prompts are installed.
//!
//! Speech is synthesised on the spot by the installed engines. `held_out` voices took no part in training
//! or in setting thresholds.

#![allow(clippy::disallowed_methods, reason = "measures real time")]

mod channel;
mod people;
mod steps;

pub use people::{PROMPTS, PeopleRow, people};

use crate::{Asr, AsrContext, ModelError, PreparedContext, Transcript, VoiceSpec, process, synth::Voice, wave};
use channel::Channel;
use serde::Serialize;
use std::{sync::Arc, time::Duration, time::Instant};
use steps::{Kind, Step};

const VOICES: &[(&str, bool)] = &[
    ("espeak:en-us", false),
    ("espeak:en-gb+f2", false),
    ("espeak:en-gb-x-rp+m3", false),
    ("flite:slt", false),
    ("flite:rms", false),
    ("flite:kal", false),
    ("festival:kal_diphone", false),
    ("festival:cmu_us_slt_arctic_hts", false),
    ("flite:awb", true),
    ("espeak:en-gb-scotland", true),
    ("espeak:en-gb-scotland+f2", true),
];

/// One voice through one channel. Shares are 0–1.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub voice: String,
    /// Neither trained nor tuned on.
    pub held_out: bool,
    pub channel: &'static str,
    /// Utterances of the step's own phrases.
    pub expected: usize,
    /// Share of them read right and accepted; read wrong and accepted. The rest is asked again.
    pub accepted_right: f64,
    pub accepted_wrong: f64,
    /// Utterances with the same wishes in other words, and unrelated ones.
    pub unexpected: usize,
    /// Share of them that no phrase was accepted for.
    pub rejected: f64,
    /// Words wrong per word spoken in the best free reading of other wordings.
    pub free_wer: f64,
    /// Seconds of work per second of speech on one thread.
    pub real_time_factor: f64,
}

/// Which part of the benchmark to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Two voices, one of them held out, over the telephone.
    Quick,
    Whole,
}

/// Run the benchmark; `progress` gets each row as it is done. Voices whose program is absent are left out.
pub fn run(
    asr: &mut dyn Asr,
    voices: &Voice,
    extent: Extent,
    progress: &mut dyn FnMut(&Row),
) -> Result<Vec<Row>, ModelError> {
    let steps = steps::all();
    let free: Arc<Vec<String>> = Arc::new(steps.iter().flat_map(|s| s.of(Kind::Phrase)).collect());
    let contexts: Vec<_> = steps.iter().map(|step| asr.prepare(&step.context(&free))).collect::<Result<_, _>>()?;
    let channels: &[Channel] = match extent {
        Extent::Quick => &[Channel::Telephone],
        Extent::Whole => &[Channel::Clean, Channel::Telephone],
    };
    let quick = ["flite:slt", "flite:awb"];
    let mut rows = Vec::new();
    for (voice, held_out) in VOICES.iter().filter(|(v, _)| extent == Extent::Whole || quick.contains(v)) {
        let spoken = match speak_all(voices, voice, &steps) {
            Err(ModelError::NoProgram { .. }) => continue,
            spoken => spoken?,
        };
        for channel in channels {
            let mut tally = Tally::default();
            for ((step, context), spoken) in steps.iter().zip(&contexts).zip(&spoken) {
                tally.step(asr, step, context.as_ref(), spoken, *channel)?;
            }
            let row = tally.row(voice, *held_out, *channel);
            progress(&row);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// For each step, each of its lines as 8 kHz speech.
fn speak_all(voices: &Voice, voice: &str, steps: &[Step]) -> Result<Vec<Vec<Arc<Vec<i16>>>>, ModelError> {
    steps.iter().map(|step| step.lines.iter().map(|(_, text)| speak(voices, voice, text)).collect()).collect()
}

fn speak(voices: &Voice, voice: &str, text: &str) -> Result<Arc<Vec<i16>>, ModelError> {
    match voice.strip_prefix("festival:") {
        Some(name) => festival(name, text),
        None => voices.render(text, &VoiceSpec { voice: voice.into(), rate_percent: 100 }),
    }
}

fn festival(name: &str, text: &str) -> Result<Arc<Vec<i16>>, ModelError> {
    let failed = |reason: String| ModelError::Failed { engine: "festival", reason };
    let program = process::locate("text2wave")?;
    let choice = format!("(voice_{name})");
    // Without a seekable output festival writes no samples, hence the file.
    let file = std::env::temp_dir().join(format!("warmline-bench-{}.wav", std::process::id()));
    let path = file.to_string_lossy().into_owned();
    let args = ["-eval", &choice, "-o", &path];
    let timeout = Duration::from_secs(60);
    process::Run { program: &program, args: &args, stdin: text, timeout }.output().map_err(failed)?;
    let bytes = std::fs::read(&file).map_err(|e| failed(e.to_string()))?;
    std::fs::remove_file(&file).map_err(|e| failed(e.to_string()))?;
    let wave = wave::parse_program_output(&bytes).map_err(failed)?;
    let mut pcm = crate::resample::resample(&wave.pcm, wave.rate_hz, 8_000);
    crate::loudness::normalise(&mut pcm);
    Ok(Arc::new(pcm))
}

#[derive(Default)]
struct Tally {
    expected: usize,
    right: usize,
    wrong: usize,
    unexpected: usize,
    rejected: usize,
    word_errors: usize,
    words: usize,
    speech: Duration,
    work: Duration,
}

impl Tally {
    fn step(
        &mut self,
        asr: &mut dyn Asr,
        step: &Step,
        context: &dyn PreparedContext,
        spoken: &[Arc<Vec<i16>>],
        channel: Channel,
    ) -> Result<(), ModelError> {
        for (seed, ((kind, text), pcm)) in step.lines.iter().zip(spoken).enumerate() {
            let heard = channel.carry(pcm, seed as u64 + 7);
            let started = Instant::now();
            let transcript = asr.recognise(&heard, context, true)?;
            self.work += started.elapsed();
            self.speech += Duration::from_millis(heard.len() as u64 / 8);
            self.count(*kind, text, &transcript);
        }
        Ok(())
    }

    fn count(&mut self, kind: Kind, text: &str, transcript: &Transcript) {
        let accepted = transcript.best().filter(|h| h.expected && h.confidence >= 0.5);
        if kind == Kind::Phrase {
            self.expected += 1;
            match accepted {
                Some(h) if h.text == text => self.right += 1,
                Some(_) => self.wrong += 1,
                None => {}
            }
            return;
        }
        self.unexpected += 1;
        self.rejected += usize::from(accepted.is_none());
        if kind == Kind::OtherWords {
            let read = transcript.nbest.iter().find(|h| !h.expected).map_or("", |h| h.text.as_str());
            self.word_errors += word_errors(text, read);
            self.words += text.split(' ').count();
        }
    }

    fn row(&self, voice: &str, held_out: bool, channel: Channel) -> Row {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        Row {
            voice: voice.into(),
            held_out,
            channel: channel.name(),
            expected: self.expected,
            accepted_right: share(self.right, self.expected),
            accepted_wrong: share(self.wrong, self.expected),
            unexpected: self.unexpected,
            rejected: share(self.rejected, self.unexpected),
            free_wer: share(self.word_errors, self.words),
            real_time_factor: self.work.as_secs_f64() / self.speech.as_secs_f64().max(1e-9),
        }
    }
}

impl Step {
    fn context(&self, free: &Arc<Vec<String>>) -> AsrContext {
        let phrases = self.of(Kind::Phrase).collect();
        AsrContext { language: "en".into(), phrases, grammars: vec![], free: free.clone() }
    }
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
}
