//! One leg's signalling and what its SDP means: places the call, makes offers and answers, ends it.

use crate::actor::session_id;
use crate::engine::Shared;
use crate::media::{self, MediaConfig, MediaHandle};
use crate::sip::{Dial, LegEvent, LegHandle, OutLeg, SipError, SrtpPolicy, TrunkCodec, TrunkConfig};
use rand::RngCore;
use std::time::Duration;
use warmline_control::{AgentPhone, CallId, Outcome, PlaceCall};
use warmline_media::codec::Codec;
use warmline_media::rtp::StreamStart;
use warmline_media::sdp::{self, LocalMedia, Negotiated, SdpError};
use warmline_media::tones::ProgressTone;

/// Longest wait for a trunk's rate.
const TURN_WAIT: Duration = Duration::from_secs(5);

/// A leg that has been placed.
pub(crate) struct Signalling {
    leg: OutLeg,
    handle: LegHandle,
    local: LocalMedia,
    /// Version of our last description (RFC 3264 §8).
    version: u64,
}

impl Signalling {
    /// Dial the person. The error is a sentence for the operator; nothing was sent then.
    pub(crate) async fn place(shared: &Shared, place: &PlaceCall) -> Result<(Self, MediaHandle), String> {
        let ring_limit = Some(Duration::from_secs(place.ring_limit_s.into()));
        dial(shared, &place.trunk, place.to.clone(), place.caller_id.clone(), place.call, ring_limit).await
    }

    /// Ring an agent's phone.
    pub(crate) async fn ring_agent(
        shared: &Shared,
        phone: &AgentPhone,
        call: CallId,
    ) -> Result<(Self, MediaHandle), String> {
        let ring_limit = Some(Duration::from_secs(phone.ring_limit_s.into()));
        dial(shared, &phone.trunk, phone.address.clone(), None, call, ring_limit).await
    }

    pub(crate) async fn next(&mut self) -> Option<LegEvent> {
        self.leg.next().await
    }

    /// What an answer to our offer amounts to.
    pub(crate) fn accept_answer(&self, sdp: &str) -> Result<Negotiated, SdpError> {
        sdp::accept_answer(&self.local, sdp)
    }

    /// Answer the far end's offer, or make one where it asked for ours. `Ok(None)`: its answer will follow.
    pub(crate) fn answer_reoffer(&mut self, id: u32, theirs: Option<&str>) -> Result<Option<Negotiated>, SdpError> {
        self.version += 1;
        let Some(theirs) = theirs else {
            self.handle.answer_offer(id, sdp::offer(&self.local, self.version));
            return Ok(None);
        };
        match sdp::answer_offer(&self.local, self.version, theirs) {
            Ok((ours, negotiated)) => {
                self.handle.answer_offer(id, ours);
                Ok(Some(negotiated))
            }
            Err(error) => {
                self.handle.refuse_offer(id);
                Err(error)
            }
        }
    }

    /// CANCEL or BYE, whichever fits.
    pub(crate) fn hang_up(&self) {
        self.handle.hangup("the call is over");
    }

    /// Wait until the leg has ended, at most `limit`.
    pub(crate) async fn finished(&mut self, limit: Duration) {
        tokio::time::timeout(limit, self.leg.ended()).await.ok();
    }
}

async fn dial(
    shared: &Shared,
    trunk: &str,
    to: String,
    caller_id: Option<String>,
    call: CallId,
    ring_limit: Option<Duration>,
) -> Result<(Signalling, MediaHandle), String> {
    let config = shared.trunk(trunk).ok_or_else(|| format!("no trunk is called {trunk:?}"))?;
    let address = shared.sip.local_ip(trunk).await.map_err(|e| e.to_string())?;
    let ports = shared.ports.take(address).map_err(|e| e.to_string())?;
    let local = local_media(config, address, ports.port);
    let timeout = shared.config.media_timeout;
    let unix_us = u64::try_from(shared.unix_ms()).unwrap_or(0) * 1000;
    let media = media::start(&shared.media_runtime, ports, MediaConfig { timeout, start: stream_start(), unix_us })
        .map_err(|e| format!("the RTP sockets cannot be used: {e}"))?;
    let version = 1;
    let offer = sdp::offer(&local, version);
    let dial = Dial { trunk: trunk.to_owned(), to, caller_id, call, offer, ring_limit };
    let leg = place_in_turn(shared, dial).await?;
    let handle = leg.handle();
    Ok((Signalling { leg, handle, local, version }, media))
}

/// A trunk that takes its next call in a moment is waited for, at most [`TURN_WAIT`].
async fn place_in_turn(shared: &Shared, dial: Dial) -> Result<OutLeg, String> {
    let until = tokio::time::Instant::now() + TURN_WAIT;
    loop {
        match shared.sip.place(dial.clone()) {
            Ok(leg) => return Ok(leg),
            Err(SipError::TooFast { retry_after, .. }) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(retry_after).await;
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn local_media(trunk: &TrunkConfig, address: std::net::IpAddr, port: u16) -> LocalMedia {
    let codecs = trunk.codecs.iter().map(|codec| match codec {
        TrunkCodec::Pcmu => Codec::Pcmu,
        TrunkCodec::Pcma => Codec::Pcma,
        TrunkCodec::G722 => Codec::G722,
        TrunkCodec::Opus => Codec::Opus,
    });
    let local = LocalMedia::new(address, port, codecs.collect(), session_id());
    let policy = match trunk.srtp {
        SrtpPolicy::Off => return local,
        SrtpPolicy::Optional => sdp::SrtpPolicy::Optional,
        SrtpPolicy::Required => sdp::SrtpPolicy::Required,
    };
    let mut entropy = [0; 60];
    random(&mut entropy);
    local.with_srtp(policy, &entropy)
}

/// RFC 3550 §5.1: source, sequence and timestamp start at random.
fn stream_start() -> StreamStart {
    let mut bytes = [0; 10];
    random(&mut bytes);
    let [a, b, c, d, e, f, g, h, i, j] = bytes;
    StreamStart {
        ssrc: u32::from_be_bytes([a, b, c, d]),
        sequence: u16::from_be_bytes([e, f]) & 0x7fff,
        timestamp: u32::from_be_bytes([g, h, i, j]),
    }
}

/// Keys and stream numbers are this shell's randomness.
#[expect(clippy::disallowed_methods, reason = "the edge where randomness enters")]
fn random(bytes: &mut [u8]) {
    rand::rng().fill_bytes(bytes);
}

/// What a tone of the network in early media means for the call, if it ends it.
pub(crate) fn outcome_of_tone(tone: ProgressTone) -> Option<(Outcome, &'static str)> {
    match tone {
        ProgressTone::Busy => Some((Outcome::Busy, "busy tone in early media")),
        ProgressTone::Reorder => Some((Outcome::Congestion, "reorder tone in early media")),
        ProgressTone::Sit(sit) if sit.number_is_invalid() => {
            Some((Outcome::InvalidNumber, "special information tones in early media"))
        }
        ProgressTone::Sit(_) => Some((Outcome::Congestion, "special information tones of a full network")),
        ProgressTone::Ringback => None,
    }
}
