//! The feed: a WebSocket of typed events, resumable by id.
//!
//! Events come from storage's outbox, so a client that reconnects with `?after=ID` misses nothing, even
//! across a restart. After each batch follows one progress message per campaign touched: a picture of now,
//! without an id, because only the newest counts.

use crate::auth::Signed;
use crate::campaigns::ProgressView;
use crate::extract::Query;
use crate::named::CampaignStateName;
use crate::problem::Problem;
use crate::{AppState, edge};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_domain::{CampaignId, FeedEvent, Permission};

/// Events read from storage at a time.
const BATCH: u32 = 500;
/// Shortest time between two looks: many events in a burst become one batch and one progress message.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest time between two looks, for what another process wrote to the same database.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A client that is silent is asked whether it is still there, and storage whether it may still listen.
const PING_EVERY: Duration = Duration::from_secs(20);

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(connect_feed))
}

/// Wakes the feed when something was written. Clones wake the same feed.
#[derive(Clone)]
pub struct FeedSignal(Arc<watch::Sender<()>>);

impl Default for FeedSignal {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl FeedSignal {
    /// Something was written. Cheap; call it after every event.
    pub fn wake(&self) {
        self.0.send_replace(());
    }
}

/// What the server sends.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FeedMessage {
    /// First message: events follow from here on.
    Ready {
        /// Id of the last event before this connection's first.
        last: i64,
    },
    /// Something happened. Ids grow, with gaps.
    Event {
        id: i64,
        at: DateTime<Utc>,
        campaign: Option<i64>,
        call: Option<String>,
        /// What kind of change, such as `answered`, `turn` or `ended`.
        change: String,
    },
    /// How far a campaign has got, now.
    Progress { campaign: i64, state: CampaignStateName, progress: ProgressView },
}

/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct From_ {
    /// Id of the last event seen; left out, only what happens from now on is sent.
    after: Option<i64>,
}

/// Events by WebSocket.
///
/// Each text message is one `FeedMessage` as JSON.
#[utoipa::path(get, path = "/feed", tag = "feed", params(From_), responses(
    (status = 101, description = "Messages follow", body = FeedMessage),
    (status = 401, body = Problem, content_type = "application/problem+json"),
))]
async fn connect_feed(
    State(state): State<AppState>,
    who: Signed,
    Query(from): Query<From_>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    who.may(Permission::CallsRead)?;
    let last = match from.after {
        Some(id) => id,
        None => state.db.feed_head().await?,
    };
    let progress = who.user.role.may(Permission::CampaignsRead);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let mut feed = Feed { state, socket, last, progress, session: who.session };
        // Whatever the reason the client went, it knows where to resume.
        if let Err(why) = feed.run().await {
            tracing::debug!(%why, "feed closed");
        }
    }))
}

struct Feed {
    state: AppState,
    socket: WebSocket,
    /// Last event sent.
    last: i64,
    /// The role may see campaigns.
    progress: bool,
    /// What storage knows the session by.
    session: String,
}

/// Why a feed ended.
#[derive(Debug, thiserror::Error)]
enum Closed {
    #[error("the client went away")]
    Gone,
    #[error("the session has ended")]
    SignedOut,
    #[error(transparent)]
    Socket(#[from] axum::Error),
    #[error(transparent)]
    Storage(#[from] warmline_storage::StorageError),
}

impl Feed {
    async fn run(&mut self) -> Result<(), Closed> {
        let mut written = self.state.feed.0.subscribe();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ping = tokio::time::interval(PING_EVERY);
        self.send(&FeedMessage::Ready { last: self.last }).await?;
        loop {
            tokio::select! {
                received = self.socket.recv() => match received {
                    Some(Ok(Message::Close(_))) | None => return Err(Closed::Gone),
                    Some(Ok(_)) => {}
                    Some(Err(e)) => return Err(e.into()),
                },
                _ = ping.tick() => self.ping().await?,
                // The sender lives in the state that this feed holds.
                Ok(()) = written.changed() => {
                    self.drain().await?;
                    tokio::time::sleep(PAUSE).await;
                }
                _ = look.tick() => self.drain().await?,
            }
        }
    }

    async fn ping(&mut self) -> Result<(), Closed> {
        if self.state.db.session_user(&self.session, edge::now()).await?.is_none() {
            return Err(Closed::SignedOut);
        }
        Ok(self.socket.send(Message::Ping(Vec::new().into())).await?)
    }

    /// Sends what storage has beyond the last event.
    async fn drain(&mut self) -> Result<(), Closed> {
        let mut touched = BTreeSet::new();
        loop {
            let events = self.state.db.feed_after(self.last, BATCH).await?;
            let full = events.len() as u64 >= u64::from(BATCH);
            for event in events {
                self.last = event.id;
                touched.extend(event.campaign);
                self.send(&message(event)).await?;
            }
            if !full {
                break;
            }
        }
        if self.progress {
            for campaign in touched {
                self.send_progress(campaign).await?;
            }
        }
        Ok(())
    }

    async fn send_progress(&mut self, id: CampaignId) -> Result<(), Closed> {
        let Some(campaign) = self.state.db.campaign(id).await? else {
            return Ok(());
        };
        let progress = self.state.db.campaign_progress(id).await?.into();
        self.send(&FeedMessage::Progress { campaign: id.0, state: CampaignStateName(campaign.state), progress }).await
    }

    async fn send(&mut self, message: &FeedMessage) -> Result<(), Closed> {
        let text = serde_json::to_string(message).map_err(axum::Error::new)?;
        Ok(self.socket.send(Message::Text(text.into())).await?)
    }
}

/// The kind of change only: details hold numbers and words, which the API gives by permission.
fn message(event: FeedEvent) -> FeedMessage {
    let name = |key| event.data.get(key).and_then(|c| c.as_str());
    let change = name("change").or(name("event")).unwrap_or("changed").to_owned();
    FeedMessage::Event {
        id: event.id,
        at: event.at,
        campaign: event.campaign.map(|c| c.0),
        call: event.call.map(|c| c.to_string()),
        change,
    }
}
