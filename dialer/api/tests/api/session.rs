//! Signing in: the one-time password, its replacement, the cookie, and what keeps strangers out.

use crate::support::{Client, Reply, Server, server};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::json;
use warmline_api::auth::SESSION_COOKIE;
use warmline_api::auth::setup::{FIRST_ADMIN, first_admin};
use warmline_domain::Role;

async fn sign_in(server: &Server, name: &str, password: &str) -> Reply {
    server.stranger().post("/api/session", json!({"name": name, "password": password})).await
}

fn with_cookie(server: &Server, reply: &Reply) -> Client {
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    let token = cookie.strip_prefix(&format!("{SESSION_COOKIE}=")).unwrap().split(';').next().unwrap();
    server.stranger().with_token(token)
}

#[tokio::test]
async fn the_first_start_makes_an_administrator_whose_password_opens_only_its_replacement() {
    let server = server().await;
    let one_time = first_admin(&server.db).await.unwrap().unwrap();
    assert_eq!(first_admin(&server.db).await.unwrap(), None, "only the first start prints a password");

    let reply = sign_in(&server, FIRST_ADMIN, &one_time).await;
    assert_eq!(reply.status, StatusCode::OK);
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(reply.json()["user"]["must_change_password"], true);
    let admin = with_cookie(&server, &reply);
    assert_eq!(admin.get("/api/campaigns").await.problem(), "change-password");

    let change = |new: &str| admin.put("/api/session/password", json!({"current": one_time, "new": new}));
    assert_eq!(change("short").await.fields(), ["new"]);
    assert_eq!(change(&one_time).await.fields(), ["new"]);
    assert_eq!(change("a long enough phrase").await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.get("/api/campaigns").await.status, StatusCode::OK);

    assert_eq!(sign_in(&server, FIRST_ADMIN, &one_time).await.problem(), "wrong-password");
    assert_eq!(sign_in(&server, " Admin ", "a long enough phrase").await.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let server = server().await;
    let client = server.client(Role::Admin).await;
    assert_eq!(client.delete("/api/session").await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessing_is_stopped_after_a_few_tries() {
    let server = server().await;
    let one_time = first_admin(&server.db).await.unwrap().unwrap();
    for _ in 0..5 {
        assert_eq!(sign_in(&server, FIRST_ADMIN, "a wrong password").await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = sign_in(&server, FIRST_ADMIN, &one_time).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() > 60);
}

#[tokio::test]
async fn another_site_can_neither_change_nor_read() {
    let server = server().await;
    let client = server.client(Role::Admin).await;
    let cookie = format!("{SESSION_COOKIE}={}", client.token.clone().unwrap());
    let bare = |method: Method| server.stranger().request(method, "/api/session").header(header::COOKIE, &cookie);
    let without_csrf = bare(Method::DELETE).body(Body::empty()).unwrap();
    assert_eq!(client.send(without_csrf).await.status, StatusCode::FORBIDDEN);
    let foreign = bare(Method::GET).header(header::ORIGIN, "http://elsewhere.example").header(header::HOST, "here");
    assert_eq!(client.send(foreign.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(client.get("/api/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_makes_users_who_choose_their_own_password() {
    let server = server().await;
    let admin = server.client(Role::Admin).await;
    let made = admin.post("/api/users", json!({"name": "Mara", "role": "marketer"})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let password = made.json()["password"].as_str().unwrap().to_owned();
    assert_eq!(sign_in(&server, "mara", &password).await.json()["user"]["role"], "marketer");
    let twice = admin.post("/api/users", json!({"name": "mara", "role": "agent"})).await;
    assert_eq!((twice.status, twice.fields()), (StatusCode::CONFLICT, vec!["name".to_owned()]));
    assert_eq!(admin.post("/api/users", json!({"name": "a b", "role": "agent"})).await.fields(), ["name"]);

    let id = made.json()["user"]["id"].as_i64().unwrap();
    let fresh = admin.post(&format!("/api/users/{id}/password"), json!({})).await.json();
    assert_eq!(sign_in(&server, "mara", &password).await.status, StatusCode::UNAUTHORIZED);
    let reply = sign_in(&server, "mara", fresh["password"].as_str().unwrap()).await;
    assert_eq!(reply.json()["user"]["must_change_password"], true);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = server().await;
    for path in ["/api/session", "/healthz", "/campaigns/1", "/api/docs/", "/api/nothing"] {
        let reply = server.stranger().get(path).await;
        let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
    assert_eq!(server.stranger().get("/api/nothing").await.problem(), "not-found");
}
