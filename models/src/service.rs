//! The inference service: recognition, embedding and speech on threads of their own, behind bounded queues.
//!
//! Two pools, so that a long synthesis never delays a recognition: one hears and understands, one speaks.
//! Every call returns at once; the answer goes to the callback `done`, which may send it into a channel of
//! whatever runtime the caller uses. [`crate::vad_worker`] does voice activity.

use crate::{
    Asr, AsrContext, Embedder, ModelError, PreparedContext, Transcript, VoiceSpec,
    pool::{CancelToken, JobError, Pool, PoolStats},
    synth::Voice,
};
use std::{sync::Arc, time::Instant};

/// Engines of one hearing thread.
pub struct Hearing {
    pub asr: Box<dyn Asr>,
    pub embedder: Box<dyn Embedder>,
}

/// How many threads speak and how much may wait.
#[derive(Clone, Copy, Debug)]
pub struct ServiceConfig {
    pub speaking_threads: usize,
    /// Jobs waiting per pool; more are refused.
    pub queue: usize,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        ServiceConfig { speaking_threads: 2, queue: 256 }
    }
}

/// What both pools have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceStats {
    pub hearing: PoolStats,
    pub speaking: PoolStats,
}

/// When a job's answer is too late to be of use, and whether anybody still waits for it.
#[derive(Clone, Debug)]
pub struct Terms {
    pub deadline: Instant,
    pub cancel: CancelToken,
}

impl Terms {
    /// Until `deadline`, with a token of its own.
    pub fn by(deadline: Instant) -> Terms {
        Terms { deadline, cancel: CancelToken::default() }
    }
}

/// The running service. Dropping it ends its threads after the jobs they are at.
pub struct Service {
    hearing: Pool<Hearing>,
    speaking: Pool<Arc<Voice>>,
}

impl Service {
    /// One hearing thread per member of `hearing`.
    /// [`ModelError::Failed`] when the system gives no more threads.
    pub fn start(hearing: Vec<Hearing>, voice: Arc<Voice>, config: ServiceConfig) -> Result<Service, ModelError> {
        let failed = |e: std::io::Error| ModelError::Failed { engine: "inference", reason: e.to_string() };
        let voices = vec![voice; config.speaking_threads.max(1)];
        Ok(Service {
            hearing: Pool::start("hear", hearing, config.queue).map_err(failed)?,
            speaking: Pool::start("speak", voices, config.queue).map_err(failed)?,
        })
    }

    /// [`Asr::recognise`] of `pcm` (8 kHz).
    pub fn recognise(
        &self,
        pcm: Arc<[i16]>,
        context: Arc<dyn PreparedContext>,
        last: bool,
        terms: Terms,
        done: impl FnOnce(Result<Transcript, JobError>) + Send + 'static,
    ) {
        let work = move |engines: &mut Hearing| engines.asr.recognise(&pcm, context.as_ref(), last);
        self.hearing.submit(terms.deadline, terms.cancel, work, done);
    }

    /// [`Asr::prepare`].
    pub fn prepare(
        &self,
        context: AsrContext,
        terms: Terms,
        done: impl FnOnce(Result<Arc<dyn PreparedContext>, JobError>) + Send + 'static,
    ) {
        let work = move |engines: &mut Hearing| engines.asr.prepare(&context);
        self.hearing.submit(terms.deadline, terms.cancel, work, done);
    }

    /// [`Embedder::embed`]: one unit vector per text.
    pub fn embed(
        &self,
        texts: Vec<String>,
        terms: Terms,
        done: impl FnOnce(Result<Vec<Vec<f32>>, JobError>) + Send + 'static,
    ) {
        let work = move |engines: &mut Hearing| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            engines.embedder.embed(&texts)
        };
        self.hearing.submit(terms.deadline, terms.cancel, work, done);
    }

    /// [`Voice::render`]: the whole text at 8 kHz.
    pub fn render(
        &self,
        text: String,
        voice: VoiceSpec,
        terms: Terms,
        done: impl FnOnce(Result<Arc<Vec<i16>>, JobError>) + Send + 'static,
    ) {
        let work = move |voices: &mut Arc<Voice>| voices.render(&text, &voice);
        self.speaking.submit(terms.deadline, terms.cancel, work, done);
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
        let work = move |voices: &mut Arc<Voice>| {
            voices.speak(&text, &voice, &mut |pcm| {
                piece(pcm.clone());
                !cancel.is_cancelled()
            })
        };
        self.speaking.submit(terms.deadline, terms.cancel, work, done);
    }

    /// The counters of both pools.
    pub fn stats(&self) -> ServiceStats {
        ServiceStats { hearing: self.hearing.stats(), speaking: self.speaking.stats() }
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
    use std::{sync::mpsc::channel, time::Duration};

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
        service.recognise(Arc::from([800i16; 800]), context, true, soon(), move |r| sender.send(r).unwrap());
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
