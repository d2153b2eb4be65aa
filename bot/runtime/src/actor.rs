//! Drives one call: turns what happens outside into the machine's inputs and does what its outputs say.
//!
//! One task a call. Everything slow happens elsewhere (media task, inference threads, recorder
//! thread, SIP stack) and comes back through a channel; the task itself only decides.

use crate::agent_leg::{AgentLeg, AgentLegEvent};
use crate::ear::{Ear, Listening};
use crate::engine::Shared;
use crate::media::{self, MediaCommand, MediaEvent, MediaHandle, PeerLink};
use crate::mind::VadFeed;
use crate::signalling::Signalling;
use crate::sip::{LegEvent, OfferKind};
use crate::templates::LoadedTemplate;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep_until};
use uuid::Uuid;
use warmline_call::{Call, Input, Output, UtteranceId};
use warmline_control::{AgentPhone, CallId, Event, EventKind, Outcome, PlaceCall, Recording};
use warmline_dialog::{Dialog, HttpRequest, Prompt};
use warmline_media::dtmf::Key;
use warmline_models::enhance::Enhancer;
use warmline_models::pool::CancelToken;

/// Longest wait for the end of a leg after the call is over, so that its BYE gets out.
const GOODBYE: Duration = Duration::from_secs(4);

/// What comes back to the task from threads.
pub(crate) enum Back {
    Voice {
        from: u32,
        to: u32,
        probability: f32,
    },
    Heard(Input),
    Rendered {
        id: u32,
        result: Result<Arc<Vec<i16>>, String>,
    },
    /// Another system has answered a dialog's request.
    Responded {
        id: u32,
        result: Result<String, String>,
    },
    RecordingFailed(String),
}

/// What the engine passes on from the dialer.
#[derive(Debug)]
pub(crate) enum Order {
    Hangup { reason: String },
    Bridge(AgentPhone),
    NoAgent { reason: String },
    SendKeys(String),
}

pub(crate) struct Actor {
    shared: Arc<Shared>,
    place: PlaceCall,
    template: Arc<LoadedTemplate>,
    call: Call,
    zero: Instant,
    seq: u32,
    signalling: Signalling,
    media: MediaHandle,
    ear: Ear,
    listening: Listening,
    vad: VadFeed,
    enhancer: Option<Enhancer>,
    agent: Option<AgentLeg>,
    /// The recognition request under way.
    reading: Option<CancelToken>,
    back_tx: mpsc::UnboundedSender<Back>,
    /// The far end has answered and its audio is analysed.
    answered: bool,
}

/// Place the call and drive it to its end. Always ends with an `Ended` event.
pub(crate) async fn drive(
    shared: Arc<Shared>,
    place: PlaceCall,
    template: Arc<LoadedTemplate>,
    orders: mpsc::UnboundedReceiver<Order>,
) {
    let zero = Instant::now();
    let (back_tx, back) = mpsc::unbounded_channel();
    let dialog = Dialog::new(template.compiled.clone(), place.variables.clone(), seed(place.call));
    let local_start = shared.local_time(&place.time_zone);
    let (mut call, first) = Call::new(shared.config.call.clone(), dialog, template.limit_ms, local_start);
    if place.called_back {
        call.is_called_back();
    }
    let (signalling, media) = match Signalling::place(&shared, &place).await {
        Ok(placed) => placed,
        Err(cause) => return never_dialled(&shared, place.call, call, cause),
    };
    let (vad, enhancer) = (shared.mind.vad(back_tx.clone()), shared.mind.enhancer());
    let mut actor = Actor {
        shared,
        place,
        template,
        call,
        zero,
        seq: 0,
        signalling,
        media,
        ear: Ear::default(),
        listening: Listening::default(),
        vad,
        enhancer,
        agent: None,
        reading: None,
        back_tx,
        answered: false,
    };
    actor.perform(first);
    actor.run(back, orders).await;
}

