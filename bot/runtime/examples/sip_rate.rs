//! Calls set up a second against sipp: INVITE, 180, 200, ACK, BYE for each, signalling only.
//!
//! `cargo run --release -p warmline-runtime --example sip_rate -- [CALLS_A_SECOND] [SECONDS] [AT_ONCE]`
//!
//! Places calls at the given rate (0 for as fast as they go, which is the default) and prints how many were answered,
//! how long the answer took, and what it cost. sipp must be installed.

#![allow(clippy::disallowed_methods)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use warmline_control::CallId;
use warmline_runtime::sip::{Dial, LegEvent, SipAgent, SipConfig, SipError, SipTimers};

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// sipp's own answering scenario, ended with this value.
struct Sipp(Child, u16);

impl Drop for Sipp {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Sipp {
    fn start() -> Result<Self, Failure> {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let sipp = Command::new("sipp")
            .args(["-sn", "uas", "-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("sipp (package sip-tester): {e}"))?;
        let sipp = Self(sipp, port);
        let start = Instant::now();
        while UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            if start.elapsed() > Duration::from_secs(5) {
                return Err("sipp does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(sipp)
    }
}

/// One call; how long its answer took.
async fn call(agent: &SipAgent, number: u32) -> Result<Duration, String> {
    let dial = Dial {
        trunk: "rate".into(),
        to: format!("{number}"),
        caller_id: None,
        call: CallId(uuid::Uuid::from_u128(number.into())),
        offer: OFFER.into(),
        ring_limit: None,
    };
    let (start, mut leg) = loop {
        match agent.place(dial.clone()) {
            Ok(leg) => break (Instant::now(), leg),
            Err(SipError::TooFast { retry_after, .. }) => tokio::time::sleep(retry_after).await,
            Err(error) => return Err(error.to_string()),
        }
    };
    while let Some(event) = leg.next().await {
        match event {
            LegEvent::Answered { .. } => {
                leg.handle().bye("measured");
                leg.ended().await;
                return Ok(start.elapsed());
            }
            LegEvent::Ended(end) => return Err(end.cause()),
            _ => {}
        }
    }
    Err("ended without a word".into())
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| after_name.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    // utime and stime (proc(5)), in the 100 ticks a second that Linux shows to programs.
    (ticks(11) + ticks(12)) / 100.0
}

fn argument(n: usize, default: f64) -> Result<f64, Failure> {
    match std::env::args().nth(n) {
        Some(text) => text.parse().map_err(|_| format!("\"{text}\" is not a number").into()),
        None => Ok(default),
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (rate, seconds, at_once) = (argument(1, 0.0)?, argument(2, 10.0)?, argument(3, 64.0)? as usize);
    let sipp = Sipp::start()?;
    let limit = if rate > 0.0 { rate } else { 1e9 };
    let trunk =
        format!(r#"{{"name":"rate","host":"127.0.0.1:{}","max_calls":100000,"calls_per_second":{limit}}}"#, sipp.1);
    let config = SipConfig {
        bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        user_agent: "warmline".into(),
        trunks: vec![serde_json::from_str(&trunk)?],
        timers: SipTimers::default(),
    };
    let agent = Arc::new(SipAgent::start(config).await?);
    let places = Arc::new(Semaphore::new(at_once));
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut calls = tokio::task::JoinSet::new();
    for number in 0.. {
        if start.elapsed().as_secs_f64() >= seconds {
            break;
        }
        let place = places.clone().acquire_owned().await?;
        let agent = agent.clone();
        calls.spawn(async move {
            let result = call(&agent, number).await;
            drop(place);
            result
        });
    }
    let results = calls.join_all().await;
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let mut answers: Vec<Duration> = results.iter().filter_map(|r| r.as_ref().ok().copied()).collect();
    answers.sort_unstable();
    let at = |share: f64| {
        let index = ((answers.len().saturating_sub(1)) as f64 * share) as usize;
        answers.get(index).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    };
    println!(
        "{} calls answered and hung up in {wall:.1} s: {:.0} a second, {} failed; answer after {:.1} ms (median), \
         {:.1} ms (99 %); {:.2} ms of processor time a call",
        answers.len(),
        answers.len() as f64 / wall,
        results.len() - answers.len(),
        at(0.5),
        at(0.99),
        cpu * 1000.0 / answers.len().max(1) as f64,
    );
    for error in results.iter().filter_map(|r| r.as_ref().err()).take(3) {
        println!("failed: {error}");
    }
    Ok(())
}
