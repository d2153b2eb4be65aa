//! The receiver against streams as networks and gateways deliver them.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::codec::Codec;

fn sender(ssrc: u32, sequence: u16) -> RtpSender {
    RtpSender::new(StreamStart { ssrc, sequence, timestamp: u32::MAX - 1000 }, Codec::Pcmu, 0)
}

fn receiver() -> RtpReceiver {
    RtpReceiver::new(vec![(0, Codec::Pcmu), (8, Codec::Pcma)], vec![101])
}

#[test]
fn sequence_numbers_grow_over_the_wrap() {
    let (mut s, mut r) = (sender(1, 65_533), receiver());
    let got: Vec<u64> = (0..6).map(|i| r.receive(&s.packet(&[0xFF; 160]), i * 20_000).unwrap().sequence).collect();
    assert_eq!(got, (65_536 + 65_533..65_536 + 65_539).collect::<Vec<_>>());
    let stats = r.stats();
    assert_eq!((stats.received, stats.lost, stats.jitter, stats.ssrc), (6, 0, 0, 1));
}

#[test]
fn loss_and_reordering_are_counted_as_rfc_3550_says() {
    let (mut s, mut r) = (sender(1, 65_500), receiver());
    let mut packets: Vec<_> = (0..100).map(|_| s.packet(&[0xFF; 160])).collect();
    packets.swap(40, 41);
    for (i, p) in packets.iter().enumerate().filter(|(i, _)| i % 10 != 5) {
        r.receive(p, i as u64 * 20_000).unwrap();
    }
    let first = r.take_interval();
    assert_eq!((first.received, first.lost, first.fraction_lost), (90, 10, 25));
    assert_eq!(r.stats().fraction_lost, 0, "a new interval has begun");
    assert_eq!(first.extended_highest, 65_536 + 65_599);
}

#[test]
fn jitter_follows_the_formula() {
    // Every second packet 5 ms late: |D| is always 40 units, and the estimate tends to it.
    let (mut s, mut r) = (sender(1, 0), receiver());
    for i in 0..400 {
        r.receive(&s.packet(&[0xFF; 160]), i * 20_000 + (i % 2) * 5_000).unwrap();
    }
    assert!((38..=40).contains(&r.stats().jitter), "{}", r.stats().jitter);
}

#[test]
fn one_stray_packet_is_dropped_and_a_restart_is_followed() {
    let (mut s, mut r) = (sender(1, 100), receiver());
    r.receive(&s.packet(&[0xFF; 160]), 0).unwrap();
    let mut again = sender(1, 40_000);
    assert_eq!(r.receive(&again.packet(&[0xFF; 160]), 1), Err(Discard::Jump));
    assert!(r.receive(&s.packet(&[0xFF; 160]), 2).is_ok());
    assert_eq!(r.receive(&again.packet(&[0xFF; 160]), 3), Err(Discard::Jump));
    assert!(r.receive(&again.packet(&[0xFF; 160]), 4).is_ok());
    assert_eq!(r.stats().restarts, 1);
}

#[test]
fn another_source_takes_over_after_two_packets_but_its_keys_count_at_once() {
    let (mut a, mut b, mut r) = (sender(1, 100), sender(2, 9), receiver());
    r.receive(&a.packet(&[0xFF; 160]), 0).unwrap();
    b.start_event(crate::dtmf::Key::from_char('4').unwrap(), 101, 8000, 60);
    let event = r.receive(&b.poll_event().unwrap(), 1).unwrap();
    assert_eq!((event.kind, event.ssrc), (PayloadKind::Event, 2));
    assert_eq!(r.stats().ssrc, 1, "keys alone do not take the stream over");
    let mut c = sender(3, 500);
    assert_eq!(r.receive(&c.packet(&[0xFF; 160]), 2), Err(Discard::OtherSource));
    let highest = r.receive(&a.packet(&[0xFF; 160]), 2).unwrap().sequence;
    assert!(r.receive(&c.packet(&[0xFF; 160]), 3).unwrap().sequence > highest);
    assert_eq!((r.stats().ssrc, r.stats().restarts), (3, 1));
}

#[test]
fn what_is_not_ours_is_refused_by_name() {
    let mut r = receiver();
    let good = sender(1, 1).packet(&[0xFF; 160]);
    assert!(r.recognises(&good) && !r.recognises(&good[..11]));
    assert_eq!(r.receive(&good[..11], 0), Err(Discard::NotRtp));
    assert_eq!(r.receive(&[0x16; 40], 0), Err(Discard::NotRtp), "version 0: DTLS or noise");
    let mut rtcp = good.clone();
    rtcp[1] = 200;
    assert_eq!(r.receive(&rtcp, 0), Err(Discard::NotRtp));
    let mut other = good.clone();
    other[1] = 96;
    assert_eq!(r.receive(&other, 0), Err(Discard::UnknownPayloadType(96)));
    other[1] = 13;
    assert_eq!(r.receive(&other, 0).unwrap().kind, PayloadKind::ComfortNoise);
}

#[test]
fn padding_extensions_and_sources_are_stripped_and_damage_never_panics() {
    let mut r = receiver();
    // Two contributing sources, a one-byte extension, four bytes of padding.
    let mut p = vec![0x80 | 0x20 | 0x10 | 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
    p.extend([0; 8]);
    p.extend([0xBE, 0xDE, 0, 1, 0x10, 0x7F, 0, 0]);
    p.extend([0x55; 160]);
    p.extend([0, 0, 0, 4]);
    assert_eq!(r.receive(&p, 0).unwrap().payload.as_ref(), [0x55; 160]);
    for len in 0..p.len() {
        let _ = r.receive(&p[..len], 0);
    }
    let mut noise = 1_u32;
    for _ in 0..20_000 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let at = (noise >> 16) as usize % p.len();
        p[at] = (noise >> 8) as u8;
        p[0] = 0x80 | p[0] & 0x3F;
        let _ = r.receive(&p, 0);
    }
}
