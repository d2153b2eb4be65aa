//! How far a campaign has got, and what came of each contact.

use crate::convert::{from_ms, maybe_ms, named, narrow};
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use std::collections::BTreeMap;
use uuid::Uuid;
use warmline_domain::{
    AttemptId, CampaignId, ContactId, History, Outcome, PhoneNumber, RetryPolicy, TurnLatency, Verdict,
};

/// Counts of one campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignProgress {
    /// Contacts on its list.
    pub contacts: u64,
    /// Contacts that have been dialled and will not be again, by the retry policy.
    pub finished: u64,
    /// Contacts that have been dialled at least once.
    pub tried: u64,
    /// Attempts that are open now.
    pub open: u64,
    /// Attempts that have been closed.
    pub attempts: u64,
    /// Closed attempts by outcome; outcomes that did not occur are absent.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Ended calls that a person or a machine answered.
    pub answered: u64,
    /// Ended calls that were bridged to an agent.
    pub handed_over: u64,
    /// Milliseconds talked in ended calls.
    pub talk_ms: u64,
    /// Callbacks that are owed.
    pub callbacks: u64,
}

/// One contact's line in a report: the latest call and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    pub contact: ContactId,
    /// Line of the imported file.
    pub line: u64,
    pub name: String,
    pub number: PhoneNumber,
    pub external_id: Option<String>,
    /// Closed attempts.
    pub attempts: u32,
    pub do_not_call: bool,
    /// Absent when nobody dialled the contact yet.
    pub last: Option<LastCall>,
}

/// The latest ended call of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastCall {
    pub call: AttemptId,
    pub started_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub outcome: Outcome,
    pub answered_by: Option<String>,
    pub end_reason: String,
    pub cause: String,
    pub intent: Option<String>,
    pub tags: Vec<String>,
    pub slots: BTreeMap<String, String>,
    pub turns: u16,
    pub handed_over: bool,
    pub talk_ms: u32,
}

#[derive(FromRow)]
struct Row {
    contact: i64,
    line: i64,
    name: String,
    number: String,
    external_id: Option<String>,
    attempts: u32,
    do_not_call: bool,
    call: Option<Uuid>,
    started_at: Option<i64>,
    answered_at: Option<i64>,
    outcome: Option<String>,
    answered_by: Option<String>,
    end_reason: Option<String>,
    cause: Option<String>,
    intent: Option<String>,
    tags: Option<String>,
    slots: Option<String>,
    turns: Option<u16>,
    handed_over: Option<bool>,
    talk_ms: Option<u32>,
}

impl Row {
    fn last(&mut self) -> Result<Option<LastCall>, StorageError> {
        let (Some(call), Some(started_at), Some(outcome)) = (self.call, self.started_at, &self.outcome) else {
            return Ok(None);
        };
        Ok(Some(LastCall {
            call: AttemptId(call),
            started_at: from_ms(started_at)?,
            answered_at: maybe_ms(self.answered_at)?,
            outcome: named("outcome", outcome, Outcome::parse)?,
            answered_by: self.answered_by.take(),
            end_reason: self.end_reason.take().unwrap_or_default(),
            cause: self.cause.take().unwrap_or_default(),
            intent: self.intent.take(),
            tags: serde_json::from_str(self.tags.as_deref().unwrap_or("[]"))?,
            slots: serde_json::from_str(self.slots.as_deref().unwrap_or("{}"))?,
            turns: self.turns.unwrap_or_default(),
            handed_over: self.handed_over.unwrap_or_default(),
            talk_ms: self.talk_ms.unwrap_or_default(),
        }))
    }
}

impl TryFrom<Row> for ReportRow {
    type Error = StorageError;

    fn try_from(mut row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            last: row.last()?,
            contact: ContactId(row.contact),
            line: narrow("line", row.line)?,
            name: row.name,
            number: PhoneNumber::from_stored(&row.number),
            external_id: row.external_id,
            attempts: row.attempts,
            do_not_call: row.do_not_call,
        })
    }
}

