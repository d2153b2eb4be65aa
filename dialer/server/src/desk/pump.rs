//! Writes every event of the bot to storage, in order, and answers handover requests.
//!
//! An event that cannot be written is tried again until it can: what happened to a call is never
//! lost while the process lives, and while storage is in trouble nobody new is dialled.

use super::{Desk, now};
use crate::event_map::change_of;
use chrono_tz::Tz;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use warmline_control::{Command, Event, EventKind};
use warmline_domain::{AttemptId, CallChange};
use warmline_storage::StorageError;

/// Waits between tries to write, growing to this.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Runs until the bot is gone.
pub(super) async fn run(desk: Arc<Desk>, mut events: mpsc::UnboundedReceiver<Event>) {
    while let Some(event) = events.recv().await {
        take(&desk, event).await;
    }
}

async fn take(desk: &Arc<Desk>, event: Event) {
    let call = event.call;
    let zone = desk.open_call(call).map_or(Tz::UTC, |open| open.zone);
    // Before storage: a person is waiting on the line.
    match &event.kind {
        EventKind::HandoffRequested { .. } => {
            let found = desk.agents().take(call);
            desk.bot.command(match found {
                Ok(agent) => Command::Bridge { call, agent },
                Err(reason) => Command::NoAgent { call, reason: reason.to_owned() },
            });
        }
        EventKind::HandoffFailed { .. } | EventKind::Ended(_) => desk.agents().release(call),
        _ => {}
    }
    count(&event.kind);
    let ended = matches!(event.kind, EventKind::Ended(_));
    if let Some(change) = change_of(event.kind, zone) {
        write(desk, AttemptId(call.0), &change).await;
    }
    if ended {
        desk.closed(call);
    }
}

async fn write(desk: &Desk, id: AttemptId, change: &CallChange) {
    let mut wait = Duration::from_millis(50);
    loop {
        match desk.db.record(id, change, now()).await {
            Ok(_) => break,
            Err(error) if refused_for_good(&error) => {
                tracing::error!(call = %id.0, %error, "an event was refused by storage");
                break;
            }
            Err(error) => {
                desk.storage_trouble.store(true, Ordering::Relaxed);
                tracing::error!(call = %id.0, %error, "an event cannot be written; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
    desk.storage_trouble.store(false, Ordering::Relaxed);
    desk.feed.wake();
}

/// Trying again would change nothing.
fn refused_for_good(error: &StorageError) -> bool {
    matches!(
        error,
        StorageError::Missing { .. }
            | StorageError::Refused(_)
            | StorageError::Unknown { .. }
            | StorageError::Transition(_)
    )
}

fn count(kind: &EventKind) {
    match kind {
        EventKind::Dialling => metrics::counter!("warmline_calls_dialled_total").increment(1),
        EventKind::Ended(report) => {
            metrics::counter!("warmline_calls_ended_total", "outcome" => report.outcome.as_str()).increment(1);
        }
        EventKind::Turn(turn) => {
            if let Some(latency) = turn.latency {
                metrics::histogram!("warmline_turn_latency_seconds").record(f64::from(latency.total_ms) / 1000.0);
            }
        }
        EventKind::Bridged { wait_ms, .. } => {
            metrics::histogram!("warmline_handoff_wait_seconds").record(f64::from(*wait_ms) / 1000.0);
        }
        _ => {}
    }
}
