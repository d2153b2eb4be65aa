//! Which version of its template a call gets, and having it ready when it is wanted.
//!
//! A campaign asks storage for each call: the answer is two short rows, and what a trainer published or rolled
//! back, from whichever process, holds from the next call on. A call keeps what it started with. A version is
//! loaded (phrases embedded, classifier trained) on a thread beside the calls, once; only new calls that are
//! to have it wait for that, before anybody is dialled. A template that was never published is run from its
//! file as it was when the campaign started.

use super::{SharedDesk, published_name, template_path, template_text};
use crate::config::Config;
use anyhow::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::{Duration, Instant};
use warmline_domain::{AttemptId, VersionMark};
use warmline_runtime::LoadedTemplate;
use warmline_storage::{Db, StorageError};

/// Versions that are kept ready; beyond them only those in use.
const KEPT: usize = 32;
/// How long a version that could not be loaded is left alone.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// What the calls of a template would be held with now.
pub enum Wording {
    /// It was never published: its file.
    Draft(String),
    Published {
        live: (VersionMark, String),
        canary: Option<(VersionMark, String)>,
        /// The file says something else than the live version.
        draft_differs: bool,
    },
}

impl Wording {
    /// Every text that a call may get, what most get first.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Draft(text) => vec![text],
            Self::Published { live, canary, .. } => {
                std::iter::once(live).chain(canary).map(|(_, text)| text.as_str()).collect()
            }
        }
    }

    pub fn is_published(&self) -> bool {
        matches!(self, Self::Published { .. })
    }
}

/// The wording of the template that a campaign names. The inner error says why there is none.
pub async fn wording(config: &Config, db: &Db, template: &str) -> Result<Result<Wording, String>, StorageError> {
    let path = template_path(config, template);
    let draft = tokio::task::spawn_blocking(move || template_text(&path)).await.unwrap_or_else(|e| Err(e.to_string()));
    let serving = match published_name(config, template) {
        Some(name) => db.serving(&name).await?,
        None => None,
    };
    let Some(serving) = serving else { return Ok(draft.map(Wording::Draft)) };
    let text = async |mark: VersionMark| {
        let text = db.version_text(&mark.sha256).await?;
        let missing = || StorageError::Missing { what: "version", id: mark.number.to_string() };
        let text = text.ok_or_else(missing)?;
        Ok::<_, StorageError>((mark, text))
    };
    let live = text(serving.live).await?;
    let canary = match serving.canary {
        Some((mark, _)) => Some(text(mark).await?),
        None => None,
    };
    let draft_differs = draft.is_ok_and(|draft| draft != live.1);
    Ok(Ok(Wording::Published { live, canary, draft_differs }))
}

/// A text, ready for calls; what is ready already costs nothing.
pub async fn load(desk: &SharedDesk, text: String) -> Result<Arc<LoadedTemplate>, String> {
    let desk = desk.clone();
    let loaded = tokio::task::spawn_blocking(move || desk.bot.load_template(&text)).await;
    loaded.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
}

/// The versions that are ready, or were found not to load, by the sum of their text.
#[derive(Default)]
pub struct Ready(Mutex<HashMap<String, Place>>);

type Place = Arc<tokio::sync::Mutex<Option<Tried>>>;

type Tried = Result<Arc<LoadedTemplate>, (Instant, String)>;

impl Ready {
    /// The version with this sum. Whoever comes while it is being loaded waits for that.
    async fn get(&self, desk: &SharedDesk, mark: &VersionMark) -> Result<Arc<LoadedTemplate>, String> {
        let place = self.place(&mark.sha256);
        let mut tried = place.lock().await;
        match &*tried {
            Some(Ok(template)) => return Ok(template.clone()),
            Some(Err((at, why))) if at.elapsed() < TRY_AGAIN => return Err(why.clone()),
            _ => {}
        }
        let began = Instant::now();
        let loaded = match desk.db.version_text(&mark.sha256).await {
            Ok(Some(text)) => load(desk, text).await,
            Ok(None) => Err("it is not stored".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        match &loaded {
            Ok(template) => tracing::info!(
                template = template.compiled.name(),
                version = mark.number,
                took_ms = began.elapsed().as_millis() as u64,
                "a version of a template is ready"
            ),
            Err(why) => tracing::error!(version = mark.number, why, "a version of a template cannot be loaded"),
        }
        *tried = Some(loaded.clone().map_err(|why| (Instant::now(), why)));
        loaded
    }

    /// Where the version with this sum is, or will be. A new one may take the place of those that nobody uses.
    fn place(&self, sum: &str) -> Place {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= KEPT && !places.contains_key(sum) {
            places.retain(|_, place| in_use(place));
        }
        places.entry(sum.to_owned()).or_default().clone()
    }
}

/// Somebody loads it or waits for it, or a call or a campaign holds what was loaded.
fn in_use(place: &Place) -> bool {
    Arc::strong_count(place) > 1
        || place.try_lock().is_ok_and(|tried| matches!(&*tried, Some(Ok(template)) if Arc::strong_count(template) > 1))
}

/// The template of a running campaign.
pub(super) struct CampaignTemplate {
    /// What it is published as; none: it cannot be.
    name: Option<String>,
    /// The live version, the latest that could be loaded; before the first publishing, the file.
    current: Mutex<Arc<LoadedTemplate>>,
}

impl CampaignTemplate {
    /// Has what the next calls get ready.
    pub(super) async fn load(desk: &SharedDesk, template: &str) -> Result<Self> {
        let name = published_name(&desk.config, template);
        let serving = match &name {
            Some(name) => desk.db.serving(name).await?,
            None => None,
        };
        let current = match serving {
            Some(serving) => {
                let live = desk.versions.get(desk, &serving.live).await;
                if let Some((canary, _)) = &serving.canary {
                    // One that cannot be loaded is logged, and its calls get the live version.
                    desk.versions.get(desk, canary).await.ok();
                }
                live
            }
            None => {
                let path = template_path(&desk.config, template);
                match tokio::task::spawn_blocking(move || template_text(&path)).await? {
                    Ok(text) => load(desk, text).await,
                    Err(why) => Err(why),
                }
            }
        };
        let current = current.map_err(|why| anyhow::anyhow!("the template cannot be used: {why}"))?;
        Ok(Self { name, current: Mutex::new(current) })
    }

    /// What this attempt is to be held with. A version that cannot be loaded gets no calls: they get the live
    /// one, or, if it is that, the one that was live before.
    pub(super) async fn of(&self, desk: &SharedDesk, attempt: AttemptId) -> Result<Arc<LoadedTemplate>, StorageError> {
        let serving = match &self.name {
            Some(name) => desk.db.serving(name).await?,
            None => None,
        };
        if let Some(serving) = serving {
            let wanted = serving.of(attempt);
            if *wanted != serving.live
                && let Ok(canary) = desk.versions.get(desk, wanted).await
            {
                return Ok(canary);
            }
            if let Ok(live) = desk.versions.get(desk, &serving.live).await {
                *self.current() = live;
            }
        }
        Ok(self.current().clone())
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Arc<LoadedTemplate>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
