//! Voices of `espeak-ng` in about a hundred languages, run as a program (it is GPL, so it is not linked):
//! `espeak:id`, `espeak:en-gb`, `espeak:de+f2` (variant after the plus sign).

use crate::{
    ModelError, Tts, VoiceSpec,
    engine::{self, ClauseEngine},
    process::{Run, locate},
    wave::{Wave, parse_program_output, trim_silence},
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const ENGINE: &str = "espeak";
const PROGRAM: &str = "espeak-ng";
/// Its own speed, in words a minute.
const WORDS_PER_MINUTE: u32 = 175;

/// The engine; clones share what is known about the program.
#[derive(Clone, Debug)]
pub struct Espeak {
    program: PathBuf,
    timeout: Duration,
    version: Arc<str>,
    /// Voices that have been seen to exist.
    known: Arc<Mutex<BTreeSet<String>>>,
}

impl Espeak {
    /// Find the program. `timeout` is for one clause.
    pub fn find(timeout: Duration) -> Result<Espeak, ModelError> {
        let program = locate(PROGRAM)?;
        let output = Run { program: &program, args: &["--version"], stdin: "", timeout }.output().map_err(failed)?;
        // `eSpeak NG text-to-speech: 1.51  Data at: …`: where the data lies does not matter.
        let line = engine::first_line(&output, "eSpeak");
        let version = line.split("Data at").next().unwrap_or_default().trim().to_string();
        Ok(Espeak { program, timeout, version: version.into(), known: Arc::default() })
    }

    fn run(&self, args: &[&str], text: &str) -> Result<Vec<u8>, String> {
        Run { program: &self.program, args, stdin: text, timeout: self.timeout }.output()
    }
}

fn failed(reason: String) -> ModelError {
    ModelError::Failed { engine: ENGINE, reason }
}

/// Letters, digits and `+-_`, not starting with a dash: neither an option nor a path.
pub(crate) fn is_plain_name(voice: &str) -> bool {
    voice.len() <= 40
        && voice.starts_with(|c: char| c.is_ascii_alphabetic())
        && voice.chars().all(|c| c.is_ascii_alphanumeric() || "+-_".contains(c))
}

impl ClauseEngine for Espeak {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn version(&self, _voice: &str) -> String {
        self.version.to_string()
    }

    fn check(&self, voice: &str) -> Result<(), ModelError> {
        let unknown =
            || ModelError::Unsupported(format!("espeak-ng has no voice `{voice}` (`espeak-ng --voices` lists them)"));
        if !is_plain_name(voice) {
            return Err(unknown());
        }
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(voice) {
            return Ok(());
        }
        match self.run(&["-q", "-v", voice, "--stdin"], "a") {
            Ok(_) => {
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(voice.to_string());
                Ok(())
            }
            Err(reason) if reason.contains("does not exist") => Err(unknown()),
            Err(reason) => Err(failed(reason)),
        }
    }

    fn clause(&self, text: &str, voice: &str, rate_percent: u16) -> Result<Wave, ModelError> {
        let speed = (WORDS_PER_MINUTE * u32::from(rate_percent) / 100).to_string();
        // `-b 1`: the text is UTF-8; `-z`: no pause at its end.
        let args = ["-b", "1", "-z", "-v", voice, "-s", &speed, "--stdin", "--stdout"];
        let bytes = self.run(&args, text).map_err(failed)?;
        let mut wave = parse_program_output(&bytes).map_err(failed)?;
        trim_silence(&mut wave);
        Ok(wave)
    }
}

impl Tts for Espeak {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn sample_rate_hz(&self, voice: &VoiceSpec) -> Result<u32, ModelError> {
        engine::sample_rate_hz(self, voice)
    }

    fn speak(&mut self, text: &str, voice: &VoiceSpec, sink: &mut dyn FnMut(&[i16]) -> bool) -> Result<(), ModelError> {
        engine::speak(self, text, voice, sink)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_unknown_voice_is_an_error_that_names_it() {
        let espeak = Espeak::find(Duration::from_secs(20)).unwrap();
        espeak.check("en-gb").unwrap();
        espeak.check("en-gb-scotland+f2").unwrap();
        for voice in ["zz-none", "--help", "../../x", ""] {
            let error = espeak.check(voice).unwrap_err().to_string();
            assert!(error.contains(&format!("`{voice}`")), "{error}");
        }
    }

    #[test]
    fn languages_other_than_english_are_spoken() {
        let espeak = Espeak::find(Duration::from_secs(20)).unwrap();
        for (voice, text) in [("id", "Selamat pagi, apa kabar?"), ("de", "Schöne Grüße"), ("ru", "Доброе утро")]
        {
            let wave = espeak.clause(text, voice, 100).unwrap();
            let seconds = wave.pcm.len() as f64 / f64::from(wave.rate_hz);
            assert!((0.4..4.0).contains(&seconds), "{voice}: {seconds} s");
        }
    }
}
