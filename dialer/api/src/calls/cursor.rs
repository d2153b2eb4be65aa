//! Where a page of calls ended, as text: the milliseconds of its last call and that call's id.

use crate::problem::Problem;
use chrono::DateTime;
use warmline_domain::{AttemptId, CallSummary};
use warmline_storage::CallCursor;

pub(super) fn write(last: &CallSummary) -> String {
    format!("{}_{}", last.started_at.timestamp_millis(), last.id)
}

pub(super) fn read(text: &str) -> Result<CallCursor, Problem> {
    parse(text).ok_or_else(|| Problem::field("before", "is not the `next` of a page"))
}

fn parse(text: &str) -> Option<CallCursor> {
    let (at, id) = text.split_once('_')?;
    let started_at = DateTime::from_timestamp_millis(at.parse().ok()?)?;
    Some(CallCursor { started_at, id: AttemptId(id.parse().ok()?) })
}
