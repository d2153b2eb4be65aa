//! Bringing the desk up: database, models, bot, and what a dead process left behind.

use super::{AgentPool, Desk, SharedDesk, capacity, now, pump};
use crate::config::Config;
use anyhow::{Context, Result};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use warmline_api::FeedSignal;
use warmline_control::AgentPhone;
use warmline_models::enhance::Enhance;
use warmline_models::store::Store;
use warmline_pacing::{AnsweringConfig, Throttle};
use warmline_runtime::{Bot, BotConfig, Mind, MindConfig};
use warmline_storage::{Db, Reconciled};

/// A running desk and what was found at its start.
pub struct Started {
    pub desk: SharedDesk,
    pub reconciled: Reconciled,
}

/// Open everything and begin to write events. Campaigns that were running go on only when told to.
pub async fn start(config: Config) -> Result<Started> {
    let mind = load_mind(&config).await?;
    start_with(config, mind).await
}

/// Like [`start`], with models that are loaded.
pub async fn start_with(config: Config, mind: Arc<Mind>) -> Result<Started> {
    let db = open_database(&config).await?;
    let lock = db.own_dialing()?;
    let reconciled = db.reconcile_open_attempts(&lock, now()).await?;
    for call in &reconciled.interrupted {
        for recording in db.recordings(*call).await? {
            warmline_runtime::repair_recording(Path::new(&recording.path));
        }
    }
    let (bot, events) = Bot::start(bot_config(&config), mind).await?;
    let desk = Arc::new(Desk {
        agents: Mutex::new(AgentPool::new(agent_phones(&config))),
        throttle: Mutex::new(Throttle::new(AnsweringConfig {
            target_ms: config.models.answer_target_ms,
            ..AnsweringConfig::default()
        })),
        config,
        db,
        bot,
        feed: FeedSignal::default(),
        open: Mutex::default(),
        running: Mutex::default(),
        storage_trouble: false.into(),
        _lock: lock,
    });
    tokio::spawn(pump::run(desk.clone(), events));
    tokio::spawn(capacity::watch(Arc::downgrade(&desk)));
    Ok(Started { desk, reconciled })
}

/// The database, in a data folder that is made.
pub async fn open_database(config: &Config) -> Result<Db> {
    let folder = &config.server.data_dir;
    std::fs::create_dir_all(folder).with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
    Ok(Db::open(config.database()).await?)
}

/// The models, off the async workers.
pub async fn load_mind(config: &Config) -> Result<Arc<Mind>> {
    let mind_config = MindConfig {
        hearing_threads: config.models.threads,
        speaking_threads: config.models.speaking_threads,
        queue: config.models.queue,
        cache: (config.models.cache_days > 0).then(|| config.speech_cache()),
        cache_bytes: config.models.cache_mb << 20,
        cache_days: config.models.cache_days,
        recordings: config.server.prompts_dir.clone(),
        enhance: Enhance { denoise: config.hearing.denoise, gain: config.hearing.gain },
    };
    let mind = tokio::task::spawn_blocking(move || Mind::load(&Store::locate()?, mind_config)).await??;
    Ok(Arc::new(mind))
}

/// What the bot is told of the configuration.
pub fn bot_config(config: &Config) -> BotConfig {
    BotConfig {
        sip_bind: config.sip.bind,
        trunks: config.trunks.clone(),
        rtp_first: config.media.rtp_first,
        rtp_last: config.media.rtp_last,
        media_timeout: Duration::from_secs(config.media.timeout_s.into()),
        recordings: config.media.record.then(|| config.recordings()),
        http_hosts: config.server.http_hosts.clone(),
        call: config.call.clone(),
    }
}

/// The agents' phones as the bot rings them.
pub fn agent_phones(config: &Config) -> Vec<AgentPhone> {
    let phone = |agent: &crate::config::AgentSection| AgentPhone {
        name: agent.name.clone(),
        trunk: agent.trunk.clone(),
        address: agent.address.clone(),
        ring_limit_s: agent.ring_limit_s,
    };
    config.agents.iter().map(phone).collect()
}