/// The call could not even be tried: say so, as the one event it has.
fn never_dialled(shared: &Shared, id: CallId, mut call: Call, cause: String) {
    let failed = Input::SetupFailed { outcome: Outcome::Failed, sip_status: None, cause };
    let events = call.handle(failed, 0).into_iter().filter_map(|output| match output {
        Output::Event(kind) => Some(kind),
        _ => None,
    });
    for (kind, seq) in events.zip(0..) {
        shared.tell(Event { call: id, seq, at_ms: shared.unix_ms(), kind });
    }
}

/// The same call makes the same choices between alternative wordings.
fn seed(call: CallId) -> u64 {
    call.0.as_u64_pair().1
}

impl Actor {
    async fn run(&mut self, mut back: mpsc::UnboundedReceiver<Back>, mut orders: mpsc::UnboundedReceiver<Order>) {
        while !self.call.ended() {
            let wake = self.call.wake_at().map(|(at, _)| self.zero + Duration::from_millis(at));
            let outputs = tokio::select! {
                biased;
                event = self.signalling.next() => self.on_leg(event),
                Some(event) = self.media.events.recv() => self.on_media(event),
                Some(event) = back.recv() => self.on_back(event),
                Some(mut audio) = self.media.audio.recv() => {
                    if let Some(enhancer) = &mut self.enhancer {
                        enhancer.process(&mut audio.frame);
                    }
                    self.ear.push(&audio);
                    self.vad.push(&audio.frame);
                    Vec::new()
                }
                Some(order) = orders.recv() => self.on_order(order),
                Some(event) = next_of(&mut self.agent) => self.on_agent(event),
                () = sleep_until(wake.unwrap_or(self.zero)), if wake.is_some() => self.input(Input::Wake),
            };
            self.perform(outputs);
        }
        if let Some(reading) = self.reading.take() {
            reading.cancel();
        }
        if let Some(agent) = self.agent.take() {
            agent.end(GOODBYE).await;
        }
        self.signalling.finished(GOODBYE).await;
    }

