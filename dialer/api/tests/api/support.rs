//! A server over a fresh database, and clients of any role. The requests go through the real router.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test is an edge: it may read the clock")]

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{TimeDelta, Utc};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;
use warmline_api::auth::{SESSION_COOKIE, password, token};
use warmline_api::{AppState, CampaignEngine, EngineError, Finding, Severity, Trunk};
use warmline_domain::{CampaignId, CampaignState, Role};
use warmline_storage::{Db, StorageError};

/// Moves campaigns between their states and dials nobody.
pub(crate) struct StillEngine {
    db: Db,
}

impl StillEngine {
    async fn turn(&self, id: CampaignId, to: CampaignState) -> Result<(), EngineError> {
        match self.db.set_campaign_state(id, to, Utc::now()).await {
            Ok(_) => Ok(()),
            Err(StorageError::Missing { .. }) => Err(EngineError::NotFound),
            Err(e @ StorageError::Transition(_)) => Err(EngineError::WrongState(e.to_string())),
            Err(e) => Err(EngineError::Fault(e.to_string())),
        }
    }
}

#[async_trait]
impl CampaignEngine for StillEngine {
    fn trunks(&self) -> Vec<Trunk> {
        vec![Trunk { name: "lab".into(), host: "127.0.0.1:5060".into(), max_calls: 20, caller_ids: vec![] }]
    }

    async fn check(&self, id: CampaignId) -> Result<Vec<Finding>, EngineError> {
        let campaign = self.db.campaign(id).await.unwrap().ok_or(EngineError::NotFound)?;
        let blocked = campaign.data.name == "blocked";
        let message = "3 rows lack `time`: lines 4, 9, 12".to_owned();
        Ok(blocked
            .then(|| Finding { severity: Severity::Error, code: "missing_variable".into(), message })
            .into_iter()
            .collect())
    }

    async fn start(&self, id: CampaignId) -> Result<(), EngineError> {
        let findings = self.check(id).await?;
        if !findings.is_empty() {
            return Err(EngineError::Refused(findings));
        }
        self.turn(id, CampaignState::Running).await
    }

    async fn pause(&self, id: CampaignId) -> Result<(), EngineError> {
        self.turn(id, CampaignState::Paused).await
    }

    async fn stop(&self, id: CampaignId) -> Result<(), EngineError> {
        self.turn(id, CampaignState::Stopping).await
    }

    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A server in a folder of its own.
pub(crate) struct Server {
    pub db: Db,
    pub state: AppState,
    pub folder: TempDir,
    router: Router,
}

pub(crate) async fn server() -> Server {
    server_over(tempfile::tempdir().unwrap(), library()).await
}

/// A server whose templates lie in its own folder.
pub(crate) async fn server_with_templates(files: &[(&str, &str)]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let templates = folder.path().to_owned();
    server_over(folder, templates).await
}

async fn server_over(folder: TempDir, templates: PathBuf) -> Server {
    let db = Db::open(folder.path().join("warmline.sqlite")).await.unwrap();
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
    let engine = Arc::new(StillEngine { db: db.clone() });
    let state = AppState::new(db.clone(), engine, templates, metrics);
    Server { db, router: warmline_api::router(state.clone()), state, folder }
}

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library")
}

impl Server {
    /// Nobody.
    pub(crate) fn stranger(&self) -> Client {
        Client { router: self.router.clone(), token: None }
    }

    /// Somebody of this role, signed in with a password of their own.
    pub(crate) async fn client(&self, role: Role) -> Client {
        let name = format!("{}-{}", role.as_str(), self.db.count_users().await.unwrap());
        let hash = password::hash("a password nobody types".to_owned()).await.unwrap();
        let user = self.db.create_user(&name, role, &hash, false, Utc::now()).await.unwrap();
        let token = token::fresh();
        let now = Utc::now();
        self.db.create_session(user.id, &token::stored(&token), now, now + TimeDelta::hours(1)).await.unwrap();
        Client { router: self.router.clone(), token: Some(token) }
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }
}

/// A browser, more or less.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    pub token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The slug of the problem.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        self.json()["type"].as_str().unwrap().replace("urn:warmline:problem:", "")
    }

    /// The fields at fault.
    pub(crate) fn fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
    }
}

impl Client {
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PUT, path, body).await
    }

    pub(crate) async fn json(&self, method: Method, path: &str, body: Value) -> Reply {
        let request = self.request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Sends a form with a file.
    pub(crate) async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Reply {
        const EDGE: &str = "----an-edge-that-no-file-has";
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let head = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.csv\"\r\n\r\n");
        body.extend(head.into_bytes());
        body.extend(file);
        body.extend(format!("\r\n--{EDGE}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={EDGE}");
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, kind);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A request with the cookie and the CSRF header.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match &self.token {
            Some(token) => request
                .header(header::COOKIE, format!("{SESSION_COOKIE}={token}"))
                .header(token::CSRF_HEADER, token::csrf(token)),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }
}
