//! The console's files, embedded in the binary. A build without them says so in the page, not by failing.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../console-web/dist"]
#[allow_missing = true]
struct Files;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Warmline</title>\
<h1>The console is not in this binary</h1>\
<p>It was built without <code>console-web/dist</code>. Run <code>npm ci &amp;&amp; npm run build</code> in \
<code>console-web</code>, then build the server again. The API works: see <a href=\"/api/docs/\">/api/docs</a>.";

/// Serves a file of the console, and its page for every address the console routes by itself.
pub(crate) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Files::get(path) {
        return answer(path, file);
    }
    // Only the page's own addresses fall back to it; a missing script must stay a 404.
    if path.starts_with("assets/") || path.starts_with("api/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Files::get("index.html") {
        Some(page) => answer("index.html", page),
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    }
}

fn answer(path: &str, file: rust_embed::EmbeddedFile) -> Response {
    let kind = file.metadata.mimetype().to_owned();
    // Vite names assets by their content, so they never change; the page itself must be asked for again.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Body::from(file.data.into_owned()).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}
