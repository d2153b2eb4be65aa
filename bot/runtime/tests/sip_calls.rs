//! Calls to sipp: answered, refused, early media, taken back, ended by either side.

#![allow(clippy::unwrap_used)]

mod sip_support;

use sip_support::sipp::{Scenario, sdp};
use sip_support::{agent, agent_with, answered, dial, ended, next, trunk};
use std::time::Duration;
use warmline_control::Outcome;
use warmline_runtime::sip::{CancelReason, Failure, LegEnd, LegEvent, SipTimers};

#[tokio::test]
async fn a_call_rings_is_answered_and_hung_up_by_us() {
    let sipp = Scenario::invite().answered().until_bye().start().await;
    let agent = agent(trunk(sipp.port, r#","caller_ids":["+15550100"]"#)).await;
    let mut leg = agent.place(dial("+15550123")).unwrap();

    assert_eq!(next(&mut leg).await, LegEvent::Ringing { status: 180, sdp: None });
    assert!(answered(&mut leg).await.contains("m=audio"));
    assert_eq!(agent.trunk_status()[0].calls_in_flight, 1);
    leg.handle().bye("done");
    assert_eq!(ended(&mut leg).await, LegEnd::LocalBye { reason: "done".into() });
    assert_eq!(leg.next().await, None);

    let messages = sipp.verdict().await;
    assert!(messages.contains("INVITE sip:+15550123@127.0.0.1"), "{messages}");
    assert!(messages.contains("From: <sip:+15550100@127.0.0.1>;tag="), "{messages}");
    assert!(messages.contains("X-Warmline-Call: 00000000-0000-0000-0000-00000000002a"), "{messages}");
    assert!(messages.contains("User-Agent: warmline-test"), "{messages}");
}

#[tokio::test]
async fn the_line_is_free_again_after_the_call() {
    let sipp = Scenario::invite().answer("486 Busy Here", "", "").recv("ACK").start().await;
    let agent = agent(trunk(sipp.port, r#","max_calls":1"#)).await;
    let mut leg = agent.place(dial("100")).unwrap();
    let full = agent.place(dial("100")).map(|_| ()).unwrap_err();
    assert!(full.to_string().contains("1 calls in flight"), "{full}");
    ended(&mut leg).await;
    sipp.verdict().await;
    while agent.trunk_status()[0].calls_in_flight > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn refusals_become_outcomes() {
    let q850 = |cause: u8| format!("Reason: Q.850;cause={cause};text=\"x\"\n");
    for (status, headers, outcome) in [
        ("486 Busy Here", String::new(), Outcome::Busy),
        ("603 Decline", String::new(), Outcome::Declined),
        ("404 Not Found", q850(1), Outcome::InvalidNumber),
        ("503 Service Unavailable", String::new(), Outcome::Congestion),
        ("480 Temporarily Unavailable", q850(17), Outcome::Busy),
        ("302 Moved", "Contact: <sip:200@127.0.0.1:9>\n".into(), Outcome::Failed),
    ] {
        let sipp = Scenario::invite().answer(status, &headers, "").recv("ACK").start().await;
        let agent = agent(trunk(sipp.port, "")).await;
        let end = ended(&mut agent.place(dial("100")).unwrap()).await;
        assert_eq!(end.outcome(), outcome, "{status}: {end:?}");
        assert_eq!(end.sip_status().unwrap().to_string(), status[..3]);
        assert!(end.cause().starts_with(status), "{}", end.cause());
        sipp.verdict().await;
    }
}

#[tokio::test]
async fn an_announcement_is_early_media_and_then_a_refusal() {
    let sipp = Scenario::invite()
        .answer("100 Trying", "", "")
        .answer("183 Session Progress", "", &sdp("sendonly"))
        .pause(200)
        .answer("404 Not Found", "Reason: Q.850;cause=1\n", "")
        .recv("ACK")
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    assert_eq!(next(&mut leg).await, LegEvent::Trying);
    let LegEvent::Ringing { status: 183, sdp: Some(sdp) } = next(&mut leg).await else { panic!("no early media") };
    assert!(sdp.contains("a=sendonly"));
    let end = ended(&mut leg).await;
    assert_eq!(end, LegEnd::Refused { status: 404, phrase: "Not Found".into(), q850: Some(1) });
    sipp.verdict().await;
}

/// 180, then CANCEL, which is answered; the INVITE is answered by `last`.
fn cancelled() -> Scenario {
    Scenario::invite().answer("100 Trying", "", "").answer("180 Ringing", "", "").recv("CANCEL").reply("200 OK")
}

#[tokio::test]
async fn the_owner_takes_a_ringing_call_back() {
    let sipp = cancelled().answer("487 Request Terminated", "", "").recv("ACK").start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    assert_eq!(next(&mut leg).await, LegEvent::Trying);
    assert!(matches!(next(&mut leg).await, LegEvent::Ringing { .. }));
    leg.handle().cancel();
    assert_eq!(ended(&mut leg).await, LegEnd::Cancelled(CancelReason::Owner));
    sipp.verdict().await;
}

#[tokio::test]
async fn a_call_that_rings_out_is_no_answer() {
    let sipp = cancelled().answer("487 Request Terminated", "", "").recv("ACK").start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    // Long enough that sipp's first answer is there before it on a busy machine.
    let limit = Duration::from_millis(1500);
    let mut leg = agent.place(warmline_runtime::sip::Dial { ring_limit: Some(limit), ..dial("100") }).unwrap();
    let end = ended(&mut leg).await;
    assert_eq!(end, LegEnd::Cancelled(CancelReason::RingLimit(limit)));
    assert_eq!(end.outcome(), Outcome::NoAnswer);
    sipp.verdict().await;
}

#[tokio::test]
async fn a_leg_that_is_dropped_hangs_up() {
    let sipp = cancelled().answer("487 Request Terminated", "", "").recv("ACK").start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    next(&mut leg).await;
    next(&mut leg).await;
    drop(leg);
    sipp.verdict().await;
}

#[tokio::test]
async fn cancel_waits_for_the_first_provisional_response() {
    // RFC 3261 §9.1. sipp would fail on a CANCEL before its 180.
    let sipp = Scenario::invite()
        .pause(300)
        .answer("180 Ringing", "", "")
        .recv("CANCEL")
        .reply("200 OK")
        .answer("487 Request Terminated", "", "")
        .recv("ACK")
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    leg.handle().cancel();
    assert_eq!(ended(&mut leg).await, LegEnd::Cancelled(CancelReason::Owner));
    sipp.verdict().await;
}

#[tokio::test]
async fn an_answer_that_crosses_the_cancel_is_hung_up() {
    let sipp = cancelled().answer("200 OK", "", &sdp("sendrecv")).recv("ACK").until_bye().start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    next(&mut leg).await;
    next(&mut leg).await;
    leg.handle().cancel();
    assert_eq!(ended(&mut leg).await, LegEnd::Cancelled(CancelReason::Owner));
    sipp.verdict().await;
}

#[tokio::test]
async fn the_far_end_hangs_up_and_says_why() {
    let reason = "Reason: Q.850;cause=16;text=\"Normal call clearing\"\n";
    let sipp = Scenario::invite().answered().pause(100).request("BYE", reason, "").expect(200).start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    let end = ended(&mut leg).await;
    assert_eq!(end, LegEnd::RemoteBye { reason: Some("Normal call clearing".into()) });
    sipp.verdict().await;
}

#[tokio::test]
async fn a_trunk_that_says_nothing_fails_within_the_timer() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let timers = SipTimers {
        t1: Duration::from_millis(20),
        transaction_timeout: Duration::from_millis(400),
        ..SipTimers::default()
    };
    let agent = agent_with(trunk(silent.local_addr().unwrap().port(), ""), timers).await;
    let end = ended(&mut agent.place(dial("100")).unwrap()).await;
    assert_eq!(end, LegEnd::Failed(Failure::NoResponse { after: timers.transaction_timeout }));
    assert_eq!(end.outcome(), Outcome::Failed);
    assert_eq!(agent.trunk_status()[0].trouble, Some(end.cause()));
    let mut invites = 0;
    let mut buffer = [0; 4096];
    while let Ok((len, _)) = silent.try_recv_from(&mut buffer) {
        invites += usize::from(buffer[..len].starts_with(b"INVITE "));
    }
    assert!(invites >= 3, "sent {invites} times");
}

#[tokio::test]
async fn calls_over_tcp_ended_by_either_side() {
    for we_hang_up in [true, false] {
        let call = Scenario::invite().answered();
        let call = if we_hang_up { call.until_bye() } else { call.request("BYE", "", "").expect(200) };
        let sipp = call.start_tcp().await;
        let agent = agent(trunk(sipp.port, r#","transport":"tcp""#)).await;
        let mut leg = agent.place(dial("100")).unwrap();
        answered(&mut leg).await;
        if we_hang_up {
            leg.handle().hangup("done");
        }
        ended(&mut leg).await;
        let messages = sipp.verdict().await;
        assert!(messages.to_lowercase().contains(";transport=tcp>"), "{messages}");
    }
}

#[tokio::test]
async fn a_trunk_may_be_a_name() {
    let sipp = Scenario::invite().answer("486 Busy Here", "", "").recv("ACK").start().await;
    let mut named = trunk(sipp.port, "");
    named.host = named.host.replace("127.0.0.1", "localhost");
    let agent = agent(named).await;
    assert_eq!(ended(&mut agent.place(dial("100")).unwrap()).await.outcome(), Outcome::Busy);
    assert!(sipp.verdict().await.contains("INVITE sip:100@localhost"));
}

#[tokio::test]
async fn a_trunk_whose_name_is_unknown_fails_the_call() {
    let mut named = trunk(5060, "");
    named.host = "trunk.invalid".into();
    let agent = agent(named).await;
    let end = ended(&mut agent.place(dial("100")).unwrap()).await;
    assert!(end.cause().contains("trunk.invalid"), "{}", end.cause());
}

#[tokio::test]
async fn a_refused_connection_fails_at_once() {
    let agent = agent(trunk(sip_support::free_port(), r#","transport":"tcp""#)).await;
    let end = ended(&mut agent.place(dial("100")).unwrap()).await;
    assert!(matches!(&end, LegEnd::Failed(Failure::Unreachable(_))), "{end:?}");
    assert!(end.cause().contains("refused"), "{}", end.cause());
}

#[tokio::test]
async fn a_connection_that_swallows_calls_is_not_used_twice() {
    let trunk_socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let timers = SipTimers { transaction_timeout: Duration::from_millis(200), ..SipTimers::default() };
    let agent = agent_with(trunk(trunk_socket.local_addr().unwrap().port(), r#","transport":"tcp""#), timers).await;
    let mut connections = Vec::new();
    for _call in 0..2 {
        let mut leg = agent.place(dial("100")).unwrap();
        let accepted = tokio::time::timeout(sip_support::LONG, trunk_socket.accept());
        let (connection, end) = tokio::join!(accepted, ended(&mut leg));
        connections.push(connection.expect("the old connection was used").unwrap());
        assert!(matches!(end, LegEnd::Failed(Failure::NoResponse { .. })), "{end:?}");
    }
}
