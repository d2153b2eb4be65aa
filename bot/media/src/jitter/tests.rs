//! A sender and a network in virtual time, and what comes out of the buffer.

use super::*;
use crate::{codec::Encoder, mix::rms, tones::generate::babble};
use bytes::Bytes;
use rand::{Rng, SeedableRng, rngs::StdRng};

/// One packet of a trace: when it arrives and what it is.
struct Sent {
    arrival_us: u64,
    packet: RtpPacket,
}

/// Packets of `pcm`, one per 20 ms of the sender's clock, which runs `drift_ppm` fast, each delayed by `delay`.
fn stream(codec: Codec, pcm: &[i16], drift_ppm: i64, mut delay_us: impl FnMut(u64) -> Option<u64>) -> Vec<Sent> {
    let mut encoder = Encoder::new(codec);
    let mut sent = Vec::new();
    for (n, frame) in pcm.as_chunks::<FRAME_SAMPLES>().0.iter().enumerate() {
        let n = n as u64;
        let payload = encoder.encode(frame).expect("encodes");
        let Some(delay_us) = delay_us(n) else { continue };
        let departure = (1_000_000 + n * 20_000).saturating_add_signed(-(n as i64 * drift_ppm / 50));
        let packet = RtpPacket {
            kind: PayloadKind::Audio(codec),
            ssrc: 77,
            sequence: 65_536 + n,
            timestamp: (u32::MAX - 50_000).wrapping_add(n as u32 * codec.timestamp_step()),
            marker: n == 0,
            payload: Bytes::from(payload),
        };
        sent.push(Sent { arrival_us: departure + delay_us, packet });
    }
    sent.sort_by_key(|s| s.arrival_us);
    sent
}

struct Played {
    pcm: Vec<i16>,
    kinds: Vec<FrameKind>,
    stats: JitterStats,
    /// Playout delay at every tick, milliseconds.
    delays: Vec<u32>,
}

/// Runs the ticks over a trace until `ticks` frames came out; the first tick is at 1.007 s.
fn play(sent: &[Sent], ticks: u64) -> Played {
    let mut buffer = JitterBuffer::new(JitterConfig::default());
    let mut played = Played { pcm: Vec::new(), kinds: Vec::new(), stats: JitterStats::default(), delays: Vec::new() };
    let mut next = 0;
    for tick in 0..ticks {
        let now = 1_007_000 + tick * 20_000;
        while next < sent.len() && sent[next].arrival_us <= now {
            buffer.push(&sent[next].packet, sent[next].arrival_us);
            next += 1;
        }
        let (frame, kind) = buffer.pull(now);
        played.pcm.extend_from_slice(&frame);
        played.kinds.push(kind);
        played.delays.push(buffer.stats().delay_ms);
    }
    played.stats = buffer.stats();
    played
}

fn voice(seconds: u32) -> Vec<i16> {
    babble(seconds * 1000, 5, -14.0)
}

fn concealed_share(p: &Played) -> f64 {
    p.stats.concealed as f64 / p.kinds.len() as f64
}

#[test]
fn a_clean_network_plays_every_sample_once_and_settles_at_one_frame_of_delay() {
    let pcm = voice(20);
    let p = play(&stream(Codec::Pcmu, &pcm, 0, |_| Some(5_000)), 1000);
    assert_eq!(p.stats.late + p.stats.duplicates + p.stats.undecodable, 0);
    assert_eq!(p.stats.received, 1000);
    assert_eq!(p.stats.target_ms, 20);
    assert!(p.stats.concealed <= 1, "{:?}", p.stats);
    assert!(*p.delays.last().unwrap_or(&99) <= 45, "{:?}", p.stats);
    // Until the buffer first shrinks, what comes out is exactly what was sent.
    let mut encoder = Encoder::new(Codec::Pcmu);
    let mut decoder = Decoder::new(Codec::Pcmu);
    let first = encoder.encode(&pcm.as_chunks().0[10]).expect("encodes");
    let frame = decoder.decode(&first).expect("decodes");
    assert!(p.pcm.windows(160).any(|w| w == frame));
}

#[test]
fn random_jitter_is_absorbed_with_few_concealed_frames() {
    for (jitter_ms, most) in [(10_u64, 0.01), (30, 0.015), (60, 0.02)] {
        let mut rng = StdRng::seed_from_u64(jitter_ms);
        let sent = stream(Codec::Pcma, &voice(60), 0, |_| Some(20_000 + rng.random_range(0..jitter_ms * 1000)));
        let p = play(&sent, 3000);
        assert!(concealed_share(&p) < most, "{jitter_ms} ms: {:?}", p.stats);
        assert!(u64::from(p.stats.target_ms) <= jitter_ms + 40, "{jitter_ms} ms: {:?}", p.stats);
        assert!(p.stats.late < 60, "{:?}", p.stats);
    }
}

