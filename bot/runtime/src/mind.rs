//! What calls need of the models: voice activity, readings of utterances, spoken prompts.
//!
//! A thin front of the inference service. Everything returns at once; answers come back through
//! closures that run on inference threads and only send into a channel.

use crate::actor::Back;
use crate::answers::{AnswerLoad, Answers};
use crate::media::Frame;
use crate::pieces::{self, Assembly, Sound};
use crate::templates::LoadedTemplate;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use warmline_dialog::{Piece, Prompt, Reading, Utterance};
use warmline_models::chosen::{self, load_chosen};
use warmline_models::enhance::{Enhance, Enhancer};
use warmline_models::minilm::MiniLm;
use warmline_models::pool::{CancelToken, JobError};
use warmline_models::recordings::Known;
use warmline_models::service::{Hearing, Service, ServiceConfig, Stream, Terms};
use warmline_models::silero::Silero;
use warmline_models::store::{Lease, ModelInfo, Store, Task};
use warmline_models::synth::{Voice, VoiceConfig};
use warmline_models::vad_worker::{VadStream, VadWorker};
use warmline_models::{AsrContext, ModelError, PreparedContext, Transcript, Vad, VoiceSpec};

/// A reading later than this is of no use: the person has gone on.
const READ_WITHIN: Duration = Duration::from_secs(4);
/// An early reading is wanted when the shortest wait for the end of an utterance is over; the last one at once.
const EARLY: Duration = Duration::from_millis(128);
/// A prompt of a running call.
const SPEAK_WITHIN: Duration = Duration::from_secs(8);
/// Work before a call: as long as it takes, behind everything that somebody waits for.
const PREPARE_WITHIN: Duration = Duration::from_secs(600);
/// Chunks of voice activity waiting per thread: half a second of 200 calls.
const VAD_QUEUE: usize = 3200;

/// Sizes of the inference service.
#[derive(Clone, Debug)]
pub struct MindConfig {
    /// Threads that recognise and understand.
    pub hearing_threads: usize,
    /// Threads that speak.
    pub speaking_threads: usize,
    /// Jobs that may wait at each of the two.
    pub queue: usize,
    /// Folder of rendered speech.
    pub cache: Option<PathBuf>,
    pub cache_bytes: u64,
    /// Days that speech is kept there after its last use.
    pub cache_days: u32,
    /// Folder of recorded prompts, for `audio:` and the voices `wav:…` and `recorded:…`.
    pub recordings: Option<PathBuf>,
    /// What is done to a caller's sound before it is judged and read.
    pub enhance: Enhance,
}

/// The models, loaded once and shared by all calls.
pub struct Mind {
    service: Service,
    vad: VadWorker,
    voice: Arc<Voice>,
    answers: Mutex<Answers>,
    enhance: Enhance,
    /// While they last, nobody removes what was loaded.
    _leases: Vec<Lease>,
}

/// Gets a prompt's sound.
type Spoken = Box<dyn FnOnce(Result<Sound, String>) + Send>;

/// One call's voice activity.
pub(crate) struct VadFeed(VadStream);

impl VadFeed {
    pub(crate) fn push(&mut self, frame: &Frame) {
        self.0.push(frame);
    }
}

impl Mind {
    /// Load Silero, the recognisers that were chosen (else the starter recogniser), MiniLM, and voices as programs.
    ///
    /// # Errors
    /// The first model that is missing or damaged, with the command that gets it.
    pub fn load(store: &Store, config: MindConfig) -> Result<Self, ModelError> {
        let threads = config.hearing_threads.max(1);
        // Before anything is read, so that nothing goes away in between.
        let leases = leases(store);
        let (hearers, embedder) = (load_chosen(store, threads)?, MiniLm::load(store, threads)?);
        let silero = Silero::load(store)?;
        let hearing = hearers.into_iter().map(|asr| Hearing { asr, embedder: Box::new(embedder.clone()) }).collect();
        let mind = Self::of(hearing, move || Box::new(silero.fresh()), config)?;
        Ok(Self { _leases: leases, ..mind })
    }

