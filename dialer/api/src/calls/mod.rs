//! Calls: a filtered list, one call with its exchanges, and its recording.

mod cursor;
mod recording;
mod turn;
mod view;

use crate::AppState;
use crate::auth::Signed;
use crate::extract::{Json, Path, Query};
use crate::named::OutcomeName;
use crate::problem::Problem;
use axum::extract::State;
use serde::Deserialize;
use std::collections::HashMap;
pub use turn::HandoffReasonView;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
pub(crate) use view::{CallPage, CallRow, CallView};
use warmline_domain::{AttemptId, CallDetail, CampaignId, Permission, PhoneNumber};
use warmline_storage::CallFilter;

/// Calls on a page when the client names no number.
const PAGE: u32 = 50;
/// Most calls on a page.
const LARGEST_PAGE: u32 = 500;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_calls))
        .routes(routes!(show_call))
        .routes(routes!(recording::play_recording))
}

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    campaign: Option<i64>,
    #[param(inline)]
    outcome: Option<OutcomeName>,
    /// Only calls that were, or were not, bridged to an agent.
    handed_over: Option<bool>,
    /// Part of the contact's name or of what was said; or a whole number, for roles that may see numbers.
    search: Option<String>,
    /// `next` of the page before.
    before: Option<String>,
    /// 1 to 500, 50 by default.
    limit: Option<u32>,
}

/// Calls, newest first.
#[utoipa::path(get, path = "/calls", tag = "calls", params(Wanted), responses((status = 200, body = CallPage)))]
async fn list_calls(
    State(state): State<AppState>,
    who: Signed,
    Query(wanted): Query<Wanted>,
) -> Result<Json<CallPage>, Problem> {
    who.may(Permission::CallsRead)?;
    let filter = filter(&wanted, &who);
    let before = wanted.before.as_deref().map(cursor::read).transpose()?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let calls = state.db.calls(&filter, before, limit).await?;
    let full = calls.len() as u64 >= u64::from(limit);
    let next = calls.last().filter(|_| full).map(cursor::write);
    let names = campaign_names(&state).await?;
    let calls = calls
        .into_iter()
        .map(|call| {
            let name = names.get(&call.campaign).cloned().unwrap_or_default();
            CallRow::new(call, name, &who)
        })
        .collect();
    Ok(Json(CallPage { calls, next }))
}

fn filter(wanted: &Wanted, who: &Signed) -> CallFilter {
    let search = wanted.search.as_deref().map(str::trim).filter(|s| !s.is_empty());
    // Looking a number up would undo the mask, so only those who see numbers may.
    let number = search.and_then(dialled).filter(|_| who.user.role.may(Permission::NumbersUnmasked));
    CallFilter {
        campaign: wanted.campaign.map(CampaignId),
        outcome: wanted.outcome.map(|o| o.0),
        handed_over: wanted.handed_over,
        text: search.filter(|_| number.is_none()).map(str::to_owned),
        number,
        ..CallFilter::default()
    }
}

/// The text as a stored number, if it looks like one.
fn dialled(text: &str) -> Option<PhoneNumber> {
    let plain: String = text.chars().filter(|c| !" -()./".contains(*c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let looks = digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit());
    looks.then(|| PhoneNumber::from_stored(&plain))
}

async fn campaign_names(state: &AppState) -> Result<HashMap<CampaignId, String>, Problem> {
    Ok(state.db.campaigns().await?.into_iter().map(|c| (c.id, c.data.name)).collect())
}

/// One call.
#[utoipa::path(get, path = "/calls/{id}", tag = "calls", params(("id" = String, Path, description = "Call")), responses(
    (status = 200, body = CallView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn show_call(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<Uuid>,
) -> Result<Json<CallView>, Problem> {
    who.may(Permission::CallsRead)?;
    let call = find(&state, id).await?;
    let name = state.db.campaign(call.summary.campaign).await?.map(|c| c.data.name).unwrap_or_default();
    Ok(Json(CallView::new(call, name, &who)))
}

async fn find(state: &AppState, id: Uuid) -> Result<CallDetail, Problem> {
    state.db.call(AttemptId(id)).await?.ok_or_else(|| Problem::not_found("call"))
}
