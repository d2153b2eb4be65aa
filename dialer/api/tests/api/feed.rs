//! The feed over a real WebSocket: live, resumed, and closed to strangers.

use crate::support::{Client, Server, server};
use axum::http::HeaderValue;
use serde_json::Value;
use std::net::{SocketAddr, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use warmline_api::auth::SESSION_COOKIE;
use warmline_domain::{CampaignSettings, CampaignState, ListSettings, NewCampaign, NumberRule, Role};

type Socket = WebSocket<MaybeTlsStream<TcpStream>>;

async fn serve(server: &Server) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = server.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// The client is a blocking one, on a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn connect(address: SocketAddr, client: &Client, query: &str) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("ws://{address}/api/feed{query}").into_client_request().unwrap();
    if let Some(token) = &client.token {
        let cookie = HeaderValue::from_str(&format!("{SESSION_COOKIE}={token}")).unwrap();
        request.headers_mut().insert("cookie", cookie);
    }
    blocking(move || tungstenite::connect(request).map(|(socket, _)| socket)).await
}

/// The next message that is not a ping.
async fn next(mut socket: Socket) -> (Value, Socket) {
    blocking(move || {
        loop {
            if let Message::Text(text) = socket.read().unwrap() {
                return (serde_json::from_str(&text).unwrap(), socket);
            }
        }
    })
    .await
}

#[tokio::test]
async fn events_come_live_and_are_not_missed_while_away() {
    let server = server().await;
    let db = &server.db;
    let now = chrono::DateTime::UNIX_EPOCH;
    let list = db.create_list("People", &ListSettings { numbers: NumberRule::Local }, now).await.unwrap();
    let settings = CampaignSettings::new("reminder", "lab", chrono_tz::Tz::UTC);
    let new = NewCampaign { name: "May".into(), list: list.id, settings };
    let campaign = db.create_campaign(&new, now).await.unwrap().id;

    let address = serve(&server).await;
    let client = server.client(Role::Marketer).await;
    let (ready, socket) = next(connect(address, &client, "").await.unwrap()).await;
    assert_eq!((&ready["type"], &ready["last"]), (&"ready".into(), &0.into()));

    db.set_campaign_state(campaign, CampaignState::Running, now).await.unwrap();
    server.state.feed.wake();
    let (event, socket) = next(socket).await;
    assert_eq!((&event["type"], &event["change"]), (&"event".into(), &"campaign_state".into()));
    let (progress, socket) = next(socket).await;
    assert_eq!((&progress["type"], &progress["state"]), (&"progress".into(), &"running".into()));
    drop(socket);

    db.set_campaign_state(campaign, CampaignState::Paused, now).await.unwrap();
    let seen = event["id"].as_i64().unwrap();
    let (ready, socket) = next(connect(address, &client, &format!("?after={seen}")).await.unwrap()).await;
    assert_eq!(ready["last"], seen);
    let (missed, socket) = next(socket).await;
    assert!(missed["id"].as_i64().unwrap() > seen);
    assert_eq!(next(socket).await.0["state"], "paused");
}

#[tokio::test]
async fn a_stranger_hears_nothing() {
    let server = server().await;
    let address = serve(&server).await;
    let refused = connect(address, &server.stranger(), "").await.unwrap_err();
    assert!(matches!(refused, tungstenite::Error::Http(r) if r.status() == 401));
}
