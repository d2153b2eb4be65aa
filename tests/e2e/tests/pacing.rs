//! Thirty seconds of RTP as it lies on the wire: nothing missing, nothing out of order, no drift.

#![allow(clippy::unwrap_used)]

use std::time::Duration;
use warmline_e2e::capture::{Capture, Packet};
use warmline_e2e::carrier::Carrier;
use warmline_e2e::config::Site;
use warmline_e2e::process::Process;

/// Somebody who listens and says nothing.
const PEOPLE: &str = "
[[person]]
number = \"9001\"
name = \"listens and counts packets\"
ring_ms = 0
behaviour.listener = {}
";

/// Speaks, then waits in silence, thirty seconds in all.
const TEMPLATE: &str = "
template: takes-its-time
language: en
voice: flite:slt
variables: { company: text, phone: phone }
identification:
  company: \"{{company}}\"
  callback_number: \"{{phone}}\"
  statement: \"This is the automated assistant of {{company}}.\"
  opt_out: \"To stop these calls, say stop calling.\"
entry: { person: read, machine_with_beep: read, machine_without_beep: read }
limits: { seconds: { most: 28, goto: farewell } }
intents:
  confirm: { phrases: [yes I am here, I am still here] }
steps:
  read:
    type: say
    prompt: \"{{identification}} {{opt_out}} The north wind and the sun disputed which was the stronger.\"
    next: wait
  wait:
    type: ask
    prompt: \"Take your time.\"
    timeout_ms: 30000
    answers: { confirm: farewell }
  farewell:
    type: end
    prompt: \"We have waited long enough. Goodbye.\"
";

/// Microseconds of a packet.
const PACKET_US: i64 = 20_000;
/// Packets at either end among which the one that was sent most in time is taken.
const WINDOW: usize = 50;
/// An interval of this length is the machine's doing.
const STALL_MS: f64 = 100.0;

/// The packets of a thirty-second call, or why they cannot be seen.
fn captured() -> Result<Vec<Packet>, String> {
    let dir = tempfile::tempdir().unwrap();
    let people = dir.path().join("people.toml");
    std::fs::write(&people, PEOPLE).unwrap();
    let carrier = Carrier::start_with(&people, dir.path(), &[]);
    let mut site = Site::new(carrier.address());
    // The far end sends nothing, which is no fault here.
    site.set("media.timeout_s", 60u16);
    let capture = Capture::start(site.rtp_ports(), dir.path())?;
    let template = site.file("takes-its-time.yaml", TEMPLATE);
    let set = ["--set", "company=Green Dental", "--set", "phone=+1 555 010 2030"];
    let mut command = site.warmline(&[&["call", "9001", "--template", template.to_str().unwrap()][..], &set].concat());
    let mut caller = Process::start(&mut command, &site.dir().join("call.log"));
    let status = caller.wait(Duration::from_secs(150));
    assert!(status.success() && caller.output().contains("answered"), "{}", caller.output());
    let packets = capture.stop();
    let calls = carrier.stop();
    let seen = &calls[0].rest["rtp"];
    assert_eq!((seen["lost"].as_u64(), seen["reordered"].as_u64()), (Some(0), Some(0)), "what the far end saw: {seen}");
    let (first, last) = site.rtp_ports();
    Ok(packets.into_iter().filter(|packet| (first..=last).contains(&packet.from)).collect())
}

/// How much later than 20 ms a packet was asked for the end of the call went out than its start, in microseconds.
///
/// One late wake-up of a busy machine is no drift: of each end the packet counts that was most in time.
fn drift_us(packets: &[Packet]) -> i64 {
    let lateness = |(n, packet): (usize, &Packet)| packet.at_us as i64 - n as i64 * PACKET_US;
    let late: Vec<i64> = packets.iter().enumerate().map(lateness).collect();
    let earliest = |of: &[i64]| of.iter().copied().min().unwrap();
    earliest(&late[late.len() - WINDOW..]) - earliest(&late[..WINDOW])
}

/// Times between packets in milliseconds, sorted.
fn intervals_ms(packets: &[Packet]) -> Vec<f64> {
    let between = |pair: &[Packet]| (pair[1].at_us as f64 - pair[0].at_us as f64) / 1000.0;
    let mut all: Vec<f64> = packets.windows(2).map(between).collect();
    all.sort_by(f64::total_cmp);
    all
}

/// The packets of a call during which the machine itself kept going.
///
/// After a stall of more than five packets what is late is left out, as it should be, and the call says
/// nothing about pacing. A busy machine gets two more chances; the last call counts whatever it was.
fn steady() -> Result<Vec<Packet>, String> {
    for _ in 0..2 {
        let packets = captured()?;
        match intervals_ms(&packets).last() {
            Some(longest) if *longest >= STALL_MS => println!("the machine stalled for {longest:.0} ms; once more"),
            _ => return Ok(packets),
        }
    }
    captured()
}

#[test]
fn thirty_seconds_without_gap_reordering_or_drift() {
    let packets = match steady() {
        Ok(packets) => packets,
        Err(why) => return println!("SKIPPED: this user may not capture on loopback: {}", why.trim()),
    };
    assert!(packets.len() > 1400, "only {} packets in thirty seconds", packets.len());
    for (n, pair) in packets.windows(2).enumerate() {
        let [before, after] = [pair[0], pair[1]];
        assert_eq!((after.ssrc, after.payload_type), (before.ssrc, before.payload_type), "packet {n}");
        assert_eq!(after.sequence.wrapping_sub(before.sequence), 1, "gap or reordering after packet {n}: {pair:?}");
        assert_eq!(after.timestamp.wrapping_sub(before.timestamp), 160, "timestamps after packet {n}: {pair:?}");
    }
    let (drift_us, intervals) = (drift_us(&packets), intervals_ms(&packets));
    let at = |share: f64| intervals[(intervals.len() as f64 * share) as usize];
    println!(
        "benchmark: {} packets, inter-arrival p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms, drift {:.2} ms",
        packets.len(),
        at(0.5),
        at(0.99),
        intervals[intervals.len() - 1],
        drift_us as f64 / 1000.0,
    );
    assert!(drift_us.abs() <= 40_000, "{drift_us} µs of drift");
    assert!((at(0.5) - 20.0).abs() < 1.0, "the middle interval is {} ms", at(0.5));
}
