//! What calls need of the models: voice activity, readings of utterances, spoken prompts.
//!
//! A thin front of the inference service. Everything returns at once; answers come back through
//! closures that run on inference threads and only send into a channel.

use crate::actor::Back;
use crate::media::Frame;
use crate::templates::LoadedTemplate;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use warmline_dialog::{Prompt, Reading, Utterance};
use warmline_models::minilm::MiniLm;
use warmline_models::pool::{CancelToken, JobError};
use warmline_models::service::{Hearing, Service, ServiceConfig, Terms};
use warmline_models::silero::Silero;
use warmline_models::starter::StarterAsr;
use warmline_models::store::Store;
use warmline_models::synth::{Voice, VoiceConfig};
use warmline_models::vad_worker::{VadStream, VadWorker};
use warmline_models::{AsrContext, ModelError, PreparedContext, Transcript, VoiceSpec};

/// A reading later than this is of no use: the person has gone on.
const READ_WITHIN: Duration = Duration::from_secs(4);
/// A prompt of a running call.
const SPEAK_WITHIN: Duration = Duration::from_secs(8);
/// Work before a call: as long as it takes, behind everything that somebody waits for.
const PREPARE_WITHIN: Duration = Duration::from_secs(600);
/// Chunks of voice activity waiting per thread: half a second of 200 calls.
const VAD_QUEUE: usize = 3200;

/// Sizes of the inference service.
#[derive(Clone, Debug)]
pub struct MindConfig {
    /// Threads that recognise and understand, and as many that speak.
    pub threads: usize,
    /// Folder of rendered speech.
    pub cache: Option<PathBuf>,
    pub cache_bytes: u64,
}

/// The models, loaded once and shared by all calls.
pub struct Mind {
    service: Service,
    vad: VadWorker,
    voice: Arc<Voice>,
}

/// One call's voice activity.
pub(crate) struct VadFeed(VadStream);

impl VadFeed {
    pub(crate) fn push(&mut self, frame: &Frame) {
        self.0.push(frame);
    }
}

impl Mind {
    /// Load the offline set: Silero, the starter recogniser, MiniLM, and voices as programs.
    ///
    /// # Errors
    /// The first model that is missing or damaged, with the command that gets it.
    pub fn load(store: &Store, config: MindConfig) -> Result<Self, ModelError> {
        let threads = config.threads.max(1);
        let (asr, embedder) = (StarterAsr::load(store, threads)?, MiniLm::load(store, threads)?);
        let silero = Silero::load(store)?;
        let voice_config =
            VoiceConfig { cache: config.cache, cache_bytes: config.cache_bytes, ..VoiceConfig::default() };
        let voice = Arc::new(Voice::new(voice_config)?);
        let hearing = (0..threads)
            .map(|_| Hearing { asr: Box::new(asr.clone()), embedder: Box::new(embedder.clone()) })
            .collect();
        let service_config = ServiceConfig { speaking_threads: threads, ..ServiceConfig::default() };
        Ok(Self {
            service: Service::start(hearing, voice.clone(), service_config)?,
            vad: VadWorker::start(move || Box::new(silero.fresh()), 1, VAD_QUEUE)?,
            voice,
        })
    }

    /// Voice activity of one call; chunks that could not be judged are passed over.
    pub(crate) fn vad(&self, back: mpsc::UnboundedSender<Back>) -> VadFeed {
        const CHUNK_MS: u64 = 32;
        VadFeed(self.vad.open(move |activity| match activity.probability {
            Ok(probability) => {
                let from = u32::try_from(activity.chunk * CHUNK_MS).unwrap_or(u32::MAX);
                back.send(Back::Voice { from, to: from + CHUNK_MS as u32, probability }).ok();
            }
            Err(error) => tracing::error!(%error, "voice activity failed"),
        }))
    }

    /// Read an utterance. `done` gets what was read, which is nothing when it came too late.
    pub(crate) fn recognise(
        self: &Arc<Self>,
        pcm: Vec<i16>,
        template: &LoadedTemplate,
        context: usize,
        last: bool,
        done: impl FnOnce(Utterance) + Send + 'static,
    ) -> CancelToken {
        let terms = Terms::by(soon(READ_WITHIN));
        let cancel = terms.cancel.clone();
        let Some(prepared) = template.contexts.get(context).cloned() else {
            done(Utterance::default());
            return cancel;
        };
        let (mind, later) = (self.clone(), terms.clone());
        self.service.recognise(pcm.into(), prepared, last, terms, move |result| match result {
            Ok(transcript) => mind.embed_best(transcript, later, done),
            Err(error) => {
                failed("recognise", &error);
                done(Utterance::default());
            }
        });
        cancel
    }

