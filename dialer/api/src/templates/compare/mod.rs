//! Two versions of a template side by side: what each makes of the stored conversations, and what came of the
//! calls that each held.
//!
//! The stored conversations are held again with both texts, so the difference is the texts' and not that of the
//! days on which the calls were made. Where a text goes a way on which nothing was ever said, the end is not
//! known and is counted as that. The live results are what really happened, with the room that chance has.

mod live;
mod stored;

pub use live::{RateView, ResultsView, results};
pub use stored::{Before, Comparison, MeaningChange, WayChange, compare};

use super::PublishError;
use crate::auth::Signed;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use crate::{AppState, TemplateLibrary};
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_domain::{Permission, VersionState};
use warmline_storage::Db;

use super::review::Stored;

/// Calls that are held again when no number is named.
const CALLS: u32 = 500;
/// Most calls of one request.
const MOST_CALLS: u32 = 5000;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(compare_versions))
}

/// The texts to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// A number, or `draft`, and its text.
    pub from: (String, String),
    pub to: (String, String),
}

/// The file's text, read beside the async workers.
async fn draft_text(library: &Arc<TemplateLibrary>, name: &str) -> Result<Option<String>, PublishError> {
    let (library, file) = (library.clone(), name.to_owned());
    let read = tokio::task::spawn_blocking(move || library.draft_text(&file)).await;
    read.map_err(|e| PublishError::Unreadable { file: format!("{name}.yaml").into(), reason: e.to_string() })?
}

/// A version by its number, or `draft`.
async fn one(
    db: &Db,
    library: &Arc<TemplateLibrary>,
    name: &str,
    which: &str,
) -> Result<(String, String), PublishError> {
    let text = match which {
        "draft" => draft_text(library, name).await?,
        number => match number.parse() {
            Ok(number) => db.version(name, number).await?.map(|found| found.text),
            Err(_) => None,
        },
    };
    let missing = || PublishError::NoVersion { name: name.to_owned(), which: which.to_owned() };
    Ok((which.to_owned(), text.ok_or_else(missing)?))
}

impl Pair {
    /// What was asked for. Without a wish: the live version against the canary, else against the draft if that
    /// differs, else the version that was live before against the live one.
    ///
    /// # Errors
    /// There is no such version, or nothing to compare with.
    pub async fn of(
        db: &Db,
        library: &Arc<TemplateLibrary>,
        name: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Self, PublishError> {
        let known = db.versions(name).await?;
        let number = |state| known.iter().find(|v| v.state == state).map(|v| v.mark.number.to_string());
        let live = number(VersionState::Live);
        let draft_differs = match (&live, draft_text(library, name).await) {
            (Some(live), Ok(Some(draft))) => one(db, library, name, live).await?.1 != draft,
            (None, Ok(Some(_))) => true,
            _ => false,
        };
        let canary = number(VersionState::Canary);
        let wanted = to.map(str::to_owned).or(canary).or(draft_differs.then(|| "draft".to_owned()));
        let before = known.iter().filter(|v| v.state == VersionState::Archived && v.live_at.is_some());
        let before = before.max_by_key(|v| v.live_at).map(|v| v.mark.number.to_string());
        let (from, to) = match (from.map(str::to_owned), wanted, live) {
            (Some(from), Some(to), _) => (from, to),
            (Some(from), None, Some(live)) => (from, live),
            (None, Some(to), Some(live)) if to != live => (live, to),
            (None, _, Some(live)) => {
                let before = before.ok_or_else(|| PublishError::NothingToCompare { name: name.to_owned() })?;
                (before, live)
            }
            _ => return Err(PublishError::NothingToCompare { name: name.to_owned() }),
        };
        Ok(Self { from: one(db, library, name, &from).await?, to: one(db, library, name, &to).await? })
    }
}

/// Which versions, on which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// A number or `draft`; the live version when left out.
    from: Option<String>,
    /// A number or `draft`; when left out the canary, else the draft.
    to: Option<String>,
    /// Only calls that began then or later.
    since: Option<DateTime<Utc>>,
    /// The newest so many stored conversations: 1 to 5000, 500 by default.
    calls: Option<u32>,
}

/// Two versions side by side.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparisonView {
    /// Number, or `draft`.
    from: String,
    to: String,
    stored: Comparison,
    /// What came of the calls of each published version, newest first.
    live: Vec<ResultsView>,
}

/// What two versions make of the stored conversations, and what came of the calls of each version.
///
/// Names and long numbers in what was said are hidden.
#[utoipa::path(get, path = "/templates/{name}/compare", tag = "templates",
    params(("name" = String, Path, description = "Template"), Wanted), responses(
    (status = 200, body = ComparisonView),
    (status = 404, description = "No such version", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "There is nothing to compare with", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "One of the texts has errors", body = Problem, content_type = "application/problem+json"),
))]
async fn compare_versions(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ComparisonView>, Problem> {
    // It shows what callers said.
    who.may(Permission::TemplatesEdit)?;
    let pair = Pair::of(&state.db, &state.templates, &name, wanted.from.as_deref(), wanted.to.as_deref()).await?;
    let most = wanted.calls.unwrap_or(CALLS).clamp(1, MOST_CALLS);
    let turn = state.one_at_a_time().await?;
    let conversations = Stored::load(&state.db, &state.templates, &name, wanted.since, most).await?;
    let meaning = state.meaning.clone();
    let mut known: HashMap<String, Option<Vec<f32>>> = HashMap::new();
    let (from, to) = (pair.from.0.clone(), pair.to.0.clone());
    let held = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut embed = |text: &str| known.entry(text.to_owned()).or_insert_with(|| meaning.of(text)).clone();
        compare(&pair, &conversations, &mut embed)
    });
    let stored = held.await.map_err(|e| Problem::internal("compare versions", e))?;
    let stored = stored.map_err(|why| Problem::field("text", why))?;
    let live = results(&state.db, &name, wanted.since).await?;
    Ok(Json(ComparisonView { from, to, stored, live }))
}
