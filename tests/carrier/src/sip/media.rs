//! One call's audio: the socket, a packet every 20 ms by absolute deadlines, ears, and the party that decides.

#![allow(clippy::disallowed_methods, reason = "a shell: the clock is read here and handed on")]

use crate::hear::activity::{Activity, Edge};
use crate::hear::phrases::{Phrases, Spotted, THRESHOLD};
use crate::media::line::Line as Path;
use crate::media::player::Player;
use crate::media::receive::Receiver;
use crate::party::{Act, Input, Party};
use crate::people::{Codec, Network};
use crate::report::{CallLog, Heard, Verdict};
use crate::sdp::Offer;
use crate::tones;
use crate::voice::line::{Line, Part};
use crate::voice::{Bank, Clip, Voice};
use rand::rngs::StdRng;
use rand::{Rng, RngCore};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;

const FRAME_US: u64 = 20_000;

/// The wire: socket, bad line, packets out.
pub(super) struct Leg {
    socket: UdpSocket,
    local: SocketAddr,
    remote: SocketAddr,
    sending: bool,
    codec: Codec,
    event_type: Option<u8>,
    player: Player,
    inward: Path,
    outward: Path,
    epoch: Instant,
    /// Deadline of the next packet, in microseconds since `epoch`.
    next_us: u64,
}

impl Leg {
    pub(super) fn new(
        socket: UdpSocket,
        offer: &Offer,
        codec: Codec,
        network: Network,
        [rng_in, mut rng_out]: [StdRng; 2],
    ) -> io::Result<Self> {
        let player = Player::new(codec, offer.event_type, rng_out.next_u64());
        // Calls that were set up together do not send together.
        let next_us = rng_out.random_range(0..FRAME_US);
        Ok(Self {
            local: socket.local_addr()?,
            socket,
            remote: offer.remote,
            sending: offer.direction.wants_audio() && offer.remote.port() != 0,
            codec,
            event_type: offer.event_type,
            player,
            inward: Path::new(network, rng_in),
            outward: Path::new(network, rng_out),
            epoch: Instant::now(),
            next_us,
        })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    /// Takes what a later offer changes: address and direction.
    pub(super) fn redirect(&mut self, offer: &Offer) {
        self.remote = offer.remote;
        self.sending = offer.direction.wants_audio() && offer.remote.port() != 0;
    }

    pub(super) fn play(&mut self, clip: Arc<Clip>) {
        self.player.play(clip, String::new());
    }

    fn now_us(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }

    fn instant(&self, us: u64) -> tokio::time::Instant {
        (self.epoch + Duration::from_micros(us)).into()
    }

    /// Sends what is playing to its end; what arrives meanwhile is not heard.
    pub(super) async fn send_until_idle(&mut self) {
        while !self.player.is_idle() {
            tokio::time::sleep_until(self.instant(self.next_us)).await;
            self.send_frame();
        }
        // The last packet lasts as long as the others.
        tokio::time::sleep_until(self.instant(self.next_us)).await;
    }

    /// Time starts again at the answer; sequence and timestamps go on.
    fn restart(&mut self) {
        let phase = self.next_us % FRAME_US;
        self.epoch = Instant::now();
        self.next_us = phase;
        self.player.finish();
        self.player.take_said();
        // What piled up before the answer was meant for nobody.
        let mut old = [0; 2048];
        while self.socket.try_recv(&mut old).is_ok() {}
    }

    fn send_frame(&mut self) {
        let now = self.now_us();
        let packet = self.player.next_packet(now);
        self.next_us += FRAME_US;
        if !self.sending {
            return;
        }
        if self.outward.is_perfect() {
            self.transmit(&packet);
        } else {
            self.outward.enter(packet, now);
            self.flush_outward();
        }
    }

    fn flush_outward(&mut self) {
        while let Some(packet) = self.outward.leave(self.now_us()) {
            self.transmit(&packet);
        }
    }

    fn transmit(&self, packet: &[u8]) {
        // A full or refused socket is a lost packet, as on any network.
        if let Err(e) = self.socket.try_send_to(packet, self.remote) {
            tracing::trace!("RTP not sent: {e}");
        }
    }

    /// When something has to be done at the latest.
    fn wake_us(&self) -> u64 {
        [Some(self.next_us), self.inward.next_at(), self.outward.next_at()].into_iter().flatten().min().unwrap_or(0)
    }
}

/// Why a conversation stopped by itself.
pub(super) enum Stop {
    Hangup(&'static str),
    Broken(io::Error),
}

/// Something the party is to be told, in order.
enum News {
    Ready(Input),
    /// Waits for the phrases to be looked for.
    Words {
        from_us: u64,
        to_us: u64,
        search: oneshot::Receiver<Vec<Spotted>>,
    },
}

/// An answered call.
pub(super) struct Conversation<'a> {
    leg: Leg,
    party: Box<dyn Party>,
    voice: Voice,
    bank: &'a Bank,
    phrases: Arc<Phrases>,
    receiver: Receiver,
    ear: Activity,
    echo: bool,
    news: VecDeque<News>,
    playing: bool,
    log: CallLog,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(
        mut leg: Leg,
        mut party: Box<dyn Party>,
        voice: Voice,
        bank: &'a Bank,
        phrases: Arc<Phrases>,
        hangover_ms: u64,
        echo: bool,
    ) -> Self {
        leg.restart();
        party.handle(&Input::Answered, 0);
        let receiver = Receiver::new(leg.event_type);
        Self {
            leg,
            party,
            voice,
            bank,
            phrases,
            receiver,
            ear: Activity::new(hangover_ms),
            echo,
            news: VecDeque::new(),
            playing: false,
            log: CallLog::default(),
        }
    }

