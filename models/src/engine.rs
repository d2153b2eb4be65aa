//! What the speech programs have in common: they make one clause at a time.

use crate::{
    ModelError, VoiceSpec,
    text::{Clause, clauses},
    wave::Wave,
};

/// A synthesiser that is given one clean clause at a time. Used by several threads at once.
pub(crate) trait ClauseEngine: Send + Sync {
    /// Short name, also the prefix of its voices.
    fn name(&self) -> &'static str;
    /// Changes when the same text may sound different in this voice: part of the cache's key.
    fn version(&self, voice: &str) -> String;
    /// Whether the engine has this voice. `voice` is without the engine's prefix.
    fn check(&self, voice: &str) -> Result<(), ModelError>;
    /// Speech without silence around it, at the voice's own rate and loudness.
    fn clause(&self, text: &str, voice: &str, rate_percent: u16) -> Result<Wave, ModelError>;
}

/// `flite:slt` → (`flite`, `slt`), with the speaking rate checked.
pub(crate) fn split_voice(voice: &VoiceSpec) -> Result<(&str, &str), ModelError> {
    if !(50..=200).contains(&voice.rate_percent) {
        return Err(ModelError::Unsupported(format!(
            "a speaking rate of {} % is outside 50–200 %",
            voice.rate_percent
        )));
    }
    match voice.voice.split_once(':') {
        Some((engine, name)) if !name.is_empty() => Ok((engine, name)),
        _ => Err(ModelError::Unsupported(format!(
            "voice `{}` is not `engine:voice`, such as `flite:slt` or `espeak:en-gb`",
            voice.voice
        ))),
    }
}

/// The voice's name, when it is one of `engine`'s.
fn own_voice<'a>(engine: &dyn ClauseEngine, voice: &'a VoiceSpec) -> Result<&'a str, ModelError> {
    match split_voice(voice)? {
        (prefix, name) if prefix == engine.name() => Ok(name),
        _ => Err(ModelError::Unsupported(format!("voice `{}` is not one of {}", voice.voice, engine.name()))),
    }
}

/// [`crate::Tts::speak`] for a clause engine: clauses go to `sink` with the pauses between them.
pub(crate) fn speak(
    engine: &dyn ClauseEngine,
    text: &str,
    voice: &VoiceSpec,
    sink: &mut dyn FnMut(&[i16]) -> bool,
) -> Result<(), ModelError> {
    let name = own_voice(engine, voice)?;
    engine.check(name)?;
    let clauses = clauses(text)?;
    for (i, Clause { text, pause_ms }) in clauses.iter().enumerate() {
        let mut wave = engine.clause(text, name, voice.rate_percent)?;
        if i + 1 < clauses.len() {
            let pause = (u64::from(wave.rate_hz) * u64::from(*pause_ms) / 1_000) as usize;
            wave.pcm.resize(wave.pcm.len() + pause, 0);
        }
        if !sink(&wave.pcm) {
            break;
        }
    }
    Ok(())
}

/// [`crate::Tts::sample_rate_hz`] for a clause engine: asked of the engine itself, with a short word.
pub(crate) fn sample_rate_hz(engine: &dyn ClauseEngine, voice: &VoiceSpec) -> Result<u32, ModelError> {
    let name = own_voice(engine, voice)?;
    engine.check(name)?;
    Ok(engine.clause("a", name, 100)?.rate_hz)
}

/// The first line a program writes when asked for its version.
pub(crate) fn first_line(output: &[u8], containing: &str) -> String {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().find(|l| l.contains(containing)).or_else(|| text.lines().next());
    line.unwrap_or_default().trim().to_string()
}
