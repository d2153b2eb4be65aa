//! The five traits an engine can implement, with shapes, units, errors and thread rules.
//!
//! Thread rule for all: an engine value is `Send`, used by one thread at a time; weights are shared
//! inside (an `Arc`ed session), so making another value of the same engine is cheap.

use crate::pool::CancelToken;
use std::{path::PathBuf, sync::Arc};

/// Why an engine could not be made or could not answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file the engine needs is not there; `hint` is the command that gets it.
    #[error("model file {path} is missing: {hint}")]
    Missing { path: PathBuf, hint: String },
    /// A file is there but is not what it should be.
    #[error("model file {path} cannot be used: {reason}")]
    Damaged { path: PathBuf, reason: String },
    /// A program the engine runs is not installed.
    #[error("program `{program}` is not installed: {hint}")]
    NoProgram { program: String, hint: String },
    /// The input cannot be handled (wrong rate, unsupported language).
    #[error("{0}")]
    Unsupported(String),
    /// The engine failed on this input.
    #[error("{engine} failed: {reason}")]
    Failed { engine: &'static str, reason: String },
}

/// Voice activity, one value per fixed chunk.
pub trait Vad: Send {
    /// Samples per chunk at 8 kHz (256 for Silero: 32 ms).
    fn chunk(&self) -> usize;
    /// Probability of speech, 0–1, for exactly one chunk. State carries over between chunks.
    fn probability(&mut self, chunk: &[i16]) -> Result<f32, ModelError>;
    /// Forget the past: a new call.
    fn reset(&mut self);
}

/// What a recogniser should expect of one utterance. Built once per dialog step and shared by calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AsrContext {
    /// BCP 47, such as `en` or `en-GB`.
    pub language: String,
    /// Whole phrases this step expects, normalised (lower case, no punctuation, numbers as words of the language).
    pub phrases: Vec<String>,
    /// Slot grammars this step expects.
    pub grammars: Vec<Grammar>,
    /// Sentences for the free-speech word n-gram (the whole template's phrases).
    pub free: Arc<Vec<String>>,
}

/// Closed grammars a recogniser may know how to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grammar {
    YesNo,
    /// Cardinal numbers.
    Number,
    /// A string of digits.
    Digits,
    Date,
    Time,
    /// Spelling: letters by their names, by the telephone alphabet or by any word ("b as in bravo"), and digits.
    Letters,
}

/// A word with its place in the utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub text: String,
    /// Milliseconds from the utterance's first sample.
    pub from_ms: u32,
    pub to_ms: u32,
    /// 0–1.
    pub confidence: f32,
}

/// One reading of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Normalised text: lower case words separated by one space.
    pub text: String,
    /// 0–1, calibrated so that 0.5 is the engine's own accept threshold.
    pub confidence: f32,
    pub words: Vec<Word>,
    /// It came from the step's phrases or grammars, not from free speech.
    pub expected: bool,
}

/// What was heard. `nbest[0]` is the best; empty means nothing that sounds like speech.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    pub nbest: Vec<Hypothesis>,
}

impl Transcript {
    /// The best reading.
    pub fn best(&self) -> Option<&Hypothesis> {
        self.nbest.first()
    }
}

/// Speech recognition, 8 kHz.
pub trait Asr: Send {
    /// Short name for records and metrics.
    fn name(&self) -> &'static str;
    /// Whether it hears `language` (BCP 47, such as `en` or `zh-TW`).
    fn hears(&self, language: &str) -> bool;
    /// Prepare a context (pronounce new words, build the graphs). May take a while; the result is shared.
    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError>;
    /// A reading of `pcm` (8 kHz) so far. `last` says that the utterance is over; partials may be cheaper.
    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError>;
    /// A reading of an utterance that is still being spoken, or (`last`) has just ended. The same as
    /// [`Asr::recognise`] of all its sound; an engine may keep in [`Utterance::state`] what it need not work out again.
    fn read(&mut self, utterance: &mut Utterance, last: bool) -> Result<Transcript, ModelError> {
        let context = utterance.context.clone();
        self.recognise(&utterance.pcm, context.as_ref(), last)
    }
    /// Utterances of different calls at once, answered in their order. Engines whose model takes a batch
    /// override it; the answers are those of [`Asr::read`], one by one.
    fn read_batch(&mut self, utterances: &mut [(&mut Utterance, bool)]) -> Vec<Result<Transcript, ModelError>> {
        utterances.iter_mut().map(|(utterance, last)| self.read(utterance, *last)).collect()
    }
    /// The most utterances that [`Asr::read_batch`] reads quicker than one after the other. With 1 they are
    /// never given together, since each would wait for the slowest.
    fn together(&self) -> usize {
        1
    }
}