    pub(super) fn leg(&mut self) -> &mut Leg {
        &mut self.leg
    }

    /// Runs until the party hangs up or the socket breaks. May be dropped and called again at any time.
    pub(super) async fn run(&mut self) -> Stop {
        let mut buffer = [0u8; 2048];
        loop {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.leg.instant(self.leg.wake_us())) => {
                    if let Some(stop) = self.tick() {
                        return stop;
                    }
                }
                got = self.leg.socket.recv_from(&mut buffer) => match got {
                    Ok((length, _)) => self.arrive(buffer[..length].to_vec()),
                    // A port that is closed on the other side comes back as an error; the line is just silent.
                    Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {}
                    Err(e) => return Stop::Broken(e),
                },
            }
        }
    }

    fn arrive(&mut self, packet: Vec<u8>) {
        let now = self.leg.now_us();
        if self.leg.inward.is_perfect() {
            self.hear(&packet, now);
        } else {
            self.leg.inward.enter(packet, now);
        }
    }

    fn hear(&mut self, packet: &[u8], now_us: u64) {
        for frame in self.receiver.take(packet, now_us) {
            let edge = self.ear.hear(&frame, now_us);
            self.on_edge(edge);
            if self.echo {
                self.leg.player.echo(frame);
            }
        }
    }

    fn on_edge(&mut self, edge: Option<Edge>) {
        match edge {
            None => {}
            Some(Edge::Started { at_us }) => self.news.push_back(News::Ready(Input::Started { at: at_us / 1000 })),
            Some(Edge::Stopped { from_us, to_us, pcm }) => {
                let wanted = self.party.wants();
                let phrases = self.phrases.clone();
                let (found, search) = oneshot::channel();
                // Nobody is left to tell when the call has been dropped meanwhile.
                tokio::task::spawn_blocking(move || found.send(phrases.rank(&pcm, &wanted)));
                self.news.push_back(News::Words { from_us, to_us, search });
            }
        }
    }

    fn tick(&mut self) -> Option<Stop> {
        while let Some(packet) = self.leg.inward.leave(self.leg.now_us()) {
            let now = self.leg.now_us();
            self.hear(&packet, now);
        }
        self.leg.flush_outward();
        let now = self.leg.now_us();
        if now < self.leg.next_us {
            return None;
        }
        let edge = self.ear.idle(now);
        self.on_edge(edge);
        self.tell();
        if self.playing && self.leg.player.is_idle() {
            self.playing = false;
            self.party.handle(&Input::Played, now / 1000);
        }
        let stop = match self.party.poll(now / 1000) {
            Some(Act::Hangup(why)) => Some(Stop::Hangup(why)),
            Some(act) => {
                self.perform(act);
                None
            }
            None => None,
        };
        self.leg.send_frame();
        self.log.said.extend(self.leg.player.take_said());
        stop
    }

    /// Tells the party what is known, in order, up to a search that is not done.
    fn tell(&mut self) {
        while let Some(news) = self.news.pop_front() {
            let (from_us, to_us, mut search) = match news {
                News::Ready(input) => {
                    self.inform(&input);
                    continue;
                }
                News::Words { from_us, to_us, search } => (from_us, to_us, search),
            };
            match search.try_recv() {
                Err(oneshot::error::TryRecvError::Empty) => {
                    self.news.push_front(News::Words { from_us, to_us, search });
                    return;
                }
                found => self.understand(from_us, to_us, found.unwrap_or_default()),
            }
        }
    }

    /// The same, waiting for every search.
    async fn tell_all(&mut self) {
        while let Some(news) = self.news.pop_front() {
            match news {
                News::Ready(input) => self.inform(&input),
                News::Words { from_us, to_us, search } => {
                    let found = search.await.unwrap_or_default();
                    self.understand(from_us, to_us, found);
                }
            }
        }
    }

    fn inform(&mut self, input: &Input) {
        let now = self.leg.now_us() / 1000;
        self.party.handle(input, now);
    }

    fn understand(&mut self, from_us: u64, to_us: u64, ranked: Vec<Spotted>) {
        let nearest = ranked.first().map(|s| s.distance);
        let heard: Vec<String> = ranked.into_iter().filter(|s| s.distance <= THRESHOLD).map(|s| s.phrase).collect();
        self.log.heard.push(Heard { from_us, to_us, phrases: heard.clone(), nearest });
        self.inform(&Input::Stopped { from: from_us / 1000, to: to_us / 1000, heard });
    }

    fn perform(&mut self, act: Act) {
        match act {
            Act::Say(line) => {
                let clip = self.bank.clip(&self.voice, &line);
                self.leg.player.play(Arc::new(clip), spoken(&line));
            }
            Act::Beep { hz, ms, gap, over } => {
                let mut pcm = vec![0; tones::samples(gap)];
                pcm.extend(tones::tone(&[hz], ms));
                if let Some(line) = over {
                    // The words start before the beep and run over it.
                    pcm = tones::mix(&pcm, &self.bank.clip(&self.voice, &line).pcm);
                }
                self.leg.player.play(Arc::new(Clip::sound(pcm)), String::new());
            }
            Act::Noise(noise, seed) => {
                let clip = Clip::sound(noise.pcm(seed));
                self.leg.player.play(Arc::new(clip), noise.name().to_string());
            }
            Act::Keys { keys, in_band } => self.leg.player.key(&keys, in_band),
            Act::Hangup(_) => return,
        }
        self.playing = true;
    }

    /// The call is over: what was said last is heard to its end, then the party judges.
    pub(super) async fn close(mut self) -> (CallLog, Verdict) {
        let edge = self.ear.idle(u64::MAX);
        self.on_edge(edge);
        self.tell_all().await;
        self.leg.player.finish();
        self.log.said.extend(self.leg.player.take_said());
        self.log.keys_heard = self.receiver.keys().to_string();
        self.log.rtp = self.receiver.arrivals().figures(self.leg.player.sent());
        let verdict = self.party.verdict(&self.log);
        (self.log, verdict)
    }
}

/// A line as the report shows it.
fn spoken(line: &Line) -> String {
    let part = |p: &Part| match p {
        Part::Words(words) => words.clone(),
        Part::Pause(ms) => format!("[{ms}]"),
        Part::MayPause => String::new(),
    };
    line.parts.iter().map(part).collect::<Vec<_>>().join(" ")
}
