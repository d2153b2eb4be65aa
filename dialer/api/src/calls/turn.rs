//! One exchange of a call, and the handover, as the API shows them.

use crate::named::TurnInputName;
use serde::Serialize;
use utoipa::ToSchema;
use warmline_domain::{Handoff, HandoffReason, HandoffScore, HeardReading, Turn, TurnLatency, WeighedIntent};

/// One exchange. Times are milliseconds since the answer, which is the recording's zero.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TurnView {
    /// 1, 2, 3 … within the call.
    pub turn: u16,
    pub step: String,
    /// Which question of the step was open: `answer`, `confirm`, or `form:` and the field's slot.
    pub point: Option<String>,
    pub said: String,
    pub said_from_ms: u32,
    pub said_to_ms: u32,
    /// The person talked over the prompt and it stopped.
    pub interrupted: bool,
    /// How the answer came; absent for an exchange without one.
    pub input: Option<TurnInputName>,
    /// The person's words, the key, or empty for silence.
    pub heard: String,
    pub heard_from_ms: Option<u32>,
    pub heard_to_ms: Option<u32>,
    /// Recogniser's confidence, 0–1.
    pub confidence: Option<f32>,
    /// What the recogniser thought it might have been, best first; the first one is `heard`.
    pub readings: Vec<ReadingView>,
    /// Intent or slot.
    pub understood: Option<String>,
    /// 0–1.
    pub score: Option<f32>,
    /// Which rule or nearest utterance said so.
    pub why: Option<String>,
    /// Further intents of the same answer.
    pub also: Vec<String>,
    /// What else it might have meant, best first.
    pub alternatives: Vec<AlternativeView>,
    /// How the words sound: −1 angry … 1 pleased.
    pub sentiment: Option<f32>,
    /// How much a human was needed after this exchange, and why.
    pub handoff: Option<HandoffScoreView>,
    pub latency: Option<LatencyView>,
}

impl From<Turn> for TurnView {
    fn from(turn: Turn) -> Self {
        Self {
            turn: turn.turn,
            step: turn.step,
            point: turn.point,
            said: turn.said,
            said_from_ms: turn.said_from_ms,
            said_to_ms: turn.said_to_ms,
            interrupted: turn.interrupted,
            input: turn.input.map(TurnInputName),
            heard: turn.heard,
            heard_from_ms: turn.heard_from_ms,
            heard_to_ms: turn.heard_to_ms,
            confidence: turn.confidence,
            readings: turn.readings.into_iter().map(ReadingView::from).collect(),
            understood: turn.understood,
            score: turn.score,
            why: turn.why,
            also: turn.also,
            alternatives: turn.alternatives.into_iter().map(AlternativeView::from).collect(),
            sentiment: turn.sentiment,
            handoff: turn.handoff.map(HandoffScoreView::from),
            latency: turn.latency.map(LatencyView::from),
        }
    }
}

/// One reading of what was said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReadingView {
    pub text: String,
    /// 0–1.
    pub confidence: f32,
    /// It came from the step's own phrases or grammars.
    pub expected: bool,
}

impl From<HeardReading> for ReadingView {
    fn from(r: HeardReading) -> Self {
        Self { text: r.text, confidence: r.confidence, expected: r.expected }
    }
}

/// A meaning that was weighed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AlternativeView {
    pub intent: String,
    /// 0–1.
    pub score: f32,
}

impl From<WeighedIntent> for AlternativeView {
    fn from(other: WeighedIntent) -> Self {
        Self { intent: other.intent, score: other.score }
    }
}

/// How much a human is worth more than the bot, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HandoffScoreView {
    /// 0–1.
    pub score: f32,
    /// The heaviest first.
    pub reasons: Vec<HandoffReasonView>,
}

/// One sign that a human is needed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandoffReasonView {
    /// Such as `no_match` or `buying`.
    pub cue: String,
    /// The score that it would give alone, 0–1.
    pub weight: f32,
    /// One short sentence.
    pub detail: String,
}

impl From<&warmline_dialog::HandoffReason> for HandoffReasonView {
    fn from(r: &warmline_dialog::HandoffReason) -> Self {
        Self { cue: r.cue.clone(), weight: r.weight, detail: r.detail.clone() }
    }
}

impl From<HandoffScore> for HandoffScoreView {
    fn from(h: HandoffScore) -> Self {
        let reason = |r: HandoffReason| HandoffReasonView { cue: r.cue, weight: r.weight, detail: r.detail };
        Self { score: h.score, reasons: h.reasons.into_iter().map(reason).collect() }
    }
}

/// Where the time between the person's last sound and the bot's first packet went, in milliseconds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LatencyView {
    pub total_ms: f32,
    pub endpointing_ms: f32,
    pub asr_ms: f32,
    pub nlu_dialog_ms: f32,
    pub tts_ms: f32,
}

impl From<TurnLatency> for LatencyView {
    fn from(l: TurnLatency) -> Self {
        Self {
            total_ms: l.total_ms,
            endpointing_ms: l.endpointing_ms,
            asr_ms: l.asr_ms,
            nlu_dialog_ms: l.nlu_dialog_ms,
            tts_ms: l.tts_ms,
        }
    }
}

/// How a handover went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HandoffView {
    /// Why the bot asked for a human.
    pub reason: String,
    /// How much a human was needed at that moment, and why.
    pub score: Option<HandoffScoreView>,
    /// The score led to it, not the flow of the template or a wish.
    pub by_score: bool,
    /// Who took it.
    pub agent: Option<String>,
    /// From the request to two-way audio.
    pub wait_ms: Option<u32>,
    /// Why nobody did.
    pub failed: Option<String>,
}

impl From<Handoff> for HandoffView {
    fn from(h: Handoff) -> Self {
        let score = h.score.map(HandoffScoreView::from);
        Self { reason: h.reason, score, by_score: h.by_score, agent: h.agent, wait_ms: h.wait_ms, failed: h.failed }
    }
}
