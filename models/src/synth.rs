//! The voice of the bot: text in, 8 kHz speech out, whatever engine speaks.
//!
//! Picks the engine by the voice's prefix (`flite:slt`, `espeak:en-gb`, `piper:name`, `recorded:folder`,
//! `wav:file`), brings every clause to 8 kHz and the same loudness, and remembers clauses, so that a prompt is
//! synthesised once and only the personal part of it again for each person.

use crate::{
    ModelError, VoiceSpec,
    cache::{Disk, Memory, key},
    engine::{ClauseEngine, split_voice},
    espeak::Espeak,
    flite::Flite,
    loudness,
    recordings::{Known, Recordings},
    resample::resample,
    text::{Clause, clauses},
    wave::Wave,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The rate of everything that leaves here.
pub const RATE_HZ: u32 = 8_000;
/// Part of every key: to be raised when clauses are made differently from the same engine's output.
const PIPELINE: &str = "1";

/// Where things are kept and how long an engine may take.
#[derive(Clone, Debug)]
pub struct VoiceConfig {
    /// Folder of clauses kept between runs; none are kept without one.
    pub cache: Option<PathBuf>,
    /// Most bytes in that folder.
    pub cache_bytes: u64,
    /// Days after its last use that a clause stays in that folder: clauses with names in them are personal data.
    pub cache_days: u32,
    /// Most bytes of clauses in memory.
    pub memory_bytes: usize,
    /// Folder of recorded prompts, for voices `wav:…` and `recorded:…`.
    pub recordings: Option<PathBuf>,
    /// The model store with the voices of Piper; the one [`crate::store::Store::locate`] finds when absent.
    pub models: Option<PathBuf>,
    /// For one clause.
    pub timeout: Duration,
}

impl Default for VoiceConfig {
    fn default() -> Self {
        VoiceConfig {
            cache: None,
            cache_bytes: 512 << 20,
            cache_days: 30,
            memory_bytes: 64 << 20,
            recordings: None,
            models: None,
            timeout: Duration::from_secs(10),
        }
    }
}

/// How often clauses were asked for and where they came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceStats {
    pub from_memory: u64,
    pub from_disk: u64,
    pub synthesised: u64,
}

/// All voices. Shared by threads (`Arc<Voice>`); calls block while an engine works.
pub struct Voice {
    config: VoiceConfig,
    memory: Memory,
    disk: Option<Disk>,
    recordings: Recordings,
    flite: Mutex<Option<Arc<Flite>>>,
    espeak: Mutex<Option<Arc<Espeak>>>,
    #[cfg(feature = "piper")]
    piper: Mutex<Option<Arc<crate::piper::Piper>>>,
    from_memory: AtomicU64,
    from_disk: AtomicU64,
    synthesised: AtomicU64,
}

impl Voice {
    /// Engines are looked for when a voice of theirs is first asked for.
    /// [`ModelError::Failed`] when the cache folder cannot be used.
    pub fn new(config: VoiceConfig) -> Result<Voice, ModelError> {
        let disk = config.cache.as_deref().map(|folder| {
            Disk::open(folder, config.cache_bytes, config.cache_days)
                .map_err(|e| ModelError::Failed { engine: "voice cache", reason: format!("{}: {e}", folder.display()) })
        });
        Ok(Voice {
            memory: Memory::new(config.memory_bytes),
            disk: disk.transpose()?,
            recordings: Recordings::new(config.recordings.clone()),
            config,
            flite: Mutex::default(),
            espeak: Mutex::default(),
            #[cfg(feature = "piper")]
            piper: Mutex::default(),
            from_memory: AtomicU64::new(0),
            from_disk: AtomicU64::new(0),
            synthesised: AtomicU64::new(0),
        })
    }

    /// Whether `voice` can speak here; the error says what is missing.
    pub fn check(&self, voice: &VoiceSpec) -> Result<(), ModelError> {
        match split_voice(voice)? {
            ("wav", name) => self.recorded(name).map(drop),
            ("recorded", name) => {
                let (folder, rest) = split_rest(name);
                self.recordings.index(folder)?;
                rest.map_or(Ok(()), |voice_name| self.check(&other(voice, voice_name)))
            }
            (engine, name) => self.engine(engine)?.check(name),
        }
    }

