//! The end of a call: the attempt is closed with its outcome, and a callback that was kept is done.

use super::record::OpenCall;
use crate::StorageError;
use crate::convert::to_ms;
use warmline_domain::{CallResult, CloseReason, Outcome};

pub(super) async fn close(call: &mut OpenCall<'_>, result: &CallResult) -> Result<(), StorageError> {
    close_attempt(call, result.outcome).await?;
    end_call(call, result).await?;
    if result.outcome == Outcome::Person {
        finish_callbacks(call).await?;
    }
    Ok(())
}

async fn close_attempt(call: &mut OpenCall<'_>, outcome: Outcome) -> Result<(), StorageError> {
    sqlx::query("UPDATE attempts SET state = 'closed', closed_at = ?, outcome = ?, close_reason = ? WHERE id = ?")
        .bind(to_ms(call.now))
        .bind(outcome.as_str())
        .bind(CloseReason::Reported.as_str())
        .bind(call.id.0)
        .execute(&mut *call.connection)
        .await?;
    Ok(())
}

async fn end_call(call: &mut OpenCall<'_>, result: &CallResult) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE calls SET state = 'ended', ended_at = ?, answered_by = coalesce(?, answered_by), outcome = ?,
            end_reason = ?, sip_status = ?, cause = ?, ring_ms = ?, talk_ms = ?, intent = ?, tags = ?,
            categories = ?, slots = ?, handed_over = ?, turns = ?
         WHERE id = ?",
    )
    .bind(to_ms(call.now))
    .bind(&result.answered_by)
    .bind(result.outcome.as_str())
    .bind(&result.end_reason)
    .bind(result.sip_status)
    .bind(&result.cause)
    .bind(result.ring_ms)
    .bind(result.talk_ms)
    .bind(&result.intent)
    .bind(serde_json::to_string(&result.tags)?)
    .bind(serde_json::to_string(&result.categories)?)
    .bind(serde_json::to_string(&result.slots)?)
    .bind(result.handed_over)
    .bind(result.turns)
    .bind(call.id.0)
    .execute(&mut *call.connection)
    .await?;
    Ok(())
}

/// A person was reached: callbacks promised in earlier calls are kept now. One promised in this very
/// call is still owed.
async fn finish_callbacks(call: &mut OpenCall<'_>) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE callbacks SET state = 'done'
         WHERE campaign_id = ? AND contact_id = ? AND state = 'waiting' AND call_id IS NOT ?",
    )
    .bind(call.campaign.0)
    .bind(call.contact.0)
    .bind(call.id.0)
    .execute(&mut *call.connection)
    .await?;
    Ok(())
}
