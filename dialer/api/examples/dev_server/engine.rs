//! An engine that dials nobody: each contact gets a scripted call, written to storage as a real one would be.

use crate::script::{self, Scripted};
use crate::sound;
use async_trait::async_trait;
use chrono::Utc;
use std::path::PathBuf;
use std::time::Duration;
use warmline_api::{CampaignEngine, EngineError, FeedSignal, Finding, Severity, Trunk};
use warmline_domain::{AttemptId, CallChange, Campaign, CampaignId, CampaignState, Contact, NewCall, RecordingFile};
use warmline_storage::{Db, Reservation, StorageError};

/// Between two events of a call.
const BEAT: Duration = Duration::from_millis(220);

#[derive(Clone)]
pub struct ScriptedEngine {
    pub db: Db,
    pub feed: FeedSignal,
    pub folder: PathBuf,
}

fn engine_error(error: StorageError) -> EngineError {
    match error {
        StorageError::Missing { .. } => EngineError::NotFound,
        StorageError::Transition(e) => EngineError::WrongState(e.to_string()),
        e => EngineError::Fault(e.to_string()),
    }
}

#[async_trait]
impl CampaignEngine for ScriptedEngine {
    fn trunks(&self) -> Vec<Trunk> {
        vec![Trunk {
            name: "script".into(),
            host: "nowhere".into(),
            max_calls: 8,
            caller_ids: vec!["+15550100".into()],
        }]
    }

    async fn check(&self, id: CampaignId) -> Result<Vec<Finding>, EngineError> {
        let campaign = self.db.campaign(id).await.map_err(engine_error)?.ok_or(EngineError::NotFound)?;
        let message = format!("{} rings nobody: its calls are a script", campaign.data.settings.trunk);
        Ok(vec![Finding { severity: Severity::Info, code: "scripted".into(), message }])
    }

    async fn start(&self, id: CampaignId) -> Result<(), EngineError> {
        let now = Utc::now();
        let campaign = self.db.set_campaign_state(id, CampaignState::Running, now).await.map_err(engine_error)?;
        self.feed.wake();
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.run(campaign).await {
                eprintln!("campaign {id}: {error}");
            }
        });
        Ok(())
    }

    async fn pause(&self, id: CampaignId) -> Result<(), EngineError> {
        self.db.set_campaign_state(id, CampaignState::Paused, Utc::now()).await.map_err(engine_error)?;
        self.feed.wake();
        Ok(())
    }

    async fn stop(&self, id: CampaignId) -> Result<(), EngineError> {
        for state in [CampaignState::Stopping, CampaignState::Stopped] {
            self.db.set_campaign_state(id, state, Utc::now()).await.map_err(engine_error)?;
        }
        self.feed.wake();
        Ok(())
    }

    async fn ready(&self) -> Result<(), String> {
        self.db.ping().await.map_err(|e| e.to_string())
    }
}

impl ScriptedEngine {
    async fn run(&self, campaign: Campaign) -> Result<(), StorageError> {
        let contacts = self.db.contacts(campaign.data.list, None, 10_000).await?;
        let mut open = tokio::task::JoinSet::new();
        for contact in contacts {
            if open.len() >= campaign.data.settings.most_in_flight as usize {
                open.join_next().await;
            }
            match self.db.reserve_attempt(campaign.id, contact.id, Utc::now()).await? {
                Reservation::Reserved(attempt) => {
                    let (engine, template) = (self.clone(), campaign.data.settings.template.clone());
                    open.spawn(async move { engine.call(attempt.id, &contact, template).await });
                    tokio::time::sleep(BEAT / 2).await;
                }
                // Paused or stopped: the open calls are finished.
                Reservation::Refused(_) => break,
            }
        }
        while open.join_next().await.is_some() {}
        let state = self.db.campaign(campaign.id).await?.map(|c| c.state);
        if state == Some(CampaignState::Running) {
            self.db.set_campaign_state(campaign.id, CampaignState::Done, Utc::now()).await?;
            self.feed.wake();
        }
        Ok(())
    }

    async fn call(&self, id: AttemptId, contact: &Contact, template: String) -> Result<(), StorageError> {
        let new = NewCall { trunk: "script".into(), caller_id: None, template, template_version: "script".into() };
        self.db.begin_dialling(id, &new, Utc::now()).await?;
        self.feed.wake();
        let Scripted { changes, turns } = script::call(&contact.data);
        if !turns.is_empty() {
            let path = self.folder.join(format!("{id}.wav"));
            std::fs::write(&path, sound::wav(&turns)).map_err(|e| StorageError::Io(e.to_string()))?;
            let file = RecordingFile { path: path.display().to_string(), sample_rate_hz: sound::RATE };
            self.db.record(id, &CallChange::RecordingStarted(file), Utc::now()).await?;
        }
        for change in changes {
            tokio::time::sleep(BEAT).await;
            self.db.record(id, &change, Utc::now()).await?;
            self.feed.wake();
        }
        Ok(())
    }
}
