//! Stand-ins for the engines, for the tests of their callers: no model, no program, always the same answer.
//!
//! No configuration selects them, and nothing they return is a measurement of anything.

use crate::{Asr, AsrContext, Embedder, Hypothesis, ModelError, PreparedContext, Transcript, Tts, Vad, VoiceSpec};
use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Speech is whatever is louder than a fixed level.
#[derive(Clone, Debug, Default)]
pub struct FakeVad;

impl Vad for FakeVad {
    fn chunk(&self) -> usize {
        256
    }

    fn probability(&mut self, chunk: &[i16]) -> Result<f32, ModelError> {
        if chunk.len() != self.chunk() {
            return Err(ModelError::Unsupported(format!("a chunk is 256 samples, not {}", chunk.len())));
        }
        let peak = chunk.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
        Ok(if peak > 500 { 0.95 } else { 0.05 })
    }

    fn reset(&mut self) {}
}

/// Hears the phrases it was made with, one per utterance, in order; then nothing.
///
/// Silence is heard as nothing and uses up no phrase.
#[derive(Clone, Debug, Default)]
pub struct FakeAsr {
    phrases: std::collections::VecDeque<String>,
}

impl FakeAsr {
    pub fn new(phrases: &[&str]) -> FakeAsr {
        FakeAsr { phrases: phrases.iter().map(|p| p.to_string()).collect() }
    }
}

struct FakeContext(AsrContext);

impl PreparedContext for FakeContext {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Asr for FakeAsr {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn hears(&self, _: &str) -> bool {
        true
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        Ok(Arc::new(FakeContext(context.clone())))
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let Some(FakeContext(context)) = context.as_any().downcast_ref() else {
            return Err(ModelError::Unsupported("a context prepared by another engine".into()));
        };
        if pcm.iter().all(|&s| s == 0) {
            return Ok(Transcript::default());
        }
        let next = if last { self.phrases.pop_front() } else { self.phrases.front().cloned() };
        let heard = next.map(|text| {
            let expected = context.phrases.contains(&text);
            Hypothesis { text, confidence: if expected { 0.9 } else { 0.6 }, words: Vec::new(), expected }
        });
        Ok(Transcript { nbest: heard.into_iter().collect() })
    }
}

/// Hears the same words in everything that is not silence, and takes as long as it is told: a machine with too much
/// to do.
#[derive(Clone, Debug)]
pub struct SlowAsr {
    pub hears: String,
    /// Milliseconds for one reading; shared, so that it can be changed while it runs.
    pub takes_ms: Arc<AtomicU64>,
}

impl Asr for SlowAsr {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn hears(&self, _: &str) -> bool {
        true
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        FakeAsr::default().prepare(context)
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        std::thread::sleep(Duration::from_millis(self.takes_ms.load(Ordering::Relaxed)));
        FakeAsr::new(&[&self.hears]).recognise(pcm, context, last)
    }
}

/// Says every character as 60 ms of a tone, at 8 kHz; clauses end at full stops.
#[derive(Clone, Debug, Default)]
pub struct FakeTts;

impl Tts for FakeTts {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn sample_rate_hz(&self, _: &VoiceSpec) -> Result<u32, ModelError> {
        Ok(8_000)
    }

    fn speak(&mut self, text: &str, _: &VoiceSpec, sink: &mut dyn FnMut(&[i16]) -> bool) -> Result<(), ModelError> {
        for clause in text.split_inclusive('.').filter(|c| c.chars().any(char::is_alphanumeric)) {
            let samples = 480 * clause.chars().count();
            let tone: Vec<i16> = (0..samples).map(|i| if (i / 8) % 2 == 0 { 3_000 } else { -3_000 }).collect();
            if !sink(&tone) {
                break;
            }
        }
        Ok(())
    }
}

/// Texts that share words are close: each word sets a few of 64 numbers.
#[derive(Clone, Debug, Default)]
pub struct FakeEmbedder;

impl Embedder for FakeEmbedder {
    fn dimensions(&self) -> usize {
        64
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, ModelError> {
        Ok(texts.iter().map(|text| bag_of_words(text)).collect())
    }
}

fn bag_of_words(text: &str) -> Vec<f32> {
    let mut sums = vec![0f32; 64];
    sums[0] = 1e-3;
    for word in text.split_whitespace() {
        // FNV-1a: the same on every machine and in every version of the compiler.
        let hash =
            word.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        for shift in [0, 16, 32] {
            sums[(hash >> shift) as usize % 64] += 1.0;
        }
    }
    let length = sums.iter().map(|v| v * v).sum::<f32>().sqrt();
    sums.iter().map(|v| v / length).collect()
}
