//! The answered part of a call: prompts, listening, utterances and machines.

use crate::io::{Output, PromptId, Timer, UtteranceId};
use crate::{CallConfig, Ms};
use std::collections::VecDeque;
use warmline_control::AnsweredBy;
use warmline_dialog::{BargeIn, Dialog, HangupReason, Listen, Prompt, Utterance};
use warmline_speech::activity::Activity;
use warmline_speech::amd::Amd;
use warmline_speech::endpoint::Endpointer;

/// What is known of a conversation that is going on.
pub(crate) struct Talk {
    pub(crate) answered_at: u64,
    pub(crate) dialog: Dialog,
    pub(crate) answered_by: AnsweredBy,
    pub(crate) activity: Activity,
    pub(crate) endpointer: Endpointer,
    /// Absent when no detection is wanted or it is settled that nothing can change the verdict.
    pub(crate) amd: Option<Amd>,
    /// A machine recites its greeting: say nothing, hear nothing.
    pub(crate) waiting_for_machine: bool,
    /// Prompts not yet finished, the playing one first.
    pub(crate) queue: VecDeque<Queued>,
    /// The runtime was told to hold playback, and not yet to go on.
    pub(crate) held: bool,
    pub(crate) listen: Option<Listen>,
    pub(crate) hearing: Option<Hearing>,
    /// How far voice activity is known.
    pub(crate) voice_to: Ms,
    /// What was said before this belongs to an earlier utterance.
    pub(crate) heard_to: Ms,
    /// Number of the latest recognition request.
    pub(crate) last_request: UtteranceId,
    pub(crate) last_prompt: PromptId,
    /// What follows when the queued prompts are done.
    pub(crate) hangup: Option<HangupReason>,
    pub(crate) silence_at: Option<u64>,
    pub(crate) time_up_at: Option<u64>,
    /// The far end has put us on hold.
    pub(crate) on_hold: bool,
    /// What failed, when the conversation is being ended because of it.
    pub(crate) fault: Option<String>,
}

/// A prompt that has not finished.
pub(crate) struct Queued {
    pub(crate) id: PromptId,
    pub(crate) prompt: Prompt,
    /// When its first packet left.
    pub(crate) started_at: Option<Ms>,
}

/// An utterance that is going on or being read.
#[derive(Debug)]
pub(crate) struct Hearing {
    /// Where the detected speech begins.
    pub(crate) from: Ms,
    /// The reading up to the last sound, when one was made.
    pub(crate) reading: Option<Utterance>,
    /// The recognition request under way.
    pub(crate) pending: Option<UtteranceId>,
    /// When the endpointer said that the person had finished.
    pub(crate) ended: Option<u64>,
    /// The detector says that somebody is speaking now.
    pub(crate) sounding: bool,
}

impl Talk {
    pub(crate) fn new(config: &CallConfig, dialog: Dialog, limit_ms: Option<u64>, now: u64) -> Self {
        Self {
            answered_at: now,
            dialog,
            answered_by: AnsweredBy::Person,
            activity: Activity::new(config.activity),
            endpointer: Endpointer::new(config.endpoint),
            amd: config.detect_machines.then(|| Amd::new(config.amd)),
            waiting_for_machine: false,
            queue: VecDeque::new(),
            held: false,
            listen: None,
            hearing: None,
            voice_to: 0,
            heard_to: 0,
            last_request: 0,
            last_prompt: 0,
            hangup: None,
            silence_at: None,
            time_up_at: limit_ms.map(|limit| now.saturating_add(limit)),
            on_hold: false,
            fault: None,
        }
    }

    /// The call's own clock: milliseconds since the answer.
    pub(crate) fn clock(&self, now: u64) -> Ms {
        Ms::try_from(now.saturating_sub(self.answered_at)).unwrap_or(Ms::MAX)
    }

    /// May speech be taken as an answer at this moment? A prompt that must not be interrupted
    /// protects those before it too, because an answer would drop it.
    pub(crate) fn hears_speech(&self) -> bool {
        let greeting = !self.queue.is_empty() && self.amd.as_ref().is_some_and(Amd::undecided);
        self.listen.is_some() && !greeting && self.queue.iter().all(|queued| self.may_talk_over(queued))
    }

    fn may_talk_over(&self, queued: &Queued) -> bool {
        match queued.prompt.barge_in {
            BargeIn::Allowed => true,
            BargeIn::After { ms } => queued.started_at.is_some_and(|from| self.voice_to >= from.saturating_add(ms)),
            BargeIn::Keys | BargeIn::Never => false,
        }
    }

    /// May a key be taken as an answer at this moment?
    pub(crate) fn hears_keys(&self) -> bool {
        self.listen.is_some() && self.queue.iter().all(|q| q.prompt.barge_in != BargeIn::Never)
    }

    /// Begin an utterance when somebody speaks who may be heard; notice when they pause and go on.
    pub(crate) fn follow_speech(&mut self) {
        let speaking = self.activity.speaking();
        if self.hearing.is_none() && speaking && self.hears_speech() {
            let from = self.activity.speech_start().max(self.heard_to);
            self.endpointer.begin(from);
            self.silence_at = None;
            self.hearing = Some(Hearing { from, reading: None, pending: None, ended: None, sounding: true });
        }
        let Some(hearing) = &mut self.hearing else { return };
        if speaking && !hearing.sounding {
            // They go on after a pause: what was read of it no longer counts.
            (hearing.reading, hearing.pending, hearing.ended) = (None, None, None);
            self.endpointer.resume(self.activity.speech_start());
        }
        hearing.sounding = speaking;
    }

    /// Give up on what is being said; it will not be heard again as a part of something later.
    pub(crate) fn drop_hearing(&mut self, clock: Ms) {
        self.hearing = None;
        self.heard_to = clock;
    }

    /// Forget what was being asked and answered: something else has the word.
    pub(crate) fn stop_listening(&mut self) {
        (self.listen, self.hearing, self.silence_at) = (None, None, None);
    }

    pub(crate) fn hold_playback(&mut self, out: &mut Vec<Output>) {
        if !std::mem::replace(&mut self.held, true) {
            out.push(Output::HoldPlayback);
        }
    }

    pub(crate) fn release_playback(&mut self, out: &mut Vec<Output>) {
        if self.held && !self.on_hold {
            self.held = false;
            out.push(Output::ResumePlayback);
        }
    }

    /// Start counting silence when nothing is left to play and an answer is awaited.
    pub(crate) fn await_answer(&mut self, now: u64) {
        let idle = self.queue.is_empty() && self.hearing.is_none() && !self.on_hold && !self.waiting_for_machine;
        self.silence_at = match &self.listen {
            Some(listen) if idle => Some(now.saturating_add(u64::from(listen.timeout_ms))),
            _ => None,
        };
    }

    /// The next wake-up of the conversation.
    pub(crate) fn wake_at(&self) -> Option<(u64, Timer)> {
        let silence = self.silence_at.map(|at| (at, Timer::Silence));
        let time_up = self.time_up_at.map(|at| (at, Timer::TimeUp));
        silence.into_iter().chain(time_up).min()
    }
}