    /// The whole of `text` at 8 kHz. Empty when there is nothing to say in it.
    pub fn render(&self, text: &str, voice: &VoiceSpec) -> Result<Arc<Vec<i16>>, ModelError> {
        let mut whole: Vec<Arc<Vec<i16>>> = Vec::new();
        self.speak(text, voice, &mut |piece| {
            whole.push(piece.clone());
            true
        })?;
        match whole.as_slice() {
            [one] => Ok(one.clone()),
            pieces => Ok(Arc::new(pieces.iter().flat_map(|p| p.iter().copied()).collect())),
        }
    }

    /// `text` at 8 kHz, clause by clause with the pauses between them; `sink` may return `false` to stop.
    pub fn speak(
        &self,
        text: &str,
        voice: &VoiceSpec,
        sink: &mut dyn FnMut(&Arc<Vec<i16>>) -> bool,
    ) -> Result<(), ModelError> {
        let (prefix, name) = split_voice(voice)?;
        match prefix {
            "wav" => {
                sink(&self.recorded(name)?);
                Ok(())
            }
            "recorded" => self.speak_recorded(text, voice, name, sink),
            _ => {
                let engine = self.engine(prefix)?;
                engine.check(name)?;
                let speak = |clause: &str| self.clause(engine.as_ref(), clause, name, voice.rate_percent);
                each_clause(&clauses(text)?, speak, sink)
            }
        }
    }

    /// The recording of the whole text, else one of each clause, else the voice after the bar.
    fn speak_recorded(
        &self,
        text: &str,
        voice: &VoiceSpec,
        name: &str,
        sink: &mut dyn FnMut(&Arc<Vec<i16>>) -> bool,
    ) -> Result<(), ModelError> {
        let (folder, rest) = split_rest(name);
        let prompts = self.recordings.index(folder)?;
        if let Some(path) = prompts.find(text) {
            sink(&self.play(path)?);
            return Ok(());
        }
        let speak = |clause: &str| match (prompts.find(clause), rest) {
            (Some(path), _) => self.play(path),
            (None, Some(rest)) => self.render(clause, &other(voice, rest)),
            (None, None) => Err(prompts.lacks(clause)),
        };
        each_clause(&clauses(text)?, speak, sink)
    }

    /// The whole of `text` if every part of it is in memory: no engine, no disk, no waiting.
    pub fn remembered(&self, text: &str, voice: &VoiceSpec) -> Option<Arc<Vec<i16>>> {
        let (prefix, name) = split_voice(voice).ok()?;
        match prefix {
            "wav" => self.known(&self.recordings.path(name).ok()?),
            "recorded" => self.remembered_recorded(text, voice, name),
            _ => {
                let engine = self.engine(prefix).ok()?;
                let key = |clause: &str| clause_key(engine.as_ref(), clause, name, voice.rate_percent);
                joined(&clauses(text).ok()?, |clause| self.memory.get(&key(clause)))
            }
        }
    }

    fn remembered_recorded(&self, text: &str, voice: &VoiceSpec, name: &str) -> Option<Arc<Vec<i16>>> {
        let (folder, rest) = split_rest(name);
        let prompts = self.recordings.known_index(folder)?;
        if let Some(path) = prompts.find(text) {
            return self.known(path);
        }
        joined(&clauses(text).ok()?, |clause| match (prompts.find(clause), rest) {
            (Some(path), _) => self.known(path),
            (None, Some(rest)) => self.remembered(clause, &other(voice, rest)),
            (None, None) => None,
        })
    }

    fn known(&self, path: &Path) -> Option<Arc<Vec<i16>>> {
        match self.recordings.known(path, &self.memory) {
            Known::Sound(sound) => Some(sound),
            Known::Unplayable | Known::No => None,
        }
    }

    /// What is known of the recording `name` of the recordings folder, without looking there.
    pub fn known_recording(&self, name: &str) -> Known {
        match self.recordings.path(name) {
            Ok(path) => self.recordings.known(&path, &self.memory),
            Err(_) => Known::Unplayable,
        }
    }

    /// Where clauses have come from since the start.
    pub fn stats(&self) -> VoiceStats {
        VoiceStats {
            from_memory: self.from_memory.load(Ordering::Relaxed),
            from_disk: self.from_disk.load(Ordering::Relaxed),
            synthesised: self.synthesised.load(Ordering::Relaxed),
        }
    }

