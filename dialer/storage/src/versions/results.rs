//! What came of the calls of each version.

use crate::convert::{narrow, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use warmline_domain::{VersionMark, VersionResults};

#[derive(FromRow)]
struct Row {
    number: i64,
    sha256: String,
    calls: i64,
    answered: i64,
    completed: i64,
    transferred: i64,
    opted_out: i64,
    turns: i64,
    heard: i64,
    unmatched: i64,
}

impl TryFrom<Row> for VersionResults {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let count = |n| narrow("count", n);
        Ok(Self {
            mark: VersionMark { number: narrow("version", row.number)?, sha256: row.sha256 },
            calls: count(row.calls)?,
            answered: count(row.answered)?,
            completed: count(row.completed)?,
            transferred: count(row.transferred)?,
            opted_out: count(row.opted_out)?,
            turns: count(row.turns)?,
            heard: count(row.heard)?,
            unmatched: count(row.unmatched)?,
        })
    }
}

impl Db {
    /// The ended calls of each version since an instant, counted; newest version first. A version without
    /// calls is among them with noughts.
    pub async fn version_results(
        &self,
        template: &str,
        since: Option<DateTime<Utc>>,
    ) -> Result<Vec<VersionResults>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as(
            "WITH ended AS (
                SELECT c.template_version AS version, c.outcome = 'person' AS person, c.end_reason = 'completed' AS completed,
                    c.handed_over, c.turns,
                    EXISTS (SELECT 1 FROM dnc d WHERE d.call_id = c.id) AS opted_out,
                    (SELECT count(*) FROM turns t WHERE t.call_id = c.id AND t.heard_from_ms IS NOT NULL) AS heard,
                    (SELECT count(*) FROM turns t WHERE t.call_id = c.id AND t.heard_from_ms IS NOT NULL
                        AND t.understood IS NULL) AS unmatched
                FROM calls c
                WHERE c.template_version IN (SELECT sha256 FROM template_versions WHERE template = ?1)
                  AND c.started_at >= ?2 AND c.state = 'ended')
             SELECT v.number, v.sha256, count(e.version) AS calls,
                coalesce(sum(e.person), 0) AS answered,
                coalesce(sum(e.person AND e.completed), 0) AS completed,
                coalesce(sum(e.person AND e.handed_over), 0) AS transferred,
                coalesce(sum(e.person AND e.opted_out), 0) AS opted_out,
                coalesce(sum(CASE WHEN e.person THEN e.turns ELSE 0 END), 0) AS turns,
                coalesce(sum(CASE WHEN e.person THEN e.heard ELSE 0 END), 0) AS heard,
                coalesce(sum(CASE WHEN e.person THEN e.unmatched ELSE 0 END), 0) AS unmatched
             FROM template_versions v LEFT JOIN ended e ON e.version = v.sha256
             WHERE v.template = ?1 GROUP BY v.number, v.sha256 ORDER BY v.number DESC",
        )
        .bind(template)
        .bind(since.map_or(i64::MIN, to_ms))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
