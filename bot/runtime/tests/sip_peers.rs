//! Calls to a phone that is not ours (baresip), in the clear and over TLS with SRTP keys, and through a proxy that is
//! not ours (kamailio) and wants a digest.

#![allow(clippy::unwrap_used)]

mod sip_support;

use sip_support::peers::{certificate, phone, proxy};
use sip_support::{LONG, OFFER, agent, answered, dial, ended, trunk};
use std::time::Duration;
use warmline_control::Outcome;
use warmline_runtime::sip::{Dial, Failure, LegEnd, OutLeg, Registration, SipAgent};

/// The offer over SRTP with a key of its own (RFC 4568).
fn secure_offer() -> String {
    let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";
    OFFER.replace("RTP/AVP", "RTP/SAVP") + key
}

async fn hang_up(mut leg: OutLeg) {
    leg.handle().bye("done");
    assert!(matches!(ended(&mut leg).await, LegEnd::LocalBye { .. }));
}

#[tokio::test]
async fn a_phone_answers_over_udp() {
    let phone = phone("phone", None, ";regint=0", None).await;
    let agent = agent(trunk(phone.port, "")).await;
    assert!(agent.local_ip("t").await.unwrap().is_loopback());
    let mut leg = agent.place(dial("phone")).unwrap();
    assert!(answered(&mut leg).await.contains("PCMU/8000"));
    phone.wait_for("Call established").await;
    hang_up(leg).await;
    phone.wait_for("session closed").await;
}

#[tokio::test]
async fn a_phone_answers_over_tls_with_srtp_keys() {
    let certificate = certificate();
    let phone = phone("phone", None, ";regint=0;transport=tls;mediaenc=srtp-mand", Some(&certificate)).await;
    let extra = format!(r#","transport":"tls","srtp":"required","tls_ca":{:?}"#, certificate.authority);
    let agent = agent(trunk(phone.port + 1, &extra)).await;
    let mut leg = agent.place(Dial { offer: secure_offer(), ..dial("phone") }).unwrap();
    let sdp = answered(&mut leg).await;
    assert!(sdp.contains("RTP/SAVP") && sdp.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80"), "{sdp}");
    phone.wait_for("Call established").await;
    hang_up(leg).await;
    phone.wait_for("session closed").await;
    // A second call on the same connection.
    let mut leg = agent.place(Dial { offer: secure_offer(), ..dial("phone") }).unwrap();
    answered(&mut leg).await;
    hang_up(leg).await;
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_refused_unless_checking_is_off() {
    let (certificate, stranger) = (certificate(), certificate());
    let phone = phone("phone", None, ";regint=0;transport=tls;mediaenc=srtp-mand", Some(&certificate)).await;
    let extra = format!(r#","transport":"tls","tls_ca":{:?}"#, stranger.authority);
    let careful = agent(trunk(phone.port + 1, &extra)).await;
    let end = ended(&mut careful.place(Dial { offer: secure_offer(), ..dial("phone") }).unwrap()).await;
    assert!(matches!(&end, LegEnd::Failed(Failure::Unreachable(_))), "{end:?}");
    assert!(end.cause().contains("TLS") && end.cause().contains("certificate"), "{}", end.cause());

    let careless = agent(trunk(phone.port + 1, r#","transport":"tls","tls_verify":false"#)).await;
    let mut leg = careless.place(Dial { offer: secure_offer(), ..dial("phone") }).unwrap();
    answered(&mut leg).await;
    hang_up(leg).await;
}

#[tokio::test]
async fn a_phone_hangs_up_over_tls() {
    let certificate = certificate();
    let phone = phone("phone", None, ";regint=0;transport=tls;mediaenc=srtp-mand", Some(&certificate)).await;
    let extra = r#","transport":"tls","tls_verify":false"#;
    let agent = agent(trunk(phone.port + 1, extra)).await;
    let mut leg = agent.place(Dial { offer: secure_offer(), ..dial("phone") }).unwrap();
    answered(&mut leg).await;
    phone.wait_for("Call established").await;
    // A phone that is told to quit hangs up its calls.
    phone.terminate();
    assert!(matches!(ended(&mut leg).await, LegEnd::RemoteBye { .. }));
}

async fn registration(agent: &SipAgent) -> Registration {
    let settled = async {
        loop {
            match &agent.trunk_status()[0].registration {
                Registration::Pending => tokio::time::sleep(Duration::from_millis(10)).await,
                settled => return settled.clone(),
            }
        }
    };
    tokio::time::timeout(LONG, settled).await.expect("registration hangs")
}

#[tokio::test]
async fn a_trunk_is_registered_and_given_back() {
    let proxy = proxy().await;
    let extra = r#","register":true,"username":"alice","password":"secret""#;
    let agent = agent(trunk(proxy.port, extra)).await;
    // The registrar grants less than the hour that is asked for.
    assert_eq!(registration(&agent).await, Registration::Registered { expires_s: 120 });
    agent.stop().await;
    proxy.wait_for("registered alice expires 0").await;
}

#[tokio::test]
async fn a_wrong_password_does_not_register() {
    let proxy = proxy().await;
    let extra = r#","register":true,"username":"alice","password":"wrong""#;
    let agent = agent(trunk(proxy.port, extra)).await;
    let Registration::Failed(why) = registration(&agent).await else { panic!("registered") };
    assert!(why.starts_with("401"), "{why}");
}

#[tokio::test]
async fn a_call_through_a_proxy_with_digest() {
    let proxy = proxy().await;
    let account = format!(";auth_user=bob;auth_pass=secret;regint=60;outbound=\"sip:127.0.0.1:{}\"", proxy.port);
    let phone = phone("bob", Some(proxy.port), &account, None).await;
    proxy.wait_for("registered bob").await;
    let agent = agent(trunk(proxy.port, r#","username":"alice","password":"secret""#)).await;
    let mut leg = agent.place(dial("bob")).unwrap();
    assert!(answered(&mut leg).await.contains("PCMU/8000"));
    phone.wait_for("Call established").await;
    hang_up(leg).await;
    phone.wait_for("session closed").await;
    // ACK and BYE went along the recorded route.
    assert!(proxy.log().contains("in-dialog ACK") && proxy.log().contains("in-dialog BYE"), "{}", proxy.log());

    let end = ended(&mut agent.place(dial("nobody")).unwrap()).await;
    assert_eq!((end.sip_status(), end.outcome()), (Some(404), Outcome::InvalidNumber));
}
