//! Voice activity for many calls on few threads.
//!
//! A call pushes its audio as it arrives and is told the probability of each chunk, in order. Pushing never
//! waits: when a thread is too far behind, chunks are dropped and counted, and the next index shows the gap.

#![allow(clippy::disallowed_methods, reason = "measures real threads")]

use crate::{ModelError, Vad};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// One chunk's result.
#[derive(Debug)]
pub struct Activity {
    /// Counts the call's chunks from 0; a jump means that chunks were dropped.
    pub chunk: u64,
    /// Probability of speech, 0–1.
    pub probability: Result<f32, ModelError>,
}

/// What the worker has done since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VadStats {
    pub chunks: u64,
    pub dropped: u64,
    pub failed: u64,
    pub busy: Duration,
}

#[derive(Default)]
struct Counters {
    chunks: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    busy_us: AtomicU64,
}

/// A call's detector and where its results go. Chunks carry it, so it ends with the last of them.
struct Detector {
    vad: Box<dyn Vad>,
    sink: Box<dyn FnMut(Activity) + Send>,
}

struct Chunk {
    detector: Arc<Mutex<Detector>>,
    number: u64,
    pcm: Vec<i16>,
}

/// The threads. They end when the worker and all its streams are gone.
pub struct VadWorker {
    queues: Vec<SyncSender<Chunk>>,
    next: AtomicUsize,
    counters: Arc<Counters>,
    make: Box<dyn Fn() -> Box<dyn Vad> + Send + Sync>,
}

impl VadWorker {
    /// `make` gives a detector for a new call and should be cheap (shared weights). `queue` is the number
    /// of chunks that may wait per thread. One thread serves several hundred calls with Silero.
    pub fn start(
        make: impl Fn() -> Box<dyn Vad> + Send + Sync + 'static,
        threads: usize,
        queue: usize,
    ) -> Result<VadWorker, ModelError> {
        let counters = Arc::new(Counters::default());
        let mut worker = VadWorker {
            queues: Vec::new(),
            next: AtomicUsize::new(0),
            counters: counters.clone(),
            make: Box::new(make),
        };
        for i in 0..threads.max(1) {
            let (sender, receiver) = sync_channel(queue.max(1));
            let counters = counters.clone();
            thread::Builder::new()
                .name(format!("vad-{i}"))
                .spawn(move || work(&receiver, &counters))
                .map_err(|e| ModelError::Failed { engine: "vad", reason: e.to_string() })?;
            worker.queues.push(sender);
        }
        Ok(worker)
    }

    /// A stream for one call. `sink` runs on a thread of the worker and must not block.
    pub fn open(&self, sink: impl FnMut(Activity) + Send + 'static) -> VadStream {
        let vad = (self.make)();
        let queue = self.next.fetch_add(1, Ordering::Relaxed) % self.queues.len();
        VadStream {
            size: vad.chunk(),
            rest: Vec::with_capacity(vad.chunk()),
            number: 0,
            detector: Arc::new(Mutex::new(Detector { vad, sink: Box::new(sink) })),
            queue: self.queues[queue].clone(),
            counters: self.counters.clone(),
        }
    }

    /// The counters now.
    pub fn stats(&self) -> VadStats {
        let get = |n: &AtomicU64| n.load(Ordering::Relaxed);
        VadStats {
            chunks: get(&self.counters.chunks),
            dropped: get(&self.counters.dropped),
            failed: get(&self.counters.failed),
            busy: Duration::from_micros(get(&self.counters.busy_us)),
        }
    }
}

/// One call's way in. Dropping it ends the stream after the chunks already pushed.
pub struct VadStream {
    size: usize,
    rest: Vec<i16>,
    number: u64,
    detector: Arc<Mutex<Detector>>,
    queue: SyncSender<Chunk>,
    counters: Arc<Counters>,
}

impl VadStream {
    /// Samples per chunk; chunk `n` begins at sample `n × chunk()` of all that was pushed.
    pub fn chunk(&self) -> usize {
        self.size
    }

