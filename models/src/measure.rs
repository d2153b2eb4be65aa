//! Does a model of the manifest load, and how fast is it on this machine?

use crate::{
    Asr, AsrContext, Embedder, ModelError, Vad, VoiceSpec,
    engines::load_asr,
    minilm::MiniLm,
    onnx::Runtime,
    silero::Silero,
    store::{ModelInfo, Store, Task},
    synth::{Voice, VoiceConfig},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// One thread's speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Speed {
    /// What was timed.
    pub what: &'static str,
    pub load_ms: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    /// Milliseconds of sound that one run heard or made.
    pub audio_ms: Option<f64>,
}

/// A loaded model of any task.
pub enum Loaded {
    Runtime,
    Vad(Box<dyn Vad>),
    Embedder(Box<dyn Embedder>),
    Asr(Box<dyn Asr>),
    /// The voices, and the one to measure.
    Voice(Box<Voice>, VoiceSpec),
}

/// How long this thread has had a processor, to the nanosecond: other programs on the machine do not count. (The
/// kernel's statistics in `/proc` move by its ticks, of 4 ms on many machines.)
pub fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}

const RUNS: usize = 40;
const SENTENCE: &str = "could we do it on another day, perhaps next week after five";

/// Load `model` as a call would.
pub fn load(store: &Store, model: &ModelInfo) -> Result<Loaded, ModelError> {
    let unknown = || ModelError::Unsupported(format!("no engine `{}` is known for `{}`", model.engine, model.id()));
    Ok(match (model.task, model.engine.as_str()) {
        (Task::Runtime, _) => {
            Runtime::get(store)?;
            Loaded::Runtime
        }
        (Task::Vad, "silero") => Loaded::Vad(Box::new(Silero::load(store)?)),
        (Task::Embed, "minilm") => Loaded::Embedder(Box::new(MiniLm::load(store, 1)?)),
        (Task::Asr, _) => Loaded::Asr(load_asr(store, &model.id(), 1)?.pop().ok_or_else(unknown)?),
        (Task::Tts, engine) => {
            let name = match engine {
                "flite" => "flite:slt".to_owned(),
                "espeak" => "espeak:en-gb".to_owned(),
                _ => format!("{engine}:{}", stem(model).ok_or_else(unknown)?),
            };
            let voice = Voice::new(VoiceConfig { cache: None, ..VoiceConfig::default() })?;
            let spec = VoiceSpec { voice: name, rate_percent: 100 };
            voice.render("one", &spec)?;
            Loaded::Voice(Box::new(voice), spec)
        }
        _ => return Err(unknown()),
    })
}

/// `piper/en_US-amy.onnx` → `en_US-amy`.
fn stem(model: &ModelInfo) -> Option<&str> {
    Path::new(&model.files.first()?.path).file_stem()?.to_str()
}

/// Load `model` and time it; nothing for what has no speed of its own.
pub fn measure(store: &Store, model: &ModelInfo) -> Result<Option<Speed>, ModelError> {
    let started = now();
    let mut loaded = load(store, model)?;
    let load_ms = ms(started.elapsed());
    let (what, audio_ms, mut took) = match &mut loaded {
        Loaded::Runtime => return Ok(None),
        Loaded::Vad(vad) => {
            let sound = noise(vad.chunk());
            ("one chunk of sound", Some(vad.chunk() as f64 / 8.0), timed(|_| vad.probability(&sound).map(drop))?)
        }
        Loaded::Embedder(embedder) => {
            ("a sentence of 12 words", None, timed(|_| embedder.embed(&[SENTENCE]).map(drop))?)
        }
        Loaded::Asr(asr) => {
            let spoken = speech()?;
            let language = model.languages.first().cloned().unwrap_or_default();
            let context = asr.prepare(&AsrContext { language, ..AsrContext::default() })?;
            let took = timed(|_| asr.recognise(&spoken, context.as_ref(), true).map(drop))?;
            ("a sentence of free speech", Some(spoken.len() as f64 / 8.0), took)
        }
        Loaded::Voice(voice, spec) => {
            let mut samples = 0;
            let clause = |i: usize| format!("your appointment number {i} is tomorrow at ten");
            let took = timed(|i| voice.render(&clause(i), spec).map(|pcm| samples = pcm.len()))?;
            ("a new clause", Some(samples as f64 / 8.0), took)
        }
    };
    took.sort_by(f64::total_cmp);
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    Ok(Some(Speed { what, load_ms, p50_ms: at(50), p95_ms: at(95), audio_ms }))
}

fn timed(mut once: impl FnMut(usize) -> Result<(), ModelError>) -> Result<Vec<f64>, ModelError> {
    once(0)?;
    (1..=RUNS)
        .map(|i| {
            let started = now();
            once(i)?;
            Ok(ms(started.elapsed()))
        })
        .collect()
}

/// A sentence in a voice that every set-up has.
fn speech() -> Result<Vec<i16>, ModelError> {
    let voice = Voice::new(VoiceConfig { cache: None, ..VoiceConfig::default() })?;
    let spec = VoiceSpec { voice: "flite:slt".into(), rate_percent: 100 };
    Ok(voice.render(SENTENCE, &spec)?.to_vec())
}

fn noise(samples: usize) -> Vec<i16> {
    (0..samples as i32).map(|i| ((i * 7_919) % 4_001 - 2_000) as i16).collect()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_set_up_brings_loads_and_has_a_speed() {
        let store = Store::locate().unwrap();
        for name in ["silero-vad", "all-minilm-l6-v2", "espeak-ng"] {
            let speed = measure(&store, store.find(name).unwrap()).unwrap().unwrap();
            assert!(speed.p50_ms > 0.0 && speed.p95_ms >= speed.p50_ms, "{name}: {speed:?}");
        }
        assert!(measure(&store, store.find("onnxruntime").unwrap()).unwrap().is_none());
    }
}
