//! The OpenAPI document and what was generated from it.

use crate::support::server;
use axum::http::StatusCode;

#[test]
fn the_consoles_copy_of_the_document_is_fresh() {
    let now = warmline_api::openapi().to_pretty_json().unwrap();
    let copy = include_str!("../../../../console-web/openapi.json");
    assert!(
        now.trim() == copy.trim(),
        "run `cargo run -p warmline-api --example openapi > console-web/openapi.json`, then `npm run types` in console-web"
    );
}

#[tokio::test]
async fn the_document_and_its_browser_are_served() {
    let stranger = server().await.stranger();
    let document = stranger.get("/api/openapi.json").await;
    assert_eq!(document.json()["info"]["title"], "Warmline");
    let page = stranger.get("/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(String::from_utf8_lossy(&page.bytes).contains("swagger-ui"));
}

#[tokio::test]
async fn health_readiness_and_metrics_need_no_session() {
    let stranger = server().await.stranger();
    assert_eq!(stranger.get("/healthz").await.bytes, b"ok\n");
    assert_eq!(stranger.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(stranger.get("/metrics").await.status, StatusCode::OK);
}
