//! Users: list, create with a one-time password, set role or disable, give a new one-time password.

use crate::auth::{Signed, password};
use crate::extract::{Json, Path};
use crate::named::RoleName;
use crate::problem::Problem;
use crate::session::UserView;
use crate::{AppState, edge};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_domain::{Permission, UserId};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_users, create_user)).routes(routes!(reset_password))
}

/// Every user.
#[utoipa::path(get, path = "/users", tag = "users", responses((status = 200, body = Vec<UserView>)))]
async fn list_users(State(state): State<AppState>, who: Signed) -> Result<Json<Vec<UserView>>, Problem> {
    who.may(Permission::UsersManage)?;
    Ok(Json(state.db.users().await?.into_iter().map(UserView::from).collect()))
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewUser {
    /// Sign-in name: letters, digits, `.`, `-`, `_`.
    name: String,
    role: RoleName,
}

/// A password that opens only the page that replaces it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OneTimePassword {
    user: UserView,
    /// Shown this once.
    password: String,
}

/// Make a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser, responses(
    (status = 201, body = OneTimePassword),
    (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
))]
async fn create_user(
    State(state): State<AppState>,
    who: Signed,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<OneTimePassword>), Problem> {
    who.may(Permission::UsersManage)?;
    let name = new.name.trim().to_lowercase();
    if name.is_empty() || name.len() > 64 || !name.chars().all(|c| c.is_alphanumeric() || ".-_@".contains(c)) {
        return Err(Problem::field("name", "must be 1 to 64 letters, digits or . - _ @"));
    }
    let one_time = password::one_time();
    let hash = password::hash(one_time.clone()).await.map_err(|e| Problem::internal("create user", e))?;
    let user = state.db.create_user(&name, new.role.0, &hash, true, edge::now()).await?;
    state.audit(Some(who.user.id), "user.create", &name).await?;
    Ok((StatusCode::CREATED, Json(OneTimePassword { user: user.into(), password: one_time })))
}

/// Give a user a new one-time password.
///
/// The user's sessions end.
#[utoipa::path(post, path = "/users/{id}/password", tag = "users", params(("id" = i64, Path, description = "User")), responses(
    (status = 200, body = OneTimePassword),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn reset_password(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<i64>,
) -> Result<Json<OneTimePassword>, Problem> {
    who.may(Permission::UsersManage)?;
    let id = UserId(id);
    let user = state.db.user(id).await?.ok_or_else(|| Problem::not_found("user"))?;
    let one_time = password::one_time();
    let hash = password::hash(one_time.clone()).await.map_err(|e| Problem::internal("reset password", e))?;
    state.db.set_password(id, &hash, true).await?;
    state.db.delete_sessions_of(id, None).await?;
    state.audit(Some(who.user.id), "user.reset_password", &user.name).await?;
    Ok(Json(OneTimePassword { user: UserView { must_change_password: true, ..user.into() }, password: one_time }))
}
