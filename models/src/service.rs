//! The inference service: recognition, embedding and speech on threads of their own, behind bounded queues.
//!
//! Two pools, so that a long synthesis never delays a recognition: one hears and understands, one speaks.
//! Every call returns at once; the answer goes to the callback `done`, which may send it into a channel of
//! whatever runtime the caller uses. What is wanted first is served first, see [`Terms`]; readings of
//! different calls go to the engine together where it gains by that. [`crate::vad_worker`] does voice activity.

use crate::{
    AsrContext, ModelError, PreparedContext, Transcript, VoiceSpec,
    hearing::{Embed, Job, Read, Work, guarded, tell},
    pool::{JobError, Pool, PoolStats, Worker},
    queue::Together,
    synth::Voice,
};
use std::sync::Arc;

pub use crate::{
    hearing::{Hearing, Stream},
    queue::Terms,
};

/// How many threads speak and how much may wait.
#[derive(Clone, Copy, Debug)]
pub struct ServiceConfig {
    pub speaking_threads: usize,
    /// Jobs waiting per pool; more are refused.
    pub queue: usize,
    /// Most utterances, or texts' jobs, in one run of an engine, whatever more it could take.
    pub together: usize,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        ServiceConfig { speaking_threads: 2, queue: 256, together: 8 }
    }
}

/// What both pools have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceStats {
    pub hearing: PoolStats,
    pub speaking: PoolStats,
}

/// The running service. Dropping it ends its threads after the jobs they are at.
pub struct Service {
    hearing: Pool<Hearing>,
    speaking: Pool<Speaking>,
    /// Most readings and most embeddings in one run.
    reads: usize,
    embeds: usize,
}

impl Service {
    /// One hearing thread per member of `hearing`, all with the same engines.
    /// [`ModelError::Failed`] when the system gives no more threads.
    pub fn start(hearing: Vec<Hearing>, voice: Arc<Voice>, config: ServiceConfig) -> Result<Service, ModelError> {
        let failed = |e: std::io::Error| ModelError::Failed { engine: "inference", reason: e.to_string() };
        let most = |worth: fn(&Hearing) -> usize| hearing.iter().map(worth).min().unwrap_or(1).min(config.together);
        let (reads, embeds) = (most(|h| h.asr.together()), most(|h| h.embedder.together()));
        let voices = (0..config.speaking_threads.max(1)).map(|_| Speaking(voice.clone())).collect();
        Ok(Service {
            reads,
            embeds,
            hearing: Pool::start("hear", hearing, config.queue).map_err(failed)?,
            speaking: Pool::start("speak", voices, config.queue).map_err(failed)?,
        })
    }

    /// A reading of `stream` with all sound pushed so far. `last`: the utterance is over.
    pub fn read(
        &self,
        stream: &Stream,
        last: bool,
        terms: Terms,
        done: impl FnOnce(Result<Transcript, JobError>) + Send + 'static,
    ) {
        let read = Read { stream: stream.clone(), last, cancel: terms.cancel.clone(), done: Box::new(done) };
        self.hearing.submit(terms, Job { work: Work::Read(read), most: self.reads });
    }

    /// [`crate::Asr::prepare`].
    pub fn prepare(
        &self,
        context: AsrContext,
        terms: Terms,
        done: impl FnOnce(Result<Arc<dyn PreparedContext>, JobError>) + Send + 'static,
    ) {
        self.hearing.submit(terms, Job { work: Work::Prepare { context, done: Box::new(done) }, most: 1 });
    }

    /// [`crate::Embedder::embed`]: one unit vector per text.
    pub fn embed(
        &self,
        texts: Vec<String>,
        terms: Terms,
        done: impl FnOnce(Result<Vec<Vec<f32>>, JobError>) + Send + 'static,
    ) {
        let work = Work::Embed(Embed { texts, done: Box::new(done) });
        self.hearing.submit(terms, Job { work, most: self.embeds });
    }

    /// [`Voice::render`]: the whole text at 8 kHz.
    pub fn render(
        &self,
        text: String,
        voice: VoiceSpec,
        terms: Terms,
        done: impl FnOnce(Result<Arc<Vec<i16>>, JobError>) + Send + 'static,
    ) {
        self.say(terms, done, move |voices| voices.render(&text, &voice));
    }

    /// [`Voice::recorded`]: a recording of the recordings folder.
    pub fn recording(
        &self,
        name: String,
        terms: Terms,
        done: impl FnOnce(Result<Arc<Vec<i16>>, JobError>) + Send + 'static,
    ) {
        self.say(terms, done, move |voices| voices.recorded(&name));
    }

