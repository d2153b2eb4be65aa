//! Calls that are owed to people.

use crate::convert::{from_ms, maybe_ms, named, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;
use warmline_domain::{
    AttemptId, Callback, CallbackId, CallbackState, CampaignId, ContactId, NewCallback, PhoneNumber,
};

#[derive(FromRow)]
struct Row {
    id: i64,
    campaign_id: Option<i64>,
    contact_id: Option<i64>,
    number: String,
    call_id: Option<Uuid>,
    due_at: Option<i64>,
    reason: String,
    state: String,
    created_at: i64,
}

impl TryFrom<Row> for Callback {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: CallbackId(row.id),
            state: named("callback state", &row.state, CallbackState::parse)?,
            created_at: from_ms(row.created_at)?,
            data: NewCallback {
                campaign: row.campaign_id.map(CampaignId),
                contact: row.contact_id.map(ContactId),
                number: PhoneNumber::from_stored(&row.number),
                call: row.call_id.map(AttemptId),
                due_at: maybe_ms(row.due_at)?,
                reason: row.reason,
            },
        })
    }
}

/// Writes a callback, or sharpens the one that the same call promised before. None when the number is
/// on the do-not-call list.
pub(crate) async fn promise(
    connection: &mut SqliteConnection,
    new: &NewCallback,
    now: DateTime<Utc>,
) -> Result<Option<CallbackId>, StorageError> {
    let earlier: Option<i64> = sqlx::query_scalar(
        "UPDATE callbacks SET due_at = coalesce(?, due_at), reason = ? WHERE call_id = ? AND state = 'waiting'
         RETURNING id",
    )
    .bind(new.due_at.map(to_ms))
    .bind(&new.reason)
    .bind(new.call.map(|c| c.0))
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = earlier {
        return Ok(Some(CallbackId(id)));
    }
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO callbacks (campaign_id, contact_id, number, call_id, due_at, reason, state, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7 WHERE NOT EXISTS (SELECT 1 FROM dnc WHERE number = ?3)
         RETURNING id",
    )
    .bind(new.campaign.map(|c| c.0))
    .bind(new.contact.map(|c| c.0))
    .bind(new.number.as_str())
    .bind(new.call.map(|c| c.0))
    .bind(new.due_at.map(to_ms))
    .bind(&new.reason)
    .bind(to_ms(now))
    .fetch_optional(connection)
    .await?;
    Ok(id.map(CallbackId))
}

impl Db {
    /// Writes a callback. None when the number is on the do-not-call list.
    pub async fn add_callback(
        &self,
        new: &NewCallback,
        now: DateTime<Utc>,
    ) -> Result<Option<CallbackId>, StorageError> {
        let mut tx = self.begin().await?;
        let id = promise(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Callbacks in one state, those due first; of one campaign or of all.
    pub async fn callbacks(
        &self,
        campaign: Option<CampaignId>,
        state: CallbackState,
        limit: u32,
    ) -> Result<Vec<Callback>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM callbacks WHERE state = ?1 AND (?2 IS NULL OR campaign_id = ?2)
             ORDER BY due_at IS NULL, due_at, id LIMIT ?3",
        )
        .bind(state.as_str())
        .bind(campaign.map(|c| c.0))
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Ends a waiting callback. False when it was not waiting any more.
    pub async fn end_callback(&self, id: CallbackId, state: CallbackState) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE callbacks SET state = ? WHERE id = ? AND state = 'waiting'")
            .bind(state.as_str())
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
