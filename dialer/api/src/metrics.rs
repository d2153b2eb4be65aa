//! The program's metrics: the recorder that everything counts into, and the API's own counts.

use crate::edge;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// The recorder could not be installed; there can be one in a process.
#[derive(Debug, thiserror::Error)]
#[error("metrics: {0}")]
pub struct MetricsError(#[from] BuildError);

/// Seconds that tell a quick answer from a slow one.
const SECONDS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 30.0];

/// Makes this process's metrics go to `/metrics`. Call it once, before the first metric.
pub fn install() -> Result<PrometheusHandle, MetricsError> {
    let http = Matcher::Full("warmline_http_seconds".to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(http, &SECONDS)?.install_recorder()?)
}

/// A method's name. Those that nobody uses are one, or anybody could make up metrics without end.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Counts requests by route and status, and times them. Routes, not paths: ids would be endless.
pub(crate) async fn count(request: Request, next: Next) -> Response {
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or_else(String::new, |p| p.as_str().to_owned());
    let started = edge::instant();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let seconds = edge::instant().duration_since(started).as_secs_f64();
    ::metrics::counter!("warmline_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    ::metrics::histogram!("warmline_http_seconds", "route" => route).record(seconds);
    response
}
