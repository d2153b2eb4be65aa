//! Piper voices: `piper:NAME` speaks with `piper/NAME.onnx` and `piper/NAME.onnx.json` of the model store,
//! `piper:NAME#3` or `piper:NAME#anna` with one speaker of a voice that has several.
//!
//! Behind the feature `piper`, since the crate that runs the network links espeak-ng (GPL-3.0-or-later), and
//! so does every binary built with it. The phonemes come from the program `espeak-ng` all the same: the
//! linked library keeps one state for the whole process, looks for its data beside the binary and loses the
//! punctuation that the network makes its melody of. Here each phrase is turned into phonemes by itself and
//! gets its sign back.
//!
//! A voice draws random numbers while it speaks, so the same text sounds a little different when it is made
//! again; the cache keeps the first. Published voices have not been run here, only made-up ones with the same
//! inputs and outputs.

use crate::{
    ModelError, Tts, VoiceSpec,
    engine::{self, ClauseEngine},
    espeak::is_plain_name,
    onnx::Runtime,
    process::{Run, locate},
    store::{Lease, SETUP_HINT, Store, hex},
    text::phrases,
    wave::{Wave, trim_silence},
};
use piper_rs::ModelConfig;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const ENGINE: &str = "piper";
const PROGRAM: &str = "espeak-ng";
/// What the network takes, in this order; the last only where a voice has several speakers.
const INPUTS: [&str; 4] = ["input", "input_lengths", "scales", "sid"];
/// Phonemes given to the network at once: its attention grows with their square.
const MOST_PHONEMES: usize = 400;
/// Longest sound taken from one run, in seconds: more is a damaged voice.
const MOST_SECONDS: usize = 120;

/// The engine; clones share the loaded voices.
#[derive(Clone)]
pub struct Piper {
    store: Store,
    program: PathBuf,
    timeout: Duration,
    loaded: Arc<Mutex<HashMap<String, Arc<Loaded>>>>,
}

/// One voice file.
struct Loaded {
    network: Mutex<piper_rs::Piper>,
    /// espeak-ng's name of the language whose phonemes it was trained on.
    language: String,
    speakers: u32,
    speaker_names: HashMap<String, i64>,
    /// The voice's own speed: more is slower.
    length_scale: f32,
    /// It was trained on letters and accents apart, as Piper's own phonemiser writes them.
    splits_accents: bool,
    version: String,
    /// While it lasts, nobody removes the voice; none for one that no manifest lists.
    _lease: Option<Lease>,
}

/// Parts of the voice's description that `piper-rs` does not look at.
#[derive(Deserialize)]
struct Description {
    #[serde(default = "espeak_phonemes")]
    phoneme_type: String,
}

fn espeak_phonemes() -> String {
    "espeak".into()
}

impl Piper {
    /// Voices of `store`; `timeout` is for the phonemes of one phrase. [`ModelError::NoProgram`] without espeak-ng.
    pub fn find(store: Store, timeout: Duration) -> Result<Piper, ModelError> {
        Ok(Piper { store, program: locate(PROGRAM)?, timeout, loaded: Arc::default() })
    }

    fn voice(&self, name: &str) -> Result<Arc<Loaded>, ModelError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = loaded.get(name) {
            return Ok(voice.clone());
        }
        let voice = Arc::new(Loaded::load(&self.store, name)?);
        loaded.insert(name.to_owned(), voice.clone());
        Ok(voice)
    }

    /// `həlˈoʊ, ˈænə.`: the phonemes of each phrase with the sign that ends it.
    fn phonemes(&self, text: &str, voice: &Loaded) -> Result<String, ModelError> {
        let args = ["-q", "-b", "1", "--ipa", "-v", &voice.language, "--stdin"];
        let mut all = String::new();
        for (phrase, sign) in phrases(text) {
            let run = Run { program: &self.program, args: &args, stdin: phrase, timeout: self.timeout };
            let output = run.output().map_err(|e| failed(format!("the phonemes by espeak-ng: {e}")))?;
            let spoken = without_language_marks(&String::from_utf8_lossy(&output));
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(&spoken.split_whitespace().collect::<Vec<_>>().join(" "));
            all.extend(sign);
        }
        Ok(if voice.splits_accents { split_accents(&all) } else { all })
    }
}