#[test]
fn reordered_packets_are_put_right() {
    let pcm = voice(10);
    let sent = stream(Codec::Pcmu, &pcm, 0, |n| Some(if n % 10 == 3 { 25_000 } else { 2_000 }));
    let p = play(&sent, 500);
    assert!(p.stats.reordered >= 49, "{:?}", p.stats);
    assert!(p.stats.late <= 1 && p.stats.concealed <= 3, "{:?}", p.stats);
}

#[test]
fn loss_is_concealed_frame_for_frame_and_the_rest_keeps_its_place() {
    let pcm = voice(30);
    let sent = stream(Codec::Pcmu, &pcm, 0, |n| (n % 20 != 7).then_some(3_000));
    let p = play(&sent, 1500);
    assert_eq!(p.stats.received, 1425);
    assert!((70..=85).contains(&p.stats.concealed), "{:?}", p.stats);
    assert_eq!(p.stats.late, 0);
    let audible = p.kinds.iter().filter(|k| **k != FrameKind::Silence).count();
    assert!(audible > 1490, "no hole is left silent: {audible}");
}

#[test]
fn a_burst_loss_fades_and_comes_back() {
    let pcm = voice(10);
    let sent = stream(Codec::G722, &pcm, 0, |n| (!(200..225).contains(&n)).then_some(3_000));
    let p = play(&sent, 500);
    let hole = &p.kinds[205..222];
    assert!(hole.contains(&FrameKind::Silence));
    assert!(p.kinds[235..].iter().filter(|k| **k != FrameKind::Audio).count() <= 2, "{:?}", p.stats);
}

#[test]
fn duplicates_are_counted_and_change_nothing() {
    let pcm = voice(5);
    let mut sent = Vec::new();
    for s in stream(Codec::Pcmu, &pcm, 0, |_| Some(3_000)) {
        let again = Sent { arrival_us: s.arrival_us + 30_000, packet: s.packet.clone() };
        sent.extend([s, again]);
    }
    sent.sort_by_key(|s| s.arrival_us);
    let p = play(&sent, 240);
    let clean = play(&stream(Codec::Pcmu, &pcm, 0, |_| Some(3_000)), 240);
    assert!((237..=240).contains(&p.stats.duplicates), "{:?}", p.stats);
    assert_eq!(p.stats.late, 0);
    assert_eq!(p.pcm, clean.pcm);
}

#[test]
fn a_stall_of_the_network_loses_no_word_and_the_delay_comes_down_again() {
    // Half a second of nothing, then all of it at once.
    let pcm = voice(20);
    let sent = stream(Codec::Pcmu, &pcm, 0, |n| Some(if (300..325).contains(&n) { (325 - n) * 20_000 } else { 2_000 }));
    let p = play(&sent, 1000);
    assert!(p.stats.late <= 1, "{:?}", p.stats);
    let peak = p.delays[320..345].iter().max().copied().unwrap_or(0);
    assert!(peak > 300, "the burst is played, late: {peak} ms");
    let settled = p.delays.last().copied().unwrap_or(999);
    assert!(settled < 120, "{settled} ms, {:?}", p.stats);
}

#[test]
fn clock_drift_is_absorbed_both_ways() {
    for drift_ppm in [-1000, -200, 200, 1000] {
        let sent = stream(Codec::Pcmu, &voice(120), drift_ppm, |_| Some(5_000));
        let p = play(&sent, 5900);
        assert!(p.stats.late <= 2, "{drift_ppm}: {:?}", p.stats);
        assert!(concealed_share(&p) < 0.004, "{drift_ppm}: {:?}", p.stats);
        let settled = p.delays[5000..].iter().max().copied().unwrap_or(999);
        assert!(settled <= 80, "{drift_ppm}: {settled} ms {:?}", p.stats);
    }
}