    fn clause(
        &self,
        engine: &dyn ClauseEngine,
        text: &str,
        voice: &str,
        rate_percent: u16,
    ) -> Result<Arc<Vec<i16>>, ModelError> {
        let key = clause_key(engine, text, voice, rate_percent);
        if let Some(pcm) = self.memory.get(&key) {
            self.from_memory.fetch_add(1, Ordering::Relaxed);
            return Ok(pcm);
        }
        let pcm = match self.disk.as_ref().and_then(|d| d.get(&key)) {
            Some(pcm) => {
                self.from_disk.fetch_add(1, Ordering::Relaxed);
                Arc::new(pcm)
            }
            None => {
                let pcm = Arc::new(for_the_line(engine.clause(text, voice, rate_percent)?));
                self.synthesised.fetch_add(1, Ordering::Relaxed);
                self.keep(&key, &pcm);
                pcm
            }
        };
        self.memory.put(key, pcm.clone());
        Ok(pcm)
    }

    fn keep(&self, key: &str, pcm: &[i16]) {
        if let Some(disk) = &self.disk
            && let Err(e) = disk.put(key, pcm)
        {
            // Speech goes on without the cache.
            tracing::warn!("a spoken clause could not be kept on disk: {e}");
        }
    }

    fn engine(&self, prefix: &str) -> Result<Arc<dyn ClauseEngine>, ModelError> {
        let timeout = self.config.timeout;
        match prefix {
            "flite" => Ok(found(&self.flite, || Flite::find(timeout))?),
            "espeak" => Ok(found(&self.espeak, || Espeak::find(timeout))?),
            #[cfg(feature = "piper")]
            "piper" => Ok(found(&self.piper, || crate::piper::Piper::find(self.store()?, timeout))?),
            #[cfg(not(feature = "piper"))]
            "piper" => Err(ModelError::Unsupported(
                "this program was built without Piper: build it with `--features piper`, which links espeak-ng \
                 (GPL-3.0-or-later)"
                    .into(),
            )),
            _ => Err(ModelError::Unsupported(format!(
                "there is no speech engine `{prefix}` (there are flite, espeak, piper, recorded and wav)"
            ))),
        }
    }

    #[cfg(feature = "piper")]
    fn store(&self) -> Result<crate::store::Store, ModelError> {
        self.config.models.as_ref().map_or_else(crate::store::Store::locate, crate::store::Store::open)
    }

    /// A recorded prompt below the recordings folder: any WAV file, at 8 kHz and as loud as the voices.
    pub fn recorded(&self, name: &str) -> Result<Arc<Vec<i16>>, ModelError> {
        self.play(&self.recordings.path(name)?)
    }

    fn play(&self, path: &Path) -> Result<Arc<Vec<i16>>, ModelError> {
        self.recordings.play(path, &self.memory, for_the_line)
    }
}

/// `anna|flite:slt` → (`anna`, `flite:slt`): the folder, and the voice for what is not in it.
fn split_rest(name: &str) -> (&str, Option<&str>) {
    name.split_once('|').map_or((name, None), |(folder, rest)| (folder.trim(), Some(rest.trim())))
}

/// Another voice at the same rate.
fn other(voice: &VoiceSpec, name: &str) -> VoiceSpec {
    VoiceSpec { voice: name.to_owned(), rate_percent: voice.rate_percent }
}

