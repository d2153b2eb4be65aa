//! Threads that do jobs in order of deadline, from a queue with an end.
//!
//! Every job is answered exactly once: with its result, or with why there is none. A job whose deadline has
//! passed or whose caller has lost interest is not started. Nothing here knows what the jobs do.

#![allow(clippy::disallowed_methods, reason = "deadlines of real threads")]

use crate::ModelError;
use std::{
    collections::BTreeMap,
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
    pub completed: u64,
    /// Not taken in, because the queue was full.
    pub refused: u64,
    pub expired: u64,
    pub cancelled: u64,
    /// Ended with an error of the engine.
    pub failed: u64,
    /// Time spent on jobs, over all threads.
    pub busy: Duration,
    /// Time that started jobs had waited.
    pub waited: Duration,
}

type Task<S> = Box<dyn FnOnce(Result<&mut S, JobError>) -> Ending + Send>;

/// How a task ended, for the counters.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Completed,
    Failed,
    NotDone,
}

struct Job<S> {
    deadline: Instant,
    taken_in: Instant,
    cancel: CancelToken,
    task: Task<S>,
}

/// Deadline, then order of arrival.
type Place = (Instant, u64);

struct Queue<S> {
    jobs: BTreeMap<Place, Job<S>>,
    arrivals: u64,
    stopping: bool,
}

#[derive(Default)]
struct Counters {
    running: AtomicU64,
    completed: AtomicU64,
    refused: AtomicU64,
    expired: AtomicU64,
    cancelled: AtomicU64,
    failed: AtomicU64,
    busy_us: AtomicU64,
    waited_us: AtomicU64,
}

struct Shared<S> {
    queue: Mutex<Queue<S>>,
    arrived: Condvar,
    counters: Counters,
    limit: usize,
}

/// Threads that each own a state `S` (an engine) and share one queue. Dropping it ends the threads after
/// the jobs they are at; what is still queued is answered with [`JobError::Stopped`].
pub struct Pool<S: 'static> {
    shared: Arc<Shared<S>>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Send + 'static> Pool<S> {
    /// One thread per state, named after `name`; at most `limit` jobs wait.
    pub fn start(name: &str, states: Vec<S>, limit: usize) -> std::io::Result<Pool<S>> {
        let queue = Queue { jobs: BTreeMap::new(), arrivals: 0, stopping: false };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            arrived: Condvar::new(),
            counters: Counters::default(),
            limit: limit.max(1),
        });
        let mut pool = Pool { shared: shared.clone(), threads: Vec::new() };
        for (i, mut state) in states.into_iter().enumerate() {
            let shared = shared.clone();
            let thread = thread::Builder::new().name(format!("{name}-{i}"));
            pool.threads.push(thread.spawn(move || work(&shared, &mut state))?);
        }
        Ok(pool)
    }

    /// Queue `work`; `done` gets its result. Never waits.
    ///
    /// `done` runs on a thread of the pool, or on the caller's when the job is not taken in; it must not
    /// block. A job that has waited past `deadline` is answered with [`JobError::Expired`] when a thread
    /// next looks at the queue, so a caller that must not be late keeps a timer of its own.
    pub fn submit<T: 'static>(
        &self,
        deadline: Instant,
        cancel: CancelToken,
        work: impl FnOnce(&mut S) -> Result<T, ModelError> + Send + 'static,
        done: impl FnOnce(Result<T, JobError>) + Send + 'static,
    ) {
        let task: Task<S> = Box::new(move |state| match state {
            Ok(state) => {
                let result = catch_unwind(AssertUnwindSafe(|| work(state))).unwrap_or_else(|_| {
                    Err(ModelError::Failed { engine: "inference", reason: "the engine panicked".into() })
                });
                let ending = if result.is_ok() { Ending::Completed } else { Ending::Failed };
                done(result.map_err(JobError::Model));
                ending
            }
            Err(why) => {
                done(Err(why));
                Ending::NotDone
            }
        });
        let taken_in = Instant::now();
        self.shared.take_in(Job { deadline, taken_in, cancel, task });
    }

    /// The counters now.
    pub fn stats(&self) -> PoolStats {
        let c = &self.shared.counters;
        let get = |n: &AtomicU64| n.load(Ordering::Relaxed);
        PoolStats {
            threads: self.threads.len(),
            queued: self.shared.lock().jobs.len(),
            running: get(&c.running),
            completed: get(&c.completed),
            refused: get(&c.refused),
            expired: get(&c.expired),
            cancelled: get(&c.cancelled),
            failed: get(&c.failed),
            busy: Duration::from_micros(get(&c.busy_us)),
            waited: Duration::from_micros(get(&c.waited_us)),
        }
    }
}

