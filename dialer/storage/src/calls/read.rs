//! Lists of calls, and one call with everything kept of it.

use crate::convert::{from_ms, maybe_json, maybe_ms, named, to_ms};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder, Sqlite};
use uuid::Uuid;
use warmline_domain::{
    AttemptId, CallDetail, CallResult, CallState, CallSummary, CampaignId, ContactId, Handoff, Outcome, PhoneNumber,
    RecordingFile,
};

/// Columns of a summary. Every statement below starts with it.
const SELECT: &str = "SELECT c.*, a.number, p.name,
        EXISTS (SELECT 1 FROM recordings r WHERE r.call_id = c.id) AS recorded
     FROM calls c JOIN attempts a ON a.id = c.id JOIN contacts p ON p.id = c.contact_id";

/// Which calls to list. Absent fields do not restrict.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    pub campaign: Option<CampaignId>,
    pub contact: Option<ContactId>,
    pub state: Option<CallState>,
    pub outcome: Option<Outcome>,
    pub handed_over: Option<bool>,
    /// Part of the contact's name or of what was said or heard, in any case of letters (ASCII).
    pub text: Option<String>,
    /// The number in full, as stored.
    pub number: Option<PhoneNumber>,
    pub started_from: Option<DateTime<Utc>>,
    pub started_before: Option<DateTime<Utc>>,
}

/// Where a page ended: the next one begins with older calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCursor {
    pub started_at: DateTime<Utc>,
    pub id: AttemptId,
}

impl From<&CallSummary> for CallCursor {
    fn from(call: &CallSummary) -> Self {
        Self { started_at: call.started_at, id: call.id }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    campaign_id: i64,
    contact_id: i64,
    name: String,
    number: String,
    state: String,
    trunk: String,
    template: String,
    template_version: String,
    started_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    recorded: bool,
    answered_by: Option<String>,
    outcome: Option<String>,
    end_reason: Option<String>,
    sip_status: Option<u16>,
    cause: Option<String>,
    ring_ms: Option<u32>,
    talk_ms: u32,
    intent: Option<String>,
    tags: String,
    categories: String,
    slots: String,
    handed_over: bool,
    turns: u16,
}

impl Row {
    fn result(&mut self) -> Result<Option<CallResult>, StorageError> {
        let Some(outcome) = self.outcome.take() else { return Ok(None) };
        Ok(Some(CallResult {
            outcome: named("outcome", &outcome, Outcome::parse)?,
            end_reason: self.end_reason.take().unwrap_or_default(),
            answered_by: self.answered_by.take(),
            sip_status: self.sip_status,
            cause: self.cause.take().unwrap_or_default(),
            ring_ms: self.ring_ms,
            talk_ms: self.talk_ms,
            intent: self.intent.take(),
            tags: serde_json::from_str(&self.tags)?,
            categories: serde_json::from_str(&self.categories)?,
            slots: serde_json::from_str(&self.slots)?,
            handed_over: self.handed_over,
            turns: self.turns,
        }))
    }
}

impl TryFrom<Row> for CallSummary {
    type Error = StorageError;

    fn try_from(mut row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            result: row.result()?,
            id: AttemptId(row.id),
            campaign: CampaignId(row.campaign_id),
            contact: ContactId(row.contact_id),
            name: row.name,
            number: PhoneNumber::from_stored(&row.number),
            state: named("call state", &row.state, CallState::parse)?,
            trunk: row.trunk,
            template: row.template,
            template_version: row.template_version,
            started_at: from_ms(row.started_at)?,
            answered_at: maybe_ms(row.answered_at)?,
            ended_at: maybe_ms(row.ended_at)?,
            recorded: row.recorded,
        })
    }
}

#[derive(FromRow)]
struct HandoffRow {
    handoff_reason: Option<String>,
    handoff_skill: Option<String>,
    handoff_score: Option<String>,
    handoff_by_score: bool,
    handoff_at: Option<i64>,
    handoff_agent: Option<String>,
    handoff_wait_ms: Option<u32>,
    handoff_failed: Option<String>,
    variables: String,
}