    /// [`Voice::speak`]: `piece` gets each clause as soon as it is made, on a thread of the service, and
    /// must not block. Cancelling ends it after the clause at hand.
    pub fn speak(
        &self,
        text: String,
        voice: VoiceSpec,
        terms: Terms,
        mut piece: impl FnMut(Arc<Vec<i16>>) + Send + 'static,
        done: impl FnOnce(Result<(), JobError>) + Send + 'static,
    ) {
        let cancel = terms.cancel.clone();
        self.say(terms, done, move |voices| {
            voices.speak(&text, &voice, &mut |pcm| {
                piece(pcm.clone());
                !cancel.is_cancelled()
            })
        });
    }

    fn say<T: 'static>(
        &self,
        terms: Terms,
        done: impl FnOnce(Result<T, JobError>) + Send + 'static,
        work: impl FnOnce(&Voice) -> Result<T, ModelError> + Send + 'static,
    ) {
        self.speaking.submit(
            terms,
            Spoken(Box::new(move |voice| match voice {
                Ok(voice) => tell(done, guarded(|| work(voice))),
                Err(why) => done(Err(why)),
            })),
        );
    }

    /// The counters of both pools.
    pub fn stats(&self) -> ServiceStats {
        ServiceStats { hearing: self.hearing.stats(), speaking: self.speaking.stats() }
    }
}

/// A thread that speaks.
struct Speaking(Arc<Voice>);

/// Something to say, and to whom the sound goes.
struct Spoken(Box<Saying>);

/// Gets the voice, or why it gets none.
type Saying = dyn FnOnce(Result<&Voice, JobError>) + Send;

impl Together for Spoken {
    fn most(&self) -> usize {
        1
    }

    fn goes_with(&self, _: &Spoken) -> bool {
        false
    }

    fn claim(&self) -> bool {
        true
    }
}

impl Worker for Speaking {
    type Job = Spoken;

    fn work(&mut self, jobs: Vec<Spoken>) {
        jobs.into_iter().for_each(|job| (job.0)(Ok(&self.0)));
    }

    fn decline(job: Spoken, why: JobError) {
        (job.0)(Err(why));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]
    use super::*;
    use crate::{
        fake::{FakeAsr, FakeEmbedder},
        synth::VoiceConfig,
    };
    use std::{
        sync::mpsc::channel,
        time::{Duration, Instant},
    };

    fn soon() -> Terms {
        Terms::by(Instant::now() + Duration::from_secs(60))
    }

    fn service() -> Service {
        let voice = VoiceConfig { timeout: Duration::from_secs(60), ..VoiceConfig::default() };
        let hearing = Hearing { asr: Box::new(FakeAsr::new(&["yes please"])), embedder: Box::new(FakeEmbedder) };
        Service::start(vec![hearing], Arc::new(Voice::new(voice).unwrap()), ServiceConfig::default()).unwrap()
    }

    #[test]
    fn an_utterance_is_heard_through_the_service() {
        let service = service();
        let (sender, prepared) = channel();
        let context = AsrContext { phrases: vec!["yes please".into()], ..AsrContext::default() };
        service.prepare(context, soon(), move |r| sender.send(r).unwrap());
        let context = prepared.recv().unwrap().unwrap();
        let (sender, heard) = channel();
        let stream = Stream::new(context);
        stream.push(&[800; 800]);
        service.read(&stream, true, soon(), move |r| sender.send(r).unwrap());
        assert_eq!(heard.recv().unwrap().unwrap().best().unwrap().text, "yes please");
        let (sender, vectors) = channel();
        service.embed(vec!["a".into(), "b".into()], soon(), move |r| sender.send(r).unwrap());
        assert_eq!(vectors.recv().unwrap().unwrap().len(), 2);
    }

    #[test]
    fn the_first_clause_is_heard_before_the_last_is_made_and_cancelling_ends_it() {
        let service = service();
        let voice = VoiceSpec { voice: "flite:kal".into(), rate_percent: 100 };
        let terms = soon();
        let (cancel, mut pieces) = (terms.cancel.clone(), 0);
        let (count, counted) = channel();
        let (sender, done) = channel();
        let piece = move |pcm: Arc<Vec<i16>>| {
            assert!(!pcm.is_empty());
            pieces += 1;
            count.send(pieces).unwrap();
            cancel.cancel();
        };
        service.speak("One. Two. Three.".into(), voice, terms, piece, move |r| sender.send(r).unwrap());
        done.recv().unwrap().unwrap();
        assert_eq!(counted.iter().collect::<Vec<i32>>(), [1]);
    }

    #[test]
    fn an_engines_error_reaches_the_caller() {
        let service = service();
        let (sender, answer) = channel();
        let nobody = VoiceSpec { voice: "flite:nobody".into(), rate_percent: 100 };
        service.render("hello".into(), nobody, soon(), move |r| sender.send(r).unwrap());
        assert!(matches!(answer.recv().unwrap(), Err(JobError::Model(ModelError::Unsupported(_)))));
    }
}
