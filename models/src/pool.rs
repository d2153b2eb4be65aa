//! Threads that do jobs in the order in which they are wanted, from a queue with an end.
//!
//! Every job is answered exactly once: with its result, or with why there is none. A job whose deadline has
//! passed or whose caller has lost interest is not begun. Nothing here knows what the jobs do.

#![allow(clippy::disallowed_methods, reason = "deadlines of real threads")]

use crate::{
    ModelError,
    queue::{Dead, Queue, Terms, Together, Waiting},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Why a job has no result.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("the inference queue is full")]
    QueueFull,
    #[error("the deadline had passed before it was this job's turn")]
    Expired,
    #[error("the job was cancelled")]
    Cancelled,
    #[error("the inference service has stopped")]
    Stopped,
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Says that nobody waits for a job any more. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What a pool has done since its start, and is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    pub threads: usize,
    /// Jobs waiting now.
    pub queued: usize,
    /// Jobs being done now.
    pub running: u64,
    /// Done, well or not.
    pub completed: u64,
    /// Times that a thread took jobs; `completed` over this is the mean size of a batch.
    pub batches: u64,
    /// Not taken in, because the queue was full.
    pub refused: u64,
    pub expired: u64,
    pub cancelled: u64,
    /// Time spent on jobs, over all threads.
    pub busy: Duration,
    /// Time that jobs had waited when they were begun.
    pub waited: Duration,
}

/// What a thread of a pool does with jobs.
pub(crate) trait Worker: Send + 'static {
    type Job: Together + Send + 'static;
    /// Does jobs that go together and answers each. A panic here ends nothing, but leaves jobs unanswered.
    fn work(&mut self, jobs: Vec<Self::Job>);
    /// Answers a job that will not be done.
    fn decline(job: Self::Job, why: JobError);
}

struct State<J> {
    queue: Queue<J>,
    stopping: bool,
}

#[derive(Default)]
struct Counters {
    running: AtomicU64,
    completed: AtomicU64,
    batches: AtomicU64,
    refused: AtomicU64,
    expired: AtomicU64,
    cancelled: AtomicU64,
    busy_us: AtomicU64,
    waited_us: AtomicU64,
}

struct Shared<W: Worker> {
    state: Mutex<State<W::Job>>,
    arrived: Condvar,
    counters: Counters,
    threads: usize,
}

/// Threads that each own a worker and share one queue. Dropping it ends the threads after the jobs they
/// are at; what is still queued is answered with [`JobError::Stopped`].
pub(crate) struct Pool<W: Worker> {
    shared: Arc<Shared<W>>,
    threads: Vec<JoinHandle<()>>,
}

impl<W: Worker> Pool<W> {
    /// One thread per worker, named after `name`; at most `limit` jobs wait.
    pub(crate) fn start(name: &str, workers: Vec<W>, limit: usize) -> std::io::Result<Pool<W>> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State { queue: Queue::new(limit), stopping: false }),
            arrived: Condvar::new(),
            counters: Counters::default(),
            threads: workers.len(),
        });
        let mut pool = Pool { shared: shared.clone(), threads: Vec::new() };
        for (i, mut worker) in workers.into_iter().enumerate() {
            let shared = shared.clone();
            let thread = thread::Builder::new().name(format!("{name}-{i}"));
            pool.threads.push(thread.spawn(move || work(&shared, &mut worker))?);
        }
        Ok(pool)
    }

    /// Queues `job`. Never waits.
    ///
    /// It is answered on a thread of the pool, or on the caller's when it is not taken in. A job that has
    /// waited past its deadline is declined when a thread next looks at the queue, so a caller that must not
    /// be late keeps a timer of its own.
    pub(crate) fn submit(&self, terms: Terms, job: W::Job) {
        let waiting = Waiting { terms, taken_in: Instant::now(), job };
        let mut state = self.shared.lock();
        let dead = if state.stopping { vec![(waiting.job, JobError::Stopped)] } else { state.queue.push(waiting) };
        drop(state);
        self.shared.arrived.notify_one();
        self.shared.decline(dead);
    }

    /// The counters now.
    pub(crate) fn stats(&self) -> PoolStats {
        let c = &self.shared.counters;
        let get = |n: &AtomicU64| n.load(Ordering::Relaxed);
        PoolStats {
            threads: self.threads.len(),
            queued: self.shared.lock().queue.len(),
            running: get(&c.running),
            completed: get(&c.completed),
            batches: get(&c.batches),
            refused: get(&c.refused),
            expired: get(&c.expired),
            cancelled: get(&c.cancelled),
            busy: Duration::from_micros(get(&c.busy_us)),
            waited: Duration::from_micros(get(&c.waited_us)),
        }
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        let left = {
            let mut state = self.shared.lock();
            state.stopping = true;
            state.queue.drain()
        };
        self.shared.arrived.notify_all();
        self.shared.decline(left.into_iter().map(|waiting| (waiting.job, JobError::Stopped)).collect());
        for thread in self.threads.drain(..) {
            // The pool may be dropped by an answer on one of its own threads, which cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                // No panic gets out of a thread of the pool; there is nothing to save.
                let _ = thread.join();
            }
        }
    }
}

