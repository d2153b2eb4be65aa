//! Attempts: reserved before anything is sent, dialling once something may have been, closed at the end.
//!
//! Two unique indexes make it impossible for one contact, or one telephone, to have two open attempts;
//! the checks here only turn that into a reason that can be shown.

use crate::convert::to_ms;
use crate::{Db, DialingLock, StorageError, feed};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::SqliteConnection;
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

impl Db {
    /// Takes a contact for one attempt, atomically. Nothing may be sent before the attempt has been moved
    /// on with [`begin_dialling`](Self::begin_dialling).
    pub async fn reserve_attempt(
        &self,
        campaign: CampaignId,
        contact: ContactId,
        now: DateTime<Utc>,
    ) -> Result<Reservation, StorageError> {
        let id = new_id(now);
        // One statement: checks and row are one, and the claim costs one trip to the database.
        let (writer, turn) = self.quick_statement().await?;
        let written: Result<Vec<(String, u32)>, _> = sqlx::query_as(
            "INSERT INTO attempts (id, campaign_id, contact_id, number, ordinal, state, reserved_at)
             SELECT ?1, p.id, c.id, c.number,
                1 + (SELECT count(*) FROM attempts a WHERE a.campaign_id = p.id AND a.contact_id = c.id), 'reserved', ?4
             FROM contacts c JOIN campaigns p ON p.list_id = c.list_id
             WHERE p.id = ?2 AND c.id = ?3 AND p.state = 'running'
               AND NOT EXISTS (SELECT 1 FROM dnc WHERE dnc.number = c.number)
             RETURNING number, ordinal",
        )
        .bind(id.0)
        .bind(campaign.0)
        .bind(contact.0)
        .bind(to_ms(now))
        .fetch_all(writer)
        .await;
        drop(turn);
        let row = match written {
            Ok(mut rows) => rows.pop(),
            Err(e) if e.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
                return Ok(Reservation::Refused(Refusal::AlreadyOpen));
            }
            Err(e) => return Err(e.into()),
        };
        let Some((number, ordinal)) = row else {
            return Ok(Reservation::Refused(self.refusal(campaign, contact).await?));
        };
        Ok(Reservation::Reserved(Attempt {
            id,
            campaign,
            contact,
            number: PhoneNumber::from_stored(&number),
            ordinal,
            reserved_at: now,
            state: AttemptState::Reserved,
        }))
    }

    /// Why a reservation wrote nothing.
    async fn refusal(&self, campaign: CampaignId, contact: ContactId) -> Result<Refusal, StorageError> {
        let states: Vec<String> = sqlx::query_scalar(
            "SELECT p.state FROM contacts c JOIN campaigns p ON p.list_id = c.list_id WHERE p.id = ? AND c.id = ?",
        )
        .bind(campaign.0)
        .bind(contact.0)
        .fetch_all(self.reader())
        .await?;
        Ok(match states.first() {
            None => Refusal::NoSuchContact,
            Some(state) if state != CampaignState::Running.as_str() => Refusal::NotRunning,
            Some(_) => Refusal::DoNotCall,
        })
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