impl Loaded {
    fn load(store: &Store, name: &str) -> Result<Loaded, ModelError> {
        let (model, described) = (format!("piper/{name}.onnx"), format!("piper/{name}.onnx.json"));
        let listed = store.models().iter().find(|info| info.files.iter().any(|file| file.path == model));
        let lease = listed.and_then(|info| store.lease(&info.id()).ok());
        let read = |file: &str| store.read(file).map_err(|e| without_setup(e, name));
        let (bytes, text) = (read(&model)?, read(&described)?);
        let path = store.path(&described)?;
        let config = describe(&text, &path)?;
        let session = Runtime::get(store)?.own_session(&bytes, &store.path(&model)?)?;
        let wanted = &INPUTS[..if config.num_speakers > 1 { 4 } else { 3 }];
        let found: Vec<&str> = session.inputs().iter().map(|i| i.name()).collect();
        if found != wanted || session.outputs().is_empty() {
            let reason = format!("it takes {}, a Piper voice takes {}", found.join(", "), wanted.join(", "));
            return Err(ModelError::Damaged { path: store.path(&model)?, reason });
        }
        Ok(Loaded {
            language: config.espeak.voice.clone(),
            speakers: config.num_speakers,
            speaker_names: config.speaker_id_map.clone(),
            length_scale: config.inference.length_scale,
            splits_accents: config.phoneme_id_map.contains_key(&CEDILLA),
            version: hex(&Sha256::new().chain_update(&bytes).chain_update(&text).finalize()),
            _lease: lease,
            network: Mutex::new(piper_rs::Piper::from_session(session, config)),
        })
    }

    /// The speaker meant by what stands after the `#`: a number, or a name of the voice's description.
    fn speaker(&self, wanted: Option<&str>) -> Result<Option<i64>, ModelError> {
        let Some(wanted) = wanted else { return Ok(None) };
        let number = wanted.parse().ok().filter(|n| (0..i64::from(self.speakers)).contains(n));
        match number.or_else(|| self.speaker_names.get(wanted).copied()) {
            Some(speaker) => Ok(Some(speaker)),
            None => Err(ModelError::Unsupported(format!(
                "the Piper voice has no speaker `{wanted}`: it has {} (0 to {})",
                self.speakers,
                self.speakers.saturating_sub(1)
            ))),
        }
    }

    fn speak(&self, phonemes: &str, speaker: Option<i64>, rate_percent: u16) -> Result<Wave, ModelError> {
        let length_scale = self.length_scale * 100.0 / f32::from(rate_percent);
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wave = Wave { pcm: Vec::new(), rate_hz: 0 };
        for part in parts(phonemes) {
            let (samples, rate_hz) = network
                .create(part, true, speaker, Some(length_scale), None, None)
                .map_err(|e| failed(e.to_string()))?;
            if samples.len() > MOST_SECONDS * rate_hz as usize {
                return Err(failed(format!("it made more than {MOST_SECONDS} s of one clause")));
            }
            if samples.iter().any(|s| !s.is_finite()) {
                return Err(failed("it made samples that are no numbers".into()));
            }
            wave.rate_hz = rate_hz;
            wave.pcm.extend(samples.iter().map(|s| (s.clamp(-1.0, 1.0) * 32_767.0) as i16));
        }
        Ok(wave)
    }
}

