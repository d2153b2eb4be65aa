//! Contact lists.

use crate::convert::{from_ms, narrow, to_ms};
use crate::error::name_taken;
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use warmline_domain::{ContactList, ListId, ListSettings};

#[derive(FromRow)]
struct Row {
    id: i64,
    name: String,
    settings: String,
    columns: String,
    contacts: i64,
    complete: bool,
    created_at: i64,
}

impl TryFrom<Row> for ContactList {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: ListId(row.id),
            name: row.name,
            settings: serde_json::from_str(&row.settings)?,
            columns: serde_json::from_str(&row.columns)?,
            contacts: narrow("count", row.contacts)?,
            complete: row.complete,
            created_at: from_ms(row.created_at)?,
        })
    }
}

impl Db {
    /// Creates an empty list.
    pub async fn create_list(
        &self,
        name: &str,
        settings: &ListSettings,
        now: DateTime<Utc>,
    ) -> Result<ContactList, StorageError> {
        let mut tx = self.begin().await?;
        let row: Row = sqlx::query_as(
            "INSERT INTO lists (name, settings, columns, created_at) VALUES (?, ?, '[]', ?) RETURNING *",
        )
        .bind(name)
        .bind(serde_json::to_string(settings)?)
        .bind(to_ms(now))
        .fetch_one(&mut *tx)
        .await
        .map_err(name_taken("list", name))?;
        tx.commit().await?;
        row.try_into()
    }

    /// Every list, newest first.
    pub async fn lists(&self) -> Result<Vec<ContactList>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as("SELECT * FROM lists ORDER BY id DESC").fetch_all(self.reader()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One list.
    pub async fn list(&self, id: ListId) -> Result<Option<ContactList>, StorageError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM lists WHERE id = ?").bind(id.0).fetch_optional(self.reader()).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// One list by its name, in any case of letters.
    pub async fn list_named(&self, name: &str) -> Result<Option<ContactList>, StorageError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM lists WHERE name = ?").bind(name).fetch_optional(self.reader()).await?;
        row.map(TryInto::try_into).transpose()
    }
}
