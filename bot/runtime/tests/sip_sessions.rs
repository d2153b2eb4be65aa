//! What happens within a call: holds, moved media, keys by INFO, reliable ringing, forks, session timers, challenges.

#![allow(clippy::unwrap_used)]

mod sip_support;

use sip_support::sipp::{Scenario, sdp};
use sip_support::{OFFER, agent, agent_with, answered, dial, ended, next, signal, trunk};
use std::time::Duration;
use warmline_control::Outcome;
use warmline_runtime::sip::{Failure, LegEnd, LegEvent, OfferKind, SipTimers};

/// Our answer to an offer of the far end.
fn answer(direction: &str) -> String {
    OFFER.replace("a=sendrecv", &format!("a={direction}"))
}

#[tokio::test]
async fn the_far_end_holds_resumes_and_hangs_up() {
    let sipp = Scenario::invite()
        .answered()
        .request("INVITE", "", &sdp("sendonly"))
        .expect_with(200, "Contact:", "sip:anonymous@127.0.0.1")
        .request("ACK", "", "")
        .request("UPDATE", "", &sdp("sendrecv"))
        .expect(200)
        .request("BYE", "", "")
        .expect(200)
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    for (direction, ours, expected) in
        [("sendonly", "recvonly", OfferKind::ReInvite), ("sendrecv", "sendrecv", OfferKind::Update)]
    {
        let LegEvent::Reoffer { id, sdp: Some(sdp), kind } = next(&mut leg).await else { panic!("no offer") };
        assert_eq!(kind, expected);
        assert!(sdp.contains(direction));
        leg.handle().answer_offer(id, answer(ours));
    }
    assert_eq!(ended(&mut leg).await, LegEnd::RemoteBye { reason: None });
    let messages = sipp.verdict().await;
    assert!(messages.contains("a=recvonly"), "{messages}");
}

