//! Voices: texts rendered once by installed programs, kept as 8 kHz files, read back on the next start.
//!
//! Nothing is synthesised during a call: every line of the file is rendered before the carrier listens, on all
//! cores. The cache may be deleted at any time.

mod clip;
mod engine;
pub mod line;
mod resample;

pub use clip::Clip;
pub use engine::Voice;

use crate::hear::phrases::{Background, Phrases, UNRELATED};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a text could not be spoken.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    #[error("`{0}` is no voice: use flite:NAME, espeak:NAME or festival:NAME")]
    Unknown(String),
    #[error("program `{program}` is not installed: apt-get install {package}")]
    NoProgram { program: &'static str, package: &'static str },
    #[error("voice {voice} failed: {reason}")]
    Failed { voice: String, reason: String },
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}

/// One text in one voice.
pub type Job = (Voice, String);

/// Rendered texts.
#[derive(Debug, Default)]
pub struct Bank {
    spoken: HashMap<Job, Arc<Vec<i16>>>,
}

impl Bank {
    /// Renders every job that `cache` does not hold yet.
    pub fn render(jobs: impl IntoIterator<Item = Job>, cache: &Path) -> Result<Self, VoiceError> {
        std::fs::create_dir_all(cache)
            .map_err(|source| VoiceError::Io { what: format!("cannot make {}", cache.display()), source })?;
        let jobs: Vec<Job> = jobs.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let next = AtomicUsize::new(0);
        let spoken = Mutex::new(HashMap::with_capacity(jobs.len()));
        let failed = Mutex::new(None);
        let work = || {
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                match render_one(job, cache) {
                    Ok(pcm) => {
                        spoken.lock().unwrap_or_else(PoisonError::into_inner).insert(job.clone(), Arc::new(pcm));
                    }
                    Err(e) => {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
                        next.store(jobs.len(), Ordering::Relaxed);
                    }
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(e) => Err(e),
            None => Ok(Self { spoken: spoken.into_inner().unwrap_or_else(PoisonError::into_inner) }),
        }
    }

    /// The speech of one text, or nothing when it was not among the jobs.
    pub fn get(&self, voice: &Voice, text: &str) -> Option<&Arc<Vec<i16>>> {
        self.spoken.get(&(voice.clone(), text.to_string()))
    }

    /// A line with its pauses, ready to play. Words that were not rendered are silent, which [`Bank::render`] of
    /// [`line::Line::texts`] rules out.
    pub fn clip(&self, voice: &Voice, line: &line::Line) -> Clip {
        let mut clip = Clip::default();
        for part in &line.parts {
            match part {
                line::Part::Words(words) => {
                    if let Some(pcm) = self.get(voice, words) {
                        clip.push_speech(pcm);
                    }
                }
                line::Part::Pause(ms) => clip.push_silence(*ms),
                line::Part::MayPause => {}
            }
        }
        clip
    }
}

/// `wanted` as it sounds in each of `voices`, for those who listen.
pub fn phrases(wanted: &[String], voices: &[String], cache: &Path) -> Result<Phrases, VoiceError> {
    let voices: Vec<Voice> = voices.iter().map(|v| v.parse()).collect::<Result<_, _>>()?;
    let mut phrases = Phrases::default();
    if wanted.is_empty() {
        return Ok(phrases);
    }
    let texts = || wanted.iter().map(String::as_str).chain(UNRELATED);
    let jobs = voices.iter().flat_map(|voice| texts().map(|text| (voice.clone(), text.to_string())));
    let bank = Bank::render(jobs, cache)?;
    for voice in &voices {
        let background = Background::new(UNRELATED.iter().filter_map(|t| bank.get(voice, t)).map(|pcm| pcm.as_slice()));
        for phrase in wanted {
            if let Some(pcm) = bank.get(voice, phrase) {
                phrases.learn(phrase, pcm, &background);
            }
        }
    }
    Ok(phrases)
}

fn render_one((voice, text): &Job, cache: &Path) -> Result<Vec<i16>, VoiceError> {
    let file = cache.join(format!("{:016x}.wav", fnv(&format!("v1 {voice} {text}"))));
    if let Ok(pcm) = read(&file) {
        return Ok(pcm.0);
    }
    // Two carriers may share a cache: each writes under its own name, the last rename wins.
    let own = |kind: &str| -> PathBuf { file.with_extension(format!("{}.{kind}", std::process::id())) };
    let (raw, done) = (own("raw"), own("new"));
    voice.speak(text, &raw)?;
    let unreadable = |reason: hound::Error| VoiceError::Failed { voice: voice.to_string(), reason: reason.to_string() };
    let (pcm, rate) = read(&raw).map_err(unreadable)?;
    let io = |source| VoiceError::Io { what: format!("cannot write {}", file.display()), source };
    std::fs::remove_file(&raw).map_err(io)?;
    let pcm = clip::level(clip::trim(&resample::to_8k(&pcm, rate)));
    if pcm.is_empty() {
        return Err(VoiceError::Failed { voice: voice.to_string(), reason: format!("`{text}` gave no sound") });
    }
    write(&done, &pcm).map_err(unreadable)?;
    std::fs::rename(&done, &file).map_err(io)?;
    Ok(pcm)
}

fn read(path: &Path) -> Result<(Vec<i16>, u32), hound::Error> {
    let mut wav = hound::WavReader::open(path)?;
    let pcm = wav.samples::<i16>().collect::<Result<_, _>>()?;
    Ok((pcm, wav.spec().sample_rate))
}

fn write(path: &Path, pcm: &[i16]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: crate::RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec)?;
    for sample in pcm {
        wav.write_sample(*sample)?;
    }
    wav.finalize()
}

/// FNV-1a: a stable name for a cache file.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
