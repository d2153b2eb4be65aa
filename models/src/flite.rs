//! English voices of `flite`, run as a program: `flite:slt`, `flite:rms`, `flite:awb`, `flite:kal`,
//! `flite:kal16`.

use crate::{
    ModelError, Tts, VoiceSpec,
    engine::{self, ClauseEngine},
    process::{Run, locate},
    text::fold_to_ascii,
    wave::{Wave, parse_program_output, trim_silence},
};
use std::{path::PathBuf, sync::Arc, time::Duration};

const ENGINE: &str = "flite";

/// The engine; clones share what is known about the program.
#[derive(Clone, Debug)]
pub struct Flite {
    program: PathBuf,
    timeout: Duration,
    version: Arc<str>,
    voices: Arc<[String]>,
}

impl Flite {
    /// Find the program and ask it for its voices. `timeout` is for one clause.
    pub fn find(timeout: Duration) -> Result<Flite, ModelError> {
        let program = locate(ENGINE)?;
        let ask = |arg: &str| Run { program: &program, args: &[arg], stdin: "", timeout }.output();
        let listed = ask("-lv").map_err(failed)?;
        // `flite --version` ends with status 1 although it answers.
        let version = match ask("--version") {
            Ok(output) => engine::first_line(&output, "version"),
            Err(_) => "unknown".into(),
        };
        let voices = voices(&String::from_utf8_lossy(&listed));
        Ok(Flite { program, timeout, version: version.into(), voices: voices.into() })
    }

    /// The voices this installation has, with the prefix.
    pub fn voices(&self) -> Vec<String> {
        self.voices.iter().map(|v| format!("{ENGINE}:{v}")).collect()
    }
}

/// `Voices available: kal awb_time kal16 …`, without the one that only tells the time.
fn voices(listed: &str) -> Vec<String> {
    let names = listed.split_once(':').map_or("", |(_, names)| names);
    names.split_whitespace().filter(|v| *v != "awb_time").map(str::to_string).collect()
}

fn failed(reason: String) -> ModelError {
    ModelError::Failed { engine: ENGINE, reason }
}

impl ClauseEngine for Flite {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn version(&self, _voice: &str) -> String {
        self.version.to_string()
    }

    fn check(&self, voice: &str) -> Result<(), ModelError> {
        // flite takes another voice without a word when it does not know one, and reads paths and addresses.
        if self.voices.iter().any(|v| v == voice) {
            return Ok(());
        }
        let known = self.voices.join(", ");
        Err(ModelError::Unsupported(format!("flite has no voice `{voice}` (it has {known})")))
    }

    fn clause(&self, text: &str, voice: &str, rate_percent: u16) -> Result<Wave, ModelError> {
        let text = fold_to_ascii(text).ok_or_else(|| {
            ModelError::Unsupported("flite speaks English only; use an `espeak:` voice for this text".into())
        })?;
        // It goes back in its output to write lengths, so that a pipe does not do.
        let file = tempfile::Builder::new()
            .prefix("warmline-")
            .suffix(".wav")
            .tempfile()
            .map_err(|e| failed(format!("no temporary file: {e}")))?;
        let path = file.path().to_str().ok_or_else(|| failed("the temporary folder's name is not UTF-8".into()))?;
        let stretch = format!("duration_stretch={:.3}", 100.0 / f64::from(rate_percent));
        let args = ["-voice", voice, "--setf", &stretch, "-f", "/dev/stdin", "-o", path];
        Run { program: &self.program, args: &args, stdin: &text, timeout: self.timeout }.output().map_err(failed)?;
        let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
        let mut wave = parse_program_output(&bytes).map_err(failed)?;
        trim_silence(&mut wave);
        Ok(wave)
    }
}

impl Tts for Flite {
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
    fn an_unknown_voice_is_named_with_those_there_are() {
        let flite = Flite::find(Duration::from_secs(20)).unwrap();
        for voice in ["nobody", "../kal", "http://127.0.0.1/x.flitevox", "-o"] {
            let error = flite.check(voice).unwrap_err().to_string();
            assert!(error.contains(voice) && error.contains("slt"), "{error}");
        }
    }

    #[test]
    fn a_faster_rate_is_shorter() {
        let flite = Flite::find(Duration::from_secs(20)).unwrap();
        let length = |rate| flite.clause("this is a reminder of your appointment", "kal", rate).unwrap().pcm.len();
        let (slow, normal, fast) = (length(70), length(100), length(140));
        assert!(slow > normal * 12 / 10 && fast < normal * 9 / 10, "{slow} {normal} {fast}");
    }

    #[test]
    fn text_flite_cannot_read_is_refused() {
        let flite = Flite::find(Duration::from_secs(20)).unwrap();
        assert!(matches!(flite.clause("Доброе утро", "kal", 100), Err(ModelError::Unsupported(_))));
    }
}