#[tokio::test]
async fn a_reinvite_without_sdp_gets_our_offer_and_its_answer_comes_with_the_ack() {
    let sipp = Scenario::invite()
        .answered()
        .request("INVITE", "", "")
        .expect_with(200, "Content-Type:", "application/sdp")
        .request("ACK", "", &sdp("inactive"))
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    let LegEvent::Reoffer { id, sdp: None, .. } = next(&mut leg).await else { panic!("no re-INVITE without SDP") };
    leg.handle().answer_offer(id, OFFER.into());
    let LegEvent::OfferAnswered { id: answered, sdp } = next(&mut leg).await else { panic!("no answer") };
    assert_eq!(answered, id);
    assert!(sdp.contains("a=inactive"));
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn an_offer_that_nobody_answers_is_refused_and_the_call_goes_on() {
    let sipp = Scenario::invite()
        .answered()
        .request("INVITE", "", &sdp("sendonly"))
        .expect(488)
        .request("ACK", "", "")
        .request("OPTIONS", "", "")
        .expect(200)
        .signal()
        .until_bye()
        .start()
        .await;
    let timers = SipTimers { offer_timeout: Duration::from_millis(100), ..SipTimers::default() };
    let agent = agent_with(trunk(sipp.port, ""), timers).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    let LegEvent::Reoffer { id, .. } = next(&mut leg).await else { panic!("no offer") };
    signal(&mut leg).await;
    leg.handle().answer_offer(id, answer("recvonly"));
    leg.handle().bye("done");
    assert!(matches!(ended(&mut leg).await, LegEnd::LocalBye { .. }));
    let messages = sipp.verdict().await;
    assert!(!messages.contains("a=recvonly"), "a late answer was sent:\n{messages}");
}

#[tokio::test]
async fn keys_by_info_are_heard_and_what_we_cannot_do_is_refused() {
    let info = |body: &str| {
        Scenario::invite().answered().request("INFO", "Content-Type: application/dtmf-relay\n", &format!("{body}\n"))
    };
    let sipp = info("Signal=7\nDuration=160")
        .expect(200)
        .request("REFER", "Refer-To: <sip:x@127.0.0.1>\n", "")
        .expect_with(405, "Allow:", "INVITE")
        .request("INFO", "Content-Type: text/plain\n", "hello\n")
        .expect_with(415, "Accept:", "dtmf-relay")
        .request("UPDATE", "Require: time-travel\n", &sdp("sendrecv"))
        .expect_with(420, "Unsupported:", "time-travel")
        .request("UPDATE", "Session-Expires: 30\n", "")
        .expect_with(422, "Min-SE:", "90")
        .signal()
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    assert_eq!(next(&mut leg).await, LegEvent::Dtmf('7'));
    signal(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn reliable_ringing_is_acknowledged_and_its_answer_counts() {
    let reliable = |rseq: u32| format!("Require: 100rel\nRSeq: {rseq}\n");
    let sipp = Scenario::invite_with("Supported:", "100rel")
        .answer("183 Session Progress", &reliable(9), &sdp("sendrecv"))
        .recv_with("PRACK", "RAck:", "9 1 INVITE")
        .reply("200 OK")
        .answer("180 Ringing", &reliable(10), "")
        .recv_with("PRACK", "RAck:", "10 1 INVITE")
        .reply("200 OK")
        .answer("200 OK", "", "")
        .recv("ACK")
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    assert!(matches!(next(&mut leg).await, LegEvent::Ringing { status: 183, sdp: Some(_) }));
    assert!(matches!(next(&mut leg).await, LegEvent::Ringing { status: 180, sdp: None }));
    assert!(answered(&mut leg).await.contains("m=audio"));
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn media_may_move_before_the_answer() {
    let sipp = Scenario::invite()
        .answer("183 Session Progress", "Require: 100rel\nRSeq: 1\n", &sdp("sendrecv"))
        .recv("PRACK")
        .reply("200 OK")
        .request("UPDATE", "", &sdp("sendonly"))
        .expect(200)
        .answer("200 OK", "", "")
        .recv("ACK")
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    assert!(matches!(next(&mut leg).await, LegEvent::Ringing { status: 183, .. }));
    let LegEvent::Reoffer { id, kind: OfferKind::Update, .. } = next(&mut leg).await else { panic!("no UPDATE") };
    leg.handle().answer_offer(id, answer("recvonly"));
    answered(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn of_a_forked_call_one_branch_is_kept_and_the_other_hung_up() {
    let sipp = Scenario::invite()
        .answer_as("one", "180 Ringing", "", "")
        .answer_as("two", "183 Session Progress", "", &sdp("sendonly"))
        .answer_as("two", "200 OK", "", &sdp("sendrecv"))
        .recv_with("ACK", "To:", "tag=two")
        .answer_as("one", "200 OK", "", &sdp("inactive"))
        .recv_with("ACK", "To:", "tag=one")
        .recv_with("BYE", "To:", "tag=one")
        .reply("200 OK")
        .signal_as("two")
        .recv_with("BYE", "To:", "tag=two")
        .reply("200 OK")
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    assert!(answered(&mut leg).await.contains("a=sendrecv"));
    signal(&mut leg).await;
    leg.handle().bye("done");
    assert!(matches!(ended(&mut leg).await, LegEnd::LocalBye { .. }));
    sipp.verdict().await;
}

#[tokio::test]
async fn an_answer_without_sdp_is_hung_up() {
    let sipp = Scenario::invite().answer("200 OK", "", "").recv("ACK").until_bye().start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let end = ended(&mut agent.place(dial("100")).unwrap()).await;
    assert_eq!(end, LegEnd::Failed(Failure::Protocol("200 without SDP".into())));
    sipp.verdict().await;
}

#[tokio::test]
async fn a_session_interval_that_is_too_small_is_raised() {
    let sipp = Scenario::invite_with("Session-Expires:", "1800")
        .answer("422 Session Interval Too Small", "Min-SE: 3600\n", "")
        .recv("ACK")
        .and_invite_with("Session-Expires:", "3600")
        .answered()
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

/// A call whose 200 says who refreshes every two or three seconds. Such intervals are below the protocol's minimum,
/// which only the side that offers them has to keep.
fn timed(session_expires: &str, allow: &str) -> Scenario {
    let headers = format!("Require: timer\nSession-Expires: {session_expires}\nAllow: {allow}\n");
    Scenario::invite().answer("200 OK", &headers, &sdp("sendrecv")).recv("ACK")
}

#[tokio::test]
async fn we_refresh_by_update_where_the_far_end_takes_it() {
    let sipp = timed("2;refresher=uac", "INVITE, UPDATE")
        .recv_with("UPDATE", "Session-Expires:", "2;refresher=uac")
        .reply("200 OK")
        .signal()
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    signal(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn we_refresh_by_reinvite_with_the_same_sdp_elsewhere() {
    let sipp = timed("2;refresher=uac", "INVITE")
        .and_invite_with("Session-Expires:", "2;refresher=uac")
        .answer("200 OK", "Session-Expires: 1800;refresher=uac\n", &sdp("sendrecv"))
        .recv("ACK")
        .signal()
        .until_bye()
        .start()
        .await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    signal(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    let messages = sipp.verdict().await;
    assert_eq!(messages.matches("m=audio 40000").count(), 2, "{messages}");
}

#[tokio::test]
async fn a_call_that_the_far_end_stops_refreshing_is_ended() {
    let sipp = timed("3;refresher=uas", "INVITE, UPDATE").until_bye().start().await;
    let agent = agent(trunk(sipp.port, "")).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    assert_eq!(ended(&mut leg).await, LegEnd::Failed(Failure::SessionExpired));
    sipp.verdict().await;
}

const CHALLENGE: &str = "WWW-Authenticate: Digest realm=\"test\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"\n";
const CREDENTIALS: &str = r#","username":"alice","password":"secret""#;

/// An INVITE whose digest sipp computes again and compares.
fn verified(scenario: Scenario) -> Scenario {
    scenario
        .raw(
            r#"<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<verifyauth assign_to="verified" username="alice" password="secret"/>
</action></recv>
<nop next="verified" test="verified"/>
"#,
        )
        .answer("403 Forbidden", "", "")
        .raw("<recv request=\"ACK\" next=\"end\"/>\n<label id=\"verified\"/>\n")
        .answered()
        .until_bye()
        .raw("<label id=\"end\"/>\n")
}

#[tokio::test]
async fn a_challenge_is_answered_and_a_stale_nonce_once_more() {
    let stale = CHALLENGE.replace("abc\"", "def\", stale=TRUE");
    let sipp = verified(
        Scenario::invite()
            .answer("401 Unauthorized", CHALLENGE, "")
            .recv("ACK")
            .and_invite_with("Authorization:", "nonce=.abc.")
            .answer("401 Unauthorized", &stale, "")
            .recv("ACK"),
    );
    let sipp = sipp.start().await;
    let agent = agent(trunk(sipp.port, CREDENTIALS)).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn a_challenged_bye_is_sent_again_with_credentials() {
    let sipp = Scenario::invite()
        .answered()
        .recv("BYE")
        .reply_with("407 Proxy Authentication Required", &proxy())
        .recv_with("BYE", "Proxy-Authorization:", "username=.alice.")
        .reply("200 OK")
        .start()
        .await;
    let agent = agent(trunk(sipp.port, CREDENTIALS)).await;
    let mut leg = agent.place(dial("100")).unwrap();
    answered(&mut leg).await;
    leg.handle().bye("done");
    ended(&mut leg).await;
    sipp.verdict().await;
}

#[tokio::test]
async fn a_wrong_password_is_a_refusal() {
    for extra in ["", r#","username":"alice","password":"wrong""#] {
        let mut scenario = Scenario::invite().answer("407 Proxy Authentication Required", &proxy(), "").recv("ACK");
        if !extra.is_empty() {
            scenario = scenario
                .and_invite_with("Proxy-Authorization:", "username=.alice.")
                .answer("407 Proxy Authentication Required", &proxy(), "")
                .recv("ACK");
        }
        let sipp = scenario.start().await;
        let agent = agent(trunk(sipp.port, extra)).await;
        let end = ended(&mut agent.place(dial("100")).unwrap()).await;
        assert_eq!((end.sip_status(), end.outcome()), (Some(407), Outcome::Failed));
        sipp.verdict().await;
    }
}

fn proxy() -> String {
    CHALLENGE.replace("WWW-", "Proxy-")
}
