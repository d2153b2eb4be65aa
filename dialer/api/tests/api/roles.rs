//! Every route against every role: the table of permissions decides, and no route is forgotten.

use crate::support::{Client, Reply, server};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use warmline_domain::{Permission, Role};

const CALL: &str = "018f0000-0000-7000-8000-000000000000";

/// What a route asks of a role; `None` is any signed-in person.
fn routes() -> Vec<(Method, &'static str, Option<Permission>)> {
    use Permission as P;
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    vec![
        (get.clone(), "/api/session", None),
        (put.clone(), "/api/session/password", None),
        (get.clone(), "/api/users", Some(P::UsersManage)),
        (post.clone(), "/api/users", Some(P::UsersManage)),
        (post.clone(), "/api/users/{id}/password", Some(P::UsersManage)),
        (get.clone(), "/api/lists", Some(P::ListsRead)),
        (post.clone(), "/api/lists", Some(P::ListsImport)),
        (get.clone(), "/api/lists/{id}", Some(P::ListsRead)),
        (get.clone(), "/api/templates", Some(P::TemplatesRead)),
        (post.clone(), "/api/templates/{name}/test", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/chat", Some(P::TemplatesEdit)),
        (get.clone(), "/api/templates/{name}/versions", Some(P::TemplatesRead)),
        (post.clone(), "/api/templates/{name}/versions", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/replay-handoff", Some(P::TemplatesRead)),
        (get.clone(), "/api/templates/{name}/versions/{version}", Some(P::TemplatesRead)),
        (get.clone(), "/api/templates/{name}/versions/{version}/diff", Some(P::TemplatesRead)),
        (put.clone(), "/api/templates/{name}/canary", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/canary/promote", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/canary/stop", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/rollback", Some(P::TemplatesEdit)),
        (get.clone(), "/api/templates/{name}/compare", Some(P::TemplatesEdit)),
        (get.clone(), "/api/templates/{name}/review", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/review/{cluster}/assign", Some(P::TemplatesEdit)),
        (post.clone(), "/api/templates/{name}/review/{cluster}/dismiss", Some(P::TemplatesEdit)),
        (get.clone(), "/api/trunks", Some(P::CampaignsRead)),
        (get.clone(), "/api/campaigns", Some(P::CampaignsRead)),
        (post.clone(), "/api/campaigns", Some(P::CampaignsEdit)),
        (get.clone(), "/api/campaigns/{id}", Some(P::CampaignsRead)),
        (put, "/api/campaigns/{id}", Some(P::CampaignsEdit)),
        (get.clone(), "/api/campaigns/{id}/check", Some(P::CampaignsRead)),
        (post.clone(), "/api/campaigns/{id}/start", Some(P::CampaignsRun)),
        (post.clone(), "/api/campaigns/{id}/pause", Some(P::CampaignsRun)),
        (post, "/api/campaigns/{id}/stop", Some(P::CampaignsRun)),
        (get.clone(), "/api/calls", Some(P::CallsRead)),
        (get.clone(), "/api/calls/{id}", Some(P::CallsRead)),
        (get.clone(), "/api/calls/{id}/recording", Some(P::RecordingsPlay)),
        (get.clone(), "/api/calls/{id}/turns/{turn}/clip", Some(P::RecordingsPlay)),
        (get, "/api/feed", Some(P::CallsRead)),
        (Method::DELETE, "/api/session", None),
    ]
}

/// A body that the route can read, so that the answer is about the person and not about the request.
fn body(path: &str) -> Value {
    match path {
        "/api/users" => json!({"name": "somebody", "role": "agent"}),
        "/api/session/password" => json!({"current": "a", "new": "b"}),
        "/api/templates/{name}/canary" => json!({"share": 10}),
        "/api/templates/{name}/review/{cluster}/assign" => json!({"intent": "confirm"}),
        path if path.starts_with("/api/templates/") => json!({}),
        _ => json!({"name": "x", "list": 999, "template": "x", "trunk": "lab"}),
    }
}

async fn ask(client: &Client, method: &Method, path: &str) -> Reply {
    let id = if path.starts_with("/api/calls") { CALL } else { "999" };
    let at = path
        .replace("{id}", id)
        .replace("{name}", "absent")
        .replace("{version}", "1")
        .replace("{cluster}", "x")
        .replace("{turn}", "1");
    if path == "/api/lists" && method == Method::POST {
        return client.upload(&at, &[("name", "x")], b"phone\n").await;
    }
    let request = client.request(method.clone(), &at);
    if *method == Method::GET || *method == Method::DELETE {
        return client.send(request.body(Body::empty()).unwrap()).await;
    }
    let request = request.header(header::CONTENT_TYPE, "application/json");
    client.send(request.body(Body::from(body(path).to_string())).unwrap()).await
}

#[tokio::test]
async fn each_role_reaches_exactly_what_the_table_says() {
    let server = server().await;
    for role in Role::ALL {
        let client = server.client(role).await;
        for (method, path, permission) in routes() {
            let reply = ask(&client, &method, path).await;
            let refused = reply.status == StatusCode::FORBIDDEN;
            let allowed = permission.is_none_or(|p| role.may(p));
            assert_eq!(refused, !allowed, "{} {method} {path}: {}", role.as_str(), reply.status);
            assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_stranger_reaches_nothing() {
    let server = server().await;
    for (method, path, _) in routes() {
        let reply = ask(&server.stranger(), &method, path).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(reply.problem(), "sign-in");
    }
}

#[test]
fn the_matrix_covers_every_documented_route() {
    let document = serde_json::to_value(warmline_api::openapi()).unwrap();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |m| format!("{} {path}", m.to_uppercase()))
        })
        .collect();
    let mut tested: BTreeSet<String> = routes().iter().map(|(m, p, _)| format!("{m} {p}")).collect();
    // The door itself.
    tested.insert("POST /api/session".into());
    assert_eq!(tested, documented);
}
