//! Everything that can go into a call and come out of it.

use crate::Ms;
use warmline_control::{AgentPhone, EventKind, Outcome};
use warmline_dialog::{HttpRequest, Prompt, Utterance};

/// Numbers the prompts of one call.
pub type PromptId = u32;
/// Numbers the utterances of one call.
pub type UtteranceId = u32;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Input {
    Ringing {
        early_media: bool,
    },
    Answered,
    /// Never answered. `outcome` is what the SIP cause means.
    SetupFailed {
        outcome: Outcome,
        sip_status: Option<u16>,
        cause: String,
    },
    /// A network tone or announcement in early media says how this will end.
    EarlyTone {
        outcome: Outcome,
        cause: String,
    },
    /// The far end hung up, or its leg was lost.
    RemoteHangup,
    /// The far end put us on hold, or took us back.
    Held(bool),
    /// No RTP has arrived for the configured time. Ignored on hold.
    MediaStopped,
    /// One voice-activity chunk of the far end's audio.
    Voice {
        from: Ms,
        to: Ms,
        probability: f32,
    },
    /// A steady tone that ends a machine's greeting, at `at`.
    Beep {
        at: Ms,
    },
    Key(char),
    /// The first packet of a prompt left.
    PlaybackStarted {
        id: PromptId,
        at: Ms,
    },
    /// The last packet of a prompt left.
    PlaybackFinished {
        id: PromptId,
        at: Ms,
    },
    /// A prompt could not be made. Ends the call as a fault, unless the prompt is no longer wanted or
    /// an agent is on the way.
    PromptFailed {
        id: PromptId,
        reason: String,
    },
    /// Answer to [`Output::Recognise`].
    Recognised {
        id: UtteranceId,
        utterance: Utterance,
    },
    /// Answer to [`Output::Request`]: the text of the other system's answer, or why there is none.
    Responded {
        id: u32,
        result: Result<String, String>,
    },
    /// The recording is being written.
    RecordingStarted(warmline_control::Recording),
    Bridge(AgentPhone),
    NoAgent {
        reason: String,
    },
    AgentAnswered,
    AgentFailed {
        reason: String,
    },
    AgentHangup,
    /// The dialer wants the call ended.
    Cancel {
        reason: String,
    },
    /// A wake-up that [`crate::Call::wake_at`] asked for.
    Wake,
}

/// What the runtime must do, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Tell the dialer.
    Event(EventKind),
    /// Queue a prompt behind those already queued.
    Play {
        id: PromptId,
        prompt: Prompt,
    },
    /// Stop sending, keep the place. Also holds what is queued from now on.
    HoldPlayback,
    /// Go on from the place.
    ResumePlayback,
    /// Drop everything queued, and end a hold. What is still reported about it is ignored.
    StopPlayback,
    /// Read the far end's audio of `from..to`. An older request of the same call is void.
    Recognise {
        id: UtteranceId,
        from: Ms,
        to: Ms,
        context: usize,
        last: bool,
    },
    /// Ask another system, beside the audio.
    Request(HttpRequest),
    RingAgent(AgentPhone),
    /// Connect both legs' audio.
    BridgeAudio,
    /// End the agent's leg.
    DropAgent,
    /// End the call: CANCEL before the answer, BYE after. Always the last output but the `Ended` event.
    HangUp,
}

/// Why a call wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The person has said nothing since the prompts ended.
    Silence,
    /// The template's limit on seconds.
    TimeUp,
    /// Nobody has taken the handoff.
    Handoff,
}