    fn now(&self) -> u64 {
        u64::try_from(self.zero.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn input(&mut self, input: Input) -> Vec<Output> {
        let (now, before) = (self.now(), Instant::now());
        let outputs = self.call.handle(input, now);
        if outputs.iter().any(|output| matches!(output, Output::Play { .. })) {
            self.call.dialog_took(before.elapsed().as_secs_f32() * 1000.0);
        }
        outputs
    }

    // ---- what happens outside ----

    fn on_order(&mut self, order: Order) -> Vec<Output> {
        match order {
            Order::Hangup { reason } => self.input(Input::Cancel { reason }),
            Order::Bridge(agent) => self.input(Input::Bridge(agent)),
            Order::NoAgent { reason } => self.input(Input::NoAgent { reason }),
            Order::SendKeys(keys) => {
                for key in keys.chars().filter_map(Key::from_char) {
                    self.media.send(MediaCommand::SendKey(key));
                }
                Vec::new()
            }
        }
    }

    fn on_leg(&mut self, event: Option<LegEvent>) -> Vec<Output> {
        match event {
            None => self.input(Input::RemoteHangup),
            Some(LegEvent::Trying) => Vec::new(),
            Some(LegEvent::Ringing { sdp, .. }) => {
                let early_media = sdp.is_some();
                if let Some(sdp) = sdp {
                    self.connect(&sdp);
                }
                self.input(Input::Ringing { early_media })
            }
            Some(LegEvent::Answered { sdp, .. }) => self.on_answered(&sdp),
            Some(LegEvent::Reoffer { id, sdp, kind }) => self.on_reoffer(id, sdp.as_deref(), kind),
            Some(LegEvent::OfferAnswered { sdp, .. }) => {
                self.connect(&sdp);
                Vec::new()
            }
            Some(LegEvent::Dtmf(key)) => self.input(Input::Key(key)),
            Some(LegEvent::Ended(end)) => {
                if self.answered {
                    return self.input(Input::RemoteHangup);
                }
                let (outcome, sip_status, cause) = (end.outcome(), end.sip_status(), end.cause());
                self.input(Input::SetupFailed { outcome, sip_status, cause })
            }
        }
    }

    /// Use an SDP answer. `false`: it cannot be used.
    fn connect(&mut self, sdp: &str) -> bool {
        match self.signalling.accept_answer(sdp) {
            Ok(negotiated) => {
                self.media.send(MediaCommand::Connect(Box::new(negotiated)));
                true
            }
            Err(error) => {
                tracing::warn!(call = %self.place.call, %error, "the far end's SDP cannot be used");
                false
            }
        }
    }

    fn on_answered(&mut self, sdp: &str) -> Vec<Output> {
        if !self.connect(sdp) {
            self.signalling.hang_up();
            let cause = "the far end's answer names no media we can use".into();
            return self.input(Input::SetupFailed { outcome: Outcome::Failed, sip_status: Some(200), cause });
        }
        self.answered = true;
        self.media.send(MediaCommand::Start);
        let mut outputs = self.input(Input::Answered);
        if let Some(recording) = self.record() {
            outputs.extend(self.input(Input::RecordingStarted(recording)));
        }
        outputs
    }

    fn record(&mut self) -> Option<Recording> {
        let path = self.shared.recording_path(self.place.call).filter(|_| self.place.record)?;
        let back = self.back_tx.clone();
        let on_error = Box::new(move |error: media::RecordError| {
            back.send(Back::RecordingFailed(error.to_string())).ok();
        });
        match self.shared.recorder.open(&path, on_error) {
            Ok(track) => {
                self.media.send(MediaCommand::Record(track));
                let path = path.to_string_lossy().into_owned();
                Some(Recording { path, sample_rate_hz: warmline_media::SAMPLE_RATE_HZ })
            }
            Err(error) => {
                self.recording_failed(&error.to_string());
                None
            }
        }
    }

    fn recording_failed(&self, error: &str) {
        metrics::counter!("warmline_recording_errors_total").increment(1);
        tracing::error!(call = %self.place.call, error, "the call goes on without its recording");
    }

    fn on_reoffer(&mut self, id: u32, sdp: Option<&str>, kind: OfferKind) -> Vec<Output> {
        tracing::debug!(call = %self.place.call, ?kind, "the far end changes the session");
        match self.signalling.answer_reoffer(id, sdp) {
            Ok(Some(negotiated)) => {
                let held = negotiated.held();
                self.media.send(MediaCommand::Connect(Box::new(negotiated)));
                self.input(Input::Held(held))
            }
            Ok(None) => Vec::new(),
            Err(error) => {
                tracing::warn!(call = %self.place.call, %error, "the far end's offer was refused");
                Vec::new()
            }
        }
    }

    fn on_media(&mut self, event: MediaEvent) -> Vec<Output> {
        match event {
            MediaEvent::Key(key) => self.input(Input::Key(key)),
            MediaEvent::Beep { at } => self.input(Input::Beep { at }),
            MediaEvent::Tone(tone) => match crate::signalling::outcome_of_tone(tone) {
                Some((outcome, cause)) if !self.answered => {
                    self.input(Input::EarlyTone { outcome, cause: cause.to_owned() })
                }
                _ => Vec::new(),
            },
            MediaEvent::PlaybackStarted { id, at } => self.input(Input::PlaybackStarted { id, at }),
            MediaEvent::PlaybackFinished { id, at } => self.input(Input::PlaybackFinished { id, at }),
            MediaEvent::Silent if self.answered => self.input(Input::MediaStopped),
            MediaEvent::Silent => Vec::new(),
        }
    }

    fn on_back(&mut self, back: Back) -> Vec<Output> {
        match back {
            Back::Voice { from, to, probability } => {
                self.ear.judge(to, probability);
                self.input(Input::Voice { from, to, probability })
            }
            Back::Heard(input) => self.input(input),
            Back::Rendered { id, result: Ok(pcm) } => {
                self.media.send(MediaCommand::Fill { id, pcm });
                Vec::new()
            }
            Back::Responded { id, result } => self.input(Input::Responded { id, result }),
            Back::Rendered { id, result: Err(reason) } => self.input(Input::PromptFailed { id, reason }),
            Back::RecordingFailed(error) => {
                self.recording_failed(&error);
                Vec::new()
            }
        }
    }

    fn on_agent(&mut self, event: AgentLegEvent) -> Vec<Output> {
        match event {
            AgentLegEvent::Answered => self.input(Input::AgentAnswered),
            AgentLegEvent::Failed { reason } => {
                self.agent = None;
                self.input(Input::AgentFailed { reason })
            }
            AgentLegEvent::HungUp => {
                self.agent = None;
                self.input(Input::AgentHangup)
            }
        }
    }

    // ---- what the machine wants ----

    fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Event(kind) => self.tell(kind),
                Output::Play { id, prompt } => self.play(id, prompt),
                Output::HoldPlayback => self.media.send(MediaCommand::Hold),
                Output::ResumePlayback => self.media.send(MediaCommand::Resume),
                Output::StopPlayback => self.media.send(MediaCommand::Stop),
                Output::Recognise { id, from, to, context, last } => self.read(id, (from, to), context, last),
                Output::Request(request) => self.ask(request),
                Output::RingAgent(phone) => self.ring(phone),
                Output::BridgeAudio => {
                    let (ours, theirs) = PeerLink::pair();
                    self.media.send(MediaCommand::Link(ours));
                    if let Some(agent) = &self.agent {
                        agent.link(theirs);
                    }
                }
                Output::DropAgent => {
                    if let Some(agent) = self.agent.take() {
                        tokio::spawn(agent.end(GOODBYE));
                    }
                }
                Output::HangUp => self.signalling.hang_up(),
            }
        }
    }

    /// Read the utterance of these milliseconds; an older reading of this call is void.
    fn read(&mut self, id: UtteranceId, span: (u32, u32), context: usize, last: bool) {
        if let Some(older) = self.reading.take() {
            older.cancel();
        }
        let mind = &self.shared.mind;
        let open = || mind.listen(&self.template, context);
        let back = self.back_tx.clone();
        let done = move |utterance| {
            back.send(Back::Heard(Input::Recognised { id, utterance })).ok();
        };
        match self.listening.follow(&self.ear, span, context, open) {
            Some(stream) => self.reading = Some(mind.read(&stream, last, done)),
            None => done(warmline_dialog::Utterance::default()),
        }
        if last {
            // Its sound is of no use after this reading.
            self.listening = Listening::default();
        }
    }

    fn play(&mut self, id: u32, prompt: Prompt) {
        if let Some(pcm) = self.shared.mind.rendered(&prompt) {
            return self.media.send(MediaCommand::Play { id, pcm: Some(pcm) });
        }
        self.media.send(MediaCommand::Play { id, pcm: None });
        let back = self.back_tx.clone();
        self.shared.mind.render(&prompt, move |result| {
            back.send(Back::Rendered { id, result }).ok();
        });
    }

    /// Ask another system on a thread that may wait.
    fn ask(&self, request: HttpRequest) {
        let (http, back) = (self.shared.http.clone(), self.back_tx.clone());
        tokio::task::spawn_blocking(move || {
            let (id, result) = (request.id, http.ask(&request));
            if let Err(why) = &result {
                tracing::warn!(why, "another system did not answer a dialog");
            }
            back.send(Back::Responded { id, result }).ok();
        });
    }

    fn ring(&mut self, phone: AgentPhone) {
        self.agent = Some(AgentLeg::ring(self.shared.clone(), phone, self.place.call));
    }

    fn tell(&mut self, kind: EventKind) {
        let event = Event { call: self.place.call, seq: self.seq, at_ms: self.shared.unix_ms(), kind };
        self.seq += 1;
        self.shared.tell(event);
    }
}

/// The next event of the agent's leg, while there is one.
async fn next_of(agent: &mut Option<AgentLeg>) -> Option<AgentLegEvent> {
    match agent {
        Some(leg) => leg.next().await,
        None => std::future::pending().await,
    }
}

/// A fresh id for a leg's media session.
pub(crate) fn session_id() -> u64 {
    Uuid::new_v4().as_u64_pair().0 >> 1
}
