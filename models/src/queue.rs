//! Which jobs a thread takes next: those that are wanted first, and with them others of the same sort.
//!
//! Pure: instants come in, nothing is waited for. [`crate::pool`] puts threads around it.

use crate::pool::{CancelToken, JobError};
use std::{collections::BTreeMap, time::Instant};

/// When an answer is wanted, when it is of no use any more, and whether anybody still waits for it.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The order of service. What is answered after it is late, and still of use.
    pub wanted: Instant,
    /// A job that has not been begun by then is not begun.
    pub deadline: Instant,
    pub cancel: CancelToken,
}

impl Terms {
    /// Nobody waits for it before `deadline`.
    pub fn by(deadline: Instant) -> Terms {
        Terms { wanted: deadline, deadline, cancel: CancelToken::default() }
    }

    /// Somebody waits from `wanted` on, until `deadline`.
    pub fn between(wanted: Instant, deadline: Instant) -> Terms {
        Terms { wanted, deadline, cancel: CancelToken::default() }
    }

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

/// How jobs can be done together.
pub(crate) trait Together {
    /// The most that are worth doing in one go with this one first; 1: it is done alone.
    fn most(&self) -> usize;
    /// Whether `other` can go with this one.
    fn goes_with(&self, other: &Self) -> bool;
    /// Takes what the job needs for itself. `false`: somebody else has it; the job waits.
    fn claim(&self) -> bool;
}

/// A waiting job.
pub(crate) struct Waiting<J> {
    pub terms: Terms,
    pub taken_in: Instant,
    pub job: J,
}

/// What was wanted first, and in that the order of arrival.
type Place = (Instant, u64);

/// The waiting jobs, at most `limit`.
pub(crate) struct Queue<J> {
    jobs: BTreeMap<Place, Waiting<J>>,
    arrivals: u64,
    limit: usize,
}

/// Jobs that will not be done, and why.
pub(crate) type Dead<J> = Vec<(J, JobError)>;

impl<J> Queue<J> {
    pub(crate) fn new(limit: usize) -> Queue<J> {
        Queue { jobs: BTreeMap::new(), arrivals: 0, limit: limit.max(1) }
    }

    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Takes `waiting` in. When there is no room, first what would not be begun anyway goes out.
    pub(crate) fn push(&mut self, waiting: Waiting<J>) -> Dead<J> {
        let full = self.jobs.len() >= self.limit;
        let mut dead = if full { self.remove_dead(waiting.taken_in) } else { Vec::new() };
        if self.jobs.len() >= self.limit {
            dead.push((waiting.job, JobError::QueueFull));
            return dead;
        }
        self.arrivals += 1;
        self.jobs.insert((waiting.terms.wanted, self.arrivals), waiting);
        dead
    }

    fn remove_dead(&mut self, now: Instant) -> Dead<J> {
        let dead: Vec<Place> =
            self.jobs.iter().filter(|(_, w)| w.terms.why_dead(now).is_some()).map(|(place, _)| *place).collect();
        dead.iter()
            .filter_map(|place| self.jobs.remove(place))
            .filter_map(|w| w.terms.why_dead(now).map(|why| (w.job, why)))
            .collect()
    }

    /// Everything, in order.
    pub(crate) fn drain(&mut self) -> Vec<Waiting<J>> {
        std::mem::take(&mut self.jobs).into_values().collect()
    }
}

impl<J: Together> Queue<J> {
    /// The jobs to do now: the first that can be done, and others that go with it. None is waited for, and
    /// each of `threads` gets its share of what waits, so that one does not take all while another idles.
    pub(crate) fn take(&mut self, now: Instant, threads: usize) -> (Vec<Waiting<J>>, Dead<J>) {
        let dead = self.remove_dead(now);
        let Some(lead) = self.jobs.iter().find(|(_, w)| w.job.claim()).map(|(place, _)| *place) else {
            return (Vec::new(), dead);
        };
        let Some(lead) = self.jobs.remove(&lead) else { return (Vec::new(), dead) };
        let most = lead.job.most();
        let mut taken = vec![lead];
        if most > 1 {
            let alike = |w: &Waiting<J>| taken[0].job.goes_with(&w.job);
            let waiting = 1 + self.jobs.values().filter(|w| alike(w)).count();
            let share = waiting.div_ceil(threads.max(1)).min(most);
            let alike: Vec<Place> = self.jobs.iter().filter(|(_, w)| alike(w)).map(|(place, _)| *place).collect();
            for place in alike {
                if taken.len() >= share {
                    break;
                }
                if self.jobs.get(&place).is_some_and(|w| w.job.claim()) {
                    taken.extend(self.jobs.remove(&place));
                }
            }
        }
        (taken, dead)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]
    use super::*;
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    /// A job of a sort, which needs something that one job at a time can have.
    struct Job {
        name: u32,
        sort: char,
        most: usize,
        needs: Arc<AtomicBool>,
    }

