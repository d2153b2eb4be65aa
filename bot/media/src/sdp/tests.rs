//! Descriptions as real programs write them, and what we make of them.

#![allow(clippy::unwrap_used)]

use super::*;

const US: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn local() -> LocalMedia {
    LocalMedia::new(US, 10_000, vec![Codec::Pcmu, Codec::Pcma], 4711)
}

fn secure(policy: SrtpPolicy) -> LocalMedia {
    local().with_srtp(policy, &std::array::from_fn(|i| i as u8))
}

fn sdp(lines: &[&str]) -> String {
    ["v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-"].iter().chain(lines).map(|l| format!("{l}\r\n")).collect()
}

/// sipp's usual answer.
fn sipp() -> String {
    sdp(&[
        "c=IN IP4 198.51.100.7",
        "t=0 0",
        "m=audio 6000 RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ])
}

/// baresip: session attributes, several extras, its own numbers, RTCP on the same port.
fn baresip() -> String {
    sdp(&[
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "a=tool:baresip 1.0.0",
        "m=audio 20652 RTP/AVP 96 8 0 97",
        "b=AS:128",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 stereo=1;sprop-stereo=1",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:97 telephone-event/8000",
        "a=fmtp:97 0-15",
        "a=rtcp:20653",
        "a=rtcp-mux",
        "a=sendrecv",
        "a=label:1",
        "a=rtcp-rsize",
        "a=ssrc:1928347 cname:sip:b@127.0.0.1",
        "a=ptime:20",
    ])
}

#[test]
fn an_offer_reads_like_this() {
    let text = offer(&local(), 2);
    assert_eq!(
        text,
        "v=0\r\no=- 4711 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 10000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn sipp_answer_is_understood() {
    let n = accept_answer(&local(), &sipp()).unwrap();
    assert_eq!(n.remote, "198.51.100.7:6000".parse().unwrap());
    assert_eq!(n.remote_rtcp.port(), 6001);
    assert_eq!((n.codec, n.payload_type, n.dtmf), (Codec::Pcmu, 0, Some((101, 8000))));
    assert_eq!((n.direction, n.ptime_ms, n.held()), (Direction::SendRecv, Some(20), false));
    assert!(n.receive.contains(&(8, Codec::Pcma)), "they may switch to what we offered");
}

#[test]
fn baresip_offer_is_answered_with_its_own_numbers() {
    let (text, n) = answer_offer(&local(), 1, &baresip()).unwrap();
    assert_eq!((n.codec, n.payload_type, n.dtmf), (Codec::Pcma, 8, Some((97, 8000))));
    assert!(n.rtcp_mux && n.remote_rtcp == n.remote);
    assert!(text.contains("m=audio 10000 RTP/AVP 8 97\r\n"), "{text}");
    assert!(text.contains("a=rtcp-mux\r\n"));
    let mut all = local();
    all.codecs = Codec::ALL.to_vec();
    let (text, n) = answer_offer(&all, 1, &baresip()).unwrap();
    assert_eq!((n.codec, n.payload_type), (Codec::Opus, 96));
    assert!(text.contains("a=rtpmap:96 opus/48000/2\r\n") && text.contains("a=maxptime:20\r\n"));
}

#[test]
fn an_offer_and_its_answer_agree_for_every_codec() {
    for codec in Codec::ALL {
        let mut us = local();
        us.codecs = vec![codec];
        let them = LocalMedia::new("2001:db8::9".parse().unwrap(), 4000, Codec::ALL.to_vec(), 9);
        let (answer, theirs) = answer_offer(&them, 1, &offer(&us, 1)).unwrap();
        let ours = accept_answer(&us, &answer).unwrap();
        assert_eq!((ours.codec, ours.payload_type, ours.dtmf), (theirs.codec, theirs.payload_type, theirs.dtmf));
        assert_eq!(ours.remote, "[2001:db8::9]:4000".parse().unwrap());
        assert_eq!(ours.dtmf.unwrap().1, codec.clock_rate_hz());
    }
}

#[test]
fn static_numbers_need_no_rtpmap_and_lines_may_come_in_any_order() {
    let n =
        accept_answer(&local(), &sdp(&["m=audio 5000 RTP/AVP 8", "a=sendrecv", "c=IN IP4 203.0.113.5/127", "t=0 0"]))
            .unwrap();
    assert_eq!((n.codec, n.dtmf, n.receive_dtmf.contains(&101)), (Codec::Pcma, None, true));
    assert_eq!(n.remote.to_string(), "203.0.113.5:5000");
}

#[test]
fn media_level_beats_session_level() {
    let text = sdp(&["c=IN IP4 10.0.0.1", "a=inactive", "m=audio 5000 RTP/AVP 0", "c=IN IP4 10.0.0.2", "a=sendrecv"]);
    let n = accept_answer(&local(), &text).unwrap();
    assert_eq!((n.remote.ip().to_string().as_str(), n.direction), ("10.0.0.2", Direction::SendRecv));
    let text = sdp(&["c=IN IP4 10.0.0.1", "a=inactive", "m=audio 5000 RTP/AVP 0"]);
    assert_eq!(accept_answer(&local(), &text).unwrap().direction, Direction::Inactive);
}

#[test]
fn every_way_to_hold_is_seen_and_answered() {
    for (theirs, ours) in
        [("sendonly", Direction::RecvOnly), ("inactive", Direction::Inactive), ("recvonly", Direction::SendOnly)]
    {
        let (text, n) = answer_offer(&local(), 3, &sipp().replace("sendrecv", theirs)).unwrap();
        assert_eq!(n.direction, ours);
        assert!(n.held() && text.contains(&format!("a={}\r\n", ours.as_str())), "{text}");
        assert!(text.contains("o=- 4711 3 IN"));
    }
    let (text, n) = answer_offer(&local(), 3, &sipp().replace("c=IN IP4 198.51.100.7", "c=IN IP4 0.0.0.0")).unwrap();
    assert!(!n.direction.sends(), "nothing may be sent to 0.0.0.0");
    assert!(text.contains("a=recvonly"));
}

#[test]
fn moved_media_and_rtcp_elsewhere_are_followed() {
    let moved =
        sipp().replace("198.51.100.7", "198.51.100.8").replace("6000", "7000") + "a=rtcp:9999 IN IP4 198.51.100.9\r\n";
    let (_, n) = answer_offer(&local(), 4, &moved).unwrap();
    assert_eq!(
        (n.remote.to_string(), n.remote_rtcp.to_string()),
        ("198.51.100.8:7000".into(), "198.51.100.9:9999".into())
    );
}

#[test]
fn other_streams_are_refused_in_their_place() {
    let text = sdp(&[
        "c=IN IP4 10.0.0.1",
        "t=0 0",
        "m=video 5002 RTP/AVP 97",
        "a=rtpmap:97 H264/90000",
        "m=audio 5000 RTP/AVP 0",
        "m=image 5004 udptl t38",
    ]);
    let (answer, _) = answer_offer(&local(), 1, &text).unwrap();
    let media: Vec<&str> = answer.lines().filter(|l| l.starts_with("m=")).collect();
    assert_eq!(media, ["m=video 0 RTP/AVP 97", "m=audio 10000 RTP/AVP 0", "m=image 0 udptl t38"]);
}

#[test]
fn srtp_keys_are_exchanged_both_ways_round() {
    for policy in [SrtpPolicy::Required, SrtpPolicy::Optional] {
        let us = secure(policy);
        let mut them = secure(SrtpPolicy::Optional);
        them.keys = SrtpKey::generate(&[9; 60]).to_vec();
        them.keys.reverse();
        let text = offer(&us, 1);
        assert_eq!(text.contains("RTP/SAVP"), policy == SrtpPolicy::Required);
        assert_eq!(text.matches("a=crypto:").count(), 2);
        let (answer, theirs) = answer_offer(&them, 1, &text).unwrap();
        let (ours, theirs) = (accept_answer(&us, &answer).unwrap().srtp.unwrap(), theirs.srtp.unwrap());
        assert_eq!((&ours.local, &ours.remote), (&theirs.remote, &theirs.local));
        assert!(!format!("{ours:?}").contains(&ours.local.to_base64()), "keys stay out of logs");
    }
}

#[test]
fn srtp_mismatches_say_what_is_wrong() {
    assert_eq!(accept_answer(&secure(SrtpPolicy::Required), &sipp()), Err(SdpError::SrtpRequired));
    assert!(accept_answer(&secure(SrtpPolicy::Optional), &sipp()).unwrap().srtp.is_none());
    let required = offer(&secure(SrtpPolicy::Required), 1);
    assert_eq!(answer_offer(&local(), 1, &required).unwrap_err(), SdpError::SrtpOff);
    assert!(answer_offer(&local(), 1, &offer(&secure(SrtpPolicy::Optional), 1)).unwrap().1.srtp.is_none());
    let base = sipp().replace("RTP/AVP", "RTP/SAVP");
    let key = secure(SrtpPolicy::Required).keys[0].to_base64();
    for (line, reason) in [
        (String::new(), "no a=crypto line"),
        ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\r\n".into(), "not 30 bytes"),
        (format!("a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n"), "tag 7 was not offered"),
        (format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4\r\n"), "MKI"),
        (format!("a=crypto:1 F8_128_HMAC_SHA1_80 inline:{key}\r\n"), "unknown suite"),
        (format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key} UNENCRYPTED_SRTP\r\n"), "session parameters"),
    ] {
        let error = accept_answer(&secure(SrtpPolicy::Required), &(base.clone() + &line)).unwrap_err().to_string();
        assert!(error.contains(reason), "{line}: {error}");
    }
    let lifetime = format!("{base}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^31\r\n");
    assert!(accept_answer(&secure(SrtpPolicy::Required), &lifetime).unwrap().srtp.is_some());
}

#[test]
fn what_cannot_work_is_told_in_words() {
    let cases = [
        (String::new(), "empty"),
        ("hello".into(), "line 1"),
        (sdp(&["t=0 0"]), "no audio"),
        (sipp().replace("6000", "0"), "port 0"),
        (sipp().replace("6000", "66000"), "line 6 is malformed: bad port"),
        (
            sipp().replace(" 0 101", " 18").replace("a=rtpmap:0 PCMU", "a=rtpmap:18 G729"),
            "they have G729, telephone-event, we have PCMU, PCMA",
        ),
        (sipp().replace("c=IN IP4 198.51.100.7\r\n", ""), "no connection address"),
        (sipp().replace("c=IN IP4 198.51.100.7", "c=IN IP4 pbx.example"), "`pbx.example` is not an IP"),
        (sipp().replace("RTP/AVP", "UDP/TLS/RTP/SAVPF"), "UDP/TLS/RTP/SAVPF"),
        (sipp().replace("a=rtpmap:0 PCMU/8000", "a=rtpmap:x"), "line 7"),
    ];
    for (text, expected) in cases {
        let error = accept_answer(&local(), &text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(answer_offer(&local(), 1, &text).is_err());
    }
}

#[test]
fn damaged_text_never_panics() {
    let sources = [sipp(), baresip(), offer(&secure(SrtpPolicy::Required), 1)];
    let mut noise = 7_u32;
    let mut random = |n: usize| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 8) as usize % n
    };
    for round in 0..6000 {
        let mut bytes = sources[round % 3].clone().into_bytes();
        for _ in 0..1 + random(6) {
            let at = random(bytes.len().max(1));
            if at >= bytes.len() {
                break;
            }
            match random(3) {
                0 => bytes[at] = b" =:/|0a\r\n9"[random(10)],
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let _ = accept_answer(&secure(SrtpPolicy::Optional), &text);
        let _ = answer_offer(&secure(SrtpPolicy::Optional), 1, &text);
    }
}
