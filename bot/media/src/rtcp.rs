//! RTCP (RFC 3550 §6): reports out and in, round-trip time, and when to send.

use crate::rtp::ReceiverStats;
use bytes::Bytes;
use rtc_rtcp::{
    Packet as RtcpPacket,
    goodbye::Goodbye,
    packet::{marshal, unmarshal},
    receiver_report::ReceiverReport,
    reception_report::ReceptionReport,
    sender_report::SenderReport,
    source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem},
};

/// Seconds from 1900 (NTP) to 1970 (Unix).
const NTP_EPOCH_S: u64 = 2_208_988_800;

/// Why a report could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RTCP packet: {0}")]
pub struct RtcpError(String);

/// What we sent, for a sender report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// RTP timestamp that belongs to the report's wall-clock time.
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// A quality report from the far end about our stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteView {
    /// Share lost since their previous report, in 1/256.
    pub fraction_lost: u8,
    pub total_lost: u32,
    /// In units of our RTP clock.
    pub jitter: u32,
    /// From our last sender report and their delay; `None` before they have one.
    pub round_trip_us: Option<u64>,
}

/// What one compound packet told us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// About our stream.
    pub view: Option<RemoteView>,
    /// They have sent a sender report.
    pub sender_report: bool,
    /// They leave the session.
    pub bye: bool,
}

/// Builds and reads the reports of one leg.
#[derive(Clone, Debug)]
pub struct RtcpSession {
    ssrc: u32,
    cname: String,
    /// Middle 32 bits of their last sender report's NTP time, and when it came (Unix µs).
    last_sr: Option<(u32, u64)>,
}

impl RtcpSession {
    /// `ssrc` is our stream's; `cname` names us without personal data, up to 255 bytes (§6.5.1).
    pub fn new(ssrc: u32, cname: &str) -> Self {
        let cname = cname.chars().take(63).collect();
        Self { ssrc, cname, last_sr: None }
    }

    /// A compound report for now: a sender report if we have sent since the last one, else a receiver
    /// report; with what we received, if anything; and our name.
    pub fn report(&self, unix_us: u64, sent: Option<Sent>, received: Option<ReceiverStats>) -> Vec<u8> {
        let reports: Vec<ReceptionReport> = received.map(|r| self.reception(r, unix_us)).into_iter().collect();
        let first: Box<dyn RtcpPacket> = match sent {
            Some(s) => Box::new(SenderReport {
                ssrc: self.ssrc,
                ntp_time: ntp(unix_us),
                rtp_time: s.rtp_timestamp,
                packet_count: s.packets,
                octet_count: s.octets,
                reports,
                ..SenderReport::default()
            }),
            None => Box::new(ReceiverReport { ssrc: self.ssrc, reports, ..ReceiverReport::default() }),
        };
        write(&[first, self.name()])
    }

    /// The last packet of the leg: an empty report, our name, BYE (§6.6).
    pub fn bye(&self) -> Vec<u8> {
        let empty = ReceiverReport { ssrc: self.ssrc, ..ReceiverReport::default() };
        write(&[Box::new(empty), self.name(), Box::new(Goodbye { sources: vec![self.ssrc], reason: Bytes::new() })])
    }

    /// Reads a compound packet that came at `unix_us`.
    pub fn handle(&mut self, packet: &[u8], unix_us: u64) -> Result<Heard, RtcpError> {
        let parts = unmarshal(&mut Bytes::copy_from_slice(packet)).map_err(|e| RtcpError(e.to_string()))?;
        let mut heard = Heard::default();
        for part in &parts {
            let any = part.as_any();
            if let Some(sr) = any.downcast_ref::<SenderReport>() {
                heard.sender_report = true;
                self.last_sr = Some((middle(sr.ntp_time), unix_us));
                heard.view = self.view(&sr.reports, unix_us).or(heard.view);
            } else if let Some(rr) = any.downcast_ref::<ReceiverReport>() {
                heard.view = self.view(&rr.reports, unix_us).or(heard.view);
            } else if any.is::<Goodbye>() {
                heard.bye = true;
            }
        }
        Ok(heard)
    }

    fn reception(&self, r: ReceiverStats, unix_us: u64) -> ReceptionReport {
        let (last_sender_report, delay) = match self.last_sr {
            Some((lsr, at)) => (lsr, to_short_ntp(unix_us.saturating_sub(at))),
            None => (0, 0),
        };
        ReceptionReport {
            ssrc: r.ssrc,
            fraction_lost: r.fraction_lost,
            // 24 bits, signed on the wire (§6.4.1): too many duplicates show as none lost.
            total_lost: r.lost.clamp(0, 0x7F_FFFF) as u32,
            last_sequence_number: r.extended_highest,
            jitter: r.jitter,
            last_sender_report,
            delay,
        }
    }

    fn view(&self, reports: &[ReceptionReport], unix_us: u64) -> Option<RemoteView> {
        let r = reports.iter().find(|r| r.ssrc == self.ssrc)?;
        // §6.4.1: now − LSR − DLSR. A clock set back makes it negative: unknown.
        let round_trip = middle(ntp(unix_us)).wrapping_sub(r.last_sender_report).wrapping_sub(r.delay);
        let known = r.last_sender_report != 0 && round_trip < 1 << 31;
        Some(RemoteView {
            fraction_lost: r.fraction_lost,
            total_lost: r.total_lost,
            jitter: r.jitter,
            round_trip_us: known.then(|| (u64::from(round_trip) * 1_000_000) >> 16),
        })
    }

