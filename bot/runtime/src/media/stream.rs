//! The state of one leg's two RTP streams, without sockets: what to send at a tick, what a datagram
//! means.

use super::playback::{Frame, Playback, Progress};
use super::recorder::RecordingTrack;
use super::session::{FarAudio, MediaEvent, PeerLink};
use std::collections::VecDeque;
use std::net::SocketAddr;
use warmline_media::SILENCE;
use warmline_media::codec::Encoder;
use warmline_media::dtmf::{EventReceiver, InbandDetector, Key};
use warmline_media::jitter::{JitterBuffer, JitterConfig};
use warmline_media::latch::{Latch, SymmetricLatch};
use warmline_media::rtcp::{self, RtcpSession, Sent};
use warmline_media::rtp::{PayloadKind, RtpReceiver, RtpSender, StreamStart};
use warmline_media::sdp::{Negotiated, SrtpKeys};
use warmline_media::srtp::{SrtpError, SrtpReceiver, SrtpSender};
use warmline_media::tones::{BeepDetector, ProgressDetector};

/// Length of a key that we send.
const KEY_MS: u16 = 120;

/// Milliseconds after the answer in which a voicemail beep is listened for.
const BEEP_UNTIL_MS: u32 = 60_000;

/// Everything a tick gives.
#[derive(Default)]
pub(super) struct Ticked {
    pub(super) packet: Option<(Vec<u8>, SocketAddr)>,
    pub(super) audio: Option<FarAudio>,
    pub(super) progress: Vec<Progress>,
    pub(super) events: Vec<MediaEvent>,
}

pub(super) struct Stream {
    start: StreamStart,
    unix_zero_us: u64,
    sending: Option<Sending>,
    receiver: RtpReceiver,
    jitter: JitterBuffer,
    events: EventReceiver,
    inband: InbandDetector,
    progress: ProgressDetector,
    beep: BeepDetector,
    pub(super) playback: Playback,
    pub(super) link: Option<PeerLink>,
    pub(super) track: Option<RecordingTrack>,
    pub(super) told_silent: bool,
    keys: VecDeque<Key>,
    /// Frames since the answer; `None` before it.
    frames: Option<u32>,
    /// When the last valid packet came, or counting began.
    heard_us: u64,
    /// Keys came as RFC 4733 events: the same keys in the audio are echoes.
    events_seen: bool,
}

struct Sending {
    rtp: RtpSender,
    encoder: Encoder,
    negotiated: Negotiated,
    latch: SymmetricLatch,
    protect: Option<(SrtpSender, SrtpReceiver)>,
    rtcp: RtcpSession,
    report_due_us: u64,
    reported_packets: u32,
}

impl Stream {
    /// `unix_zero_us`: Unix time of the media clock's zero, for reports.
    pub(super) fn new(start: StreamStart, unix_zero_us: u64) -> Self {
        Self {
            start,
            unix_zero_us,
            sending: None,
            receiver: RtpReceiver::new(Vec::new(), Vec::new()),
            jitter: JitterBuffer::new(JitterConfig::default()),
            events: EventReceiver::default(),
            inband: InbandDetector::new(),
            progress: ProgressDetector::new(),
            beep: BeepDetector::new(),
            playback: Playback::default(),
            link: None,
            track: None,
            told_silent: false,
            keys: VecDeque::new(),
            frames: None,
            heard_us: 0,
            events_seen: false,
        }
    }