impl Db {
    /// Counts of a campaign.
    pub async fn campaign_progress(&self, id: CampaignId) -> Result<CampaignProgress, StorageError> {
        let campaign = self.campaign(id).await?;
        let campaign = campaign.ok_or_else(|| StorageError::Missing { what: "campaign", id: id.to_string() })?;
        let mut progress = CampaignProgress {
            contacts: self.list(campaign.data.list).await?.map_or(0, |l| l.contacts),
            ..CampaignProgress::default()
        };
        let (open, callbacks, answered, handed_over, talk_ms): (i64, i64, i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM attempts a JOIN campaigns c ON c.id = a.campaign_id
                      WHERE a.campaign_id = ?1 AND a.state <> 'closed'),
                (SELECT count(*) FROM callbacks WHERE campaign_id = ?1 AND state = 'waiting'),
                count(answered_at), coalesce(sum(handed_over), 0), coalesce(sum(talk_ms), 0)
             FROM calls WHERE campaign_id = ?1 AND state = 'ended'",
        )
        .bind(id.0)
        .fetch_one(self.reader())
        .await?;
        progress.open = narrow("count", open)?;
        progress.callbacks = narrow("count", callbacks)?;
        progress.answered = narrow("count", answered)?;
        progress.handed_over = narrow("count", handed_over)?;
        progress.talk_ms = narrow("duration", talk_ms)?;
        self.count_histories(id, &campaign.data.settings.retry, &mut progress).await?;
        Ok(progress)
    }

    /// Contacts with equal histories are counted by the database and judged once here, so that the retry
    /// policy is written down in one place only.
    async fn count_histories(
        &self,
        id: CampaignId,
        retry: &RetryPolicy,
        progress: &mut CampaignProgress,
    ) -> Result<(), StorageError> {
        let groups: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT outcomes, last, count(*) FROM (
                SELECT group_concat(outcome) AS outcomes, outcome AS last, max(closed_at) FROM attempts
                WHERE campaign_id = ? AND state = 'closed' GROUP BY contact_id)
             GROUP BY outcomes, last",
        )
        .bind(id.0)
        .fetch_all(self.reader())
        .await?;
        for (outcomes, last, contacts) in groups {
            let contacts: u64 = narrow("count", contacts)?;
            let mut history = History::default();
            for name in outcomes.split(',') {
                let outcome = named("outcome", name, Outcome::parse)?;
                *progress.outcomes.entry(outcome).or_default() += contacts;
                progress.attempts += contacts;
                // Only the order matters here: the last one is later than all others.
                history.record(outcome, DateTime::UNIX_EPOCH);
            }
            history.set_last(named("outcome", &last, Outcome::parse)?, DateTime::UNIX_EPOCH);
            progress.tried += contacts;
            if retry.verdict(&history, DateTime::<Utc>::MAX_UTC) != Verdict::Dial {
                progress.finished += contacts;
            }
        }
        Ok(())
    }

    /// One row a contact in the order of import, ids above `after`, at most `limit`.
    pub async fn campaign_report(
        &self,
        id: CampaignId,
        after: Option<ContactId>,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StorageError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT p.id AS contact, p.line, p.name, p.number, p.external_id,
                (SELECT count(*) FROM attempts a
                  WHERE a.campaign_id = ?1 AND a.contact_id = p.id AND a.state = 'closed') AS attempts,
                EXISTS (SELECT 1 FROM dnc WHERE dnc.number = p.number) AS do_not_call,
                c.id AS call, c.started_at, c.answered_at, c.outcome, c.answered_by, c.end_reason, c.cause, c.intent,
                c.tags, c.slots, c.turns, c.handed_over, c.talk_ms
             FROM contacts p INDEXED BY contacts_by_list
             LEFT JOIN calls c ON c.id = (SELECT l.id FROM calls l
                  WHERE l.contact_id = p.id AND l.campaign_id = ?1 AND l.state = 'ended'
                  ORDER BY l.started_at DESC LIMIT 1)
             WHERE p.list_id = (SELECT list_id FROM campaigns WHERE id = ?1) AND p.id > ?2
             ORDER BY p.id LIMIT ?3",
        )
        .bind(id.0)
        .bind(after.map_or(0, |c| c.0))
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Reply times of a campaign's turns, fastest first.
    pub async fn turn_latencies(&self, id: CampaignId) -> Result<Vec<TurnLatency>, StorageError> {
        let rows: Vec<(f32, f32, f32, f32, f32)> = sqlx::query_as(
            "SELECT total_ms, coalesce(endpointing_ms, 0.0), coalesce(asr_ms, 0.0), coalesce(nlu_dialog_ms, 0.0),
                coalesce(tts_ms, 0.0)
             FROM calls c JOIN turns t ON t.call_id = c.id
             WHERE c.campaign_id = ? AND total_ms IS NOT NULL ORDER BY total_ms",
        )
        .bind(id.0)
        .fetch_all(self.reader())
        .await?;
        let latency = |(total_ms, endpointing_ms, asr_ms, nlu_dialog_ms, tts_ms)| TurnLatency {
            total_ms,
            endpointing_ms,
            asr_ms,
            nlu_dialog_ms,
            tts_ms,
        };
        Ok(rows.into_iter().map(latency).collect())
    }
}
