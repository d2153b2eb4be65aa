//! Improving a template from what callers said: answers that need a look, in groups; their sound; giving a group to an
//! intent, with what that would change; or putting it aside.

mod assign;
mod clip;
mod find;
mod view;

pub use assign::{AssignError, Proposal, StoredChange, TestChange, Wish, ready};
pub use clip::clip;
pub use find::{Group, Heard, Item, Review, Stored};

use crate::auth::Signed;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use crate::{AppState, edge};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use view::{AssignView, ReviewView};
use warmline_dialog::CompiledTemplate;
use warmline_domain::{AttemptId, Permission, UserId};
use warmline_storage::Verdict;

/// Calls that are looked at when no number is named.
const CALLS: u32 = 500;
/// Most calls of one request.
const MOST_CALLS: u32 = 5000;
/// Most phrases of one request.
const MOST_PHRASES: usize = 50;
/// Most characters of a phrase.
const LONGEST_PHRASE: usize = 200;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(review_template))
        .routes(routes!(assign_cluster))
        .routes(routes!(dismiss_cluster))
        .routes(routes!(play_turn))
}

/// Which calls.
#[derive(Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only calls that began then or later.
    since: Option<DateTime<Utc>>,
    /// The newest so many calls: 1 to 5000, 500 by default.
    calls: Option<u32>,
}

/// Stored calls of a template, the template as it is now, and what there is to look at.
struct Looked {
    stored: Stored,
    template: Arc<CompiledTemplate>,
    review: Review,
    /// Nobody else looks for as long as this is in use.
    _turn: OwnedSemaphorePermit,
}

/// Sentences to embeddings, each made once.
fn embedder(state: &AppState) -> impl FnMut(&str) -> Option<Vec<f32>> + use<> {
    let meaning = state.meaning.clone();
    let mut known: HashMap<String, Option<Vec<f32>>> = HashMap::new();
    move |text: &str| known.entry(text.to_owned()).or_insert_with(|| meaning.of(text)).clone()
}

/// Runs what thinks for long beside the async workers.
async fn think<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::internal("review a template", e))?
}

async fn look(state: &AppState, name: &str, wanted: &Wanted) -> Result<Looked, Problem> {
    let turn = state.one_at_a_time().await?;
    let (library, file) = (state.templates.clone(), name.to_owned());
    let text = think(move || Ok(library.draft_text(&file)?)).await?;
    let text = text.ok_or_else(|| Problem::not_found("template"))?;
    let most = wanted.calls.unwrap_or(CALLS).clamp(1, MOST_CALLS);
    let stored = Stored::load(&state.db, &state.templates, name, wanted.since, most).await?;
    let mut embed = embedder(state);
    think(move || {
        let template = ready(&text, &mut embed).map_err(AssignError::Broken)?;
        let review = Review::of(&stored, &template, &mut embed);
        Ok(Looked { stored, template, review, _turn: turn })
    })
    .await
}

fn group<'a>(looked: &'a Looked, cluster: &str) -> Result<&'a Group, Problem> {
    looked.review.group(cluster).ok_or_else(|| Problem::not_found("cluster (look again: calls go on)"))
}

/// What callers said that needs a look, grouped by meaning.
///
/// Numbers and names are hidden unless the role may see numbers. What was assigned, dismissed, or is understood by the
/// template as it is now does not come.
#[utoipa::path(get, path = "/templates/{name}/review", tag = "templates",
    params(("name" = String, Path, description = "Template"), Wanted), responses(
    (status = 200, body = ReviewView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn review_template(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ReviewView>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let looked = look(&state, &name, &wanted).await?;
    Ok(Json(ReviewView::new(&looked.review, who.user.role.may(Permission::NumbersUnmasked))))
}

/// Give a group to an intent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignRequest {
    /// An intent, a global intent, an answer of the group's step, or `knowledge:NAME`.
    intent: String,
    /// It does not exist yet.
    #[serde(default)]
    new: bool,
    /// The step a new intent leads to from the group's step; for an intent that this step does not listen to, too.
    goto: Option<String>,
    /// What a new knowledge entry answers.
    answer: Option<String>,
    /// Phrases instead of the group's own texts: at most 50, each of at most 200 characters.
    phrases: Option<Vec<String>>,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    /// Save although regression dialogs would not go as written any more.
    #[serde(default)]
    despite_tests: bool,
    /// As the review was asked for.
    since: Option<DateTime<Utc>>,
    calls: Option<u32>,
}

/// Give a group of answers to an intent, or say what that would change.
///
/// The template's file is edited in place. Refused while a regression dialog beside it would fail by it.
#[utoipa::path(post, path = "/templates/{name}/review/{cluster}/assign", tag = "templates",
    params(("name" = String, Path, description = "Template"), ("cluster" = String, Path, description = "As the review names it")),
    request_body = AssignRequest, responses(
    (status = 200, body = AssignView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Regression dialogs would fail, or the file has changed", body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
))]
async fn assign_cluster(
    State(state): State<AppState>,
    who: Signed,
    Path((name, cluster)): Path<(String, String)>,
    Json(request): Json<AssignRequest>,
) -> Result<Json<AssignView>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    check_phrases(request.phrases.as_deref().unwrap_or_default())?;
    let looked = look(&state, &name, &Wanted { since: request.since, calls: request.calls }).await?;
    let wish = Wish {
        intent: request.intent,
        new: request.new,
        goto: request.goto,
        answer: request.answer,
        phrases: request.phrases,
    };
    group(&looked, &cluster)?;
    let (library, mut embed, named) = (state.templates.clone(), embedder(&state), name.clone());
    let mut proposal = think(move || {
        let group = group(&looked, &cluster)?;
        let proposal = Proposal::of(&library, &named, &looked.template, &looked.stored, group, &wish, &mut embed)?;
        let broken = proposal.broken_tests().count();
        if broken > 0 && !request.despite_tests && !request.dry_run {
            return Err(Problem::conflict(format!("{broken} of {} regression dialogs would fail.", proposal.tests)));
        }
        Ok(proposal)
    })
    .await?;
    if !request.dry_run {
        proposal = save(state, who.user.id, name, proposal).await?;
    }
    let unmasked = who.user.role.may(Permission::NumbersUnmasked);
    Ok(Json(AssignView::new(&proposal, !request.dry_run, unmasked)))
}

