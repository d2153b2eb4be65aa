//! What the media task does with prompts: plays the queue in order, keeps its place while held.

use super::WORD_MS;
use std::collections::VecDeque;
use warmline_call::Input;

struct Clip {
    id: u32,
    text: String,
    /// When its audio is there.
    ready_at: u64,
    left_ms: u64,
    begun: bool,
}

#[derive(Default)]
pub struct Playback {
    queue: VecDeque<Clip>,
    held: bool,
    /// Up to when the front clip's `left_ms` is accounted for.
    since: u64,
    /// Texts of the clips that were begun.
    pub begun: Vec<String>,
    /// How many clips were begun.
    pub started: usize,
}

impl Playback {
    pub fn enqueue(&mut self, id: u32, text: &str, ready_at: u64, now: u64) {
        if self.queue.is_empty() {
            self.since = now;
        }
        let left_ms = text.split_whitespace().count() as u64 * WORD_MS;
        self.queue.push_back(Clip { id, text: text.to_owned(), ready_at, left_ms, begun: false });
    }

    pub fn hold(&mut self, now: u64) {
        self.play_to(now);
        self.held = true;
    }

    pub fn resume(&mut self, now: u64) {
        self.held = false;
        self.since = now;
    }

    pub fn stop(&mut self) {
        self.queue.clear();
        self.held = false;
    }

    pub fn idle(&self) -> bool {
        self.queue.is_empty()
    }

    pub fn audible(&self) -> bool {
        !self.held && self.queue.front().is_some_and(|clip| clip.begun)
    }

    /// When the front clip begins or ends.
    pub fn next_event(&self) -> Option<u64> {
        let front = self.queue.front().filter(|_| !self.held)?;
        Some(if front.begun { self.since + front.left_ms } else { front.ready_at.max(self.since) })
    }

    /// What happened up to `now`, one thing at a time.
    pub fn poll(&mut self, now: u64, zero: u64) -> Option<Input> {
        if self.next_event()? > now {
            return None;
        }
        let at = u32::try_from(now - zero).unwrap();
        let front = self.queue.front_mut()?;
        self.since = now;
        if !front.begun {
            front.begun = true;
            self.started += 1;
            self.begun.push(front.text.clone());
            return Some(Input::PlaybackStarted { id: front.id, at });
        }
        let id = front.id;
        self.queue.pop_front();
        Some(Input::PlaybackFinished { id, at })
    }

    fn play_to(&mut self, now: u64) {
        if let Some(front) = self.queue.front_mut().filter(|clip| clip.begun && !self.held) {
            front.left_ms = front.left_ms.saturating_sub(now - self.since);
        }
        self.since = now;
    }
}