/// The voice's description, with everything checked that the network is run with.
fn describe(text: &[u8], path: &Path) -> Result<ModelConfig, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
    let config: ModelConfig = serde_json::from_slice(text).map_err(|e| damaged(e.to_string()))?;
    let description: Description = serde_json::from_slice(text).map_err(|e| damaged(e.to_string()))?;
    if description.phoneme_type != "espeak" {
        return Err(damaged(format!("`phoneme_type` is `{}`, only `espeak` is known", description.phoneme_type)));
    }
    if !is_plain_name(&config.espeak.voice) {
        return Err(damaged(format!("`espeak.voice` is `{}`, no name of a language", config.espeak.voice)));
    }
    if !(8_000..=48_000).contains(&config.audio.sample_rate) {
        return Err(damaged(format!("`audio.sample_rate` is {} Hz", config.audio.sample_rate)));
    }
    if !(0.1..=10.0).contains(&config.inference.length_scale) {
        return Err(damaged(format!("`inference.length_scale` is {}", config.inference.length_scale)));
    }
    let first = |sign: char| config.phoneme_id_map.get(&sign).is_some_and(|ids| !ids.is_empty());
    match ['^', '$', '_'].into_iter().find(|sign| !first(*sign)) {
        Some(sign) => Err(damaged(format!("`phoneme_id_map` lacks `{sign}`"))),
        None => Ok(config),
    }
}

/// Set-up brings no voices: what to do about one that is missing.
fn without_setup(error: ModelError, name: &str) -> ModelError {
    match error {
        ModelError::Missing { path, hint } if hint == SETUP_HINT => {
            ModelError::Missing { path, hint: format!("put {name}.onnx and {name}.onnx.json of the voice there") }
        }
        other => other,
    }
}

fn failed(reason: String) -> ModelError {
    ModelError::Failed { engine: ENGINE, reason }
}

/// `anna#3` → (`anna`, `3`).
fn split_speaker(voice: &str) -> (&str, Option<&str>) {
    voice.split_once('#').map_or((voice, None), |(name, speaker)| (name, Some(speaker)))
}

/// Letters, digits and `-_.`: a file's name, neither a path nor hidden.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Without the `(en)` that espeak-ng writes where a word belongs to another language.
fn without_language_marks(phonemes: &str) -> String {
    let mut depth = 0u32;
    let keep = |sign: &char| {
        let inside = depth > 0;
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return !inside,
        }
        false
    };
    phonemes.chars().filter(keep).collect()
}

const CEDILLA: char = '\u{327}';

/// Canonical decomposition (Unicode NFD) of the composed letters that espeak-ng writes.
fn split_accents(phonemes: &str) -> String {
    let mut split = String::with_capacity(phonemes.len());
    for sign in phonemes.chars() {
        match sign {
            'ç' => split.extend(['c', CEDILLA]),
            'ã' => split.extend(['a', '\u{303}']),
            'ẽ' => split.extend(['e', '\u{303}']),
            'ĩ' => split.extend(['i', '\u{303}']),
            'õ' => split.extend(['o', '\u{303}']),
            'ũ' => split.extend(['u', '\u{303}']),
            other => split.push(other),
        }
    }
    split
}

/// At most [`MOST_PHONEMES`] at once, cut between words where there are any.
fn parts(phonemes: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = phonemes;
    while let Some((limit, _)) = rest.char_indices().nth(MOST_PHONEMES) {
        let at = rest[..limit].rfind(' ').filter(|at| *at > 0).unwrap_or(limit);
        found.push(&rest[..at]);
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

impl ClauseEngine for Piper {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn version(&self, voice: &str) -> String {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.get(split_speaker(voice).0).map_or_else(String::new, |voice| voice.version.clone())
    }

    fn check(&self, voice: &str) -> Result<(), ModelError> {
        let (name, speaker) = split_speaker(voice);
        if !is_file_name(name) {
            return Err(ModelError::Unsupported(format!("`piper:{name}` is no name of a voice in the model store")));
        }
        self.voice(name)?.speaker(speaker).map(drop)
    }

    fn clause(&self, text: &str, voice: &str, rate_percent: u16) -> Result<Wave, ModelError> {
        let (name, speaker) = split_speaker(voice);
        let voice = self.voice(name)?;
        let speaker = voice.speaker(speaker)?;
        let phonemes = self.phonemes(text, &voice)?;
        let mut wave = voice.speak(&phonemes, speaker, rate_percent)?;
        trim_silence(&mut wave);
        Ok(wave)
    }
}

impl Tts for Piper {
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
#[path = "piper_tests.rs"]
mod tests;
