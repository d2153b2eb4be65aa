//! Campaigns and their state.

use crate::convert::{from_ms, maybe_ms, named, to_ms};
use crate::error::name_taken;
use crate::{Db, StorageError};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use warmline_domain::{Campaign, CampaignId, CampaignState, ListId, NewCampaign};

#[derive(FromRow)]
struct Row {
    id: i64,
    name: String,
    list_id: i64,
    settings: String,
    state: String,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Campaign {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: CampaignId(row.id),
            data: NewCampaign {
                name: row.name,
                list: ListId(row.list_id),
                settings: serde_json::from_str(&row.settings)?,
            },
            state: named("campaign state", &row.state, CampaignState::parse)?,
            created_at: from_ms(row.created_at)?,
            started_at: maybe_ms(row.started_at)?,
            ended_at: maybe_ms(row.ended_at)?,
        })
    }
}

fn missing(id: CampaignId) -> StorageError {
    StorageError::Missing { what: "campaign", id: id.to_string() }
}

impl Db {
    /// Creates a draft. The settings should have been validated; they are checked again here.
    pub async fn create_campaign(&self, new: &NewCampaign, now: DateTime<Utc>) -> Result<Campaign, StorageError> {
        new.settings.validate().map_err(|e| StorageError::Refused(e.to_string()))?;
        if self.list(new.list).await?.is_none() {
            return Err(StorageError::Missing { what: "list", id: new.list.to_string() });
        }
        let mut tx = self.begin().await?;
        let row: Row = sqlx::query_as(
            "INSERT INTO campaigns (name, list_id, settings, state, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *",
        )
        .bind(&new.name)
        .bind(new.list.0)
        .bind(serde_json::to_string(&new.settings)?)
        .bind(CampaignState::Draft.as_str())
        .bind(to_ms(now))
        .fetch_one(&mut *tx)
        .await
        .map_err(name_taken("campaign", &new.name))?;
        tx.commit().await?;
        row.try_into()
    }

    /// Changes name, list and settings of a campaign that is not running. The list of one that has
    /// dialled stays.
    pub async fn update_campaign(&self, id: CampaignId, new: &NewCampaign) -> Result<Campaign, StorageError> {
        new.settings.validate().map_err(|e| StorageError::Refused(e.to_string()))?;
        let old = self.campaign(id).await?.ok_or_else(|| missing(id))?;
        if matches!(old.state, CampaignState::Running | CampaignState::Stopping) {
            return Err(StorageError::Refused(format!("a campaign that is {} cannot be changed", old.state)));
        }
        if old.started_at.is_some() && old.data.list != new.list {
            return Err(StorageError::Refused("a campaign that has dialled keeps its list".into()));
        }
        let mut tx = self.begin().await?;
        let row: Option<Row> = sqlx::query_as(
            "UPDATE campaigns SET name = ?, list_id = ?, settings = ? WHERE id = ? AND state = ? RETURNING *",
        )
        .bind(&new.name)
        .bind(new.list.0)
        .bind(serde_json::to_string(&new.settings)?)
        .bind(id.0)
        .bind(old.state.as_str())
        .fetch_optional(&mut *tx)
        .await
        .map_err(name_taken("campaign", &new.name))?;
        let row = row.ok_or_else(|| StorageError::Refused("the campaign was changed at the same time".into()))?;
        tx.commit().await?;
        row.try_into()
    }

    /// Every campaign, newest first.
    pub async fn campaigns(&self) -> Result<Vec<Campaign>, StorageError> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM campaigns ORDER BY id DESC").fetch_all(self.reader()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// One campaign.
    pub async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StorageError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM campaigns WHERE id = ?").bind(id.0).fetch_optional(self.reader()).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// One campaign by its name, in any case of letters.
    pub async fn campaign_named(&self, name: &str) -> Result<Option<Campaign>, StorageError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM campaigns WHERE name = ?").bind(name).fetch_optional(self.reader()).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Moves a campaign to another state, if its present one allows it, and tells the feed.
    pub async fn set_campaign_state(
        &self,
        id: CampaignId,
        to: CampaignState,
        now: DateTime<Utc>,
    ) -> Result<Campaign, StorageError> {
        let mut tx = self.begin().await?;
        let row: Option<Row> =
            sqlx::query_as("SELECT * FROM campaigns WHERE id = ?").bind(id.0).fetch_optional(&mut *tx).await?;
        let old: Campaign = row.ok_or_else(|| missing(id))?.try_into()?;
        let to = old.state.become_(to)?;
        let ended = matches!(to, CampaignState::Stopped | CampaignState::Done).then(|| to_ms(now));
        let started = (to == CampaignState::Running).then(|| to_ms(now));
        let row: Row = sqlx::query_as(
            "UPDATE campaigns SET state = ?, started_at = coalesce(started_at, ?), ended_at = ? WHERE id = ? RETURNING *",
        )
        .bind(to.as_str())
        .bind(started)
        .bind(ended)
        .bind(id.0)
        .fetch_one(&mut *tx)
        .await?;
        let told = serde_json::json!({ "event": "campaign_state", "state": to.as_str() });
        crate::feed::append(&mut tx, now, Some(id), None, &told).await?;
        tx.commit().await?;
        row.try_into()
    }
}