    fn name(&self) -> Box<dyn RtcpPacket> {
        let item = SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: Bytes::from(self.cname.clone()) };
        Box::new(SourceDescription { chunks: vec![SourceDescriptionChunk { source: self.ssrc, items: vec![item] }] })
    }
}

/// Milliseconds until the next report: 5 s, half that for the first, spread by `random` in 0–1 over
/// half to one and a half times, with the correction of §6.3.1.
pub fn interval_ms(first: bool, random: f64) -> u32 {
    let base = if first { 2500.0 } else { 5000.0 };
    (base * (0.5 + random.clamp(0.0, 1.0)) / (std::f64::consts::E - 1.5)) as u32
}

/// A datagram on a shared port is RTCP (RFC 5761 §4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.len() >= 8 && datagram[0] >> 6 == 2 && (192..=223).contains(&datagram[1])
}

/// Unix microseconds to NTP format, 32.32 bits.
fn ntp(unix_us: u64) -> u64 {
    let fraction = ((unix_us % 1_000_000) << 32) / 1_000_000;
    ((unix_us / 1_000_000 + NTP_EPOCH_S) << 32) | fraction
}

fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// Microseconds in units of 1/65536 s.
fn to_short_ntp(us: u64) -> u32 {
    ((u128::from(us) << 16) / 1_000_000).min(u128::from(u32::MAX)) as u32
}

fn write(packets: &[Box<dyn RtcpPacket>]) -> Vec<u8> {
    // Our own packets are within every limit of the format.
    marshal(packets).map(|b| b.to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const T: u64 = 1_800_000_000_000_000;
    const SENT: Sent = Sent { rtp_timestamp: 160, packets: 10, octets: 1600 };

    fn received(ssrc: u32) -> ReceiverStats {
        ReceiverStats {
            ssrc,
            received: 90,
            lost: 10,
            extended_highest: 65_636,
            jitter: 24,
            fraction_lost: 25,
            restarts: 0,
        }
    }

    #[test]
    fn two_ends_measure_the_round_trip_and_see_each_others_loss() {
        let (mut a, mut b) = (RtcpSession::new(1, "a@warmline"), RtcpSession::new(2, "b@warmline"));
        // A reports; 30 ms later B has it; B reports after 2 s; 50 ms later A has that.
        let heard = b.handle(&a.report(T, Some(SENT), None), T + 30_000).unwrap();
        assert!(heard.sender_report && heard.view.is_none() && !heard.bye);
        let view = a.handle(&b.report(T + 2_030_000, None, Some(received(1))), T + 2_080_000).unwrap().view.unwrap();
        assert_eq!((view.fraction_lost, view.total_lost, view.jitter), (25, 10, 24));
        let rtt = view.round_trip_us.unwrap();
        assert!(rtt.abs_diff(80_000) < 100, "{rtt}");
    }

    #[test]
    fn a_report_about_somebody_else_or_before_our_first_is_no_measurement() {
        let (mut a, b) = (RtcpSession::new(1, "a"), RtcpSession::new(2, "b"));
        assert_eq!(a.handle(&b.report(T, None, Some(received(9))), T).unwrap().view, None);
        let early = a.handle(&b.report(T, None, Some(received(1))), T).unwrap().view.unwrap();
        assert_eq!(early.round_trip_us, None);
    }

    #[test]
    fn bye_is_a_valid_compound_packet() {
        let (mut a, b) = (RtcpSession::new(1, "a"), RtcpSession::new(2, "b"));
        let bye = b.bye();
        assert_eq!((bye[0] >> 6, bye[1], bye.len() % 4), (2, 201, 0), "starts with a report (§6.1)");
        assert!(a.handle(&bye, T).unwrap().bye);
        assert!(is_rtcp(&bye));
    }

    #[test]
    fn more_duplicates_than_losses_are_reported_as_no_loss() {
        let (mut a, b) = (RtcpSession::new(1, "a"), RtcpSession::new(2, "b"));
        let stats = ReceiverStats { lost: -5, ..received(1) };
        assert_eq!(a.handle(&b.report(T, None, Some(stats)), T).unwrap().view.unwrap().total_lost, 0);
    }

    #[test]
    fn the_interval_is_spread_around_five_seconds() {
        assert_eq!((interval_ms(false, 0.0), interval_ms(false, 1.0)), (2052, 6156));
        assert_eq!(interval_ms(true, 0.5), 2052);
    }

    #[test]
    fn damaged_packets_are_errors_and_never_panics() {
        let mut a = RtcpSession::new(1, "a");
        let good = RtcpSession::new(2, "b").report(T, Some(SENT), Some(received(1)));
        for len in 0..good.len() {
            let _ = a.handle(&good[..len], T);
        }
        assert!(a.handle(&[0x16; 30], T).is_err());
        let (mut noise, mut p) = (1_u32, good.clone());
        for _ in 0..20_000 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (noise >> 16) as usize % p.len();
            p[at] = (noise >> 8) as u8;
            let _ = a.handle(&p, T);
            if noise.is_multiple_of(16) {
                p.clone_from(&good);
            }
        }
    }
}
