//! Campaigns: list, create, change a draft, check, start, pause, stop.

mod settings;
mod view;

use crate::auth::Signed;
use crate::engine::{EngineError, Finding, Severity, Trunk};
use crate::extract::{Json, Path};
use crate::problem::{FieldProblem, Problem};
use crate::{AppState, edge};
use axum::extract::State;
use axum::http::StatusCode;
use settings::CampaignRequest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
pub(crate) use view::{CampaignView, ProgressView};
use warmline_domain::{Campaign, CampaignId, CampaignState, Permission};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_campaigns, create_campaign))
        .routes(routes!(show_campaign, change_campaign))
        .routes(routes!(check_campaign))
        .routes(routes!(start_campaign))
        .routes(routes!(pause_campaign))
        .routes(routes!(stop_campaign))
        .routes(routes!(list_trunks))
}

/// Every campaign, newest first.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns", responses((status = 200, body = Vec<CampaignView>)))]
async fn list_campaigns(State(state): State<AppState>, who: Signed) -> Result<Json<Vec<CampaignView>>, Problem> {
    who.may(Permission::CampaignsRead)?;
    let mut views = Vec::new();
    for campaign in state.db.campaigns().await? {
        views.push(view(&state, campaign).await?);
    }
    views.sort_by_key(|v| std::cmp::Reverse(v.id));
    Ok(Json(views))
}

/// Create a draft.
#[utoipa::path(post, path = "/campaigns", tag = "campaigns", request_body = CampaignRequest, responses(
    (status = 201, body = CampaignView),
    (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong", body = Problem, content_type = "application/problem+json"),
))]
async fn create_campaign(
    State(state): State<AppState>,
    who: Signed,
    Json(request): Json<CampaignRequest>,
) -> Result<(StatusCode, Json<CampaignView>), Problem> {
    who.may(Permission::CampaignsEdit)?;
    let new = request.read(&trunk_names(&state))?;
    if state.db.list(new.list).await?.is_none() {
        return Err(Problem::field("list", "there is no such list"));
    }
    usable(&state, &new.settings.template).await?;
    let campaign = state.db.create_campaign(&new, edge::now()).await?;
    state.audit(Some(who.user.id), "campaign.create", &campaign.id.to_string()).await?;
    Ok((StatusCode::CREATED, Json(view(&state, campaign).await?)))
}

/// Refuses a template that cannot be used. A published one can, whatever its file says now.
async fn usable(state: &AppState, template: &str) -> Result<(), Problem> {
    match state.db.serving(template).await? {
        Some(_) => Ok(()),
        None => state.templates.usable(template),
    }
}

/// One campaign with its progress.
#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns", params(("id" = i64, Path, description = "Campaign")), responses(
    (status = 200, body = CampaignView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn show_campaign(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
) -> Result<Json<CampaignView>, Problem> {
    who.may(Permission::CampaignsRead)?;
    let campaign = find(&state, id).await?;
    Ok(Json(view(&state, campaign).await?))
}

/// Change a draft.
#[utoipa::path(put, path = "/campaigns/{id}", tag = "campaigns", params(("id" = i64, Path, description = "Campaign")),
    request_body = CampaignRequest, responses(
    (status = 200, body = CampaignView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is no draft any more", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong", body = Problem, content_type = "application/problem+json"),
))]
async fn change_campaign(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
    Json(request): Json<CampaignRequest>,
) -> Result<Json<CampaignView>, Problem> {
    who.may(Permission::CampaignsEdit)?;
    let old = find(&state, id).await?;
    if old.state != CampaignState::Draft {
        return Err(Problem::conflict("Only a draft can be changed."));
    }
    let new = request.read(&trunk_names(&state))?;
    if state.db.list(new.list).await?.is_none() {
        return Err(Problem::field("list", "there is no such list"));
    }
    usable(&state, &new.settings.template).await?;
    state.db.update_campaign(old.id, &new).await?;
    state.audit(Some(who.user.id), "campaign.change", &id.to_string()).await?;
    let campaign = find(&state, id).await?;
    Ok(Json(view(&state, campaign).await?))
}