/// Clauses with the pauses between them, until `sink` has had enough.
fn each_clause(
    clauses: &[Clause],
    speak: impl Fn(&str) -> Result<Arc<Vec<i16>>, ModelError>,
    sink: &mut dyn FnMut(&Arc<Vec<i16>>) -> bool,
) -> Result<(), ModelError> {
    for (i, clause) in clauses.iter().enumerate() {
        let pcm = speak(&clause.text)?;
        let last = i + 1 == clauses.len();
        let goes_on = sink(&pcm) && (last || sink(&silence(clause.pause_ms)));
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// Clauses with the pauses between them, if all of them can be had.
fn joined(clauses: &[Clause], sound: impl Fn(&str) -> Option<Arc<Vec<i16>>>) -> Option<Arc<Vec<i16>>> {
    let mut whole = Vec::new();
    for (i, clause) in clauses.iter().enumerate() {
        let pcm = sound(&clause.text)?;
        if clauses.len() == 1 {
            return Some(pcm);
        }
        whole.extend_from_slice(&pcm);
        if i + 1 < clauses.len() {
            whole.extend_from_slice(&silence(clause.pause_ms));
        }
    }
    Some(Arc::new(whole))
}

/// The engine, looked for again as long as it has not been found: it may be installed while we run.
fn found<E>(slot: &Mutex<Option<Arc<E>>>, find: impl FnOnce() -> Result<E, ModelError>) -> Result<Arc<E>, ModelError> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = &*slot {
        return Ok(engine.clone());
    }
    let engine = Arc::new(find()?);
    *slot = Some(engine.clone());
    Ok(engine)
}

/// At 8 kHz and at the usual loudness.
fn for_the_line(wave: Wave) -> Vec<i16> {
    let mut pcm = resample(&wave.pcm, wave.rate_hz, RATE_HZ);
    loudness::normalise(&mut pcm);
    pcm
}

fn clause_key(engine: &dyn ClauseEngine, text: &str, voice: &str, rate_percent: u16) -> String {
    key(&[PIPELINE, engine.name(), &engine.version(voice), voice, &rate_percent.to_string(), text])
}

fn silence(ms: u32) -> Arc<Vec<i16>> {
    Arc::new(vec![0; (RATE_HZ / 1_000 * ms) as usize])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn spec(voice: &str) -> VoiceSpec {
        VoiceSpec { voice: voice.into(), rate_percent: 100 }
    }

    fn with_cache(folder: &Path) -> Voice {
        let timeout = Duration::from_secs(30);
        Voice::new(VoiceConfig { cache: Some(folder.into()), timeout, ..VoiceConfig::default() }).unwrap()
    }

    #[test]
    fn only_the_personal_part_is_spoken_anew_and_nothing_in_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let voice = with_cache(dir.path());
        let prompt = |name: &str| format!("Hello {name}, this is a reminder from the clinic. Is that right?");
        let anna = voice.render(&prompt("Anna"), &spec("flite:kal")).unwrap();
        assert_eq!(voice.stats().synthesised, 3);
        voice.render(&prompt("Bob"), &spec("flite:kal")).unwrap();
        assert_eq!(voice.stats(), VoiceStats { from_memory: 2, from_disk: 0, synthesised: 4 });
        let again = with_cache(dir.path());
        assert_eq!(again.render(&prompt("Anna"), &spec("flite:kal")).unwrap(), anna);
        assert_eq!(again.stats(), VoiceStats { from_memory: 0, from_disk: 3, synthesised: 0 });
    }

    #[test]
    fn every_voice_is_equally_loud() {
        let voice = Voice::new(VoiceConfig { timeout: Duration::from_secs(30), ..VoiceConfig::default() }).unwrap();
        for name in ["flite:kal", "flite:slt", "flite:rms", "espeak:en-gb", "espeak:id", "espeak:de+f2"] {
            let pcm = voice.render("good morning, how are you", &spec(name)).unwrap();
            let level = loudness::active_level_dbfs(&pcm).unwrap();
            assert!((level + 20.0).abs() < 1.0, "{name}: {level} dBFS");
            // −1 dBFS.
            assert!(pcm.iter().all(|s| s.unsigned_abs() <= 29_205), "{name} clips");
            assert!(pcm.iter().take(800).any(|&s| s.unsigned_abs() > 300), "{name} starts late");
        }
    }

    #[test]
    fn the_sink_can_stop_the_speaker() {
        let voice = Voice::new(VoiceConfig { timeout: Duration::from_secs(30), ..VoiceConfig::default() }).unwrap();
        let mut pieces = 0;
        let stop = &mut |_: &Arc<Vec<i16>>| {
            pieces += 1;
            false
        };
        voice.speak("One thing. Another thing. A third thing.", &spec("flite:kal"), stop).unwrap();
        assert_eq!((pieces, voice.stats().synthesised), (1, 1));
    }

    #[test]
    fn wrong_voices_are_explained() {
        let voice = Voice::new(VoiceConfig::default()).unwrap();
        for (name, word) in [
            ("slt", "engine:voice"),
            ("flite:", "engine:voice"),
            ("festival:kal", "no speech engine `festival`"),
            ("flite:nobody", "no voice `nobody`"),
            ("wav:x.wav", "no folder"),
        ] {
            let error = voice.check(&spec(name)).unwrap_err().to_string();
            assert!(error.contains(word), "{name}: {error}");
        }
        let rushed = VoiceSpec { voice: "flite:slt".into(), rate_percent: 900 };
        assert!(voice.check(&rushed).unwrap_err().to_string().contains("900"));
    }

    #[test]
    fn recordings_are_played_from_their_folder_only() {
        let dir = tempfile::tempdir().unwrap();
        let wav = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(dir.path().join("hi.wav"), wav).unwrap();
        (0..16_000).for_each(|i| writer.write_sample(((f64::from(i) * 0.2).sin() * 900.0) as i16).unwrap());
        writer.finalize().unwrap();
        std::fs::write(dir.path().join("bad.wav"), "no sound").unwrap();
        let config = VoiceConfig { recordings: Some(dir.path().into()), ..VoiceConfig::default() };
        let voice = Voice::new(config).unwrap();
        assert_eq!(
            (voice.known_recording("hi.wav"), voice.known_recording("../hi.wav")),
            (Known::No, Known::Unplayable)
        );
        let played = voice.render("what it says", &spec("wav:hi.wav")).unwrap();
        assert_eq!(played.len(), 8_000);
        assert!((loudness::active_level_dbfs(&played).unwrap() - loudness::TARGET_DBFS).abs() < 0.5);
        assert_eq!(voice.remembered("anything", &spec("wav:hi.wav")), Some(played.clone()));
        assert_eq!(voice.known_recording("hi.wav"), Known::Sound(played));
        assert!(matches!(voice.check(&spec("wav:bad.wav")), Err(ModelError::Damaged { .. })));
        assert!(matches!(voice.check(&spec("wav:none.wav")), Err(ModelError::Missing { .. })));
        assert_eq!(voice.known_recording("bad.wav"), Known::Unplayable);
        for outside in ["wav:../hi.wav", "wav:/etc/passwd"] {
            assert!(matches!(voice.check(&spec(outside)), Err(ModelError::Unsupported(_))), "{outside}");
        }
    }

    #[test]
    fn what_is_recorded_is_played_and_the_rest_is_spoken() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("anna")).unwrap();
        let tone = |name: &str, samples: i32| {
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: 8_000,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let mut writer = hound::WavWriter::create(dir.path().join("anna").join(name), spec).unwrap();
            (0..samples).for_each(|i| writer.write_sample(((f64::from(i) * 0.2).sin() * 900.0) as i16).unwrap());
            writer.finalize().unwrap();
        };
        tone("reminder.wav", 4_000);
        tone("bye.wav", 2_000);
        let index = "reminder.wav = this is a reminder from the clinic\nbye.wav = Thank you. Good bye!\n";
        std::fs::write(dir.path().join("anna/prompts.txt"), index).unwrap();
        let config = VoiceConfig { recordings: Some(dir.path().into()), ..VoiceConfig::default() };
        let voice = Voice::new(config).unwrap();
        let prompt = "Hello Bob, this is a reminder from the clinic.";
        assert_eq!(voice.render("thank you – good bye", &spec("recorded:anna")).unwrap().len(), 2_000);
        let error = voice.render(prompt, &spec("recorded:anna")).unwrap_err().to_string();
        assert!(error.contains("\"Hello Bob,\""), "{error}");
        let mixed = spec("recorded:anna|flite:kal");
        voice.check(&mixed).unwrap();
        let mut pieces = Vec::new();
        voice
            .speak(prompt, &mixed, &mut |pcm| {
                pieces.push(pcm.len());
                true
            })
            .unwrap();
        assert_eq!((pieces.len(), pieces[2], voice.stats().synthesised), (3, 4_000, 1));
        assert_eq!(voice.remembered(prompt, &mixed), Some(voice.render(prompt, &mixed).unwrap()));
        assert_eq!(voice.remembered("Hello Ann.", &mixed), None);
        assert!(voice.check(&spec("recorded:anna|flite:nobody")).is_err());
        assert!(voice.check(&spec("recorded:../anna")).is_err());
    }

    #[test]
    fn an_unusable_cache_folder_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let config = VoiceConfig { cache: Some(file.join("below")), ..VoiceConfig::default() };
        assert!(Voice::new(config).err().unwrap().to_string().contains("below"));
    }
}
