//! The do-not-call list. It applies to every campaign from the moment an entry is stored.
//!
//! Numbers are kept in full and not as hashes: a telephone number has so few digits that its hash hides
//! nothing, and the list has to be shown and handed on.

use crate::convert::{from_ms, maybe_ms, named, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, SqliteConnection};
use std::collections::HashSet;
use uuid::Uuid;
use warmline_domain::{AttemptId, ContactId, DncEntry, DncSource, ListId, PhoneNumber};

#[derive(FromRow)]
struct Row {
    number: String,
    source: String,
    added_at: i64,
    call_id: Option<Uuid>,
    note: String,
}

impl TryFrom<Row> for DncEntry {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            number: PhoneNumber::from_stored(&row.number),
            source: named("do-not-call source", &row.source, DncSource::parse)?,
            added_at: from_ms(row.added_at)?,
            call: row.call_id.map(AttemptId),
            note: row.note,
        })
    }
}

/// Adds an entry and cancels what was promised to the number. The first entry of a number stays.
pub(crate) async fn add(connection: &mut SqliteConnection, entry: &DncEntry) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO dnc (number, source, added_at, call_id, note) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(entry.number.as_str())
    .bind(entry.source.as_str())
    .bind(to_ms(entry.added_at))
    .bind(entry.call.map(|c| c.0))
    .bind(&entry.note)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE callbacks SET state = 'cancelled' WHERE number = ? AND state = 'waiting'")
        .bind(entry.number.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

impl Db {
    /// Adds entries in one transaction.
    pub async fn add_dnc(&self, entries: &[DncEntry]) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        for entry in entries {
            add(&mut tx, entry).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes a number off the list. False when it was not on it.
    pub async fn remove_dnc(&self, number: &PhoneNumber) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("DELETE FROM dnc WHERE number = ?").bind(number.as_str()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Is the number on the list?
    pub async fn is_dnc(&self, number: &PhoneNumber) -> Result<bool, StorageError> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM dnc WHERE number = ?)")
            .bind(number.as_str())
            .fetch_one(self.reader())
            .await?)
    }

    /// Contacts of a list whose numbers are on it, for the check before a campaign starts.
    pub async fn dnc_in_list(&self, list: ListId) -> Result<HashSet<ContactId>, StorageError> {
        let ids: Vec<i64> =
            sqlx::query_scalar("SELECT c.id FROM dnc JOIN contacts c ON c.number = dnc.number AND c.list_id = ?")
                .bind(list.0)
                .fetch_all(self.reader())
                .await?;
        Ok(ids.into_iter().map(ContactId).collect())
    }

    /// When the list was last brought up to date from outside a call; none when it never was.
    pub async fn dnc_updated_at(&self) -> Result<Option<DateTime<Utc>>, StorageError> {
        let latest: Option<i64> =
            sqlx::query_scalar("SELECT max(added_at) FROM dnc WHERE source <> 'call'").fetch_one(self.reader()).await?;
        maybe_ms(latest)
    }

    /// Entries in the order of their numbers, after `after`.
    pub async fn dnc_entries(&self, after: Option<&PhoneNumber>, limit: u32) -> Result<Vec<DncEntry>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM dnc WHERE number > ? ORDER BY number LIMIT ?")
            .bind(after.map_or("", PhoneNumber::as_str))
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
