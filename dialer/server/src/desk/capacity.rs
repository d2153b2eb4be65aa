//! How many calls the bot can take on, from its ports and from how quickly the machine answers.
//!
//! The policy is pure (`warmline_pacing::Throttle`); here it is given what was measured each second.

use super::Desk;
use std::sync::{MutexGuard, PoisonError, Weak};
use tokio::time::{Duration, Instant, interval};
use warmline_pacing::{Answering, Throttle, Throttled};

const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// Measures as long as the desk lives.
pub(super) async fn watch(desk: Weak<Desk>) {
    let zero = Instant::now();
    let mut tick = interval(MEASURE_EVERY);
    loop {
        tick.tick().await;
        let Some(desk) = desk.upgrade() else { return };
        desk.measure(u64::try_from(zero.elapsed().as_millis()).unwrap_or(u64::MAX));
    }
}

impl Desk {
    /// Calls there are ports for: two ports a leg, and a handover takes a second leg.
    fn places(&self) -> u32 {
        let media = &self.config.media;
        u32::from(media.rtp_last.saturating_sub(media.rtp_first)) / 4
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls that the bot can take on now, with `open` going on.
    pub(super) fn bot_free(&self, open: u32) -> u32 {
        self.throttle().free(self.places().saturating_sub(open), open)
    }

    /// Why the machine is given fewer calls than there are lines for; nothing while it answers in time.
    pub fn throttled(&self) -> Option<Throttled> {
        self.throttle().throttled()
    }

    fn measure(&self, now_ms: u64) {
        let load = self.bot.answer_load();
        let seen = Answering { answers: load.answers, late_ms: load.late_ms, lost: load.lost };
        let open = u32::try_from(self.bot.open_calls()).unwrap_or(u32::MAX);
        let mut throttle = self.throttle();
        let before = throttle.throttled();
        let changed = throttle.observe(seen, open, self.places(), now_ms);
        let after = throttle.throttled();
        drop(throttle);
        metrics::gauge!("warmline_calls_most").set(f64::from(after.map_or(self.places(), |t| t.most)));
        match after {
            Some(after) if changed && before.is_none_or(|b| b.most > after.most) => tracing::warn!("{after}"),
            None if changed => tracing::info!("the machine answers in time again: calls are no longer held back"),
            _ => {}
        }
    }
}
