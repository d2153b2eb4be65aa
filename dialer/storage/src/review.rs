//! What a trainer looks at: the calls of a template in which somebody spoke, and what of them was looked at before.

use crate::convert::{narrow, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;
use warmline_domain::{AttemptId, UserId};

/// One turn of one call.
pub type TurnRef = (AttemptId, u16);

/// What became of an answer that somebody looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing has to be done.
    Dismissed,
    /// It was given to this intent.
    Assigned(String),
}

/// Calls whose template goes by one of these names, as a JSON list, since then.
const OF_TEMPLATE: &str = "c.template IN (SELECT value FROM json_each(?1)) AND c.started_at >= ?2";

/// `names` for [`OF_TEMPLATE`].
fn listed(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}

impl Db {
    /// What calls call a template whose file is `NAME.yaml`: the name, or a file in any folder. Whether that file is
    /// the template is for those to say who know its folder.
    pub async fn template_names(&self, template: &str) -> Result<Vec<String>, StorageError> {
        let names = sqlx::query_scalar(
            "SELECT DISTINCT template FROM calls
             WHERE template = ?1 OR template = ?1 || '.yaml' OR substr(template, -length(?1) - 6) = '/' || ?1 || '.yaml'
             ORDER BY template",
        );
        Ok(names.bind(template).fetch_all(self.reader()).await?)
    }

    /// The newest ended calls of a template, by what calls call it ([`Db::template_names`]), in which something was
    /// said or heard, at most `most`, newest first.
    pub async fn spoken_calls(
        &self,
        templates: &[String],
        since: Option<DateTime<Utc>>,
        most: u32,
    ) -> Result<Vec<AttemptId>, StorageError> {
        let query = format!(
            "SELECT c.id FROM calls c
             WHERE {OF_TEMPLATE} AND c.state = 'ended'
               AND EXISTS (SELECT 1 FROM turns t WHERE t.call_id = c.id AND t.heard_from_ms IS NOT NULL)
             ORDER BY c.started_at DESC, c.id DESC LIMIT ?3"
        );
        let rows: Vec<(Uuid,)> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(listed(templates))
            .bind(since.map_or(0, to_ms))
            .bind(most)
            .fetch_all(self.reader())
            .await?;
        Ok(rows.into_iter().map(|(id,)| AttemptId(id)).collect())
    }

    /// The turns of a template's calls that somebody has looked at.
    pub async fn reviewed(
        &self,
        templates: &[String],
        since: Option<DateTime<Utc>>,
    ) -> Result<BTreeSet<TurnRef>, StorageError> {
        let query =
            format!("SELECT r.call_id, r.turn FROM reviewed r JOIN calls c ON r.call_id = c.id WHERE {OF_TEMPLATE}");
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(listed(templates))
            .bind(since.map_or(0, to_ms))
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(|(id, turn)| Ok((AttemptId(id), narrow("turn", turn)?))).collect()
    }

    /// Somebody has looked at these turns; a later verdict replaces an earlier one. `by`: none on the command line.
    pub async fn mark_reviewed(
        &self,
        turns: &[TurnRef],
        verdict: &Verdict,
        by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let (name, intent) = match verdict {
            Verdict::Dismissed => ("dismissed", None),
            Verdict::Assigned(intent) => ("assigned", Some(intent.as_str())),
        };
        let mut tx = self.begin().await?;
        for (call, turn) in turns {
            sqlx::query(
                "INSERT INTO reviewed (call_id, turn, verdict, intent, at, user_id) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (call_id, turn) DO UPDATE
                 SET verdict = excluded.verdict, intent = excluded.intent, at = excluded.at, user_id = excluded.user_id",
            )
            .bind(call.0)
            .bind(i64::from(*turn))
            .bind(name)
            .bind(intent)
            .bind(to_ms(now))
            .bind(by.map(|user| user.0))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
