//! What the SIP tests share: an agent on a free port, far ends that are not ours, calls to place.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, dead_code, unreachable_pub)]

pub mod peers;
pub mod sipp;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;
use warmline_control::CallId;
use warmline_runtime::sip::{Dial, LegEvent, OutLeg, SipAgent, SipConfig, SipTimers, TrunkConfig};

/// Nothing in these tests takes longer, unless it hangs.
pub const LONG: Duration = Duration::from_secs(20);

pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

/// A UDP and TCP port of 127.0.0.1 that nobody used a moment ago.
pub fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = udp.local_addr().unwrap().port();
        // The next port is kept for those who take two, such as TLS beside UDP.
        let next = port.checked_add(1).map(|p| UdpSocket::bind((Ipv4Addr::LOCALHOST, p)));
        if std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() && matches!(next, Some(Ok(_))) {
            return port;
        }
    }
}

pub fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A trunk called "t" on a port of 127.0.0.1; `extra` is more JSON for it, beginning with a comma.
pub fn trunk(port: u16, extra: &str) -> TrunkConfig {
    let mut json = format!(r#"{{"name":"t","host":"127.0.0.1:{port}"{extra}"#);
    for (key, value) in [("calls_per_second", 1000), ("max_calls", 1000)] {
        if !extra.contains(key) {
            json.push_str(&format!(r#","{key}":{value}"#));
        }
    }
    json.push('}');
    serde_json::from_str(&json).unwrap()
}

pub async fn agent(trunk: TrunkConfig) -> SipAgent {
    agent_with(trunk, SipTimers::default()).await
}

pub async fn agent_with(trunk: TrunkConfig, timers: SipTimers) -> SipAgent {
    let bind = loopback(0);
    let user_agent = "warmline-test".to_string();
    let config = SipConfig { bind, user_agent, trunks: vec![trunk], timers };
    SipAgent::start(config).await.unwrap()
}

pub fn dial(to: &str) -> Dial {
    Dial {
        trunk: "t".into(),
        to: to.into(),
        caller_id: None,
        call: CallId(uuid::Uuid::from_u128(0x2a)),
        offer: OFFER.into(),
        ring_limit: None,
    }
}

/// The next event, or a failure of the test when there is none in time.
pub async fn next(leg: &mut OutLeg) -> LegEvent {
    let event = tokio::time::timeout(LONG, leg.next()).await;
    event.expect("no event in time").expect("the leg ended without saying so")
}

/// Waits until the scenario says that it has come as far as its `signal`.
pub async fn signal(leg: &mut OutLeg) {
    assert_eq!(next(leg).await, LegEvent::Dtmf('D'));
}

/// Reads over ringing to the answer; its SDP.
pub async fn answered(leg: &mut OutLeg) -> String {
    loop {
        match next(leg).await {
            LegEvent::Answered { sdp, .. } => return sdp,
            LegEvent::Trying | LegEvent::Ringing { .. } => {}
            other => panic!("not answered: {other:?}"),
        }
    }
}

/// Reads over ringing to the end.
pub async fn ended(leg: &mut OutLeg) -> warmline_runtime::sip::LegEnd {
    let end = tokio::time::timeout(LONG, leg.ended()).await;
    end.expect("no end in time").expect("the leg ended without saying so")
}
