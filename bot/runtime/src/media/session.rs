//! The task of one leg's media: two sockets, a 20 ms clock and a command queue.
//!
//! The clock is absolute: tick n is due at start + n·20 ms whatever happened before, so that a late
//! wake-up never adds up to drift. After a stall the missed ticks are sent at once, up to
//! [`CATCH_UP`]; beyond that they are skipped, and the timestamps say so.

use super::PortPair;
use super::playback::{Frame, Progress};
use super::recorder::RecordingTrack;
use super::stream::Stream;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use warmline_media::dtmf::Key;
use warmline_media::rtp::StreamStart;
use warmline_media::sdp::Negotiated;
use warmline_media::tones::ProgressTone;

const TICK: Duration = Duration::from_millis(20);
/// Ticks sent at once after a stall.
const CATCH_UP: u32 = 5;
/// Frames waiting for the call's own task before new ones are dropped: five seconds.
const FRAMES_WAITING: usize = 250;

/// What a leg's media is told.
#[derive(Debug)]
pub enum MediaCommand {
    /// Media may flow; also after every re-INVITE.
    Connect(Box<Negotiated>),
    /// The call was answered: the call's clock starts, frames are handed on.
    Start,
    /// Queue prompt `id`, with its audio when it is there.
    Play {
        id: u32,
        pcm: Option<Arc<Vec<i16>>>,
    },
    /// The audio of a queued prompt.
    Fill {
        id: u32,
        pcm: Arc<Vec<i16>>,
    },
    Hold,
    Resume,
    Stop,
    SendKey(Key),
    /// Exchange audio with another leg.
    Link(PeerLink),
    Record(RecordingTrack),
}

/// One end of a bridge between two legs.
#[derive(Debug)]
pub struct PeerLink {
    pub to_peer: mpsc::Sender<Frame>,
    pub from_peer: mpsc::Receiver<Frame>,
}

impl PeerLink {
    /// Both ends. Three frames wait at most, so that a bridge adds 60 ms at worst.
    pub fn pair() -> (Self, Self) {
        let (a_tx, a_rx) = mpsc::channel(3);
        let (b_tx, b_rx) = mpsc::channel(3);
        (Self { to_peer: a_tx, from_peer: b_rx }, Self { to_peer: b_tx, from_peer: a_rx })
    }
}

/// What a leg's media tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MediaEvent {
    Key(char),
    /// A voicemail beep ended, in milliseconds since the answer.
    Beep {
        at: u32,
    },
    /// A tone of the network, before the answer.
    Tone(ProgressTone),
    PlaybackStarted {
        id: u32,
        at: u32,
    },
    PlaybackFinished {
        id: u32,
        at: u32,
    },
    /// No RTP for the configured time.
    Silent,
}

/// The far end's audio after the jitter buffer, in order, one frame every 20 ms since the answer.
#[derive(Clone, Copy, Debug)]
pub struct FarAudio {
    /// Number of the frame since the answer.
    pub index: u32,
    pub frame: Frame,
}

/// Settings of a leg's media.
#[derive(Clone, Copy, Debug)]
pub struct MediaConfig {
    /// Silence of the network that counts as the end.
    pub timeout: Duration,
    /// Random start of the RTP stream.
    pub start: StreamStart,
    /// Unix time now, in microseconds.
    pub unix_us: u64,
}

/// A running leg. Dropping it ends the task and closes the sockets.
#[derive(Debug)]
pub struct MediaHandle {
    commands: mpsc::UnboundedSender<MediaCommand>,
    pub events: mpsc::UnboundedReceiver<MediaEvent>,
    pub audio: mpsc::Receiver<FarAudio>,
}

impl MediaHandle {
    /// Commands are taken in order. A leg that has ended ignores them.
    pub fn send(&self, command: MediaCommand) {
        self.commands.send(command).ok();
    }
}

/// Start a leg's media task on `runtime`.
///
/// # Errors
/// When the sockets cannot be registered with the runtime.
pub fn start(runtime: &tokio::runtime::Handle, ports: PortPair, config: MediaConfig) -> std::io::Result<MediaHandle> {
    let guard = runtime.enter();
    let (rtp, rtcp) = (UdpSocket::from_std(ports.rtp)?, UdpSocket::from_std(ports.rtcp)?);
    drop(guard);
    let (commands, command_rx) = mpsc::unbounded_channel();
    let (event_tx, events) = mpsc::unbounded_channel();
    let (audio_tx, audio) = mpsc::channel(FRAMES_WAITING);
    let session = Session {
        rtp,
        rtcp,
        zero: Instant::now(),
        stream: Stream::new(config.start, config.unix_us),
        config,
        event_tx,
        audio_tx,
        dropped: 0,
    };
    runtime.spawn(session.run(command_rx));
    Ok(MediaHandle { commands, events, audio })
}

