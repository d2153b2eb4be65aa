//! Versions of a template: what is live, what changed, and putting a draft into calls and taking it out again.

mod view;

use super::PublishError;
use crate::auth::Signed;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use crate::{AppState, broken_campaigns, edge};
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::{
    Against, DiffView, DraftView, PublishRequest, Published, RollbackRequest, RolledBackView, ShareRequest,
    VersionList, VersionTextView, VersionView,
};
use warmline_domain::{Permission, Share, unified};
use warmline_schema::version_of;

/// Most letters of a note.
const LONGEST_NOTE: usize = 1000;
/// Lines around a change.
const CONTEXT: usize = 3;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_versions, publish_version))
        .routes(routes!(show_version))
        .routes(routes!(diff_version))
        .routes(routes!(share_canary))
        .routes(routes!(promote_canary))
        .routes(routes!(stop_canary))
        .routes(routes!(roll_back))
}

fn share(percent: u8, field: &str) -> Result<Share, Problem> {
    Share::try_from(percent).map_err(|e| Problem::field(field, e.to_string()))
}

/// Runs what reads files and holds conversations off the async workers.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PublishError> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| Problem::internal("work on a template", e))??)
}

/// The draft and the published versions of a template.
#[utoipa::path(get, path = "/templates/{name}/versions", tag = "templates",
    params(("name" = String, Path, description = "Template")), responses(
    (status = 200, body = VersionList),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn list_versions(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
) -> Result<Json<VersionList>, Problem> {
    who.may(Permission::TemplatesRead)?;
    let versions = state.db.versions(&name).await?;
    let (library, file) = (state.templates.clone(), name.clone());
    // What cannot be bundled has no sum yet; the list of templates says what is wrong with it.
    let draft = beside(move || {
        let text = library.draft_text(&file).unwrap_or_default();
        Ok(text.map(|text| (text, library.draft_tests(&file).is_some())))
    })
    .await?;
    let live = state.db.serving(&name).await?.map(|serving| serving.live.sha256);
    let draft = draft.map(|(text, has_tests)| {
        let sha256 = version_of(&text);
        DraftView { differs: live.as_ref() != Some(&sha256), sha256, has_tests }
    });
    if draft.is_none() && versions.is_empty() {
        return Err(Problem::not_found("template"));
    }
    let versions = versions.into_iter().map(VersionView::from).collect();
    Ok(Json(VersionList { template: name, draft, versions }))
}

/// Publish the draft.
///
/// Refused unless the template is free of errors, conversations lie beside it and all of them go as they are
/// written, and the campaigns under way can go on with it.
#[utoipa::path(post, path = "/templates/{name}/versions", tag = "templates",
    params(("name" = String, Path, description = "Template")), request_body = PublishRequest, responses(
    (status = 201, body = Published),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Nothing has changed, or a canary is on trial", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It has errors (field `text`) or fails its conversations (`tests`)", body = Problem, content_type = "application/problem+json"),
))]
async fn publish_version(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Json(request): Json<PublishRequest>,
) -> Result<(StatusCode, Json<Published>), Problem> {
    who.may(Permission::TemplatesEdit)?;
    let canary = request.canary.map(|percent| share(percent, "canary")).transpose()?;
    let note = request.note.trim().to_owned();
    if note.chars().count() > LONGEST_NOTE {
        return Err(Problem::field("note", format!("must not have more than {LONGEST_NOTE} letters")));
    }
    let (library, meaning) = (state.templates.clone(), state.meaning.clone());
    let draft = beside(move || library.draft(&name, &mut |text| meaning.of(text))).await?;
    let (broken, lacking) = broken_campaigns(&state.db, &state.templates, &draft).await?;
    if !broken.is_empty() {
        return Err(PublishError::Campaigns(broken).into());
    }
    state.engine.load_version(draft.text.clone()).await.map_err(PublishError::Unloadable)?;
    let version = state.db.publish_version(&draft.version(note, Some(who.user.id), canary), edge::now()).await?;
    state.feed.wake();
    let warnings = draft.warnings.into_iter().chain(lacking).collect();
    let published = Published { version: version.into(), conversations: draft.conversations, warnings };
    Ok((StatusCode::CREATED, Json(published)))
}