#[test]
fn silence_suppression_is_silence_and_the_next_words_are_whole() {
    let pcm = voice(10);
    let sent = stream(Codec::Pcmu, &pcm, 0, |n| (!(100..250).contains(&n)).then_some(4_000));
    let p = play(&sent, 500);
    assert_eq!(p.stats.late, 0, "{:?}", p.stats);
    let gap = p.kinds[110..240].iter().filter(|k| **k == FrameKind::Silence).count();
    assert_eq!(gap, 130);
    assert!(p.kinds[256..].iter().filter(|k| **k != FrameKind::Audio).count() <= 2, "{:?}", p.stats);
    assert_eq!(p.stats.resyncs, 0);
}

#[test]
fn a_new_source_or_a_jump_of_timestamps_starts_over_at_once() {
    let pcm = voice(10);
    for change in ["source", "timestamps"] {
        let mut sent = stream(Codec::Pcmu, &pcm, 0, |_| Some(4_000));
        for s in &mut sent[250..] {
            match change {
                "source" => (s.packet.ssrc, s.packet.timestamp) = (78, s.packet.timestamp.wrapping_mul(3)),
                _ => s.packet.timestamp = s.packet.timestamp.wrapping_add(1_000_000),
            }
        }
        if change == "source" {
            let base = sent[250].packet.timestamp;
            for (i, s) in sent[250..].iter_mut().enumerate() {
                s.packet.timestamp = base.wrapping_add(i as u32 * 160);
            }
        }
        let p = play(&sent, 500);
        assert_eq!(p.stats.resyncs, 1, "{change}: {:?}", p.stats);
        let missing = p.kinds[245..].iter().filter(|k| **k != FrameKind::Audio).count();
        assert!(missing <= 5, "{change}: {missing} frames lost, {:?}", p.stats);
    }
}

#[test]
fn a_slower_route_is_followed() {
    let sent = stream(Codec::Pcmu, &voice(40), 0, |n| Some(if n < 500 { 5_000 } else { 405_000 }));
    let p = play(&sent, 1950);
    assert!(p.stats.resyncs == 1 && p.stats.late == 0, "{:?}", p.stats);
    assert!(p.kinds[600..].iter().filter(|k| **k != FrameKind::Audio).count() < 20, "{:?}", p.stats);
}

#[test]
fn opus_positions_follow_its_48_khz_clock() {
    let pcm = voice(10);
    let p = play(&stream(Codec::Opus, &pcm, 0, |_| Some(4_000)), 500);
    assert!(p.stats.late == 0 && p.stats.concealed <= 1, "{:?}", p.stats);
    let level = rms(&p.pcm) / rms(&pcm);
    assert!((0.8..1.2).contains(&level), "{level}");
}

#[test]
fn packets_of_10_and_30_ms_play_as_well_as_those_of_20() {
    for samples in [80_usize, 240] {
        let mut buffer = JitterBuffer::new(JitterConfig::default());
        let (mut sent, mut audio) = (0_u64, 0);
        for tick in 0..500_u64 {
            let now = 1_000_000 + tick * 20_000;
            while 1_000_000 + sent * samples as u64 * 125 <= now {
                let packet = RtpPacket {
                    kind: PayloadKind::Audio(Codec::Pcmu),
                    ssrc: 1,
                    sequence: sent,
                    timestamp: sent as u32 * samples as u32,
                    marker: false,
                    payload: Bytes::from(vec![0x40; samples]),
                };
                buffer.push(&packet, 1_000_000 + sent * samples as u64 * 125);
                sent += 1;
            }
            audio += u64::from(buffer.pull(now).1 == FrameKind::Audio);
        }
        assert!(audio > 490, "{samples}: {:?}", buffer.stats());
    }
}

#[test]
fn any_trace_gives_a_frame_per_tick_and_never_panics() {
    let mut rng = StdRng::seed_from_u64(42);
    for round in 0..60 {
        let mut buffer = JitterBuffer::new(JitterConfig::default());
        let mut now = 0_u64;
        for _ in 0..300 {
            for _ in 0..rng.random_range(0..4) {
                let codec = if rng.random_ratio(1, 50) { Codec::Opus } else { Codec::Pcmu };
                let packet = RtpPacket {
                    kind: PayloadKind::Audio(codec),
                    ssrc: u32::from(rng.random_ratio(1, 40)),
                    sequence: rng.random_range(0..400),
                    timestamp: rng.random_range(0..if round % 2 == 0 { 60_000 } else { u32::MAX }),
                    marker: rng.random(),
                    payload: Bytes::from(vec![rng.random(); rng.random_range(0..400)]),
                };
                buffer.push(&packet, now + rng.random_range(0..20_000));
            }
            now += 20_000;
            buffer.pull(now);
        }
        assert!(buffer.buffered_ms() < 40_000);
    }
}
