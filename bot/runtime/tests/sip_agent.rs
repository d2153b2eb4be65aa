//! The agent itself: starting, limits, requests that belong to no call, and messages that no standard allows.

#![allow(clippy::unwrap_used)]

mod sip_support;

use sip_support::sipp::Scenario;
use sip_support::{LONG, agent, dial, ended, free_port, loopback, trunk};
use std::net::SocketAddr;
use tokio::net::UdpSocket;
use warmline_runtime::sip::{SipAgent, SipConfig, SipError, SipTimers};

fn config(bind: SocketAddr, trunk_extra: &str) -> SipConfig {
    let trunks = vec![trunk(free_port(), trunk_extra)];
    SipConfig { bind, user_agent: "warmline-test".into(), trunks, timers: SipTimers::default() }
}

async fn start_error(config: SipConfig) -> String {
    match SipAgent::start(config).await {
        Ok(_) => panic!("started"),
        // With its cause, as the program prints it.
        Err(error) => std::error::Error::source(&error).map_or(error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = std::net::UdpSocket::bind(loopback(0)).unwrap();
    let addr = taken.local_addr().unwrap();
    let error = start_error(config(addr, "")).await;
    assert!(error.contains(&format!("UDP {addr}")) && error.contains("in use"), "{error}");

    let taken = std::net::TcpListener::bind(loopback(0)).unwrap();
    let addr = taken.local_addr().unwrap();
    let error = start_error(config(addr, r#","transport":"tcp""#)).await;
    assert!(error.contains(&format!("TCP {addr}")) && error.contains("in use"), "{error}");
}

#[tokio::test]
async fn a_wrong_trunk_stops_the_start() {
    let error = start_error(config(loopback(0), r#","ring_limit_s":5"#)).await;
    assert_eq!(error, "trunk \"t\": ring_limit_s: must be at least 15, not 5");
}

#[tokio::test]
async fn what_cannot_be_dialled_is_refused_before_anything_is_sent() {
    let trunk_socket = UdpSocket::bind(loopback(0)).await.unwrap();
    let agent = agent(trunk(trunk_socket.local_addr().unwrap().port(), r#","calls_per_second":1"#)).await;
    let refused = |d| agent.place(d).map(|_| ()).unwrap_err();
    assert!(matches!(refused(dial("100\r\nEvil: 1")), SipError::BadNumber(_)));
    assert!(matches!(refused(dial("sip:100@h>;x=<y")), SipError::BadNumber(_)));
    let mut elsewhere = dial("100");
    elsewhere.trunk = "nowhere".into();
    assert!(matches!(refused(elsewhere), SipError::UnknownTrunk(name) if name == "nowhere"));
    let mut buffer = [0; 64];
    assert!(trunk_socket.try_recv(&mut buffer).is_err());

    let _leg = agent.place(dial("100")).unwrap();
    let SipError::TooFast { retry_after, .. } = refused(dial("100")) else { panic!("placed two in a second") };
    assert!(retry_after.as_millis() > 500, "{retry_after:?}");
}

#[tokio::test]
async fn a_full_uri_is_reached_through_the_trunk() {
    let sipp = Scenario::invite().answer("486 Busy Here", "", "").recv("ACK").start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    ended(&mut agent.place(dial("sip:agent7@phones.example")).unwrap()).await;
    let messages = sipp.verdict().await;
    assert!(messages.contains("INVITE sip:agent7@phones.example SIP/2.0"), "{messages}");
}

/// Somebody on loopback who sends datagrams to the agent.
struct Stranger {
    socket: UdpSocket,
    agent: SocketAddr,
}

impl Stranger {
    async fn of(agent: &SipAgent) -> Self {
        Self { socket: UdpSocket::bind(loopback(0)).await.unwrap(), agent: agent.local_addr() }
    }

    fn request(&self, method: &str, to: &str, more: &str) -> String {
        let port = self.socket.local_addr().unwrap().port();
        format!(
            "{method} sip:bot@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{method}{}\r\n\
             From: <sip:x@127.0.0.1>;tag=f\r\nTo: <sip:bot@127.0.0.1>{to}\r\nCall-ID: stranger\r\nCSeq: 1 {method}\r\n\
             Max-Forwards: 70\r\nContact: <sip:x@127.0.0.1:{port}>\r\n{more}Content-Length: 0\r\n\r\n",
            to.len() + more.len()
        )
    }

    async fn send(&self, message: &[u8]) {
        self.socket.send_to(message, self.agent).await.unwrap();
    }

    /// Sends a request and reads its final response.
    async fn ask(&self, request: &str) -> String {
        self.send(request.as_bytes()).await;
        let mut buffer = [0; 4096];
        loop {
            let len = tokio::time::timeout(LONG, self.socket.recv(&mut buffer)).await.expect("no response").unwrap();
            let response = String::from_utf8_lossy(&buffer[..len]).into_owned();
            if !response.starts_with("SIP/2.0 1") {
                return response;
            }
        }
    }
}

#[tokio::test]
async fn requests_that_belong_to_no_call_are_answered_by_the_book() {
    let agent = agent(trunk(free_port(), "")).await;
    for (method, to, more, status, header) in [
        ("OPTIONS", "", "", "200", "Allow: INVITE, ACK"),
        ("OPTIONS", "", "Require: magic\r\n", "420", "Unsupported: magic"),
        ("INVITE", "", "", "480", ""),
        ("REGISTER", "", "", "405", "Allow: INVITE, ACK"),
        ("MESSAGE", "", "", "405", ""),
        ("BYE", ";tag=unknown", "", "481", ""),
        ("INVITE", ";tag=unknown", "", "481", ""),
        ("UPDATE", ";tag=unknown", "", "481", ""),
        ("CANCEL", "", "", "481", ""),
        ("NOTIFY", "", "Event: refer\r\n", "481", ""),
    ] {
        let stranger = Stranger::of(&agent).await;
        let response = stranger.ask(&stranger.request(method, to, more)).await;
        assert!(response.starts_with(&format!("SIP/2.0 {status} ")), "{method}{to}: {response}");
        assert!(response.contains(header), "{method}{to}: {response}");
    }
}

/// In the manner of RFC 4475: each is wrong, or odd, in its own way.
fn malformed() -> Vec<Vec<u8>> {
    let via = "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKm";
    let rest = "From: <sip:x@y>;tag=1\r\nTo: <sip:b@y>\r\nCall-ID: m\r\n";
    let mut all: Vec<Vec<u8>> = [
        String::new(),
        "\r\n\r\n".into(),
        "\0".repeat(300),
        "INVITE".into(),
        "INVITE sip:b SIP/7.0\r\n\r\n".into(),
        "OPTIONS  sip:b@y  SIP/2.0\r\n\r\n".into(),
        "SIP/2.0 200 OK\r\n\r\n".into(),
        "SIP/2.0 99999999999999 OK\r\n\r\n".into(),
        format!("SIP/2.0 200 OK\r\n{via}\r\n{rest}CSeq: 99999999999999999999 INVITE\r\n\r\n"),
        format!("INVITE sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: -1 INVITE\r\n\r\n"),
        format!("INVITE sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 BYE\r\n\r\n"),
        format!("INVITE sip:b@y SIP/2.0\r\n{rest}CSeq: 1 INVITE\r\n\r\n"),
        format!("INVITE sip:b@y SIP/2.0\r\nVia: ;;;,,,\r\n{rest}CSeq: 1 INVITE\r\n\r\n"),
        format!("INVITE sip:b@y SIP/2.0\r\n{via}\r\nFrom: \"\\\r\nTo: <\r\nCall-ID:\r\nCSeq: INVITE\r\n\r\n"),
        format!("INVITE sip:b@y:99999999 SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 INVITE\r\n\r\n"),
        format!("INVITE <sip:b@[::1 SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 INVITE\r\n\r\n"),
        format!("OPTIONS sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 OPTIONS\r\nContent-Length: 999999\r\n\r\nx"),
        format!("OPTIONS sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 OPTIONS\r\nContent-Length: -5\r\n\r\n"),
        format!("OPTIONS sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\n : x\r\n:\r\n\r\n"),
        format!("OPTIONS sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 OPTIONS\r\nX: {}\r\n\r\n", "a,".repeat(20_000)),
        format!("WAVE sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 WAVE\r\n\r\n"),
        format!("ACK sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 ACK\r\n\r\n"),
        format!(
            "BYE sip:b@y SIP/2.0\r\n{via}\r\nFrom: <sip:x@y>\r\nTo: <sip:b@y>\r\nCall-ID: m\r\nCSeq: 1 BYE\r\n\r\n"
        ),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    all.push(vec![0xff; 1400]);
    all.push([b"OPTIONS sip:\xff\xfe@y SIP/2.0\r\nVia: \xc3\x28\r\n".as_slice(), &[0x80; 100]].concat());
    // A whole request cut off at every length.
    let whole = format!("OPTIONS sip:b@y SIP/2.0\r\n{via}\r\n{rest}CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
    all.extend((0..whole.len()).map(|len| whole.as_bytes()[..len].to_vec()));
    all
}

#[tokio::test]
async fn malformed_messages_are_survived() {
    let agent = agent(trunk(free_port(), "")).await;
    for (at, message) in malformed().into_iter().enumerate() {
        Stranger::of(&agent).await.send(&message).await;
        // Every so often, so that a message that hurts can be told.
        if at % 16 == 0 {
            let stranger = Stranger::of(&agent).await;
            let response = stranger.ask(&stranger.request("OPTIONS", "", "")).await;
            assert!(response.starts_with("SIP/2.0 200 "), "after message {at}: {response}");
        }
    }
    let stranger = Stranger::of(&agent).await;
    assert!(stranger.ask(&stranger.request("OPTIONS", "", "")).await.starts_with("SIP/2.0 200 "));
}

#[tokio::test]
async fn a_call_survives_malformed_messages_about_it() {
    let sipp = Scenario::invite().answered().signal().until_bye().start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    sip_support::answered(&mut leg).await;
    let stranger = Stranger::of(&agent).await;
    for message in malformed() {
        stranger.send(&message).await;
    }
    sip_support::signal(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}
