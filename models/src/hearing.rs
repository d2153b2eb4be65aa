//! The hearing threads' work: readings of utterances, embeddings of texts, preparation of contexts.
//!
//! Readings of different calls that wait at the same time are given to the engine together, as many as it says
//! are worth it, and so are embeddings. Two readings of one utterance never are, nor do they run at once.

use crate::{
    Asr, AsrContext, Embedder, ModelError, PreparedContext, Transcript, Utterance,
    pool::{CancelToken, JobError, Worker},
    queue::Together,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Engines of one hearing thread.
pub struct Hearing {
    pub asr: Box<dyn Asr>,
    pub embedder: Box<dyn Embedder>,
}

/// One utterance as a call hears it, shared with the threads that read it. Clones are the same utterance.
#[derive(Clone)]
pub struct Stream(Arc<Shared>);

struct Shared {
    /// Sound that no reading has looked at yet.
    arrived: Mutex<Vec<i16>>,
    utterance: Mutex<Utterance>,
    /// A thread is reading it.
    claimed: AtomicBool,
}

impl Stream {
    /// Nothing has been said yet.
    pub fn new(context: Arc<dyn PreparedContext>) -> Stream {
        Stream(Arc::new(Shared {
            arrived: Mutex::default(),
            utterance: Mutex::new(Utterance::new(context)),
            claimed: AtomicBool::new(false),
        }))
    }

    /// The next sound, 8 kHz. Never waits for a reading.
    pub fn push(&self, pcm: &[i16]) {
        self.0.arrived.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(pcm);
    }
}

/// Who gets the answer, on a hearing thread; must not block.
pub(crate) type Done<T> = Box<dyn FnOnce(Result<T, JobError>) + Send>;

pub(crate) struct Read {
    pub stream: Stream,
    pub last: bool,
    pub cancel: CancelToken,
    pub done: Done<Transcript>,
}

pub(crate) struct Embed {
    pub texts: Vec<String>,
    pub done: Done<Vec<Vec<f32>>>,
}

pub(crate) enum Work {
    Read(Read),
    Embed(Embed),
    Prepare { context: AsrContext, done: Done<Arc<dyn PreparedContext>> },
}

/// A job with what its engine says of batches.
pub(crate) struct Job {
    pub work: Work,
    pub most: usize,
}

impl Together for Job {
    fn most(&self) -> usize {
        self.most
    }

    fn goes_with(&self, other: &Job) -> bool {
        matches!((&self.work, &other.work), (Work::Read(_), Work::Read(_)) | (Work::Embed(_), Work::Embed(_)))
    }

    fn claim(&self) -> bool {
        match &self.work {
            Work::Read(read) => !read.stream.0.claimed.swap(true, Ordering::AcqRel),
            Work::Embed(_) | Work::Prepare { .. } => true,
        }
    }
}

impl Worker for Hearing {
    type Job = Job;

    fn work(&mut self, jobs: Vec<Job>) {
        let (mut reads, mut embeds) = (Vec::new(), Vec::new());
        for job in jobs {
            match job.work {
                Work::Read(read) => reads.push(read),
                Work::Embed(embed) => embeds.push(embed),
                Work::Prepare { context, done } => tell(done, guarded(|| self.asr.prepare(&context))),
            }
        }
        if !reads.is_empty() {
            self.read(reads);
        }
        if !embeds.is_empty() {
            self.embed(embeds);
        }
    }

    fn decline(job: Job, why: JobError) {
        match job.work {
            Work::Read(read) => (read.done)(Err(why)),
            Work::Embed(embed) => (embed.done)(Err(why)),
            Work::Prepare { done, .. } => done(Err(why)),
        }
    }
}

impl Hearing {
    fn read(&mut self, reads: Vec<Read>) {
        let results = self.results(&reads);
        for (read, result) in reads.into_iter().zip(results) {
            read.stream.0.claimed.store(false, Ordering::Release);
            if read.cancel.is_cancelled() {
                tell_error(read.done, JobError::Cancelled);
            } else {
                tell(read.done, result);
            }
        }
    }

    fn results(&mut self, reads: &[Read]) -> Vec<Result<Transcript, ModelError>> {
        // Claimed, so nobody else holds any of these locks.
        let mut utterances: Vec<_> =
            reads.iter().map(|r| r.stream.0.utterance.lock().unwrap_or_else(PoisonError::into_inner)).collect();
        for (utterance, read) in utterances.iter_mut().zip(reads) {
            let mut arrived = read.stream.0.arrived.lock().unwrap_or_else(PoisonError::into_inner);
            utterance.accept(&std::mem::take(&mut *arrived));
            utterance.cancel = read.cancel.clone();
        }
        if reads.len() > 1 {
            let mut batch: Vec<(&mut Utterance, bool)> =
                utterances.iter_mut().zip(reads).map(|(utterance, read)| (&mut **utterance, read.last)).collect();
            let results = catch_unwind(AssertUnwindSafe(|| self.asr.read_batch(&mut batch)));
            if let Ok(results) = results
                && results.len() == reads.len()
            {
                return results;
            }
            // One of them broke the engine; the others shall not go without an answer.
            utterances.iter_mut().for_each(|utterance| utterance.state = None);
        }
        let mut alone = |utterance: &mut Utterance, last| {
            let result = catch_unwind(AssertUnwindSafe(|| self.asr.read(utterance, last)));
            result.unwrap_or_else(|_| {
                utterance.state = None;
                Err(panicked())
            })
        };
        utterances.iter_mut().zip(reads).map(|(utterance, read)| alone(utterance, read.last)).collect()
    }

    fn embed(&mut self, embeds: Vec<Embed>) {
        let texts: Vec<&str> = embeds.iter().flat_map(|embed| embed.texts.iter().map(String::as_str)).collect();
        let together = guarded(|| self.embedder.embed(&texts)).ok().filter(|vectors| vectors.len() == texts.len());
        let mut vectors = together.map(Vec::into_iter);
        for Embed { texts, done } in embeds {
            let result = match &mut vectors {
                Some(vectors) => Ok(vectors.by_ref().take(texts.len()).collect()),
                None => guarded(|| self.embedder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>())),
            };
            tell(done, result);
        }
    }
}

