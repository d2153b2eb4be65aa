//! The desk: owns the bot, the running campaigns and the agents' phones, and writes what happens.
//!
//! Planning is pure (`warmline_campaign`, `warmline_pacing`); this is where plans become attempts in
//! storage and commands to the bot, in that order.

mod agents;
#[cfg(test)]
mod callbacks;
mod capacity;
pub mod engine;
mod meaning;
mod pump;
pub mod recordings;
mod runner;
#[cfg(test)]
mod slow_machine;
pub mod start;
#[cfg(test)]
mod trial;
pub mod versions;
#[cfg(test)]
mod versions_live;

pub use agents::AgentPool;
pub use meaning::Sentences;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};
use warmline_api::FeedSignal;
use warmline_control::CallId;
use warmline_domain::{CampaignId, ContactId};
use warmline_pacing::Throttle;
use warmline_runtime::Bot;
use warmline_storage::{Db, DialingLock};

use crate::config::Config;

/// A call that is open.
#[derive(Clone, Copy, Debug)]
pub struct OpenCall {
    pub campaign: CampaignId,
    pub contact: ContactId,
    pub zone: Tz,
}

/// What a running campaign is told.
#[derive(Clone, Copy, Debug)]
pub enum Nudge {
    /// One of its calls has ended.
    Closed(ContactId),
    /// Dial nobody new; leave when the open calls have ended.
    Leave,
}

/// The desk itself, shared by the API, the command line and the campaigns' tasks.
pub struct Desk {
    pub config: Config,
    pub db: Db,
    pub bot: Bot,
    pub feed: FeedSignal,
    agents: Mutex<AgentPool>,
    open: Mutex<HashMap<CallId, OpenCall>>,
    running: Mutex<HashMap<CampaignId, mpsc::UnboundedSender<Nudge>>>,
    versions: versions::Ready,
    storage_trouble: AtomicBool,
    throttle: Mutex<Throttle>,
    _lock: DialingLock,
}

impl Desk {
    fn agents(&self) -> MutexGuard<'_, AgentPool> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<CallId, OpenCall>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<CampaignId, mpsc::UnboundedSender<Nudge>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose call this is, while it is open.
    pub fn open_call(&self, call: CallId) -> Option<OpenCall> {
        self.open().get(&call).copied()
    }

    /// A call's closing record is stored.
    fn closed(&self, call: CallId) {
        let Some(open) = self.open().remove(&call) else { return };
        if let Some(campaign) = self.running().get(&open.campaign) {
            campaign.send(Nudge::Closed(open.contact)).ok();
        }
    }

    /// A campaign's task runs here.
    pub fn is_running(&self, campaign: CampaignId) -> bool {
        self.running().contains_key(&campaign)
    }

    /// Dial nobody new, end every call, and wait at most `limit` until that is written.
    pub async fn stop(&self, limit: Duration) {
        for campaign in self.running().values() {
            campaign.send(Nudge::Leave).ok();
        }
        let until = Instant::now() + limit;
        self.bot.stop(limit).await;
        while !self.open().is_empty() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.db.close().await;
    }
}

/// A path as it stands when it looks like one, else a name in the templates folder.
pub fn template_path(config: &Config, name: &str) -> PathBuf {
    warmline_api::template_path(&config.server.templates_dir, name)
}

/// The name under which a template's versions are published: only a file of the templates folder has one.
pub fn published_name(config: &Config, name: &str) -> Option<String> {
    warmline_api::published_name(&config.server.templates_dir, name)
}

/// A template's text with the files it includes behind it, which is what is checked and loaded.
pub fn template_text(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let beside = |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|e| e.to_string());
    warmline_schema::bundle(&text, beside).map_err(|e| format!("{}:{e}", path.display()))
}

/// The wall clock, for storage and planning.
#[expect(clippy::disallowed_methods, reason = "the edge where the wall clock enters")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The desk as the API and the command line share it.
pub type SharedDesk = Arc<Desk>;
