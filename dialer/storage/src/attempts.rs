//! Attempts: reserved before anything is sent, dialling once something may have been, closed at the end.
//!
//! Two unique indexes make it impossible for one contact, or one telephone, to have two open attempts;
//! the checks here only turn that into a reason that can be shown.

use crate::convert::{narrow, to_ms};
use crate::{Db, DialingLock, StorageError, feed};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{FromRow, SqliteConnection};
use uuid::{NoContext, Timestamp, Uuid};
use warmline_domain::{
    Attempt, AttemptId, AttemptState, CampaignId, CampaignState, CloseReason, ContactId, NewCall, Outcome, PhoneNumber,
};

/// What became of a wish to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// The contact is this attempt's alone until it is closed or released.
    Reserved(Attempt),
    Refused(Refusal),
}

/// Why a contact may not be dialled at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The campaign is not running.
    NotRunning,
    /// The campaign's list has no such contact.
    NoSuchContact,
    /// The number is on the do-not-call list.
    DoNotCall,
    /// The contact, or its number in another list, is being called.
    AlreadyOpen,
}

/// What start-up found left over by a process that died.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Reserved and never dialled: as if they had not been.
    pub released: u64,
    /// Their phone may have rung: closed as failed, and they count.
    pub interrupted: Vec<AttemptId>,
    /// Campaigns that were only waiting for their last call.
    pub stopped: u64,
}

#[derive(FromRow)]
struct Candidate {
    number: String,
    state: String,
    do_not_call: bool,
    attempts: i64,
}

impl Db {
    /// Takes a contact for one attempt, atomically. Nothing may be sent before the attempt has been moved
    /// on with [`begin_dialling`](Self::begin_dialling).
    pub async fn reserve_attempt(
        &self,
        campaign: CampaignId,
        contact: ContactId,
        now: DateTime<Utc>,
    ) -> Result<Reservation, StorageError> {
        let mut tx = self.begin().await?;
        let candidate = match candidate(&mut tx, campaign, contact).await? {
            Ok(candidate) => candidate,
            Err(refusal) => return Ok(Reservation::Refused(refusal)),
        };
        let attempt = Attempt {
            id: new_id(now),
            campaign,
            contact,
            number: PhoneNumber::from_stored(&candidate.number),
            ordinal: narrow("count", candidate.attempts + 1)?,
            reserved_at: now,
            state: AttemptState::Reserved,
        };
        let written = sqlx::query(
            "INSERT INTO attempts (id, campaign_id, contact_id, number, ordinal, state, reserved_at)
             VALUES (?, ?, ?, ?, ?, 'reserved', ?)",
        )
        .bind(attempt.id.0)
        .bind(campaign.0)
        .bind(contact.0)
        .bind(candidate.number)
        .bind(attempt.ordinal)
        .bind(to_ms(now))
        .execute(&mut *tx)
        .await;
        match written {
            Ok(_) => tx.commit().await?,
            Err(e) if e.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
                return Ok(Reservation::Refused(Refusal::AlreadyOpen));
            }
            Err(e) => return Err(e.into()),
        }
        Ok(Reservation::Reserved(attempt))
    }

    /// Notes that the INVITE is about to leave. From now on the attempt counts, whatever happens.
    pub async fn begin_dialling(&self, id: AttemptId, call: &NewCall, now: DateTime<Utc>) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        let campaign: Option<i64> = sqlx::query_scalar(
            "UPDATE attempts SET state = 'dialling', dialled_at = ? WHERE id = ? AND state = 'reserved'
             RETURNING campaign_id",
        )
        .bind(to_ms(now))
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        let campaign =
            campaign.ok_or_else(|| StorageError::Missing { what: "reserved attempt", id: id.to_string() })?;
        sqlx::query(
            "INSERT INTO calls (id, campaign_id, contact_id, state, trunk, caller_id, template, template_version, started_at)
             SELECT id, campaign_id, contact_id, 'dialling', ?, ?, ?, ?, ? FROM attempts WHERE id = ?",
        )
        .bind(&call.trunk)
        .bind(&call.caller_id)
        .bind(&call.template)
        .bind(&call.template_version)
        .bind(to_ms(now))
        .bind(id.0)
        .execute(&mut *tx)
        .await?;
        feed::append(&mut tx, now, Some(CampaignId(campaign)), Some(id), &json!({ "event": "dialling" })).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives back a reservation that was not used. False when it had gone further.
    pub async fn release_attempt(&self, id: AttemptId) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("DELETE FROM attempts WHERE id = ? AND state = 'reserved'")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Clears up after a process that died: to be called once, before dialling begins. The lock proves
    /// that no other process has calls of its own open.
    pub async fn reconcile_open_attempts(
        &self,
        _lock: &DialingLock,
        now: DateTime<Utc>,
    ) -> Result<Reconciled, StorageError> {
        let mut tx = self.begin().await?;
        let released = sqlx::query("DELETE FROM attempts WHERE state = 'reserved'").execute(&mut *tx).await?;
        let open: Vec<(Uuid, i64)> =
            sqlx::query_as("SELECT id, campaign_id FROM attempts WHERE state = 'dialling' ORDER BY id")
                .fetch_all(&mut *tx)
                .await?;
        for (id, campaign) in &open {
            interrupt(&mut tx, AttemptId(*id), CampaignId(*campaign), now).await?;
        }
        let stopped = sqlx::query("UPDATE campaigns SET state = ?, ended_at = ? WHERE state = ?")
            .bind(CampaignState::Stopped.as_str())
            .bind(to_ms(now))
            .bind(CampaignState::Stopping.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let interrupted = open.into_iter().map(|(id, _)| AttemptId(id)).collect();
        Ok(Reconciled { released: released.rows_affected(), interrupted, stopped: stopped.rows_affected() })
    }
}