    impl Together for Job {
        fn most(&self) -> usize {
            self.most
        }

        fn goes_with(&self, other: &Self) -> bool {
            self.sort == other.sort
        }

        fn claim(&self) -> bool {
            !self.needs.swap(true, Ordering::AcqRel)
        }
    }

    /// A queue in virtual time: instants are milliseconds after one that is never looked at again.
    struct Bench {
        zero: Instant,
        queue: Queue<Job>,
    }

    impl Bench {
        fn new(limit: usize) -> Bench {
            Bench { zero: Instant::now(), queue: Queue::new(limit) }
        }

        fn at(&self, ms: u64) -> Instant {
            self.zero + Duration::from_millis(ms)
        }

        fn add(&mut self, name: u32, sort: char, wanted_ms: u64, deadline_ms: u64) -> (CancelToken, Arc<AtomicBool>) {
            let terms = Terms::between(self.at(wanted_ms), self.at(deadline_ms));
            let (cancel, needs) = (terms.cancel.clone(), Arc::new(AtomicBool::new(false)));
            let job = Job { name, sort, most: 4, needs: needs.clone() };
            let dead = self.queue.push(Waiting { terms, taken_in: self.at(0), job });
            assert!(dead.is_empty());
            (cancel, needs)
        }

        fn take(&mut self, now_ms: u64, threads: usize) -> (Vec<u32>, Vec<(u32, String)>) {
            let (taken, dead) = self.queue.take(self.at(now_ms), threads);
            let names = taken.iter().map(|w| w.job.name).collect();
            (names, dead.into_iter().map(|(job, why)| (job.name, why.to_string())).collect())
        }
    }

    #[test]
    fn what_is_wanted_first_is_done_first_and_alike_jobs_go_with_it() {
        let mut bench = Bench::new(10);
        bench.add(1, 'r', 300, 9_000);
        bench.add(2, 'e', 200, 9_000);
        bench.add(3, 'r', 100, 9_000);
        bench.add(4, 'r', 400, 9_000);
        assert_eq!(bench.take(0, 1).0, [3, 1, 4]);
        assert_eq!(bench.take(0, 1).0, [2]);
        assert_eq!(bench.take(0, 1).0, [0; 0]);
    }

    #[test]
    fn what_waits_is_shared_between_the_threads_and_no_batch_is_longer_than_is_worth_it() {
        let mut bench = Bench::new(20);
        (0..12).for_each(|n| drop(bench.add(n, 'r', u64::from(n), 9_000)));
        assert_eq!(bench.take(0, 6).0, [0, 1]);
        assert_eq!(bench.take(0, 2).0, [2, 3, 4, 5]);
        assert_eq!(bench.take(0, 1).0.len(), 4, "at most four");
        assert_eq!(bench.take(0, 2).0, [10]);
        assert_eq!(bench.take(0, 2).0, [11], "a single one is not held back for company");
    }

    #[test]
    fn what_is_too_late_or_unwanted_is_not_begun_and_says_so() {
        let mut bench = Bench::new(10);
        bench.add(1, 'r', 10, 100);
        let (cancel, _) = bench.add(2, 'r', 20, 900);
        bench.add(3, 'r', 30, 900);
        cancel.cancel();
        let (taken, dead) = bench.take(500, 1);
        assert_eq!(taken, [3]);
        assert!(dead[0].0 == 1 && dead[0].1.contains("deadline"), "{dead:?}");
        assert!(dead[1].0 == 2 && dead[1].1.contains("cancelled"), "{dead:?}");
    }

    #[test]
    fn late_is_not_too_late() {
        let mut bench = Bench::new(10);
        bench.add(1, 'r', 10, 4_000);
        assert_eq!(bench.take(3_000, 1).0, [1]);
    }

    #[test]
    fn a_job_whose_utterance_is_being_read_waits_and_others_pass_it() {
        let mut bench = Bench::new(10);
        let (_, first) = bench.add(1, 'r', 10, 900);
        bench.add(2, 'r', 20, 900);
        first.store(true, Ordering::Release);
        assert_eq!(bench.take(0, 1).0, [2]);
        assert_eq!(bench.take(0, 1).0, [0; 0]);
        first.store(false, Ordering::Release);
        assert_eq!(bench.take(0, 1).0, [1]);
    }
}
