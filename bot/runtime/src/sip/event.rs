//! What a leg tells its owner.

use super::cause::LegEnd;
use std::time::Instant;

/// Number of an offer of the far end within its leg.
pub type OfferId = u32;

/// One thing that happened on a leg, in order. [`LegEvent::Ended`] is the last.
#[derive(Clone, Debug, PartialEq)]
pub enum LegEvent {
    /// 100: the next hop has the call.
    Trying,
    /// 180–183. `sdp` is an early answer: early media may follow (RFC 3960).
    Ringing { status: u16, sdp: Option<String> },
    /// 200. `sdp` is the answer to our offer.
    Answered { sdp: String, at: Instant },
    /// The far end changes the session. Answer with [`LegHandle::answer_offer`](super::LegHandle::answer_offer) or
    /// [`LegHandle::refuse_offer`](super::LegHandle::refuse_offer). Without `sdp` it asks for our offer, and its
    /// answer arrives as [`LegEvent::OfferAnswered`].
    Reoffer { id: OfferId, sdp: Option<String>, kind: OfferKind },
    /// The far end's answer to the offer that we gave for a [`LegEvent::Reoffer`] without SDP.
    OfferAnswered { id: OfferId, sdp: String },
    /// A key sent by INFO (`0`–`9`, `*`, `#`, `A`–`D`).
    Dtmf(char),
    /// The leg is over.
    Ended(LegEnd),
}

/// How the far end offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// RFC 3261 §14.
    ReInvite,
    /// RFC 3311.
    Update,
}
