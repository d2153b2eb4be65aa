//! Slows down password guessing: after a few failures from one address against one name, or many from one
//! address, sign-in is refused for a while without looking at the password.
//!
//! Kept in memory: a restart forgives, which is harmless, and no table grows with an attacker's patience.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(15 * 60);
const FAILURES_PER_NAME: usize = 5;
const FAILURES_PER_ADDRESS: usize = 30;
/// Keys remembered at most; beyond it the oldest windows go first.
const KEYS: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Name(Option<IpAddr>, String),
    Address(IpAddr),
}

impl Key {
    fn limit(&self) -> usize {
        match self {
            Self::Name(..) => FAILURES_PER_NAME,
            Self::Address(_) => FAILURES_PER_ADDRESS,
        }
    }
}

/// Counts failed sign-ins.
#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<Key, Vec<Instant>>>,
}

impl Throttle {
    /// How long this client must wait before it may try, if at all.
    pub fn wait(&self, address: Option<IpAddr>, name: &str, now: Instant) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys(address, name)
            .filter_map(|key| {
                let recent: Vec<Instant> = recent(failures.get(&key)?, now).collect();
                let over = recent.len().checked_sub(key.limit())?;
                Some(WINDOW - now.duration_since(recent[over]))
            })
            .max()
    }

    /// A wrong password.
    pub fn failed(&self, address: Option<IpAddr>, name: &str, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= KEYS {
            failures.retain(|_, times| recent(times, now).next().is_some());
        }
        for key in keys(address, name) {
            let times = failures.entry(key).or_default();
            *times = recent(times, now).collect();
            times.push(now);
        }
    }

    /// A right password clears the name's count, not the address's.
    pub fn succeeded(&self, address: Option<IpAddr>, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Key::Name(address, name.to_lowercase()));
    }
}

fn keys(address: Option<IpAddr>, name: &str) -> impl Iterator<Item = Key> {
    std::iter::once(Key::Name(address, name.to_lowercase())).chain(address.map(Key::Address))
}

fn recent(times: &[Instant], now: Instant) -> impl Iterator<Item = Instant> {
    times.iter().copied().filter(move |&t| now.duration_since(t) < WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HOME: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));

    #[test]
    fn five_failures_close_the_door_until_the_window_has_passed() {
        let throttle = Throttle::default();
        let start = crate::edge::instant();
        for _ in 0..FAILURES_PER_NAME {
            assert_eq!(throttle.wait(HOME, "admin", start), None);
            throttle.failed(HOME, "Admin", start);
        }
        assert_eq!(throttle.wait(HOME, "ADMIN", start), Some(WINDOW));
        assert_eq!(throttle.wait(HOME, "someone", start), None);
        assert_eq!(throttle.wait(HOME, "admin", start + WINDOW), None);
    }

    #[test]
    fn one_address_cannot_try_names_without_end() {
        let throttle = Throttle::default();
        let start = crate::edge::instant();
        for n in 0..FAILURES_PER_ADDRESS {
            throttle.failed(HOME, &format!("user{n}"), start);
        }
        assert!(throttle.wait(HOME, "fresh", start).is_some());
    }

    #[test]
    fn success_forgives_earlier_slips() {
        let throttle = Throttle::default();
        let start = crate::edge::instant();
        for _ in 0..FAILURES_PER_NAME - 1 {
            throttle.failed(HOME, "ana", start);
        }
        throttle.succeeded(HOME, "Ana");
        throttle.failed(HOME, "ana", start);
        assert_eq!(throttle.wait(HOME, "ana", start), None);
    }
}
