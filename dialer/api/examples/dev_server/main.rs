//! A server for work on the console: the real router and a real database in a temporary folder, and an engine
//! whose calls are a script. No telephone network, no models.
//!
//! `cargo run --release -p warmline-api --example dev_server -- [ADDRESS]`, then `npm run dev` in `console-web`
//! or open the printed address. Everything is gone when it ends.
#![allow(clippy::disallowed_methods, reason = "an example is an edge: it may read the clock")]

mod engine;
mod script;
mod sound;

use engine::ScriptedEngine;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use warmline_api::auth::setup::first_admin;
use warmline_api::{AppState, FeedSignal};
use warmline_storage::Db;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:8080").parse()?;
    let folder = tempfile::tempdir()?;
    let db = Db::open(folder.path().join("warmline.sqlite")).await?;
    let feed = FeedSignal::default();
    let engine = ScriptedEngine { db: db.clone(), feed: feed.clone(), folder: folder.path().to_owned() };
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    let mut state = AppState::new(db.clone(), Arc::new(engine), library, warmline_api::install_metrics()?);
    state.feed = feed;
    let password = first_admin(&db).await?.unwrap_or_default();
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("first start: sign in as `admin` with the one-time password {password}");
    println!("console and API on http://{}", listener.local_addr()?);
    let service = warmline_api::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let ended = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, service).with_graceful_shutdown(ended).await?;
    Ok(())
}
