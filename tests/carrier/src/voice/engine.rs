//! The programs that speak, each called once per text and never while a call is up.

use super::VoiceError;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::str::FromStr;

/// A voice by engine and name: `flite:awb`, `espeak:en-gb-scotland`, `espeak:en-us+f2`, `festival:kal_diphone`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Voice {
    engine: Engine,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Engine {
    Flite,
    Espeak,
    Festival,
}

impl FromStr for Voice {
    type Err = VoiceError;

    fn from_str(text: &str) -> Result<Self, VoiceError> {
        let unknown = || VoiceError::Unknown(text.into());
        let (engine, name) = text.split_once(':').ok_or_else(unknown)?;
        let engine = match engine {
            "flite" => Engine::Flite,
            "espeak" => Engine::Espeak,
            "festival" => Engine::Festival,
            _ => return Err(unknown()),
        };
        // The name becomes an argument, for festival part of an expression.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_+".contains(c);
        if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
            return Err(unknown());
        }
        Ok(Self { engine, name: name.into() })
    }
}

impl fmt::Display for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match self.engine {
            Engine::Flite => "flite",
            Engine::Espeak => "espeak",
            Engine::Festival => "festival",
        };
        write!(f, "{engine}:{}", self.name)
    }
}

impl Voice {
    /// Writes `text` as a WAV file at the engine's own rate.
    pub(super) fn speak(&self, text: &str, wav: &Path) -> Result<(), VoiceError> {
        match self.engine {
            Engine::Flite => {
                self.run("flite", Command::new("flite").args(["-voice", &self.name, "-t", text, "-o"]).arg(wav), "")
            }
            Engine::Espeak => self.run(
                "espeak-ng",
                Command::new("espeak-ng").args(["-v", &self.name, "-w"]).arg(wav).arg("--stdin"),
                text,
            ),
            Engine::Festival => {
                let voice = format!("(voice_{})", self.name);
                self.run("text2wave", Command::new("text2wave").args(["-eval", &voice, "-o"]).arg(wav), text)
            }
        }
    }

    fn run(&self, program: &'static str, command: &mut Command, input: &str) -> Result<(), VoiceError> {
        let Output { status, stderr, .. } = pipe(command, input).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => VoiceError::NoProgram { program, package: self.package() },
            _ => VoiceError::Io { what: program.into(), source: e },
        })?;
        let complaint = String::from_utf8_lossy(&stderr);
        // flite and festival go on with another voice when they lack the one asked for.
        let missing = complaint.contains("unknown voice") || complaint.contains("unbound variable");
        if status.success() && !missing {
            return Ok(());
        }
        let reason = complaint.lines().next().unwrap_or("no message").to_string();
        Err(VoiceError::Failed { voice: self.to_string(), reason: format!("{program}: {reason} ({status})") })
    }

    /// Debian package that brings the voice.
    fn package(&self) -> &'static str {
        match (self.engine, self.name.as_str()) {
            (Engine::Flite, _) => "flite",
            (Engine::Espeak, _) => "espeak-ng",
            (Engine::Festival, "kal_diphone") => "festival festvox-kallpc16k",
            (Engine::Festival, _) => "festival festvox-us-slt-hts",
        }
    }
}

fn pipe(command: &mut Command, input: &str) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ignores its input may have closed it already.
        stdin.write_all(input.as_bytes()).or_else(|e| match e.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(e),
        })?;
    }
    child.wait_with_output()
}
