//! The answered part of a call: prompts, listening, utterances and machines.

use crate::io::{PromptId, Timer, UtteranceId};
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
    /// Absent when the template or the configuration wants no detection.
    pub(crate) amd: Option<Amd>,
    /// A machine recites its greeting: say nothing, hear nothing.
    pub(crate) waiting_for_machine: bool,
    /// Prompts not yet finished, the playing one first.
    pub(crate) queue: VecDeque<(PromptId, Prompt)>,
    /// Playback is held because somebody spoke over it.
    pub(crate) held: bool,
    pub(crate) listen: Option<Listen>,
    pub(crate) hearing: Option<Hearing>,
    /// Number of the latest recognition request.
    pub(crate) last_request: UtteranceId,
    pub(crate) last_prompt: PromptId,
    /// What follows when the queued prompts are done.
    pub(crate) hangup: Option<HangupReason>,
    pub(crate) silence_at: Option<u64>,
    pub(crate) time_up_at: Option<u64>,
    pub(crate) on_hold: bool,
}

/// An utterance that is going on or being read.
#[derive(Debug)]
pub(crate) struct Hearing {
    /// Where the detected speech begins.
    pub(crate) from: Ms,
    /// It began over a prompt, which is held.
    pub(crate) over_prompt: bool,
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
            last_request: 0,
            last_prompt: 0,
            hangup: None,
            silence_at: None,
            time_up_at: limit_ms.map(|limit| now + limit),
            on_hold: false,
        }
    }

    /// May speech be taken as an answer at this moment?
    pub(crate) fn hears_speech(&self) -> bool {
        let greeting = self.amd.as_ref().is_some_and(Amd::undecided);
        match self.queue.front() {
            None => self.listen.is_some(),
            Some((_, prompt)) => self.listen.is_some() && prompt.barge_in == BargeIn::Allowed && !greeting,
        }
    }

    /// May a key be taken as an answer at this moment?
    pub(crate) fn hears_keys(&self) -> bool {
        let barred = self.queue.front().is_some_and(|(_, prompt)| prompt.barge_in == BargeIn::Never);
        self.listen.is_some() && !barred
    }

    /// Start of an utterance at `from`.
    pub(crate) fn begin_hearing(&mut self, from: Ms) {
        self.endpointer.begin(from);
        self.silence_at = None;
        self.hearing = Some(Hearing {
            from,
            over_prompt: !self.queue.is_empty(),
            reading: None,
            pending: None,
            ended: None,
            sounding: true,
        });
    }

    /// Start counting silence when nothing is left to play and an answer is awaited.
    pub(crate) fn await_answer(&mut self, now: u64) {
        let idle = self.queue.is_empty() && self.hearing.is_none() && !self.on_hold && !self.waiting_for_machine;
        self.silence_at = match &self.listen {
            Some(listen) if idle => Some(now + u64::from(listen.timeout_ms)),
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
