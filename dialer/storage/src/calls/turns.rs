//! The turns of a call as they are stored.

use crate::convert::{maybe_json, named, narrow};
use crate::{Db, StorageError};
use sqlx::FromRow;
use warmline_domain::{AttemptId, Turn, TurnInput, TurnLatency};

#[derive(FromRow)]
struct TurnRow {
    turn: i64,
    step: String,
    said: String,
    said_from_ms: u32,
    said_to_ms: u32,
    interrupted: bool,
    heard: String,
    heard_from_ms: Option<u32>,
    heard_to_ms: Option<u32>,
    confidence: Option<f32>,
    understood: Option<String>,
    score: Option<f32>,
    why: Option<String>,
    input: Option<String>,
    point: Option<String>,
    readings: String,
    also: String,
    alternatives: String,
    sentiment: Option<f32>,
    handoff: Option<String>,
    #[sqlx(flatten)]
    latency: LatencyRow,
}

#[derive(FromRow)]
struct LatencyRow {
    total_ms: Option<f32>,
    endpointing_ms: Option<f32>,
    asr_ms: Option<f32>,
    nlu_dialog_ms: Option<f32>,
    tts_ms: Option<f32>,
}

impl LatencyRow {
    fn latency(&self) -> Option<TurnLatency> {
        Some(TurnLatency {
            total_ms: self.total_ms?,
            endpointing_ms: self.endpointing_ms.unwrap_or_default(),
            asr_ms: self.asr_ms.unwrap_or_default(),
            nlu_dialog_ms: self.nlu_dialog_ms.unwrap_or_default(),
            tts_ms: self.tts_ms.unwrap_or_default(),
        })
    }
}

impl TryFrom<TurnRow> for Turn {
    type Error = StorageError;

    fn try_from(row: TurnRow) -> Result<Self, StorageError> {
        Ok(Self {
            turn: narrow("turn", row.turn)?,
            step: row.step,
            point: row.point,
            said: row.said,
            said_from_ms: row.said_from_ms,
            said_to_ms: row.said_to_ms,
            interrupted: row.interrupted,
            input: row.input.map(|name| named("input of a turn", &name, TurnInput::parse)).transpose()?,
            heard: row.heard,
            heard_from_ms: row.heard_from_ms,
            heard_to_ms: row.heard_to_ms,
            confidence: row.confidence,
            readings: serde_json::from_str(&row.readings)?,
            understood: row.understood,
            score: row.score,
            why: row.why,
            also: serde_json::from_str(&row.also)?,
            alternatives: serde_json::from_str(&row.alternatives)?,
            sentiment: row.sentiment,
            handoff: maybe_json(row.handoff.as_deref())?,
            latency: row.latency.latency(),
        })
    }
}

impl Db {
    /// The turns of a call in order.
    pub async fn turns(&self, id: AttemptId) -> Result<Vec<Turn>, StorageError> {
        let rows: Vec<TurnRow> = sqlx::query_as("SELECT * FROM turns WHERE call_id = ? ORDER BY turn")
            .bind(id.0)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
