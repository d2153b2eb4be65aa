//! One event of a call into the tables, in one transaction with its entry in the feed.

use super::close;
use crate::callbacks::promise;
use crate::convert::{named, to_ms};
use crate::{Db, StorageError, dnc, feed};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, SqliteConnection};
use warmline_domain::{
    AttemptId, CallChange, CallState, CampaignId, ContactId, DncEntry, DncSource, HandoffScore, NewCallback,
    PhoneNumber, RecordingFile, Turn, TurnInput,
};

/// The call that a change is about.
#[derive(FromRow)]
struct Row {
    campaign_id: i64,
    contact_id: i64,
    number: String,
    state: String,
}

/// A call in an open transaction.
pub(super) struct OpenCall<'a> {
    pub(super) connection: &'a mut SqliteConnection,
    pub(super) id: AttemptId,
    pub(super) campaign: CampaignId,
    pub(super) contact: ContactId,
    pub(super) number: PhoneNumber,
    pub(super) now: DateTime<Utc>,
}

impl Db {
    /// Stores one change of a call. False when the call had already ended, so that a change delivered
    /// twice or late does no harm; a recording may still be announced then.
    pub async fn record(&self, id: AttemptId, change: &CallChange, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let mut tx = if is_binding(change) { self.begin().await? } else { self.begin_quick().await? };
        let row: Option<Row> = sqlx::query_as(
            "SELECT c.campaign_id, c.contact_id, a.number, c.state FROM calls c JOIN attempts a ON a.id = c.id
             WHERE c.id = ?",
        )
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        let row = row.ok_or_else(|| StorageError::Missing { what: "call", id: id.to_string() })?;
        let ended = named("call state", &row.state, CallState::parse)? == CallState::Ended;
        if ended && !matches!(change, CallChange::RecordingStarted(_)) {
            return Ok(false);
        }
        let (campaign, contact) = (CampaignId(row.campaign_id), ContactId(row.contact_id));
        let number = PhoneNumber::from_stored(&row.number);
        OpenCall { connection: &mut tx, id, campaign, contact, number, now }.apply(change).await?;
        let told = serde_json::to_value(change)?;
        feed::append(&mut tx, now, Some(campaign), Some(id), &told).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Must this never be undone, not even by a power cut?
fn is_binding(change: &CallChange) -> bool {
    match change {
        CallChange::OptedOut
        | CallChange::HandoffFailed { .. }
        | CallChange::CallbackRequested { .. }
        | CallChange::Ended(_) => true,
        CallChange::Ringing
        | CallChange::Answered
        | CallChange::Detected { .. }
        | CallChange::Turn(_)
        | CallChange::Tagged { .. }
        | CallChange::SlotFilled { .. }
        | CallChange::HandoffRequested { .. }
        | CallChange::Bridged { .. }
        | CallChange::RecordingStarted(_) => false,
    }
}

impl OpenCall<'_> {
    async fn apply(mut self, change: &CallChange) -> Result<(), StorageError> {
        match change {
            CallChange::Ringing => self.ringing().await,
            CallChange::Answered => self.answered().await,
            CallChange::Detected { answered_by } => self.detected(answered_by).await,
            CallChange::Turn(turn) => self.turn(turn).await,
            CallChange::Tagged { tag } => self.tag(tag).await,
            CallChange::SlotFilled { name, value } => self.slot(name, value).await,
            CallChange::OptedOut => self.opt_out().await,
            CallChange::HandoffRequested { reason, skill, score, by_score } => {
                self.handoff_requested(reason, skill.as_deref(), score.as_ref(), *by_score).await
            }
            CallChange::Bridged { agent, wait_ms } => self.bridged(agent, *wait_ms).await,
            CallChange::HandoffFailed { reason } => self.handoff_failed(reason).await,
            CallChange::CallbackRequested { due_at, reason } => self.callback(*due_at, reason).await,
            CallChange::RecordingStarted(file) => self.recording(file).await,
            CallChange::Ended(result) => close::close(&mut self, result).await,
        }
    }

    async fn ringing(&mut self) -> Result<(), StorageError> {
        sqlx::query("UPDATE calls SET state = 'ringing' WHERE id = ? AND state = 'dialling'")
            .bind(self.id.0)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn answered(&mut self) -> Result<(), StorageError> {
        sqlx::query("UPDATE calls SET state = 'answered', answered_at = coalesce(answered_at, ?) WHERE id = ?")
            .bind(to_ms(self.now))
            .bind(self.id.0)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn detected(&mut self, answered_by: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE calls SET answered_by = ? WHERE id = ?")
            .bind(answered_by)
            .bind(self.id.0)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn turn(&mut self, turn: &Turn) -> Result<(), StorageError> {
        let latency = turn.latency;
        sqlx::query(
            "INSERT OR REPLACE INTO turns (call_id, turn, step, said, said_from_ms, said_to_ms, interrupted, heard,
                heard_from_ms, heard_to_ms, confidence, understood, score, why,
                input, point, readings, also, alternatives, sentiment, handoff,
                total_ms, endpointing_ms, asr_ms, nlu_dialog_ms, tts_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.id.0)
        .bind(turn.turn)
        .bind(&turn.step)
        .bind(&turn.said)
        .bind(turn.said_from_ms)
        .bind(turn.said_to_ms)
        .bind(turn.interrupted)
        .bind(&turn.heard)
        .bind(turn.heard_from_ms)
        .bind(turn.heard_to_ms)
        .bind(turn.confidence)
        .bind(&turn.understood)
        .bind(turn.score)
        .bind(&turn.why)
        .bind(turn.input.map(TurnInput::as_str))
        .bind(&turn.point)
        .bind(serde_json::to_string(&turn.readings)?)
        .bind(serde_json::to_string(&turn.also)?)
        .bind(serde_json::to_string(&turn.alternatives)?)
        .bind(turn.sentiment)
        .bind(turn.handoff.as_ref().map(serde_json::to_string).transpose()?)
        .bind(latency.map(|l| l.total_ms))
        .bind(latency.map(|l| l.endpointing_ms))
        .bind(latency.map(|l| l.asr_ms))
        .bind(latency.map(|l| l.nlu_dialog_ms))
        .bind(latency.map(|l| l.tts_ms))
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    async fn tag(&mut self, tag: &str) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE calls SET tags = json_insert(tags, '$[#]', ?1)
             WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?1)",
        )
        .bind(tag)
        .bind(self.id.0)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    async fn slot(&mut self, name: &str, value: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE calls SET slots = json_patch(slots, json_object(?, ?)) WHERE id = ?")
            .bind(name)
            .bind(value)
            .bind(self.id.0)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn opt_out(&mut self) -> Result<(), StorageError> {
        let entry = DncEntry {
            number: self.number.clone(),
            source: DncSource::Call,
            added_at: self.now,
            call: Some(self.id),
            note: "asked during the call".into(),
        };
        dnc::add(self.connection, &entry).await
    }

    async fn handoff_requested(
        &mut self,
        reason: &str,
        skill: Option<&str>,
        score: Option<&HandoffScore>,
        by_score: bool,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE calls SET handoff_reason = ?, handoff_skill = ?, handoff_score = ?, handoff_by_score = ?,
                handoff_at = ?
             WHERE id = ?",
        )
        .bind(reason)
        .bind(skill)
        .bind(score.map(serde_json::to_string).transpose()?)
        .bind(by_score)
        .bind(to_ms(self.now))
        .bind(self.id.0)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    async fn bridged(&mut self, agent: &str, wait_ms: u32) -> Result<(), StorageError> {
        sqlx::query("UPDATE calls SET handed_over = 1, handoff_agent = ?, handoff_wait_ms = ? WHERE id = ?")
            .bind(agent)
            .bind(wait_ms)
            .bind(self.id.0)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn handoff_failed(&mut self, reason: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE calls SET handoff_failed = ? WHERE id = ?")
            .bind(reason)
            .bind(self.id.0)
            .execute(&mut *self.connection)
            .await?;
        self.callback(None, reason).await
    }

    async fn callback(&mut self, due_at: Option<DateTime<Utc>>, reason: &str) -> Result<(), StorageError> {
        let callback = NewCallback {
            campaign: Some(self.campaign),
            contact: Some(self.contact),
            number: self.number.clone(),
            call: Some(self.id),
            due_at,
            reason: reason.to_owned(),
        };
        promise(self.connection, &callback, self.now).await.map(|_| ())
    }

    async fn recording(&mut self, file: &RecordingFile) -> Result<(), StorageError> {
        sqlx::query("INSERT OR IGNORE INTO recordings (call_id, path, sample_rate_hz, started_at) VALUES (?, ?, ?, ?)")
            .bind(self.id.0)
            .bind(&file.path)
            .bind(file.sample_rate_hz)
            .bind(to_ms(self.now))
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }
}