fn check_phrases(phrases: &[String]) -> Result<(), Problem> {
    if phrases.len() > MOST_PHRASES {
        return Err(Problem::field("phrases", format!("there are {}; at most {MOST_PHRASES} go", phrases.len())));
    }
    match phrases.iter().position(|phrase| phrase.chars().count() > LONGEST_PHRASE) {
        Some(n) => {
            Err(Problem::field("phrases", format!("phrase {} is longer than {LONGEST_PHRASE} characters", n + 1)))
        }
        None => Ok(()),
    }
}

/// Writes the files, what became of the answers, and who did it; to the end, even when the client hangs up.
async fn save(state: AppState, by: UserId, name: String, proposal: Proposal) -> Result<Proposal, Problem> {
    let whole = async move {
        let library = state.templates.clone();
        let proposal = think(move || {
            proposal.save(&library)?;
            Ok(proposal)
        })
        .await?;
        let verdict = Verdict::Assigned(proposal.intent.clone());
        state.db.mark_reviewed(&proposal.turns, &verdict, Some(by), edge::now()).await?;
        state.audit(Some(by), "template.assign", &format!("{name} {}", proposal.intent)).await?;
        Ok::<_, Problem>(proposal)
    };
    tokio::spawn(whole).await.map_err(|e| Problem::internal("save a template", e))?
}

/// Put a group aside: its answers do not come back.
#[utoipa::path(post, path = "/templates/{name}/review/{cluster}/dismiss", tag = "templates",
    params(("name" = String, Path, description = "Template"), ("cluster" = String, Path, description = "As the review names it")),
    request_body = Wanted, responses(
    (status = 204),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn dismiss_cluster(
    State(state): State<AppState>,
    who: Signed,
    Path((name, cluster)): Path<(String, String)>,
    Json(wanted): Json<Wanted>,
) -> Result<StatusCode, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let looked = look(&state, &name, &wanted).await?;
    let turns = group(&looked, &cluster)?.turns();
    state.db.mark_reviewed(&turns, &Verdict::Dismissed, Some(who.user.id), edge::now()).await?;
    state.audit(Some(who.user.id), "template.dismiss", &format!("{name} {cluster}, {} answers", turns.len())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was said in one turn, as two-channel WAV with a little around it.
///
/// Answers `Range` requests with 206. Access is written to the audit log.
#[utoipa::path(get, path = "/calls/{id}/turns/{turn}/clip", tag = "calls",
    params(("id" = String, Path, description = "Call"), ("turn" = u16, Path, description = "1, 2, 3 … within the call")), responses(
    (status = 200, description = "The whole clip", content_type = "audio/wav"),
    (status = 206, description = "The part asked for", content_type = "audio/wav"),
    (status = 404, description = "No such turn, or not recorded", body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "Nothing in this range", body = Problem, content_type = "application/problem+json"),
))]
async fn play_turn(
    State(state): State<AppState>,
    who: Signed,
    Path((id, turn)): Path<(Uuid, u16)>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    who.may(Permission::RecordingsPlay)?;
    let call = state.db.call(AttemptId(id)).await?.ok_or_else(|| Problem::not_found("call"))?;
    let found = call.turns.iter().find(|known| known.turn == turn).ok_or_else(|| Problem::not_found("turn"))?;
    let span = found.heard_from_ms.zip(found.heard_to_ms).unwrap_or((found.said_from_ms, found.said_to_ms));
    let recording = call.recordings.last().ok_or_else(|| Problem::not_found("recording"))?;
    let path = std::path::PathBuf::from(&recording.path);
    let sound = think(move || {
        clip(&path, span.0, span.1).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Problem::not_found("recording"),
            _ => Problem::internal("cut a clip", e),
        })
    })
    .await?;
    let answer = crate::range::of_bytes(sound, &request, "audio/wav");
    if answer.from_start {
        state.audit(Some(who.user.id), "recording.play", &format!("{id} turn {turn}")).await?;
    }
    Ok(answer.response)
}

impl From<AssignError> for Problem {
    fn from(error: AssignError) -> Self {
        let said = error.to_string();
        match error {
            AssignError::NoIntent { .. } => Self::field("intent", said),
            AssignError::NoTarget { .. } | AssignError::NoAnswers { .. } => Self::field("goto", said),
            AssignError::NoReply => Self::field("answer", said),
            AssignError::NoPhrases => Self::field("phrases", said),
            AssignError::Broken(_) | AssignError::Refused(_) => Self::field("text", said),
            AssignError::Template(error) => error.into(),
            // Where the file lies is the server's own.
            AssignError::Changed(_) => {
                Self::conflict("The template has been changed by somebody else in the meantime; look again.")
            }
            AssignError::Write(_) => Self::internal("save a template", said),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_not_told_where_the_files_lie() {
        let problem = Problem::from(AssignError::Changed("/srv/templates/small.yaml".into()));
        assert_eq!(problem.detail, "The template has been changed by somebody else in the meantime; look again.");
    }
}