/// One utterance as it is being spoken: its sound so far, and what the engine keeps between readings.
///
/// Any value of the same engine may carry on with it, so it can move between inference threads.
pub struct Utterance {
    context: Arc<dyn PreparedContext>,
    pcm: Vec<i16>,
    /// The engine's own; empty until it puts something there.
    pub state: Option<Box<dyn std::any::Any + Send>>,
    /// Cancelled when nobody waits for the reading any more.
    pub cancel: CancelToken,
}

impl Utterance {
    /// Nothing has been said yet.
    pub fn new(context: Arc<dyn PreparedContext>) -> Utterance {
        Utterance { context, pcm: Vec::new(), state: None, cancel: CancelToken::default() }
    }

    /// The next frames, 8 kHz.
    pub fn accept(&mut self, frames: &[i16]) {
        self.pcm.extend_from_slice(frames);
    }

    /// All sound so far.
    pub fn pcm(&self) -> &[i16] {
        &self.pcm
    }

    /// Somebody still waits for the reading. Engines look between their stages, and may answer nothing when not.
    pub fn wanted(&self) -> bool {
        !self.cancel.is_cancelled()
    }

    /// What the recogniser should expect.
    pub fn context(&self) -> &Arc<dyn PreparedContext> {
        &self.context
    }
}

/// An engine's own form of an [`AsrContext`].
pub trait PreparedContext: Send + Sync + std::any::Any {
    fn as_any(&self) -> &dyn std::any::Any;
}

/// Which voice should speak.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VoiceSpec {
    /// Engine and voice, such as `flite:slt` or `espeak:id`.
    pub voice: String,
    /// Percent of the voice's own speed, 50–200.
    pub rate_percent: u16,
}

/// Synthesised or recorded speech, mono, loudness-normalised.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    pub pcm: Arc<Vec<i16>>,
    pub sample_rate_hz: u32,
}

/// Speech synthesis.
pub trait Tts: Send {
    fn name(&self) -> &'static str;
    /// The rate this engine's voice speaks at, in Hz.
    fn sample_rate_hz(&self, voice: &VoiceSpec) -> Result<u32, ModelError>;
    /// Speak `text`; `sink` gets clauses as they are made and may return `false` to stop.
    fn speak(&mut self, text: &str, voice: &VoiceSpec, sink: &mut dyn FnMut(&[i16]) -> bool) -> Result<(), ModelError>;
}

/// Sentence embeddings.
pub trait Embedder: Send {
    /// Length of one vector (384 for MiniLM).
    fn dimensions(&self) -> usize;
    /// Unit-length vectors, one per text, in order.
    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, ModelError>;
    /// The most texts that are embedded quicker in one run than one after the other.
    fn together(&self) -> usize {
        1
    }
}

/// Labels with a probability each, from numbers that describe something (a piece of sound, a turn, a call).
pub trait Classifier: Send + Sync {
    /// What can come out, in the order of the probabilities.
    fn labels(&self) -> &[String];
    /// Length of the description.
    fn dimensions(&self) -> usize;
    /// One probability per label; they sum to 1. [`ModelError::Unsupported`] when `features` has another length.
    fn classify(&self, features: &[f32]) -> Result<Vec<f32>, ModelError>;
}
