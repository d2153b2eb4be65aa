//! Who did what, kept for ever.

use crate::convert::{from_ms, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, SqliteConnection};
use warmline_domain::UserId;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub id: i64,
    pub at: DateTime<Utc>,
    /// None when the program itself or the command line acted.
    pub user: Option<UserId>,
    /// Dotted name, such as `recording.play`.
    pub action: String,
    /// What it was done to; no personal data.
    pub detail: String,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    at: i64,
    user_id: Option<i64>,
    action: String,
    detail: String,
}

/// Adds an entry to the transaction that is under way.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    user: Option<UserId>,
    action: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO audit (at, user_id, action, detail) VALUES (?, ?, ?, ?)")
        .bind(to_ms(now))
        .bind(user.map(|u| u.0))
        .bind(action)
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

impl Db {
    /// Adds an entry.
    pub async fn audit(
        &self,
        user: Option<UserId>,
        action: &str,
        detail: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        append(&mut tx, user, action, detail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The latest entries with ids below `before`, newest first.
    pub async fn audit_entries(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?")
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        let entry = |r: Row| {
            let user = r.user_id.map(UserId);
            Ok(AuditEntry { id: r.id, at: from_ms(r.at)?, user, action: r.action, detail: r.detail })
        };
        rows.into_iter().map(entry).collect()
    }
}
