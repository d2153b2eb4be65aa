//! Versions as they stand.

use crate::convert::{from_ms, maybe_ms, named, narrow};
use crate::{Db, StorageError};
use sqlx::{FromRow, QueryBuilder, Sqlite};
use warmline_domain::{Serving, Share, TemplateVersion, VersionMark, VersionState, VersionText};

/// Columns of a version without its texts. Both statements begin with it.
const SELECT: &str = "SELECT v.template, v.number, v.sha256, v.state, v.share, v.note, v.published_at, v.live_at,
        u.name AS published_by
     FROM template_versions v LEFT JOIN users u ON u.id = v.published_by";

#[derive(FromRow)]
pub(super) struct Row {
    template: String,
    number: i64,
    sha256: String,
    state: String,
    share: Option<i64>,
    note: String,
    published_at: i64,
    live_at: Option<i64>,
    published_by: Option<String>,
}

/// A template's versions, newest first.
pub(super) fn all(template: &str) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE v.template = ").push_bind(template.to_owned()).push(" ORDER BY v.number DESC");
    query
}

/// One version.
pub(super) fn one(template: &str, number: u32) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" WHERE v.template = ").push_bind(template.to_owned());
    query.push(" AND v.number = ").push_bind(number);
    query
}

fn share(percent: i64) -> Result<Share, StorageError> {
    let percent: u8 = narrow("share", percent)?;
    Share::try_from(percent).map_err(|_| crate::convert::unknown("share", percent))
}

impl TryFrom<Row> for TemplateVersion {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            template: row.template,
            mark: VersionMark { number: narrow("version", row.number)?, sha256: row.sha256 },
            state: named("version state", &row.state, VersionState::parse)?,
            share: row.share.map(share).transpose()?,
            note: row.note,
            published_at: from_ms(row.published_at)?,
            published_by: row.published_by,
            live_at: maybe_ms(row.live_at)?,
        })
    }
}

impl Db {
    /// A template's published versions, newest first.
    pub async fn versions(&self, template: &str) -> Result<Vec<TemplateVersion>, StorageError> {
        let rows: Vec<Row> = all(template).build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One version with its text and its tests.
    pub async fn version(&self, template: &str, number: u32) -> Result<Option<VersionText>, StorageError> {
        let row: Option<Row> = one(template, number).build_query_as().fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let (text, tests): (String, String) =
            sqlx::query_as("SELECT text, tests FROM template_versions WHERE template = ? AND number = ?")
                .bind(template)
                .bind(number)
                .fetch_one(self.reader())
                .await?;
        Ok(Some(VersionText { version: row.try_into()?, text, tests }))
    }

    /// The text that a call's `template_version` names, if it was ever published.
    pub async fn version_text(&self, sha256: &str) -> Result<Option<String>, StorageError> {
        Ok(sqlx::query_scalar("SELECT text FROM template_versions WHERE sha256 = ? LIMIT 1")
            .bind(sha256)
            .fetch_optional(self.reader())
            .await?)
    }

    /// What new calls of a template get; none when it was never published.
    pub async fn serving(&self, template: &str) -> Result<Option<Serving>, StorageError> {
        // One statement sees one moment: never a canary without its live version.
        let rows: Vec<(i64, String, Option<i64>)> = sqlx::query_as(
            "SELECT number, sha256, share FROM template_versions WHERE template = ? AND state IN ('live', 'canary')",
        )
        .bind(template)
        .fetch_all(self.reader())
        .await?;
        let (mut live, mut canary) = (None, None);
        for (number, sha256, percent) in rows {
            let mark = VersionMark { number: narrow("version", number)?, sha256 };
            match percent {
                Some(percent) => canary = Some((mark, share(percent)?)),
                None => live = Some(mark),
            }
        }
        Ok(live.map(|live| Serving { live, canary }))
    }
}
