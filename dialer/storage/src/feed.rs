//! The feed: every event in order, kept so that a reader that was away can go on where it stopped.
//!
//! An entry is written in the transaction of the change it tells, so that neither exists without the
//! other. Readers poll [`Db::feed_after`]; the console's WebSocket, webhooks and a bus are readers.

use crate::convert::{from_ms, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;
use warmline_domain::{AttemptId, CampaignId, FeedEvent};

#[derive(FromRow)]
struct Row {
    id: i64,
    at: i64,
    campaign_id: Option<i64>,
    call_id: Option<Uuid>,
    data: String,
}

impl TryFrom<Row> for FeedEvent {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.id,
            at: from_ms(row.at)?,
            campaign: row.campaign_id.map(CampaignId),
            call: row.call_id.map(AttemptId),
            data: serde_json::from_str(&row.data)?,
        })
    }
}

/// Adds an entry to the transaction that is under way.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    at: DateTime<Utc>,
    campaign: Option<CampaignId>,
    call: Option<AttemptId>,
    data: &serde_json::Value,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO events (at, campaign_id, call_id, data) VALUES (?, ?, ?, ?)")
        .bind(to_ms(at))
        .bind(campaign.map(|c| c.0))
        .bind(call.map(|c| c.0))
        .bind(data.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

impl Db {
    /// Adds an event that belongs to no stored change, such as the progress of an import.
    pub async fn publish(
        &self,
        campaign: Option<CampaignId>,
        data: &serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin_quick().await?;
        append(&mut tx, now, campaign, None, data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// At most `limit` events with ids above `after`, in order.
    pub async fn feed_after(&self, after: i64, limit: u32) -> Result<Vec<FeedEvent>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?")
            .bind(after)
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Id of the latest event, 0 when there is none.
    pub async fn feed_head(&self) -> Result<i64, StorageError> {
        Ok(sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM events").fetch_one(self.reader()).await?)
    }

    /// Forgets events older than `before`; returns how many.
    pub async fn prune_feed(&self, before: DateTime<Utc>) -> Result<u64, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("DELETE FROM events WHERE at < ?").bind(to_ms(before)).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
