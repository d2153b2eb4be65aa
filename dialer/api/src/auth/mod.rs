//! Who is asking: the session cookie, and what the person's role may do.
//!
//! Handlers take [`Signed`] and call [`Signed::may`] first; the table of permissions is the domain's.

pub mod password;
pub mod setup;
pub mod throttle;
pub mod token;

use crate::problem::Problem;
use crate::{AppState, edge, security};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::TimeDelta;
use warmline_domain::{Permission, User};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "warmline_session";
/// A session ends this long after sign-in.
pub const SESSION_LASTS: TimeDelta = TimeDelta::hours(12);

/// Somebody with a valid session, perhaps still with a one-time password.
pub struct Session {
    pub user: User,
    /// The cookie's value.
    pub token: String,
}

/// Somebody with a valid session and a password of their own.
pub struct Signed {
    pub user: User,
    /// What storage knows the session by.
    pub session: String,
}

impl Signed {
    /// Refuses with 403 unless the role has the permission.
    pub fn may(&self, permission: Permission) -> Result<(), Problem> {
        if self.user.role.may(permission) {
            return Ok(());
        }
        let name = serde_json::to_value(permission).ok();
        let name = name.as_ref().and_then(|n| n.as_str()).unwrap_or("this");
        Err(Problem::forbidden(format!("The role {} has no permission for {name}.", self.user.role.as_str())))
    }

    /// A number as this person may see it.
    pub fn number(&self, number: &warmline_domain::PhoneNumber) -> String {
        if self.user.role.may(Permission::NumbersUnmasked) { number.as_str().to_owned() } else { number.masked() }
    }
}

impl FromRequestParts<AppState> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = security::cookie(&parts.headers, SESSION_COOKIE).ok_or_else(Problem::unauthenticated)?.to_owned();
        let user = state.db.session_user(&token::stored(&token), edge::now()).await?;
        match user {
            Some(user) if user.enabled => Ok(Self { user, token }),
            _ => Err(Problem::unauthenticated()),
        }
    }
}

impl FromRequestParts<AppState> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Session { user, token } = Session::from_request_parts(parts, state).await?;
        if user.must_change_password {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "change-password",
                "Change the one-time password first: PUT /api/session/password.",
            ));
        }
        Ok(Self { user, session: token::stored(&token) })
    }
}
