//! One call's signalling: ringing, refusal, early media, answer, hold, hang-up, and its record at the end.

#![allow(clippy::disallowed_methods, reason = "a shell: the clock is read here and handed on")]

use super::media::{Conversation, Leg, Stop};
use super::server::World;
use crate::party::{self, Manners, Party};
use crate::people::{Behaviour, Entry, Invalid};
use crate::report::{CallLog, EndedBy, Record, Verdict};
use crate::sdp::{self, Offer};
use crate::tones;
use crate::voice::Clip;
use crate::voice::line::Line;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::{sleep, timeout};

/// Nobody lets it ring longer than this.
const LONGEST_RING: Duration = Duration::from_secs(180);

/// Timer H (RFC 3261 §17.2.1) and a little more.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(35);

/// Longest wait for the answer to our BYE.
const BYE_LIMIT: Duration = Duration::from_secs(4);

/// How the call came out.
struct Outcome {
    status: u16,
    ended_by: EndedBy,
    because: String,
    answered: Option<Instant>,
    log: CallLog,
    verdict: Verdict,
}

impl Outcome {
    fn unanswered(status: u16, ended_by: EndedBy, verdict: Verdict) -> Self {
        Self { status, ended_by, because: String::new(), answered: None, log: CallLog::default(), verdict }
    }

    fn fault(status: u16, why: impl Into<String>) -> Self {
        Self::unanswered(status, EndedBy::Fault, Verdict::fail(why))
    }
}

/// A call in progress.
pub(super) struct Call<'a> {
    world: &'a World,
    entry: &'a Entry,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    offer: Offer,
    /// Of our SDP.
    version: u64,
    rng: StdRng,
}

/// Takes a call to its end and writes its record.
pub(super) async fn run(world: &World, number: &str, mut tx: Transaction) {
    let Some(entry) = world.entry(number) else {
        return;
    };
    let (at, began) = (SystemTime::now(), Instant::now());
    let call_id = tx.original.call_id_header().map(|h| h.value().to_string()).unwrap_or_default();
    let offer = match sdp::parse(&String::from_utf8_lossy(&tx.original.body)) {
        Ok(offer) => offer,
        Err(e) => {
            tracing::warn!("INVITE refused: {e}");
            let _ = tx.reply(StatusCode::NotAcceptableHere).await;
            while tx.receive().await.is_some() {}
            return;
        }
    };
    let (sender, states) = world.dialogs.new_dialog_state_channel();
    let contact = Some(world.contact.clone());
    let Ok(dialog) = world.dialogs.get_or_create_server_invite(&tx, sender, None, contact) else {
        let _ = tx.reply(StatusCode::BadRequest).await;
        return;
    };
    let mut handler = dialog.clone();
    let transaction = tokio::spawn(async move { handler.handle(&mut tx).await });
    let nth = world.calls.fetch_add(1, Ordering::Relaxed);
    let rng = StdRng::seed_from_u64(seed_of(world.seed, number, nth));
    let mut call = Call { world, entry, dialog, states, offer, version: 1, rng };
    let outcome = call.live().await;
    let record = call.record(call_id, at, began, outcome);
    tracing::debug!("{} {} {:?} {}", record.number, record.personality, record.ended_by, record.verdict.why);
    if let Err(e) = world.report.write(&record) {
        tracing::error!("cannot write the report: {e}");
    }
    // The INVITE transaction sees the ACK in, or ends by its own timers; a carrier that closes does not wait for it.
    tokio::select! {
        _ = timeout(TRANSACTION_LIMIT, transaction) => {}
        () = world.closing.cancelled() => {}
    }
    world.dialogs.remove_dialog(&call.dialog.id());
}