struct Session {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    zero: Instant,
    stream: Stream,
    config: MediaConfig,
    event_tx: mpsc::UnboundedSender<MediaEvent>,
    audio_tx: mpsc::Sender<FarAudio>,
    dropped: u64,
}

impl Session {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<MediaCommand>) {
        let mut due = self.zero + TICK;
        let (mut packet, mut report) = ([0u8; 2048], [0u8; 2048]);
        loop {
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => break,
                },
                () = sleep_until(due) => due = self.ticks(due),
                received = self.rtp.recv_from(&mut packet) => {
                    if let Ok((length, from)) = received {
                        self.receive(&packet[..length], from);
                    }
                }
                received = self.rtcp.recv_from(&mut report) => {
                    if let Ok((length, _)) = received {
                        self.stream.receive_rtcp(&report[..length], self.now_us());
                    }
                }
            }
        }
        self.close();
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.zero.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn command(&mut self, command: MediaCommand) {
        match command {
            MediaCommand::Connect(negotiated) => {
                let now = self.now_us();
                if let Err(error) = self.stream.connect(&negotiated, now) {
                    tracing::warn!(%error, "media could not be connected");
                }
            }
            MediaCommand::Start => self.stream.start(),
            MediaCommand::Play { id, pcm } => self.stream.playback.enqueue(id, pcm),
            MediaCommand::Fill { id, pcm } => self.stream.playback.fill(id, pcm),
            MediaCommand::Hold => self.stream.playback.hold(),
            MediaCommand::Resume => self.stream.playback.resume(),
            MediaCommand::Stop => self.stream.playback.stop(),
            MediaCommand::SendKey(key) => self.stream.send_key(key),
            MediaCommand::Link(link) => self.stream.link = Some(link),
            MediaCommand::Record(track) => self.stream.track = Some(track),
        }
    }

    /// Every tick that is due; returns when the next one is.
    fn ticks(&mut self, mut due: Instant) -> Instant {
        let late = due.elapsed().as_millis() / TICK.as_millis();
        let skip = u32::try_from(late).unwrap_or(u32::MAX).saturating_sub(CATCH_UP);
        if skip > 0 {
            self.stream.skip(skip);
            due += TICK * skip;
        }
        while due <= Instant::now() {
            self.tick();
            due += TICK;
        }
        due
    }

    fn tick(&mut self) {
        let now = self.now_us();
        let ticked = self.stream.tick(now);
        if let Some((packet, to)) = ticked.packet {
            // A full socket buffer is a lost packet, which RTP is made for.
            self.rtp.try_send_to(&packet, to).ok();
        }
        if let Some((packet, to)) = self.stream.poll_rtcp(now) {
            self.rtcp.try_send_to(&packet, to).ok();
        }
        if let Some(audio) = ticked.audio
            && self.audio_tx.try_send(audio).is_err()
        {
            self.dropped += 1;
            metrics::counter!("warmline_media_frames_dropped_total").increment(1);
        }
        let at = self.stream.clock_ms();
        for progress in ticked.progress {
            self.tell(match progress {
                Progress::Started(id) => MediaEvent::PlaybackStarted { id, at: at.saturating_sub(20) },
                Progress::Finished(id) => MediaEvent::PlaybackFinished { id, at },
            });
        }
        for event in ticked.events {
            self.tell(event);
        }
        let timeout = u64::try_from(self.config.timeout.as_micros()).unwrap_or(u64::MAX);
        if self.stream.silent_for(now) > timeout && !self.stream.told_silent {
            self.stream.told_silent = true;
            self.tell(MediaEvent::Silent);
        }
    }

    fn receive(&mut self, datagram: &[u8], from: SocketAddr) {
        let now = self.now_us();
        if let Some(key) = self.stream.receive(datagram, from, now) {
            self.tell(MediaEvent::Key(key.as_char()));
        }
    }

    fn tell(&self, event: MediaEvent) {
        self.event_tx.send(event).ok();
    }

    fn close(mut self) {
        if let Some((packet, to)) = self.stream.goodbye() {
            self.rtcp.try_send_to(&packet, to).ok();
        }
        if self.dropped > 0 {
            tracing::warn!(frames = self.dropped, "frames of the far end were dropped: the call's task was too slow");
        }
    }
}