    /// Use a negotiated session, the first or a changed one.
    pub(super) fn connect(&mut self, negotiated: &Negotiated, now_us: u64) -> Result<(), SrtpError> {
        self.receiver.set_payload_types(negotiated.receive.clone(), negotiated.receive_dtmf.clone());
        self.heard_us = now_us;
        self.told_silent = false;
        let changed_keys = self.sending.as_ref().is_none_or(|s| s.negotiated.srtp != negotiated.srtp);
        let protect = match (&negotiated.srtp, changed_keys) {
            (Some(keys), true) => Some(contexts(keys)?),
            (Some(_), false) => self.sending.as_mut().and_then(|s| s.protect.take()),
            (None, _) => None,
        };
        match &mut self.sending {
            Some(sending) => {
                if sending.negotiated.codec != negotiated.codec
                    || sending.negotiated.payload_type != negotiated.payload_type
                {
                    sending.encoder = Encoder::new(negotiated.codec);
                    sending.rtp.set_format(negotiated.codec, negotiated.payload_type);
                }
                sending.latch.signal(negotiated.remote);
                sending.protect = protect;
                sending.negotiated = negotiated.clone();
            }
            None => {
                self.sending = Some(Sending {
                    rtp: RtpSender::new(self.start, negotiated.codec, negotiated.payload_type),
                    encoder: Encoder::new(negotiated.codec),
                    latch: SymmetricLatch::new(negotiated.remote),
                    negotiated: negotiated.clone(),
                    protect,
                    rtcp: RtcpSession::new(self.start.ssrc, &format!("{:08x}@warmline", self.start.ssrc)),
                    report_due_us: now_us + interval_us(true, self.start.ssrc),
                    reported_packets: 0,
                });
            }
        }
        Ok(())
    }

    /// The call was answered.
    pub(super) fn start(&mut self) {
        self.frames = Some(0);
    }

    /// Milliseconds since the answer.
    pub(super) fn clock_ms(&self) -> u32 {
        self.frames.unwrap_or(0) * warmline_media::FRAME_MS
    }

    pub(super) fn send_key(&mut self, key: Key) {
        self.keys.push_back(key);
    }

    /// Ticks that can no longer be sent.
    pub(super) fn skip(&mut self, ticks: u32) {
        if let Some(sending) = &mut self.sending {
            sending.rtp.silence(ticks);
        }
        if let Some(frames) = &mut self.frames {
            *frames += ticks;
        }
    }

    /// Time without a packet that should have come. On hold nothing should.
    pub(super) fn silent_for(&self, now_us: u64) -> u64 {
        match &self.sending {
            Some(sending) if sending.negotiated.direction.receives() && self.frames.is_some() => {
                now_us.saturating_sub(self.heard_us)
            }
            _ => 0,
        }
    }

    /// One datagram from the RTP socket.
    pub(super) fn receive(&mut self, datagram: &[u8], from: SocketAddr, now_us: u64) -> Option<Key> {
        let sending = self.sending.as_mut()?;
        let opened;
        let plain = match &mut sending.protect {
            Some((_, receiver)) => {
                opened = receiver.unprotect_rtp(datagram).ok()?;
                opened.as_slice()
            }
            None => datagram,
        };
        // A stranger's packets must not disturb the stream: recognise, then believe the address, then use.
        if !self.receiver.recognises(plain) || sending.latch.handle(from, now_us) == Latch::Reject {
            return None;
        }
        let packet = self.receiver.receive(plain, now_us).ok()?;
        self.heard_us = now_us;
        self.told_silent = false;
        if packet.kind == PayloadKind::Event {
            self.events_seen = true;
            return self.events.handle(&packet);
        }
        self.jitter.push(&packet, now_us);
        None
    }

    pub(super) fn receive_rtcp(&mut self, datagram: &[u8], now_us: u64) {
        let Some(sending) = &mut self.sending else { return };
        let plain = match &mut sending.protect {
            Some((_, receiver)) => receiver.unprotect_rtcp(datagram).ok(),
            None => Some(datagram.to_vec()),
        };
        // What cannot be read is not ours to answer.
        if let Some(Ok(heard)) = plain.map(|plain| sending.rtcp.handle(&plain, self.unix_zero_us + now_us))
            && let Some(view) = heard.view
        {
            tracing::trace!(?view, "how the far end receives us");
        }
    }

    /// One 20 ms step.
    pub(super) fn tick(&mut self, now_us: u64) -> Ticked {
        let mut ticked = Ticked::default();
        let (heard, _) = self.jitter.pull(now_us);
        match self.frames {
            None => ticked.events.extend(self.progress.push(&heard).map(MediaEvent::Tone)),
            Some(index) => {
                self.analyse(&heard, index, &mut ticked);
                ticked.audio = Some(FarAudio { index, frame: heard });
            }
        }
        let said = self.next_said(&heard, &mut ticked);
        ticked.packet = self.packet(&said);
        if let Some(index) = self.frames {
            if let Some(track) = &mut self.track {
                track.frame(index, &said, &heard);
            }
            self.frames = Some(index + 1);
        }
        ticked
    }