async fn candidate(
    connection: &mut SqliteConnection,
    campaign: CampaignId,
    contact: ContactId,
) -> Result<Result<Candidate, Refusal>, StorageError> {
    let found: Option<Candidate> = sqlx::query_as(
        "SELECT c.number, p.state,
            EXISTS (SELECT 1 FROM dnc WHERE dnc.number = c.number) AS do_not_call,
            (SELECT count(*) FROM attempts a WHERE a.campaign_id = p.id AND a.contact_id = c.id) AS attempts
         FROM contacts c JOIN campaigns p ON p.list_id = c.list_id
         WHERE p.id = ? AND c.id = ?",
    )
    .bind(campaign.0)
    .bind(contact.0)
    .fetch_optional(connection)
    .await?;
    Ok(match found {
        None => Err(Refusal::NoSuchContact),
        Some(c) if c.state != CampaignState::Running.as_str() => Err(Refusal::NotRunning),
        Some(c) if c.do_not_call => Err(Refusal::DoNotCall),
        Some(c) => Ok(c),
    })
}

async fn interrupt(
    connection: &mut SqliteConnection,
    id: AttemptId,
    campaign: CampaignId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    const CAUSE: &str = "the program ended in mid-call";
    let outcome = Outcome::Failed;
    sqlx::query("UPDATE attempts SET state = 'closed', closed_at = ?, outcome = ?, close_reason = ? WHERE id = ?")
        .bind(to_ms(now))
        .bind(outcome.as_str())
        .bind(CloseReason::Interrupted.as_str())
        .bind(id.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE calls SET state = 'ended', ended_at = ?, outcome = ?, end_reason = 'fault', cause = ? WHERE id = ?",
    )
    .bind(to_ms(now))
    .bind(outcome.as_str())
    .bind(CAUSE)
    .bind(id.0)
    .execute(&mut *connection)
    .await?;
    let told = json!({ "event": "ended", "outcome": outcome.as_str(), "end_reason": "fault", "cause": CAUSE });
    feed::append(connection, now, Some(campaign), Some(id), &told).await
}

/// Ids that sort by time keep the tables in the order in which calls were made.
fn new_id(now: DateTime<Utc>) -> AttemptId {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    AttemptId(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())))
}