    /// Any number of samples at 8 kHz, in order. Never waits.
    pub fn push(&mut self, mut pcm: &[i16]) {
        while self.rest.len() + pcm.len() >= self.size {
            let (now, later) = pcm.split_at(self.size - self.rest.len());
            self.rest.extend_from_slice(now);
            pcm = later;
            let full = std::mem::replace(&mut self.rest, Vec::with_capacity(self.size));
            self.send(full);
        }
        self.rest.extend_from_slice(pcm);
    }

    fn send(&mut self, pcm: Vec<i16>) {
        let chunk = Chunk { detector: self.detector.clone(), number: self.number, pcm };
        self.number += 1;
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(chunk) {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn work(queue: &Receiver<Chunk>, counters: &Counters) {
    while let Ok(Chunk { detector, number, pcm }) = queue.recv() {
        let started = Instant::now();
        // Only this thread uses the detector, so the lock is never waited for.
        let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
        let probability = catch_unwind(AssertUnwindSafe(|| detector.vad.probability(&pcm)))
            .unwrap_or_else(|_| Err(ModelError::Failed { engine: "vad", reason: "the engine panicked".into() }));
        let counter = if probability.is_ok() { &counters.chunks } else { &counters.failed };
        counter.fetch_add(1, Ordering::Relaxed);
        let told = catch_unwind(AssertUnwindSafe(|| (detector.sink)(Activity { chunk: number, probability })));
        if told.is_err() {
            tracing::error!("the receiver of a call's voice activity panicked");
        }
        counters.busy_us.fetch_add(started.elapsed().as_micros() as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake::FakeVad;
    use std::sync::mpsc::channel;

    #[test]
    fn every_call_gets_its_own_chunks_in_order_whatever_the_packet_size() {
        let worker = VadWorker::start(|| Box::new(FakeVad), 2, 1_000).unwrap();
        let calls: Vec<_> = (0..5)
            .map(|_| {
                let (sender, results) = channel();
                (worker.open(move |a| sender.send((a.chunk, a.probability.unwrap())).unwrap()), results)
            })
            .collect();
        for (call, (mut stream, results)) in calls.into_iter().enumerate() {
            // 160 samples a packet; call n is loud in its chunk n only.
            let pcm: Vec<i16> = (0..256 * 6).map(|i| if i / 256 == call { 9_000 } else { 0 }).collect();
            pcm.chunks(160).for_each(|packet| stream.push(packet));
            drop(stream);
            let heard: Vec<(u64, f32)> = results.iter().collect();
            assert_eq!(heard.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
            let loud: Vec<u64> = heard.iter().filter(|(_, p)| *p > 0.5).map(|(n, _)| *n).collect();
            assert_eq!(loud, [call as u64]);
        }
        assert_eq!((worker.stats().chunks, worker.stats().dropped), (30, 0));
    }

    #[test]
    fn one_calls_panic_does_not_silence_the_others() {
        let worker = VadWorker::start(|| Box::new(FakeVad), 1, 100).unwrap();
        let mut bad = worker.open(|_| panic!("a caller's mistake"));
        bad.push(&[0; 256]);
        let (sender, results) = channel();
        worker.open(move |a| sender.send(a.chunk).unwrap()).push(&[0; 512]);
        assert_eq!(results.iter().collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_worker_that_is_behind_drops_and_counts_and_the_index_shows_it() {
        let worker = VadWorker::start(|| Box::new(FakeVad), 1, 2).unwrap();
        let (gate, wait) = channel::<()>();
        let (at_work, started) = channel();
        let (sender, results) = channel();
        let mut stream = worker.open(move |a| {
            sender.send(a.chunk).unwrap();
            if a.chunk == 0 {
                at_work.send(()).unwrap();
                let _ = wait.recv();
            }
        });
        stream.push(&[0; 256]);
        started.recv().unwrap();
        // Chunks 1 and 2 wait, 3 and 4 find no room.
        stream.push(&[0; 256 * 4]);
        assert_eq!(worker.stats().dropped, 2);
        drop(gate);
        let heard: Vec<u64> = (0..3).map(|_| results.recv().unwrap()).collect();
        assert_eq!(heard, [0, 1, 2]);
        stream.push(&[0; 256]);
        assert_eq!(results.recv().unwrap(), 5);
    }
}
