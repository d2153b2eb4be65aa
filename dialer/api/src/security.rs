//! What every response carries and what every request must pass before a handler sees it: security headers,
//! same origin, and the CSRF header on anything that changes something.

use crate::auth::SESSION_COOKIE;
use crate::auth::token::{self, CSRF_HEADER};
use crate::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The console needs nothing from elsewhere and no inline script or style.
const CONSOLE_CSP: &str = "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Swagger UI styles its elements inline.
const DOCS_CSP: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers that tell a browser to trust nothing but us.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let csp = if path.starts_with("/api/docs") { DOCS_CSP } else { CONSOLE_CSP };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, csp),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(self)"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if path.starts_with("/api/") && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses requests from other sites: a foreign `Origin` always, and a change without the CSRF header when a
/// session cookie came along.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    match check(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(origin) = headers.get(header::ORIGIN)
        && !is_own_origin(origin, headers.get(header::HOST))
    {
        return Err(Problem::forbidden("Requests from other sites are refused."));
    }
    if method.is_safe() {
        return Ok(());
    }
    let Some(session) = cookie(headers, SESSION_COOKIE) else {
        return Ok(());
    };
    let given = headers.get(CSRF_HEADER).and_then(|v| v.to_str().ok());
    if given.is_some_and(|given| token::same(given, &token::csrf(session))) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("Send the `{CSRF_HEADER}` header with the value that `GET /api/session` gives.")))
}

fn is_own_origin(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else {
        return false;
    };
    origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// The value of a cookie of the request.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse::<HeaderName>().unwrap(), v.parse::<HeaderValue>().unwrap())).collect()
    }

    #[test]
    fn another_site_is_refused_even_for_reading() {
        let foreign = request(&[("origin", "http://evil.example"), ("host", "127.0.0.1:8080")]);
        assert_eq!(check(&Method::GET, &foreign).unwrap_err().status, 403);
        let own = request(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]);
        assert!(check(&Method::GET, &own).is_ok());
    }

    #[test]
    fn a_change_with_a_cookie_needs_the_csrf_header() {
        let cookie = format!("theme=dark; {SESSION_COOKIE}=abc");
        let bare = request(&[("cookie", &cookie)]);
        assert!(check(&Method::POST, &bare).is_err());
        assert!(check(&Method::GET, &bare).is_ok());
        let token = token::csrf("abc");
        let full = request(&[("cookie", &cookie), (CSRF_HEADER, &token)]);
        assert!(check(&Method::POST, &full).is_ok());
        let other = token::csrf("abd");
        let wrong = request(&[("cookie", &cookie), (CSRF_HEADER, &other)]);
        assert!(check(&Method::DELETE, &wrong).is_err());
    }
}