    /// Of engines that are loaded: one hearing thread each, and a detector of voice activity for each call.
    ///
    /// # Errors
    /// No voice can speak here, or the system gives no threads.
    pub fn of(
        hearing: Vec<Hearing>,
        vad: impl Fn() -> Box<dyn Vad> + Send + Sync + 'static,
        config: MindConfig,
    ) -> Result<Self, ModelError> {
        let voice_config = VoiceConfig {
            cache: config.cache,
            cache_bytes: config.cache_bytes,
            cache_days: config.cache_days,
            recordings: config.recordings,
            ..VoiceConfig::default()
        };
        let voice = Arc::new(Voice::new(voice_config)?);
        let service_config = ServiceConfig {
            speaking_threads: config.speaking_threads,
            queue: config.queue,
            ..ServiceConfig::default()
        };
        Ok(Self {
            service: Service::start(hearing, voice.clone(), service_config)?,
            vad: VadWorker::start(vad, 1, VAD_QUEUE)?,
            voice,
            answers: Mutex::default(),
            enhance: config.enhance,
            _leases: Vec::new(),
        })
    }

    /// What one call's sound goes through first, when anything was asked for.
    pub(crate) fn enhancer(&self) -> Option<Enhancer> {
        Enhancer::new(self.enhance)
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

    /// A new utterance for the step that listens with `context`; nothing when the template has no such.
    pub(crate) fn listen(&self, template: &LoadedTemplate, context: usize) -> Option<Stream> {
        template.contexts.get(context).cloned().map(Stream::new)
    }

    /// Read what was said so far; `last`: it was all. `done` gets what was read, which is nothing when it
    /// came too late.
    pub(crate) fn read(
        self: &Arc<Self>,
        stream: &Stream,
        last: bool,
        done: impl FnOnce(Utterance) + Send + 'static,
    ) -> CancelToken {
        let wanted = soon(if last { Duration::ZERO } else { EARLY });
        let terms = Terms::between(wanted, soon(READ_WITHIN));
        let cancel = terms.cancel.clone();
        let (mind, later) = (self.clone(), terms.clone());
        self.service.read(stream, last, terms, move |result| match result {
            Ok(transcript) => mind.clone().embed_best(transcript, later, move |utterance| {
                mind.answered(wanted);
                done(utterance);
            }),
            Err(error) => {
                mind.failed("recognise", &error);
                done(Utterance::default());
            }
        });
        cancel
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, wanted: Instant) {
        let now = soon(Duration::ZERO);
        let late = now.saturating_duration_since(wanted);
        metrics::histogram!("warmline_answer_late_seconds").record(late.as_secs_f64());
        self.answers().note(now, Some(late));
    }

    fn failed(&self, what: &'static str, error: &JobError) {
        if matches!(error, JobError::Expired | JobError::QueueFull) {
            self.answers().note(soon(Duration::ZERO), None);
        }
        if !matches!(error, JobError::Cancelled) {
            metrics::counter!("warmline_inference_failed_total", "what" => what).increment(1);
            tracing::warn!(what, %error, "an utterance could not be read");
        }
    }

    /// How late the readings of the last seconds were.
    pub(crate) fn answer_load(&self) -> AnswerLoad {
        self.answers().load(soon(Duration::ZERO))
    }

    fn embed_best(
        self: Arc<Self>,
        transcript: Transcript,
        terms: Terms,
        done: impl FnOnce(Utterance) + Send + 'static,
    ) {
        let readings: Vec<Reading> = transcript
            .nbest
            .into_iter()
            .map(|h| Reading { text: h.text, confidence: h.confidence, expected: h.expected })
            .collect();
        let Some(best) = readings.first().map(|reading| reading.text.clone()) else {
            return done(Utterance::default());
        };
        let mind = self.clone();
        self.service.embed(vec![best], terms, move |result| {
            let embedding = match result {
                Ok(vectors) => vectors.into_iter().next(),
                Err(error) => {
                    mind.failed("embed", &error);
                    None
                }
            };
            done(Utterance { readings, embedding });
        });
    }

    /// A prompt's audio if it can be had without any work.
    pub(crate) fn rendered(&self, prompt: &Prompt) -> Option<Arc<Vec<i16>>> {
        match prompt.audio.as_deref().map(|file| self.voice.known_recording(file)) {
            Some(Known::Sound(recording)) => return Some(recording),
            Some(Known::No) => return None,
            // The words are spoken in its place.
            Some(Known::Unplayable) | None => {}
        }
        pieces::join(&pieces::of(prompt), |piece| self.voice.remembered(&piece.text, &spec(prompt, piece)))
    }

    /// Speak a prompt that a call is waiting for.
    pub(crate) fn render(
        self: &Arc<Self>,
        prompt: &Prompt,
        done: impl FnOnce(Result<Arc<Vec<i16>>, String>) + Send + 'static,
    ) {
        let terms = Terms::between(soon(Duration::ZERO), soon(SPEAK_WITHIN));
        self.speak(prompt, &terms, Box::new(done));
    }

    /// Play the recording of a prompt, or speak its words where there is none that can be played.
    fn speak(self: &Arc<Self>, prompt: &Prompt, terms: &Terms, done: Spoken) {
        let Some(file) = prompt.audio.clone() else { return self.speak_words(prompt, terms, done) };
        let (mind, prompt, later) = (self.clone(), prompt.clone(), terms.clone());
        self.service.recording(file, terms.clone(), move |result| match result {
            Ok(recording) => done(Ok(recording)),
            Err(_) => {
                metrics::counter!("warmline_recordings_unplayable_total").increment(1);
                mind.speak_words(&prompt, &later, done);
            }
        });
    }

    /// Speak the pieces of a prompt; the whole comes when all are there.
    fn speak_words(&self, prompt: &Prompt, terms: &Terms, done: Spoken) {
        let pieces = pieces::of(prompt);
        let assembly = Arc::new(Assembly::new(pieces.clone(), done));
        for (place, piece) in pieces.into_iter().enumerate().filter(|(_, piece)| !piece.text.is_empty()) {
            let (assembly, voice) = (assembly.clone(), spec(prompt, &piece));
            self.service.render(piece.text, voice, terms.clone(), move |result| {
                assembly.put(place, result.map_err(|error| error.to_string()));
            });
        }
    }

    /// Speak prompts ahead of a call, behind everything that somebody waits for. `done` is told once.
    pub(crate) fn render_ahead(
        self: &Arc<Self>,
        prompt: &Prompt,
        done: impl FnOnce(Result<(), String>) + Send + 'static,
    ) {
        let terms = Terms::by(soon(PREPARE_WITHIN));
        self.speak(prompt, &terms, Box::new(move |result| done(result.map(drop))));
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
            metrics::counter!("warmline_inference_cancelled_total", "pool" => pool).absolute(stats.cancelled);
            metrics::counter!("warmline_inference_done_total", "pool" => pool).absolute(stats.completed);
            metrics::counter!("warmline_inference_batches_total", "pool" => pool).absolute(stats.batches);
            let busy = stats.busy.as_secs_f64() / stats.threads.max(1) as f64;
            metrics::gauge!("warmline_inference_busy_seconds", "pool" => pool).set(busy);
            metrics::gauge!("warmline_inference_waited_seconds", "pool" => pool).set(stats.waited.as_secs_f64());
        }
        let load = self.answer_load();
        metrics::gauge!("warmline_answer_late_p95_seconds").set(f64::from(load.late_ms) / 1000.0);
        metrics::gauge!("warmline_answers_lost_share").set(f64::from(load.lost));
    }
}

/// One on each model that [`Mind::load`] loads. A store that cannot be written to is one from which nobody removes
/// anything, so that is no reason not to start.
fn leases(store: &Store) -> Vec<Lease> {
    let always = store.models().iter().filter(|model| matches!(model.task, Task::Vad | Task::Embed | Task::Runtime));
    let take = |model: &ModelInfo| match store.lease(&model.id()) {
        Ok(lease) => Some(lease),
        Err(error) => {
            tracing::warn!(model = model.id(), %error, "nothing says that this model is in use");
            None
        }
    };
    chosen::in_use(store).into_iter().chain(always).filter_map(take).collect()
}

fn spec(prompt: &Prompt, piece: &Piece) -> VoiceSpec {
    VoiceSpec { voice: prompt.voice.clone(), rate_percent: piece.rate_percent }
}

#[expect(clippy::disallowed_methods, reason = "deadlines start at the edge")]
fn soon(within: Duration) -> Instant {
    Instant::now() + within
}
