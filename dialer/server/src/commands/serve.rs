//! `warmline serve`: the API, the console, and the campaigns that were running.

use crate::config::Config;
use crate::desk::engine::engine;
use crate::desk::start;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;
use warmline_api::AppState;
use warmline_domain::CampaignState;

/// Longest wait for open calls when the server is told to stop.
const GOODBYE: Duration = Duration::from_secs(10);

/// How often gauges are brought up to date.
const METRICS_EVERY: Duration = Duration::from_secs(5);

/// Run until told to stop.
pub async fn run(config: Config) -> Result<()> {
    let metrics = warmline_api::install_metrics()?;
    let listen = config.server.listen;
    // Bound first: a port in use should be known before models are loaded.
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("the server cannot listen on {listen} (server.listen)"))?;
    let started = start::start(config).await?;
    let desk = started.desk;
    let (reporting, recorded) = (desk.clone(), metrics.clone());
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(METRICS_EVERY);
        loop {
            tick.tick().await;
            reporting.bot.report_metrics();
            // Without this every value of a histogram is kept until somebody asks for the metrics.
            recorded.run_upkeep();
        }
    });
    let engine = engine(&desk);
    for campaign in desk.db.campaigns().await? {
        if campaign.state == CampaignState::Running
            && let Err(error) = engine.run(campaign.id).await
        {
            tracing::error!(campaign = campaign.data.name, %error, "a campaign that was running cannot continue");
        }
    }
    if let Some(password) = warmline_api::auth::setup::first_admin(&desk.db).await? {
        println!("first start: sign in as `admin` with the one-time password {password}");
    }
    let mut state = AppState::new(desk.db.clone(), engine, desk.config.server.templates_dir.clone(), metrics);
    state.feed = desk.feed.clone();
    let router = warmline_api::router(state).into_make_service_with_connect_info::<SocketAddr>();
    println!("console and API on http://{}", listener.local_addr()?);
    axum::serve(listener, router).with_graceful_shutdown(told_to_stop()).await?;
    println!("stopping: open calls are ended");
    desk.stop(GOODBYE).await;
    Ok(())
}

/// Ctrl-C, or the signal that a service manager sends.
async fn told_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => return tracing::error!(%error, "the server cannot be told to stop"),
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