/// What would go wrong, without dialling anybody.
#[utoipa::path(get, path = "/campaigns/{id}/check", tag = "campaigns", params(("id" = i64, Path, description = "Campaign")), responses(
    (status = 200, body = Vec<Finding>),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn check_campaign(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
) -> Result<Json<Vec<Finding>>, Problem> {
    who.may(Permission::CampaignsRead)?;
    Ok(Json(state.engine.check(CampaignId(id)).await?))
}

/// Start a draft, or continue a campaign that is paused, stopped or done.
#[utoipa::path(post, path = "/campaigns/{id}/start", tag = "campaigns", params(("id" = i64, Path, description = "Campaign")), responses(
    (status = 200, body = CampaignView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Not in this state", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The check found errors", body = Problem, content_type = "application/problem+json"),
))]
async fn start_campaign(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
) -> Result<Json<CampaignView>, Problem> {
    who.may(Permission::CampaignsRun)?;
    state.engine.start(CampaignId(id)).await?;
    done(&state, &who, id, "campaign.start").await
}

/// Dial nobody new; open calls are finished.
#[utoipa::path(post, path = "/campaigns/{id}/pause", tag = "campaigns", params(("id" = i64, Path, description = "Campaign")), responses(
    (status = 200, body = CampaignView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Not in this state", body = Problem, content_type = "application/problem+json"),
))]
async fn pause_campaign(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
) -> Result<Json<CampaignView>, Problem> {
    who.may(Permission::CampaignsRun)?;
    state.engine.pause(CampaignId(id)).await?;
    done(&state, &who, id, "campaign.pause").await
}

/// End the campaign; open calls are finished.
#[utoipa::path(post, path = "/campaigns/{id}/stop", tag = "campaigns", params(("id" = i64, Path, description = "Campaign")), responses(
    (status = 200, body = CampaignView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Not in this state", body = Problem, content_type = "application/problem+json"),
))]
async fn stop_campaign(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
) -> Result<Json<CampaignView>, Problem> {
    who.may(Permission::CampaignsRun)?;
    state.engine.stop(CampaignId(id)).await?;
    done(&state, &who, id, "campaign.stop").await
}

/// The trunks a campaign may name.
#[utoipa::path(get, path = "/trunks", tag = "campaigns", responses((status = 200, body = Vec<Trunk>)))]
async fn list_trunks(State(state): State<AppState>, who: Signed) -> Result<Json<Vec<Trunk>>, Problem> {
    who.may(Permission::CampaignsRead)?;
    Ok(Json(state.engine.trunks()))
}

async fn done(state: &AppState, who: &Signed, id: i64, action: &str) -> Result<Json<CampaignView>, Problem> {
    state.audit(Some(who.user.id), action, &id.to_string()).await?;
    state.feed.wake();
    let campaign = find(state, id).await?;
    Ok(Json(view(state, campaign).await?))
}

async fn find(state: &AppState, id: i64) -> Result<Campaign, Problem> {
    state.db.campaign(CampaignId(id)).await?.ok_or_else(|| Problem::not_found("campaign"))
}

async fn view(state: &AppState, campaign: Campaign) -> Result<CampaignView, Problem> {
    let list = state.db.list(campaign.data.list).await?.map(|l| l.name).unwrap_or_default();
    let progress = state.db.campaign_progress(campaign.id).await?;
    Ok(CampaignView::new(campaign, list, progress.into()))
}

fn trunk_names(state: &AppState) -> Vec<String> {
    state.engine.trunks().into_iter().map(|t| t.name).collect()
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotFound => Self::not_found("campaign"),
            EngineError::WrongState(why) => Self::conflict(why),
            EngineError::Refused(ref findings) => {
                let errors = findings
                    .iter()
                    .filter(|f| f.severity == Severity::Error)
                    .map(|f| FieldProblem::new(&f.code, f.message.clone()))
                    .collect();
                Self { detail: error.to_string(), ..Self::invalid(errors) }
            }
            EngineError::Fault(why) => Self::internal("campaign engine", why),
        }
    }
}