    fn analyse(&mut self, heard: &Frame, index: u32, ticked: &mut Ticked) {
        let at = (index + 1) * warmline_media::FRAME_MS;
        // Machines beep once, early; the detector's work is saved for the rest of the call.
        if at <= BEEP_UNTIL_MS && self.beep.push(heard).is_some() {
            ticked.events.push(MediaEvent::Beep { at });
        }
        let keys = self.inband.push(heard);
        if !self.events_seen {
            ticked.events.extend(keys.into_iter().map(|key| MediaEvent::Key(key.as_char())));
        }
    }

    /// What goes out now: a prompt, else the other leg's voice, else silence.
    fn next_said(&mut self, heard: &Frame, ticked: &mut Ticked) -> Frame {
        let mut said = SILENCE;
        if let Some(link) = &mut self.link {
            link.to_peer.try_send(*heard).ok();
            said = link.from_peer.try_recv().unwrap_or(SILENCE);
        }
        let playable = self.frames.is_some() && self.sending.as_ref().is_some_and(|s| s.negotiated.direction.sends());
        if playable && let Some(prompt) = self.playback.next_frame(&mut ticked.progress) {
            said = prompt;
        }
        said
    }

    fn packet(&mut self, said: &Frame) -> Option<(Vec<u8>, SocketAddr)> {
        let sending = self.sending.as_mut()?;
        if !sending.negotiated.direction.sends() {
            sending.rtp.silence(1);
            return None;
        }
        if !sending.rtp.event_active()
            && let (Some((payload_type, clock_hz)), Some(key)) = (sending.negotiated.dtmf, self.keys.pop_front())
        {
            sending.rtp.start_event(key, payload_type, clock_hz, KEY_MS);
        }
        let packet = match sending.rtp.poll_event() {
            Some(event) => event,
            None => {
                let payload = sending.encoder.encode(said).ok()?;
                sending.rtp.packet(&payload)
            }
        };
        let packet = match &mut sending.protect {
            Some((sender, _)) => sender.protect_rtp(&packet).ok()?,
            None => packet,
        };
        Some((packet, sending.latch.remote()))
    }

    /// A report that is due now (RFC 3550 §6.2).
    pub(super) fn poll_rtcp(&mut self, now_us: u64) -> Option<(Vec<u8>, SocketAddr)> {
        let sending = self.sending.as_mut()?;
        if now_us < sending.report_due_us {
            return None;
        }
        let (packets, octets) = sending.rtp.counts();
        sending.report_due_us = now_us + interval_us(false, packets ^ self.start.ssrc);
        let sent = (packets != sending.reported_packets).then(|| Sent {
            rtp_timestamp: sending.rtp.timestamp(),
            packets,
            octets,
        });
        sending.reported_packets = packets;
        let received = self.receiver.take_interval();
        let received = (received.received > 0).then_some(received);
        let report = sending.rtcp.report(self.unix_zero_us + now_us, sent, received);
        sending.protected(report)
    }

    /// The last report, which says goodbye.
    pub(super) fn goodbye(&mut self) -> Option<(Vec<u8>, SocketAddr)> {
        let sending = self.sending.as_mut()?;
        let report = sending.rtcp.bye();
        sending.protected(report)
    }
}

/// Time to the next report, spread by a number that differs from leg to leg and report to report.
fn interval_us(first: bool, spread: u32) -> u64 {
    let random = f64::from(spread.wrapping_mul(0x9e37_79b9)) / f64::from(u32::MAX);
    u64::from(rtcp::interval_ms(first, random)) * 1000
}

impl Sending {
    fn protected(&mut self, report: Vec<u8>) -> Option<(Vec<u8>, SocketAddr)> {
        let report = match &mut self.protect {
            Some((sender, _)) => sender.protect_rtcp(&report).ok()?,
            None => report,
        };
        Some((report, self.negotiated.remote_rtcp))
    }
}

fn contexts(keys: &SrtpKeys) -> Result<(SrtpSender, SrtpReceiver), SrtpError> {
    Ok((SrtpSender::new(&keys.local)?, SrtpReceiver::new(&keys.remote)?))
}