impl HandoffRow {
    fn handoff(&mut self) -> Result<Option<Handoff>, StorageError> {
        let (Some(reason), Some(at)) = (self.handoff_reason.take(), self.handoff_at) else { return Ok(None) };
        Ok(Some(Handoff {
            reason,
            skill: self.handoff_skill.take(),
            score: maybe_json(self.handoff_score.as_deref())?,
            by_score: self.handoff_by_score,
            requested_at: from_ms(at)?,
            agent: self.handoff_agent.take(),
            wait_ms: self.handoff_wait_ms,
            failed: self.handoff_failed.take(),
        }))
    }
}

impl Db {
    /// The newest calls that pass the filter, older than `before`, at most `limit`.
    pub async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallCursor>,
        limit: u32,
    ) -> Result<Vec<CallSummary>, StorageError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        query.push(" WHERE 1 = 1");
        restrict(&mut query, filter);
        if let Some(before) = before {
            query.push(" AND (c.started_at, c.id) < (").push_bind(to_ms(before.started_at));
            query.push(", ").push_bind(before.id.0).push(")");
        }
        query.push(" ORDER BY c.started_at DESC, c.id DESC LIMIT ").push_bind(limit);
        let rows: Vec<Row> = query.build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One call with its turns, recordings and handover.
    pub async fn call(&self, id: AttemptId) -> Result<Option<CallDetail>, StorageError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        query.push(" WHERE c.id = ").push_bind(id.0);
        let row: Option<Row> = query.build_query_as().fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let mut rest: HandoffRow = sqlx::query_as(
            "SELECT c.*, p.variables FROM calls c JOIN contacts p ON p.id = c.contact_id WHERE c.id = ?",
        )
        .bind(id.0)
        .fetch_one(self.reader())
        .await?;
        Ok(Some(CallDetail {
            summary: row.try_into()?,
            turns: self.turns(id).await?,
            recordings: self.recordings(id).await?,
            handoff: rest.handoff()?,
            variables: serde_json::from_str(&rest.variables)?,
        }))
    }

    /// The recordings of a call.
    pub async fn recordings(&self, id: AttemptId) -> Result<Vec<RecordingFile>, StorageError> {
        let rows: Vec<(String, u32)> =
            sqlx::query_as("SELECT path, sample_rate_hz FROM recordings WHERE call_id = ? ORDER BY started_at, path")
                .bind(id.0)
                .fetch_all(self.reader())
                .await?;
        Ok(rows.into_iter().map(|(path, sample_rate_hz)| RecordingFile { path, sample_rate_hz }).collect())
    }
}

fn restrict(query: &mut QueryBuilder<Sqlite>, filter: &CallFilter) {
    if let Some(campaign) = filter.campaign {
        query.push(" AND c.campaign_id = ").push_bind(campaign.0);
    }
    if let Some(contact) = filter.contact {
        query.push(" AND c.contact_id = ").push_bind(contact.0);
    }
    if let Some(state) = filter.state {
        query.push(" AND c.state = ").push_bind(state.as_str());
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND c.outcome = ").push_bind(outcome.as_str());
    }
    if let Some(handed_over) = filter.handed_over {
        query.push(" AND c.handed_over = ").push_bind(handed_over);
    }
    if let Some(number) = &filter.number {
        query.push(" AND a.number = ").push_bind(number.as_str().to_owned());
    }
    if let Some(from) = filter.started_from {
        query.push(" AND c.started_at >= ").push_bind(to_ms(from));
    }
    if let Some(before) = filter.started_before {
        query.push(" AND c.started_at < ").push_bind(to_ms(before));
    }
    if let Some(text) = &filter.text {
        let pattern = like(text);
        query.push(" AND (p.name LIKE ").push_bind(pattern.clone()).push(" ESCAPE '\\'");
        query.push(" OR EXISTS (SELECT 1 FROM turns t WHERE t.call_id = c.id AND (t.said LIKE ");
        query.push_bind(pattern.clone()).push(" ESCAPE '\\' OR t.heard LIKE ");
        query.push_bind(pattern).push(" ESCAPE '\\')))");
    }
}

/// A `LIKE` pattern that finds the text itself, `%` and `_` included.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