    fn embed_best(&self, transcript: Transcript, terms: Terms, done: impl FnOnce(Utterance) + Send + 'static) {
        let readings: Vec<Reading> = transcript
            .nbest
            .into_iter()
            .map(|h| Reading { text: h.text, confidence: h.confidence, expected: h.expected })
            .collect();
        let Some(best) = readings.first().map(|reading| reading.text.clone()) else {
            return done(Utterance::default());
        };
        self.service.embed(vec![best], terms, move |result| {
            let embedding = match result {
                Ok(vectors) => vectors.into_iter().next(),
                Err(error) => {
                    failed("embed", &error);
                    None
                }
            };
            done(Utterance { readings, embedding });
        });
    }

    /// A prompt's audio if it can be had without any work.
    pub(crate) fn rendered(&self, prompt: &Prompt) -> Option<Arc<Vec<i16>>> {
        self.voice.remembered(&prompt.text, &spec(prompt))
    }

    /// Speak a prompt that a call is waiting for.
    pub(crate) fn render(&self, prompt: &Prompt, done: impl FnOnce(Result<Arc<Vec<i16>>, String>) + Send + 'static) {
        let terms = Terms::by(soon(SPEAK_WITHIN));
        self.service.render(prompt.text.clone(), spec(prompt), terms, move |result| {
            done(result.map_err(|error| error.to_string()));
        });
    }

    /// Speak prompts ahead of a call, behind everything that somebody waits for. `done` is told once.
    pub(crate) fn render_ahead(&self, prompt: &Prompt, done: impl FnOnce(Result<(), String>) + Send + 'static) {
        let terms = Terms::by(soon(PREPARE_WITHIN));
        self.service.render(prompt.text.clone(), spec(prompt), terms, move |result| {
            done(result.map(drop).map_err(|error| error.to_string()));
        });
    }

    /// Whether this voice can speak here.
    pub(crate) fn check_voice(&self, voice: &str) -> Result<(), ModelError> {
        self.voice.check(&VoiceSpec { voice: voice.to_owned(), rate_percent: 100 })
    }

    /// Embeddings of a template's utterances. Blocking.
    pub(crate) fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, JobError> {
        let (sender, answer) = channel();
        self.service.embed(texts, Terms::by(soon(PREPARE_WITHIN)), move |result| {
            sender.send(result).ok();
        });
        answer.recv().unwrap_or(Err(JobError::Stopped))
    }

    /// What the recogniser needs of a step. Blocking.
    pub(crate) fn prepare(&self, context: AsrContext) -> Result<Arc<dyn PreparedContext>, JobError> {
        let (sender, answer) = channel();
        self.service.prepare(context, Terms::by(soon(PREPARE_WITHIN)), move |result| {
            sender.send(result).ok();
        });
        answer.recv().unwrap_or(Err(JobError::Stopped))
    }

    /// Put the service's counters into the metrics.
    pub(crate) fn report_metrics(&self) {
        let stats = self.service.stats();
        for (pool, stats) in [("hear", stats.hearing), ("speak", stats.speaking)] {
            metrics::gauge!("warmline_inference_waiting", "pool" => pool).set(stats.queued as f64);
            metrics::counter!("warmline_inference_expired_total", "pool" => pool).absolute(stats.expired);
            metrics::counter!("warmline_inference_refused_total", "pool" => pool).absolute(stats.refused);
        }
    }
}

fn spec(prompt: &Prompt) -> VoiceSpec {
    VoiceSpec { voice: prompt.voice.clone(), rate_percent: 100 }
}

#[expect(clippy::disallowed_methods, reason = "deadlines start at the edge")]
fn soon(within: Duration) -> Instant {
    Instant::now() + within
}

fn failed(what: &'static str, error: &JobError) {
    if !matches!(error, JobError::Cancelled) {
        metrics::counter!("warmline_inference_failed_total", "what" => what).increment(1);
        tracing::warn!(what, %error, "an utterance could not be read");
    }
}