impl<W: Worker> Shared<W> {
    fn lock(&self) -> MutexGuard<'_, State<W::Job>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decline(&self, dead: Dead<W::Job>) {
        for (job, why) in dead {
            let counter = match why {
                JobError::QueueFull => Some(&self.counters.refused),
                JobError::Expired => Some(&self.counters.expired),
                JobError::Cancelled => Some(&self.counters.cancelled),
                JobError::Stopped | JobError::Model(_) => None,
            };
            if let Some(counter) = counter {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            contain(|| W::decline(job, why));
        }
    }

    /// The next jobs; nothing when the pool stops.
    fn next(&self) -> Vec<Waiting<W::Job>> {
        let mut state = self.lock();
        loop {
            if state.stopping {
                return Vec::new();
            }
            let (taken, dead) = state.queue.take(Instant::now(), self.threads);
            if !dead.is_empty() {
                drop(state);
                self.decline(dead);
                if !taken.is_empty() {
                    return taken;
                }
                state = self.lock();
                continue;
            }
            if !taken.is_empty() {
                return taken;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A panic of an engine or of whoever gets the answer ends no thread.
fn contain(run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        tracing::error!("an inference job panicked");
    }
}

fn work<W: Worker>(shared: &Shared<W>, worker: &mut W) {
    let counters = &shared.counters;
    let micros = |d: Duration| d.as_micros() as u64;
    loop {
        let taken = shared.next();
        if taken.is_empty() {
            return;
        }
        let (started, count) = (Instant::now(), taken.len() as u64);
        let waited: Duration = taken.iter().map(|w| started.saturating_duration_since(w.taken_in)).sum();
        counters.waited_us.fetch_add(micros(waited), Ordering::Relaxed);
        counters.running.fetch_add(count, Ordering::Relaxed);
        contain(|| worker.work(taken.into_iter().map(|waiting| waiting.job).collect()));
        counters.running.fetch_sub(count, Ordering::Relaxed);
        counters.busy_us.fetch_add(micros(started.elapsed()), Ordering::Relaxed);
        counters.completed.fetch_add(count, Ordering::Relaxed);
        counters.batches.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    const LATER: Duration = Duration::from_secs(60);

    /// Answers with the jobs done so far; the first job of [`held`] holds it up.
    struct Diary(Vec<u32>);

    enum Entry {
        Hold(Sender<()>, Receiver<()>),
        Note(u32, Sender<Result<Vec<u32>, JobError>>),
        Panic,
    }

    impl Together for Entry {
        fn most(&self) -> usize {
            1
        }

        fn goes_with(&self, _: &Entry) -> bool {
            false
        }

        fn claim(&self) -> bool {
            true
        }
    }

    impl Worker for Diary {
        type Job = Entry;

        fn work(&mut self, jobs: Vec<Entry>) {
            for job in jobs {
                match job {
                    Entry::Hold(at_work, gate) => {
                        at_work.send(()).unwrap();
                        let _ = gate.recv();
                    }
                    Entry::Note(n, sender) => {
                        self.0.push(n);
                        sender.send(Ok(self.0.clone())).unwrap();
                    }
                    Entry::Panic => panic!("engine"),
                }
            }
        }

        fn decline(job: Entry, why: JobError) {
            if let Entry::Note(_, sender) = job {
                sender.send(Err(why)).unwrap();
            }
        }
    }

    /// A pool of one thread that is held at its first job until `gate` is dropped.
    fn held(limit: usize) -> (Pool<Diary>, Sender<()>) {
        let pool = Pool::start("test", vec![Diary(Vec::new())], limit).unwrap();
        let (gate, wait) = channel::<()>();
        let (at_work, started) = channel();
        pool.submit(Terms::by(Instant::now() + LATER), Entry::Hold(at_work, wait));
        started.recv().unwrap();
        (pool, gate)
    }

    fn add(pool: &Pool<Diary>, within: Duration, n: u32) -> (CancelToken, Receiver<Result<Vec<u32>, JobError>>) {
        let (sender, answer) = channel();
        let terms = Terms::by(Instant::now() + within);
        let cancel = terms.cancel.clone();
        pool.submit(terms, Entry::Note(n, sender));
        (cancel, answer)
    }

    #[test]
    fn the_earliest_is_served_first_and_what_nobody_wants_is_not_done() {
        let (pool, gate) = held(10);
        let (_, third) = add(&pool, LATER * 3, 3);
        let (_, first) = add(&pool, LATER, 1);
        let (cancel, second) = add(&pool, LATER * 2, 2);
        cancel.cancel();
        let (_, late) = add(&pool, Duration::ZERO, 4);
        drop(gate);
        assert_eq!(third.recv().unwrap().unwrap(), [1, 3]);
        assert_eq!(first.recv().unwrap().unwrap(), [1]);
        assert!(matches!(second.recv().unwrap(), Err(JobError::Cancelled)));
        assert!(matches!(late.recv().unwrap(), Err(JobError::Expired)));
        let stats = pool.stats();
        assert_eq!((stats.expired, stats.cancelled, stats.refused), (1, 1, 0));
    }

    #[test]
    fn a_full_queue_refuses_but_first_drops_what_nobody_wants() {
        let (pool, gate) = held(2);
        let (cancel, first) = add(&pool, LATER, 1);
        let _second = add(&pool, LATER, 2);
        let (_, refused) = add(&pool, LATER, 3);
        assert!(matches!(refused.recv().unwrap(), Err(JobError::QueueFull)));
        cancel.cancel();
        let (_, fourth) = add(&pool, LATER, 4);
        assert!(matches!(first.recv().unwrap(), Err(JobError::Cancelled)));
        assert_eq!(pool.stats().queued, 2);
        drop(gate);
        assert_eq!(fourth.recv().unwrap().unwrap(), [2, 4]);
    }

    #[test]
    fn a_job_that_panics_does_not_end_the_thread() {
        let (pool, gate) = held(10);
        drop(gate);
        pool.submit(Terms::by(Instant::now() + LATER), Entry::Panic);
        assert_eq!(add(&pool, LATER, 7).1.recv().unwrap().unwrap(), [7]);
    }

    #[test]
    fn what_is_queued_at_the_end_is_answered() {
        let (pool, gate) = held(10);
        let (_, waiting) = add(&pool, LATER, 1);
        let ending = thread::spawn(move || drop(pool));
        assert!(matches!(waiting.recv().unwrap(), Err(JobError::Stopped)));
        drop(gate);
        ending.join().unwrap();
    }
}