/// The same number called for the nth time behaves the same in every run.
fn seed_of(seed: u64, number: &str, nth: u64) -> u64 {
    number.bytes().fold(seed ^ nth.rotate_left(32), |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

impl Call<'_> {
    async fn live(&mut self) -> Outcome {
        let ring = Duration::from_millis(self.entry.ring_ms.unwrap_or(self.world.people.defaults.ring_ms));
        match &self.entry.behaviour {
            Behaviour::Refuses(r) => self.refuse_after(ring, r.status).await,
            Behaviour::RingsOut(_) => self.refuse_after(LONGEST_RING, 480).await,
            Behaviour::Invalid(invalid) => self.announce_and_refuse(&invalid.clone()).await,
            _ => self.answer_after(ring).await,
        }
    }

    fn entry_rng(&mut self) -> StdRng {
        StdRng::from_rng(&mut self.rng)
    }

    /// Rings; an error when the caller gave up.
    async fn ring(&mut self, time: Duration) -> Result<(), Outcome> {
        // A failure shows as the end of the dialog.
        let _ = self.dialog.ringing(self.reliably(), None);
        let over = sleep(time);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                () = self.world.closing.cancelled() => return Err(self.refuse(503, "the carrier is closing")),
                state = self.states.recv() => {
                    if let Some(end) = ended(state) {
                        return Err(self.given_up(end));
                    }
                }
            }
        }
    }

    /// Headers for a reliable provisional response (RFC 3262 §3), when wanted and supported.
    fn reliably(&self) -> Option<Vec<Header>> {
        let supports = |h: &Header| match h {
            Header::Supported(value) => value.value().contains("100rel"),
            Header::Require(value) => value.value().contains("100rel"),
            _ => false,
        };
        let request = self.dialog.initial_request();
        let reliable = self.entry.reliable && request.headers.iter().any(supports);
        reliable.then(|| vec![Header::Require("100rel".into()), Header::RSeq("1".into())])
    }

    fn given_up(&self, end: EndedBy) -> Outcome {
        let rings_out = matches!(self.entry.behaviour, Behaviour::RingsOut(_));
        let verdict = match end {
            EndedBy::Cancelled if rings_out => Verdict::pass(),
            EndedBy::Cancelled => Verdict::fail("the caller gave up before the answer"),
            _ => Verdict::fail("signalling broke off before the answer"),
        };
        Outcome::unanswered(487, end, verdict)
    }

    fn refuse(&self, status: u16, why: &str) -> Outcome {
        let _ = self.dialog.reject(Some(StatusCode::from(status)), None);
        let verdict = if why.is_empty() { Verdict::pass() } else { Verdict::fail(why) };
        Outcome::unanswered(status, EndedBy::Refused, verdict)
    }

    async fn refuse_after(&mut self, ring: Duration, status: u16) -> Outcome {
        match self.ring(ring).await {
            Ok(()) if ring == LONGEST_RING => self.refuse(status, "the caller let it ring for three minutes"),
            Ok(()) => self.refuse(status, ""),
            Err(outcome) => outcome,
        }
    }

    async fn leg(&mut self) -> Result<Leg, Outcome> {
        let socket = self.world.ports.bind().await.map_err(|e| {
            let _ = self.dialog.reject(Some(StatusCode::ServiceUnavailable), None);
            Outcome::fault(503, format!("no RTP port: {e}"))
        })?;
        let (rng_in, rng_out) = (self.entry_rng(), self.entry_rng());
        let codec = self.offer.choose(self.entry.codec);
        Leg::new(socket, &self.offer, codec, self.entry.network, [rng_in, rng_out])
            .map_err(|e| Outcome::fault(500, format!("no RTP socket: {e}")))
    }

    fn sdp_headers() -> Option<Vec<Header>> {
        Some(vec![Header::ContentType("application/sdp".into())])
    }

    fn answer_sdp(&self, leg: &Leg) -> Option<Vec<u8>> {
        Some(self.offer.answer(leg.local(), leg.codec(), self.version).into_bytes())
    }

    /// 183 with media until `pcm` has been played.
    async fn early_media(&mut self, leg: &mut Leg, pcm: Vec<i16>) -> Result<(), Outcome> {
        let mut headers = Self::sdp_headers().unwrap_or_default();
        headers.extend(self.reliably().unwrap_or_default());
        let _ = self.dialog.ringing(Some(headers), self.answer_sdp(leg));
        leg.play(Arc::new(Clip::sound(pcm)));
        tokio::select! {
            () = leg.send_until_idle() => Ok(()),
            () = self.world.closing.cancelled() => Err(self.refuse(503, "the carrier is closing")),
            end = wait_for_end(&mut self.states) => Err(self.given_up(end)),
        }
    }

    async fn announce_and_refuse(&mut self, invalid: &Invalid) -> Outcome {
        let mut leg = match self.leg().await {
            Ok(leg) => leg,
            Err(outcome) => return outcome,
        };
        let mut pcm = tones::special_information();
        if let Some(clip) = self.speech(&invalid.announcement) {
            pcm.resize(pcm.len() + tones::samples(200), 0);
            pcm.extend_from_slice(&clip.pcm);
        }
        match self.early_media(&mut leg, pcm).await {
            Ok(()) => self.refuse(invalid.status, ""),
            // To hang up at the tones is right.
            Err(Outcome { ended_by: EndedBy::Cancelled, .. }) => {
                Outcome::unanswered(487, EndedBy::Cancelled, Verdict::pass())
            }
            Err(outcome) => outcome,
        }
    }

    fn speech(&self, text: &str) -> Option<Clip> {
        let line = Line::parse(text).ok()?.decide(None);
        let voice = self.entry.voice(&self.world.people.defaults).parse().ok()?;
        Some(self.world.bank.clip(&voice, &line))
    }

    async fn answer_after(&mut self, ring: Duration) -> Outcome {
        let mut leg = match self.leg().await {
            Ok(leg) => leg,
            Err(outcome) => return outcome,
        };
        let rung = match self.entry.early_media_ms {
            Some(ms) => self.early_media(&mut leg, tones::ringback(ms)).await,
            None => self.ring(ring).await,
        };
        if let Err(outcome) = rung {
            return outcome;
        }
        if let Err(e) = self.dialog.accept(Self::sdp_headers(), self.answer_sdp(&leg)) {
            return Outcome::fault(200, format!("cannot answer: {e}"));
        }
        let answered = Instant::now();
        let people = &self.world.people;
        let manners = Manners {
            reaction_ms: self.entry.reaction_ms.unwrap_or(people.defaults.reaction_ms),
            pardon: people.hearing.pardon.clone(),
        };
        let rng = self.entry_rng();
        let Some(party) = party::make(self.entry, manners, rng) else {
            return Outcome::fault(500, "this number has nobody to talk");
        };
        self.converse(leg, party, answered).await
    }

    async fn converse(&mut self, leg: Leg, party: Box<dyn Party>, answered: Instant) -> Outcome {
        let Ok(voice) = self.entry.voice(&self.world.people.defaults).parse() else {
            return Outcome::fault(500, "this number has no voice");
        };
        let hangover = self.entry.hangover_ms.unwrap_or(self.world.people.defaults.hangover_ms);
        let echo = matches!(&self.entry.behaviour, Behaviour::Listener(l) if l.echo);
        let mut talk =
            Conversation::new(leg, party, voice, &self.world.bank, self.world.phrases.clone(), hangover, echo);
        let (ended_by, because) = loop {
            tokio::select! {
                stop = talk.run() => match stop {
                    Stop::Hangup(why) => break self.hang_up(why).await,
                    Stop::Broken(e) => break (EndedBy::Fault, format!("RTP socket: {e}")),
                },
                () = self.world.closing.cancelled() => break self.hang_up("the carrier is closing").await,
                state = self.states.recv() => match state {
                    Some(DialogState::Updated(_, request, handle)) => {
                        self.change(&mut talk, &request, &handle).await;
                    }
                    Some(DialogState::Info(_, _, handle) | DialogState::Options(_, _, handle)) => {
                        let _ = handle.reply(StatusCode::OK).await;
                    }
                    Some(DialogState::Refer(_, _, handle) | DialogState::Message(_, _, handle)) => {
                        let _ = handle.reply(StatusCode::NotImplemented).await;
                    }
                    other => if let Some(end) = ended(other) {
                        break (end, String::new());
                    },
                },
            }
        };
        let (log, verdict) = talk.close().await;
        Outcome { status: 200, ended_by, because, answered: Some(answered), log, verdict }
    }

    /// Re-INVITE or UPDATE (RFC 3261 §14, RFC 3311): moved media, hold, session refresh.
    async fn change(&mut self, talk: &mut Conversation<'_>, request: &Request, handle: &TransactionHandle) {
        let bare_update = request.method == Method::Update && request.body.is_empty();
        if bare_update {
            let _ = handle.reply(StatusCode::OK).await;
            return;
        }
        if !request.body.is_empty() {
            match sdp::parse(&String::from_utf8_lossy(&request.body)) {
                Ok(offer) => self.offer = offer,
                Err(e) => {
                    tracing::warn!("re-INVITE refused: {e}");
                    let _ = handle.reply(StatusCode::NotAcceptableHere).await;
                    return;
                }
            }
        }
        self.version += 1;
        talk.leg().redirect(&self.offer);
        let body = self.answer_sdp(talk.leg());
        let _ = handle.respond(StatusCode::OK, Self::sdp_headers(), body).await;
    }

    async fn hang_up(&mut self, why: &str) -> (EndedBy, String) {
        match timeout(BYE_LIMIT, self.dialog.bye()).await {
            Ok(Ok(())) => (EndedBy::Number, why.into()),
            Ok(Err(e)) => (EndedBy::Fault, format!("{why}; BYE failed: {e}")),
            Err(_) => (EndedBy::Fault, format!("{why}; BYE was not answered")),
        }
    }

    fn record(&self, call_id: String, at: SystemTime, began: Instant, outcome: Outcome) -> Record {
        let entry = self.entry;
        let ms = |d: Duration| d.as_millis() as u64;
        Record {
            call_id,
            number: entry.number.clone(),
            name: entry.name.clone(),
            personality: entry.behaviour.name().into(),
            campaign: entry.campaign.clone(),
            wording: entry.wording,
            at: at.duration_since(UNIX_EPOCH).map(|d| d.as_secs_f64()).unwrap_or_default(),
            answered_after_ms: outcome.answered.map(|a| ms(a - began)),
            talk_ms: outcome.answered.map_or(0, |a| ms(a.elapsed())),
            status: outcome.status,
            ended_by: outcome.ended_by,
            hung_up_because: outcome.because,
            turns: party::measure(&outcome.log),
            log: outcome.log,
            expect: entry.expect.clone(),
            verdict: outcome.verdict,
        }
    }
}

/// Whether a dialog state is an end, and whose.
fn ended(state: Option<DialogState>) -> Option<EndedBy> {
    match state {
        None => Some(EndedBy::Fault),
        Some(DialogState::Terminated(_, TerminatedReason::UacBye)) => Some(EndedBy::Caller),
        Some(DialogState::Terminated(_, TerminatedReason::UacCancel)) => Some(EndedBy::Cancelled),
        Some(DialogState::Terminated(_, TerminatedReason::UasBye)) => Some(EndedBy::Number),
        Some(DialogState::Terminated(..)) => Some(EndedBy::Fault),
        Some(_) => None,
    }
}

async fn wait_for_end(states: &mut DialogStateReceiver) -> EndedBy {
    loop {
        if let Some(end) = ended(states.recv().await) {
            return end;
        }
    }
}
