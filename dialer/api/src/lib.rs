//! The HTTP API: sessions and roles, lists, campaigns, calls, templates, users, a WebSocket feed, metrics,
//! and the console's files.
//!
//! One endpoint group is one file. The dialer itself is reached through [`CampaignEngine`]; everything else
//! goes through storage. Errors are problem+json (RFC 9457), the document is at `/api/openapi.json`.

pub mod auth;
mod calls;
mod campaigns;
mod console;
mod edge;
mod engine;
mod extract;
mod feed;
mod health;
mod lists;
mod metrics;
mod named;
mod problem;
mod range;
mod security;
mod session;
mod templates;
mod users;
mod whole;

pub use engine::{CampaignEngine, EngineError, Finding, Severity, Trunk};
pub use feed::FeedSignal;
pub use metrics::{MetricsError, install as install_metrics};
pub use templates::{
    Draft, Meaning, PublishError, TemplateLibrary, TemplateView, broken_campaigns, compare, published_name,
    replay_handoff, review, template_facts, template_path,
};
pub use whole::{WriteError, write_whole};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Json, middleware, routing};
use metrics_exporter_prometheus::PrometheusHandle;
use problem::{FieldProblem, Problem};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;
use warmline_domain::UserId;
use warmline_storage::{Db, StorageError};

/// Most bytes of a request, other than an import.
const LARGEST_BODY: usize = 256 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub struct AppState {
    pub db: Db,
    pub engine: Arc<dyn CampaignEngine>,
    pub templates: Arc<TemplateLibrary>,
    /// Sentence embeddings for conversations in text, as calls have them.
    pub meaning: Arc<dyn Meaning>,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// Wake it after each event that was written to storage.
    pub feed: FeedSignal,
    /// Mark cookies `Secure`: on when the console is reached by https.
    pub secure_cookies: bool,
    throttle: Arc<auth::throttle::Throttle>,
    /// One place for what holds stored calls again.
    replays: Arc<Semaphore>,
}

impl AppState {
    /// State over a database, an engine and a folder of templates.
    pub fn new(db: Db, engine: Arc<dyn CampaignEngine>, templates: PathBuf, metrics: PrometheusHandle) -> Self {
        Self {
            db,
            engine,
            templates: Arc::new(TemplateLibrary::new(templates)),
            meaning: Arc::new(templates::NoMeaning),
            metrics,
            feed: FeedSignal::default(),
            secure_cookies: false,
            throttle: Arc::default(),
            replays: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits until nobody else holds stored calls again: thousands of them in memory and a core busy are enough once,
    /// beside the calls under way.
    async fn one_at_a_time(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.replays.clone().acquire_owned().await.map_err(|e| Problem::internal("wait for a replay to end", e))
    }

    /// Writes who did what. A request whose audit entry cannot be written fails.
    async fn audit(&self, who: Option<UserId>, action: &str, object: &str) -> Result<(), Problem> {
        self.db.audit(who, action, object, edge::now()).await?;
        Ok(())
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Warmline", description = "Outbound calling: lists, campaigns, calls, and a feed of what happens."),
    components(schemas(Problem, feed::FeedMessage))
)]
struct Document;

fn api() -> OpenApiRouter<AppState> {
    let groups = OpenApiRouter::new()
        .merge(session::routes())
        .merge(users::routes())
        .merge(lists::routes())
        .merge(templates::routes())
        .merge(campaigns::routes())
        .merge(calls::routes())
        .merge(feed::routes());
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api", groups)
}

/// The OpenAPI document, as served and as `console-web` generates its types from.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// Everything the server answers. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so
/// that sign-in can be throttled by address.
pub fn router(state: AppState) -> Router {
    let (routes, document) = api().split_for_parts();
    let json = document.clone();
    Router::new()
        .merge(routes)
        .route("/api/openapi.json", routing::get(|| async move { Json(json) }))
        .merge(SwaggerUi::new("/api/docs").config(utoipa_swagger_ui::Config::from("/api/openapi.json")))
        .route("/api/{*rest}", routing::any(no_such_route))
        .merge(health::routes())
        .route_layer(middleware::from_fn(metrics::count))
        .fallback(console::serve)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(security::same_origin))
        .layer(middleware::from_fn(security::headers))
        .layer(CompressionLayer::new().compress_when(compressible()))
        .with_state(state)
}

/// Text only: a recording gains nothing, and a player wants its length and its ranges.
fn compressible() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::const_new("audio/"))
}

async fn no_such_route() -> impl IntoResponse {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such endpoint; /api/docs lists them.")
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let said = error.to_string();
        match error {
            StorageError::NameTaken { .. } => {
                Self { errors: vec![FieldProblem::new("name", said.clone())], ..Self::conflict(said) }
            }
            StorageError::Missing { what, .. } => Self::not_found(what),
            StorageError::Refused(_) | StorageError::Transition(_) => Self::conflict(said),
            StorageError::Import(_) => Self::field("file", said),
            _ => Self::internal("storage", said),
        }
    }
}