impl<S: 'static> Drop for Pool<S> {
    fn drop(&mut self) {
        let left = {
            let mut queue = self.shared.lock();
            queue.stopping = true;
            std::mem::take(&mut queue.jobs)
        };
        self.shared.arrived.notify_all();
        for job in left.into_values() {
            answer(job, JobError::Stopped);
        }
        for thread in self.threads.drain(..) {
            // The pool may be dropped by a `done` on one of its own threads, which cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                // A thread ends by a panic only where a `done` panicked twice over; there is nothing to save.
                let _ = thread.join();
            }
        }
    }
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Queue<S>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in(&self, job: Job<S>) {
        let mut queue = self.lock();
        let dead = if queue.jobs.len() >= self.limit { queue.remove_dead(job.taken_in) } else { Vec::new() };
        let refused = if queue.jobs.len() < self.limit && !queue.stopping {
            queue.arrivals += 1;
            let place = (job.deadline, queue.arrivals);
            queue.jobs.insert(place, job);
            self.arrived.notify_one();
            None
        } else {
            let why = if queue.stopping { JobError::Stopped } else { JobError::QueueFull };
            Some((job, why))
        };
        drop(queue);
        for (job, why) in dead.into_iter().chain(refused) {
            self.count(&why);
            answer(job, why);
        }
    }

    fn count(&self, why: &JobError) {
        let counter = match why {
            JobError::QueueFull => &self.counters.refused,
            JobError::Expired => &self.counters.expired,
            JobError::Cancelled => &self.counters.cancelled,
            JobError::Stopped | JobError::Model(_) => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The next job, or `None` when the pool stops.
    fn next(&self) -> Option<Job<S>> {
        let mut queue = self.lock();
        loop {
            if queue.stopping {
                return None;
            }
            if let Some((_, job)) = queue.jobs.pop_first() {
                return Some(job);
            }
            queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<S> Queue<S> {
    /// Takes out the jobs that would not be started anyway.
    fn remove_dead(&mut self, now: Instant) -> Vec<(Job<S>, JobError)> {
        let dead: Vec<Place> =
            self.jobs.iter().filter(|(_, job)| job.why_dead(now).is_some()).map(|(place, _)| *place).collect();
        dead.iter()
            .filter_map(|place| self.jobs.remove(place))
            .filter_map(|job| job.why_dead(now).map(|why| (job, why)))
            .collect()
    }
}

impl<S> Job<S> {
    fn why_dead(&self, now: Instant) -> Option<JobError> {
        if self.cancel.is_cancelled() {
            Some(JobError::Cancelled)
        } else if self.deadline < now {
            Some(JobError::Expired)
        } else {
            None
        }
    }
}

fn answer<S>(job: Job<S>, why: JobError) {
    run(job.task, Err(why));
}

/// Runs a task; a panic of its `done` stays here.
fn run<S>(task: Task<S>, state: Result<&mut S, JobError>) -> Ending {
    catch_unwind(AssertUnwindSafe(|| task(state))).unwrap_or(Ending::Failed)
}

fn work<S>(shared: &Shared<S>, state: &mut S) {
    let counters = &shared.counters;
    while let Some(job) = shared.next() {
        let started = Instant::now();
        if let Some(why) = job.why_dead(started) {
            shared.count(&why);
            answer(job, why);
            continue;
        }
        let micros = |d: Duration| d.as_micros() as u64;
        counters.waited_us.fetch_add(micros(started - job.taken_in), Ordering::Relaxed);
        counters.running.fetch_add(1, Ordering::Relaxed);
        let ending = run(job.task, Ok(state));
        counters.running.fetch_sub(1, Ordering::Relaxed);
        counters.busy_us.fetch_add(micros(started.elapsed()), Ordering::Relaxed);
        let counter = if ending == Ending::Failed { &counters.failed } else { &counters.completed };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    const LATER: Duration = Duration::from_secs(60);

    /// A pool of one thread that is held at its first job until `gate` is dropped.
    fn held(limit: usize) -> (Pool<Vec<u32>>, Sender<()>) {
        let pool = Pool::start("test", vec![Vec::new()], limit).unwrap();
        let (gate, wait) = channel::<()>();
        let (at_work, started) = channel();
        let hold = move |_: &mut Vec<u32>| {
            at_work.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        };
        pool.submit(Instant::now() + LATER, CancelToken::default(), hold, |_| {});
        started.recv().unwrap();
        (pool, gate)
    }

    fn add(
        pool: &Pool<Vec<u32>>,
        after: Duration,
        cancel: &CancelToken,
        number: u32,
    ) -> Receiver<Result<Vec<u32>, JobError>> {
        let (sender, receiver) = channel();
        let work = move |seen: &mut Vec<u32>| {
            seen.push(number);
            Ok(seen.clone())
        };
        pool.submit(Instant::now() + after, cancel.clone(), work, move |r| sender.send(r).unwrap());
        receiver
    }

    #[test]
    fn the_earliest_deadline_is_served_first() {
        let (pool, gate) = held(10);
        let no = CancelToken::default();
        let answers = [(3, 30), (1, 10), (2, 20)].map(|(n, s)| add(&pool, Duration::from_secs(s), &no, n));
        drop(gate);
        assert_eq!(answers[0].recv().unwrap().unwrap(), [1, 2, 3]);
        assert_eq!(answers[1].recv().unwrap().unwrap(), [1]);
    }

    #[test]
    fn late_and_cancelled_jobs_are_answered_and_not_done() {
        let (pool, gate) = held(10);
        let cancel = CancelToken::default();
        let late = add(&pool, Duration::ZERO, &CancelToken::default(), 1);
        let unwanted = add(&pool, LATER, &cancel, 2);
        let good = add(&pool, LATER, &CancelToken::default(), 3);
        cancel.cancel();
        drop(gate);
        assert!(matches!(late.recv().unwrap(), Err(JobError::Expired)));
        assert!(matches!(unwanted.recv().unwrap(), Err(JobError::Cancelled)));
        assert_eq!(good.recv().unwrap().unwrap(), [3]);
        let stats = pool.stats();
        assert_eq!((stats.expired, stats.cancelled, stats.refused), (1, 1, 0));
    }

    #[test]
    fn a_full_queue_refuses_but_first_drops_what_nobody_wants() {
        let (pool, gate) = held(2);
        let cancel = CancelToken::default();
        let first = add(&pool, LATER, &cancel, 1);
        let _second = add(&pool, LATER, &CancelToken::default(), 2);
        let refused = add(&pool, LATER, &CancelToken::default(), 3);
        assert!(matches!(refused.recv().unwrap(), Err(JobError::QueueFull)));
        cancel.cancel();
        let fourth = add(&pool, LATER, &CancelToken::default(), 4);
        assert!(matches!(first.recv().unwrap(), Err(JobError::Cancelled)));
        assert_eq!(pool.stats().queued, 2);
        drop(gate);
        assert_eq!(fourth.recv().unwrap().unwrap(), [2, 4]);
    }

    #[test]
    fn an_engine_or_a_caller_that_panics_does_not_end_the_thread() {
        let (pool, gate) = held(10);
        drop(gate);
        let (sender, answer) = channel();
        let done = move |r: Result<(), JobError>| sender.send(r).unwrap();
        pool.submit(Instant::now() + LATER, CancelToken::default(), |_| panic!("engine"), done);
        assert!(answer.recv().unwrap().unwrap_err().to_string().contains("panicked"));
        pool.submit(Instant::now() + LATER, CancelToken::default(), |_| Ok(()), |_| panic!("caller"));
        assert_eq!(add(&pool, LATER, &CancelToken::default(), 7).recv().unwrap().unwrap(), [7]);
        assert_eq!(pool.stats().failed, 2);
    }

    #[test]
    fn what_is_queued_at_the_end_is_answered() {
        let (pool, gate) = held(10);
        let waiting = add(&pool, LATER, &CancelToken::default(), 1);
        let ending = thread::spawn(move || drop(pool));
        assert!(matches!(waiting.recv().unwrap(), Err(JobError::Stopped)));
        drop(gate);
        ending.join().unwrap();
    }
}