fn panicked() -> ModelError {
    ModelError::Failed { engine: "inference", reason: "the engine panicked".into() }
}

/// What `engine` answers; a panic of it is an error.
pub(crate) fn guarded<T>(engine: impl FnOnce() -> Result<T, ModelError>) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(engine)).unwrap_or_else(|_| Err(panicked()))
}

/// Gives the answer; a panic of the one who gets it is not the next one's trouble.
pub(crate) fn tell<T>(done: impl FnOnce(Result<T, JobError>), result: Result<T, ModelError>) {
    deliver(|| done(result.map_err(JobError::Model)));
}

fn tell_error<T>(done: Done<T>, why: JobError) {
    deliver(|| done(Err(why)));
}

fn deliver(give: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(give)).is_err() {
        tracing::error!("the receiver of an answer panicked");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake::{FakeAsr, FakeEmbedder};
    use std::sync::mpsc::{Receiver, channel};

    /// Notes the sizes of the batches it is given; panics at a sample of −1.
    struct Batches {
        inner: FakeAsr,
        sizes: Arc<Mutex<Vec<usize>>>,
    }

    impl Asr for Batches {
        fn name(&self) -> &'static str {
            "batches"
        }

        fn hears(&self, _: &str) -> bool {
            true
        }

        fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
            self.inner.prepare(context)
        }

        fn recognise(
            &mut self,
            pcm: &[i16],
            context: &dyn PreparedContext,
            last: bool,
        ) -> Result<Transcript, ModelError> {
            assert!(!pcm.contains(&-1), "a poisoned utterance");
            self.inner.recognise(pcm, context, last)
        }

        fn read_batch(&mut self, utterances: &mut [(&mut Utterance, bool)]) -> Vec<Result<Transcript, ModelError>> {
            self.sizes.lock().unwrap().push(utterances.len());
            utterances.iter_mut().map(|(utterance, last)| self.read(utterance, *last)).collect()
        }
    }

    fn hearing() -> (Hearing, Arc<Mutex<Vec<usize>>>) {
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let asr = Batches { inner: FakeAsr::new(&["one", "two", "three"]), sizes: sizes.clone() };
        (Hearing { asr: Box::new(asr), embedder: Box::new(FakeEmbedder) }, sizes)
    }

    type Answer = Receiver<Result<Transcript, JobError>>;

    fn reading(hearing: &Hearing, pcm: &[i16], last: bool) -> (Stream, Job, CancelToken, Answer) {
        let stream = Stream::new(hearing.asr.prepare(&AsrContext::default()).unwrap());
        stream.push(pcm);
        let (job, cancel, answer) = again(&stream, last);
        (stream, job, cancel, answer)
    }

    fn again(stream: &Stream, last: bool) -> (Job, CancelToken, Answer) {
        let (sender, answer) = channel();
        let cancel = CancelToken::default();
        let done = Box::new(move |result| sender.send(result).unwrap());
        let read = Read { stream: stream.clone(), last, cancel: cancel.clone(), done };
        (Job { work: Work::Read(read), most: 8 }, cancel, answer)
    }

    fn text(answer: &Answer) -> String {
        answer.try_recv().unwrap().unwrap().best().unwrap().text.clone()
    }

    #[test]
    fn readings_of_different_calls_are_one_batch_and_each_call_gets_its_own() {
        let (mut hearing, sizes) = hearing();
        let (_, first, _, one) = reading(&hearing, &[900; 80], true);
        let (_, second, _, two) = reading(&hearing, &[900; 80], true);
        assert!(first.goes_with(&second));
        hearing.work(vec![first, second]);
        assert_eq!((text(&one), text(&two)), ("one".into(), "two".into()));
        assert_eq!(*sizes.lock().unwrap(), [2]);
    }

    #[test]
    fn one_utterance_that_breaks_the_engine_leaves_the_others_their_answers() {
        let (mut hearing, _) = hearing();
        let (_, bad, _, no_answer) = reading(&hearing, &[900, -1], true);
        let (_, good, _, answer) = reading(&hearing, &[900; 80], true);
        hearing.work(vec![bad, good]);
        assert!(no_answer.try_recv().unwrap().unwrap_err().to_string().contains("panicked"));
        assert_eq!(text(&answer), "one");
    }

    #[test]
    fn an_utterance_is_read_by_one_thread_at_a_time_and_keeps_its_sound() {
        let (mut hearing, _) = hearing();
        let (stream, probe, _, partial) = reading(&hearing, &[900; 80], false);
        assert!(probe.claim() && !probe.claim());
        stream.push(&[900; 40]);
        hearing.work(vec![probe]);
        assert_eq!(text(&partial), "one");
        stream.push(&[900; 40]);
        let (last, _, whole) = again(&stream, true);
        assert!(last.claim(), "free again after its reading");
        hearing.work(vec![last]);
        assert_eq!(text(&whole), "one");
        assert_eq!(stream.0.utterance.lock().unwrap().pcm().len(), 160);
    }

    #[test]
    fn what_is_cancelled_while_it_is_read_says_so() {
        let (mut hearing, _) = hearing();
        let (stream, job, cancel, answer) = reading(&hearing, &[900; 80], false);
        cancel.cancel();
        hearing.work(vec![job]);
        assert!(matches!(answer.try_recv().unwrap(), Err(JobError::Cancelled)));
        assert!(!stream.0.utterance.lock().unwrap().wanted(), "the engine could see it");
    }

    #[test]
    fn texts_of_several_calls_are_embedded_in_one_run_and_come_back_to_their_calls() {
        let (mut hearing, _) = hearing();
        let embed = |texts: &[&str]| {
            let (sender, answer) = channel();
            let done = Box::new(move |result: Result<Vec<Vec<f32>>, JobError>| sender.send(result).unwrap());
            let texts = texts.iter().map(|t| t.to_string()).collect();
            (Job { work: Work::Embed(Embed { texts, done }), most: 8 }, answer)
        };
        let (a, first) = embed(&["yes", "no"]);
        let (b, second) = embed(&["maybe"]);
        hearing.work(vec![a, b]);
        let alone = hearing.embedder.embed(&["yes", "no", "maybe"]).unwrap();
        assert_eq!(first.try_recv().unwrap().unwrap(), alone[..2]);
        assert_eq!(second.try_recv().unwrap().unwrap(), alone[2..]);
    }
}
