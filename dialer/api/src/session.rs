//! Signing in and out, who am I, and changing one's own password.

use crate::auth::{self, SESSION_COOKIE, SESSION_LASTS, password, token};
use crate::extract::Json;
use crate::named::{PermissionName, RoleName};
use crate::problem::Problem;
use crate::{AppState, edge};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_domain::{Permission, User};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(sign_in, who_am_i, sign_out)).routes(routes!(change_password))
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    name: String,
    password: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    user: UserView,
    /// Send it as `x-warmline-csrf` with every change.
    csrf: String,
    permissions: Vec<PermissionName>,
}

/// A user, without anything secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserView {
    pub id: i64,
    pub name: String,
    pub role: RoleName,
    pub enabled: bool,
    pub must_change_password: bool,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            name: user.name,
            role: RoleName(user.role),
            enabled: user.enabled,
            must_change_password: user.must_change_password,
        }
    }
}

fn view(user: User, token: &str) -> SessionView {
    let permissions = Permission::ALL.into_iter().filter(|p| user.role.may(*p)).map(PermissionName).collect();
    SessionView { user: user.into(), csrf: token::csrf(token), permissions }
}

/// Sign in.
///
/// Sets the session cookie. Too many wrong passwords are answered with 429 and `Retry-After`.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = SessionView),
    (status = 401, description = "Name or password is wrong", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures", body = Problem, content_type = "application/problem+json"),
))]
async fn sign_in(
    State(state): State<AppState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    Json(given): Json<SignIn>,
) -> Result<Response, Problem> {
    let address = peer.map(|Extension(ConnectInfo(address))| address.ip());
    throttle(&state, address, &given.name)?;
    let name = given.name.trim().to_lowercase();
    let found = state.db.user_with_hash(&name).await?.filter(|(user, _)| user.enabled);
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), Some(hash)));
    let right = password::verify(given.password, hash).await.map_err(|e| Problem::internal("sign in", e))?;
    let Some(user) = user.filter(|_| right) else {
        state.throttle.failed(address, &name, edge::instant());
        tracing::info!("sign-in failed");
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "wrong-password", "The name or the password is wrong."));
    };
    state.throttle.succeeded(address, &name);
    let token = token::fresh();
    let now = edge::now();
    state.db.create_session(user.id, &token::stored(&token), now, now + SESSION_LASTS).await?;
    state.audit(Some(user.id), "session.sign_in", "").await?;
    let cookie = cookie(&token, SESSION_LASTS.num_seconds(), state.secure_cookies);
    Ok(([(header::SET_COOKIE, cookie)], Json(view(user, &token))).into_response())
}

fn throttle(state: &AppState, address: Option<IpAddr>, name: &str) -> Result<(), Problem> {
    let Some(wait) = state.throttle.wait(address, name.trim(), edge::instant()) else {
        return Ok(());
    };
    let minutes = wait.as_secs().div_ceil(60);
    let detail = format!("Too many wrong passwords. Try again in {minutes} min.");
    Err(Problem {
        retry_after_s: Some(wait.as_secs().max(1)),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-failures", detail)
    })
}

/// Only our own pages send it back, scripts cannot read it, and browsers forget it with the session's end.
fn cookie(token: &str, seconds: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Who am I?
#[utoipa::path(get, path = "/session", tag = "session", responses(
    (status = 200, body = SessionView),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
))]
async fn who_am_i(session: auth::Session) -> Json<SessionView> {
    Json(view(session.user, &session.token))
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
async fn sign_out(State(state): State<AppState>, session: auth::Session) -> Result<Response, Problem> {
    state.db.delete_session(&token::stored(&session.token)).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie("", 0, state.secure_cookies))]).into_response())
}

/// The present password and the one to replace it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChangePassword {
    current: String,
    /// At least ten characters, not the user name.
    new: String,
}

/// Change one's own password.
///
/// Every other session of the user ends.
#[utoipa::path(put, path = "/session/password", tag = "session", request_body = ChangePassword, responses(
    (status = 204),
    (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
))]
async fn change_password(
    State(state): State<AppState>,
    session: auth::Session,
    Json(given): Json<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let user = session.user;
    throttle(&state, None, &user.name)?;
    let hash = state.db.user_with_hash(&user.name).await?.map(|(_, hash)| hash);
    let fault = |e| Problem::internal("change password", e);
    if !password::verify(given.current.clone(), hash).await.map_err(fault)? {
        state.throttle.failed(None, &user.name, edge::instant());
        return Err(Problem::field("current", "is wrong"));
    }
    if let Some(why) = password::refusal(&given.new, &user.name, Some(&given.current)) {
        return Err(Problem::field("new", why));
    }
    let hash = password::hash(given.new).await.map_err(fault)?;
    state.db.set_password(user.id, &hash, false).await?;
    state.db.delete_sessions_of(user.id, Some(&token::stored(&session.token))).await?;
    state.audit(Some(user.id), "session.change_password", "").await?;
    Ok(StatusCode::NO_CONTENT)
}