/// Text and conversations of one version, or of the draft.
#[utoipa::path(get, path = "/templates/{name}/versions/{version}", tag = "templates",
    params(("name" = String, Path, description = "Template"), ("version" = String, Path, description = "A number, or `draft`")),
    responses(
    (status = 200, body = VersionTextView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn show_version(
    State(state): State<AppState>,
    who: Signed,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<VersionTextView>, Problem> {
    who.may(Permission::TemplatesRead)?;
    Ok(Json(text(&state, &name, &version).await?))
}

/// The draft for `draft`, else the version of that number.
async fn text(state: &AppState, name: &str, version: &str) -> Result<VersionTextView, Problem> {
    if version == "draft" {
        let (library, file) = (state.templates.clone(), name.to_owned());
        let found = beside(move || {
            let text = library.draft_text(&file)?;
            Ok(text.map(|text| (text, library.draft_tests(&file).unwrap_or_default())))
        })
        .await?;
        let (text, tests) = found.ok_or_else(|| Problem::not_found("template"))?;
        return Ok(VersionTextView { version: None, text, tests });
    }
    let number = version.parse().map_err(|_| Problem::bad_request("A version is a number or `draft`."))?;
    let found = state.db.version(name, number).await?.ok_or_else(|| Problem::not_found("version"))?;
    Ok(VersionTextView { version: Some(found.version.into()), text: found.text, tests: found.tests })
}

/// What changed in a version.
///
/// `?against=` another version; without it, against what is live.
#[utoipa::path(get, path = "/templates/{name}/versions/{version}/diff", tag = "templates",
    params(("name" = String, Path, description = "Template"), ("version" = String, Path, description = "A number, or `draft`"), Against),
    responses(
    (status = 200, body = DiffView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn diff_version(
    State(state): State<AppState>,
    who: Signed,
    Path((name, version)): Path<(String, String)>,
    Query(wanted): Query<Against>,
) -> Result<Json<DiffView>, Problem> {
    who.may(Permission::TemplatesRead)?;
    let to = text(&state, &name, &version).await?;
    let live = async || Ok::<_, Problem>(state.db.serving(&name).await?.map(|s| s.live.number.to_string()));
    let from = match wanted.against {
        Some(other) => Some(other),
        None => live().await?,
    };
    let old = match &from {
        Some(from) => text(&state, &name, from).await?,
        None => VersionTextView { version: None, text: String::new(), tests: String::new() },
    };
    Ok(Json(DiffView {
        from: from.unwrap_or_default(),
        to: version,
        text: unified(&old.text, &to.text, CONTEXT),
        tests: unified(&old.tests, &to.tests, CONTEXT),
    }))
}

/// Give the canary another share of the new calls.
#[utoipa::path(put, path = "/templates/{name}/canary", tag = "templates",
    params(("name" = String, Path, description = "Template")), request_body = ShareRequest, responses(
    (status = 200, body = VersionView),
    (status = 409, description = "No canary is on trial", body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
))]
async fn share_canary(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Json(request): Json<ShareRequest>,
) -> Result<Json<VersionView>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let share = share(request.share, "share")?;
    let version = state.db.set_canary_share(&name, share, Some(who.user.id), edge::now()).await?;
    state.feed.wake();
    Ok(Json(version.into()))
}

/// Make the canary what every new call gets.
#[utoipa::path(post, path = "/templates/{name}/canary/promote", tag = "templates",
    params(("name" = String, Path, description = "Template")), responses(
    (status = 200, body = VersionView),
    (status = 409, description = "No canary is on trial", body = Problem, content_type = "application/problem+json"),
))]
async fn promote_canary(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
) -> Result<Json<VersionView>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let version = state.db.promote_canary(&name, Some(who.user.id), edge::now()).await?;
    state.feed.wake();
    Ok(Json(version.into()))
}

/// Give the canary no new call any more.
#[utoipa::path(post, path = "/templates/{name}/canary/stop", tag = "templates",
    params(("name" = String, Path, description = "Template")), responses(
    (status = 200, body = VersionView),
    (status = 409, description = "No canary is on trial", body = Problem, content_type = "application/problem+json"),
))]
async fn stop_canary(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
) -> Result<Json<VersionView>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let version = state.db.stop_canary(&name, Some(who.user.id), edge::now()).await?;
    state.feed.wake();
    Ok(Json(version.into()))
}

/// Put back what was live before; it holds from the next call on.
#[utoipa::path(post, path = "/templates/{name}/rollback", tag = "templates",
    params(("name" = String, Path, description = "Template")), request_body = RollbackRequest, responses(
    (status = 200, body = RolledBackView),
    (status = 404, description = "No such version", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "There is nothing to go back to", body = Problem, content_type = "application/problem+json"),
))]
async fn roll_back(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Json(request): Json<RollbackRequest>,
) -> Result<Json<RolledBackView>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let done = state.db.roll_back(&name, request.to, Some(who.user.id), edge::now()).await?;
    state.feed.wake();
    Ok(Json(RolledBackView { live: done.live.into(), withdrawn: done.withdrawn }))
}
