//! The machine itself: what can happen in which state, and how a call ends. The handlers of an
//! answered call live beside it: `hear`, `speak`, `handoff`.

use crate::CallConfig;
use crate::handoff::Handoff;
use crate::io::{Input, Output, Timer};
use crate::talk::Talk;
use crate::turns::Turns;
use chrono::{NaiveDateTime, TimeDelta};
use std::collections::BTreeMap;
use warmline_control::{AnsweredBy, CallReport, EndReason, EventKind, Outcome, TurnRecord};
use warmline_dialog::{Dialog, DialogEvent, Entry};

/// One call, from INVITE to its report.
pub struct Call {
    pub(crate) config: CallConfig,
    /// The called person's local time when the call was made.
    local_start: NaiveDateTime,
    state: State,
    pub(crate) turns: Turns,
    pub(crate) tags: Vec<String>,
    pub(crate) slots: BTreeMap<String, String>,
    pub(crate) handoff: Handoff,
    ring_ms: Option<u32>,
    /// Where the dialog begins when a person answers.
    entry: Entry,
}

enum State {
    /// Dialled, not answered.
    Setup {
        dialog: Box<Dialog>,
        limit_ms: Option<u64>,
        ringing: bool,
    },
    Talking(Box<Talk>),
    Ended,
}

impl Call {
    /// A call that is about to be dialled. `limit_ms` is the template's longest conversation and
    /// `local_start` the called person's local time at `now` zero. The first output is `Dialling`.
    pub fn new(
        config: CallConfig,
        dialog: Dialog,
        limit_ms: Option<u64>,
        local_start: NaiveDateTime,
    ) -> (Self, Vec<Output>) {
        let call = Self {
            config,
            local_start,
            state: State::Setup { dialog: Box::new(dialog), limit_ms, ringing: false },
            turns: Turns::default(),
            tags: Vec::new(),
            slots: BTreeMap::new(),
            handoff: Handoff::None,
            ring_ms: None,
            entry: Entry::Person,
        };
        (call, vec![Output::Event(EventKind::Dialling)])
    }

    /// The person asked for this call: they are greeted as somebody who is known. To be said before the answer.
    pub fn is_called_back(&mut self) {
        self.entry = Entry::CalledBack;
    }

    /// The call is over and its `Ended` event is out.
    pub fn ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// When, and why, the call wants [`Input::Wake`].
    pub fn wake_at(&self) -> Option<(u64, Timer)> {
        let talk = self.talking()?;
        // The limit on seconds does not take a person away from the agent they wait for.
        match self.handoff.gives_up_at() {
            Some(at) => Some((at, Timer::Handoff)),
            None => talk.wake_at(),
        }
    }

    /// Understanding the last answer and stepping the dialog took `ms`; for the turn's record.
    pub fn dialog_took(&mut self, ms: f32) {
        self.turns.dialog_took(ms);
    }

    /// Something happened at `now` milliseconds since the call was made.
    pub fn handle(&mut self, input: Input, now: u64) -> Vec<Output> {
        let mut out = Vec::new();
        match &mut self.state {
            State::Ended => {}
            State::Setup { .. } => self.on_setup(input, now, &mut out),
            State::Talking(_) => self.on_talk(input, now, &mut out),
        }
        out
    }

    fn on_setup(&mut self, input: Input, now: u64, out: &mut Vec<Output>) {
        let State::Setup { dialog, limit_ms, ringing } = &mut self.state else { return };
        match input {
            Input::Ringing { early_media } if !std::mem::replace(ringing, true) => {
                out.push(Output::Event(EventKind::Ringing { early_media }));
            }
            Input::Answered => {
                let talk = Talk::new(&self.config, Dialog::clone(dialog), *limit_ms, now);
                self.state = State::Talking(Box::new(talk));
                self.ring_ms = Some(u32::try_from(now).unwrap_or(u32::MAX));
                out.push(Output::Event(EventKind::Answered));
                self.dialog(DialogEvent::Answered(self.entry), now, out);
            }
            Input::SetupFailed { outcome, sip_status, cause } => {
                self.end_unanswered(outcome, sip_status, cause, EndReason::NotAnswered, out);
            }
            Input::RemoteHangup => {
                let cause = "the call was lost before it was answered".into();
                self.end_unanswered(Outcome::Failed, None, cause, EndReason::NotAnswered, out);
            }
            Input::EarlyTone { outcome, cause } => {
                out.push(Output::HangUp);
                self.end_unanswered(outcome, None, cause, EndReason::NotAnswered, out);
            }
            Input::Cancel { reason } => {
                out.push(Output::HangUp);
                self.end_unanswered(Outcome::Failed, None, reason, EndReason::Cancelled, out);
            }
            _ => {}
        }
    }

    fn on_talk(&mut self, input: Input, now: u64, out: &mut Vec<Output>) {
        match input {
            Input::Voice { from, to, probability } => self.on_voice(from, to, probability, now, out),
            Input::Beep { at } => self.on_beep(at, now, out),
            Input::Key(key) => self.on_key(key, now, out),
            Input::PlaybackStarted { id, at } => self.on_playback_started(id, at, now, out),
            Input::PlaybackFinished { id, at } => self.on_playback_finished(id, at, now, out),
            Input::PromptFailed { id, reason } => self.on_prompt_failed(id, &reason, now, out),
            Input::Recognised { id, utterance } => self.on_recognised(id, utterance, now, out),
            Input::Responded { id, result } => self.dialog(DialogEvent::HttpDone { id, result }, now, out),
            Input::RecordingStarted(recording) => out.push(Output::Event(EventKind::RecordingStarted(recording))),
            Input::RemoteHangup => self.end(EndReason::RemoteHangup, "the called person hung up".into(), now, out),
            Input::MediaStopped => self.on_media_stopped(now, out),
            Input::Cancel { reason } => self.end(EndReason::Cancelled, reason, now, out),
            Input::Held(held) => self.on_held(held, now, out),
            Input::Bridge(agent) => self.on_bridge(agent, now, out),
            Input::NoAgent { reason } => self.handoff_failed(reason, now, out),
            Input::AgentAnswered => self.on_agent_answered(now, out),
            Input::AgentFailed { reason } => self.agent_gone(reason, now, out),
            Input::AgentHangup => self.agent_gone("the agent hung up".into(), now, out),
            Input::Wake => self.on_wake(now, out),
            Input::Ringing { .. } | Input::Answered | Input::SetupFailed { .. } | Input::EarlyTone { .. } => {}
        }
    }

    fn on_wake(&mut self, now: u64, out: &mut Vec<Output>) {
        while let Some((at, timer)) = self.wake_at()
            && at <= now
        {
            match timer {
                Timer::Silence => self.on_silence(now, out),
                Timer::TimeUp => self.on_time_up(now, out),
                Timer::Handoff => self.handoff_failed("nobody answered in time".into(), now, out),
            }
        }
    }

    /// Many phones send nothing while they hold; only otherwise is a silent socket a dead line.
    fn on_media_stopped(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.talking().is_some_and(|talk| !talk.on_hold) {
            self.end(EndReason::MediaTimeout, "no audio arrived any more".into(), now, out);
        }
    }

    pub(crate) fn talk(&mut self) -> Option<&mut Talk> {
        match &mut self.state {
            State::Talking(talk) => Some(talk),
            State::Setup { .. } | State::Ended => None,
        }
    }

    pub(crate) fn talking(&self) -> Option<&Talk> {
        match &self.state {
            State::Talking(talk) => Some(talk),
            State::Setup { .. } | State::Ended => None,
        }
    }

    /// The called person's local time.
    pub(crate) fn local(&self, now: u64) -> NaiveDateTime {
        let passed = i64::try_from(now).ok().and_then(TimeDelta::try_milliseconds);
        passed.and_then(|passed| self.local_start.checked_add_signed(passed)).unwrap_or(self.local_start)
    }

    // ---- the end ----

    fn end_unanswered(
        &mut self,
        outcome: Outcome,
        sip_status: Option<u16>,
        cause: String,
        end_reason: EndReason,
        out: &mut Vec<Output>,
    ) {
        self.state = State::Ended;
        out.push(Output::Event(EventKind::Ended(Box::new(CallReport {
            outcome,
            end_reason,
            answered_by: None,
            sip_status,
            cause,
            ring_ms: None,
            talk_ms: 0,
            intent: None,
            tags: Vec::new(),
            slots: BTreeMap::new(),
            handed_over: false,
            turns: 0,
        }))));
    }

    /// End an answered call: the rest of the record, the agent's leg, the far end's, the report.
    pub(crate) fn end(&mut self, end_reason: EndReason, cause: String, now: u64, out: &mut Vec<Output>) {
        let State::Talking(talk) = std::mem::replace(&mut self.state, State::Ended) else { return };
        let clock = talk.clock(now);
        if talk.queue.front().is_some_and(|queued| queued.started_at.is_some()) {
            self.turns.ended(clock);
        }
        out.extend(self.turns.finish().map(|turn| Output::Event(EventKind::Turn(Box::new(turn)))));
        if self.handoff.has_leg() {
            out.push(Output::DropAgent);
        }
        out.push(Output::HangUp);
        let outcome = match (end_reason, talk.answered_by) {
            (EndReason::Fault, _) => Outcome::Failed,
            (_, AnsweredBy::Person) => Outcome::Person,
            (_, AnsweredBy::MachineWithBeep | AnsweredBy::MachineWithoutBeep) => Outcome::Machine,
        };
        out.push(Output::Event(EventKind::Ended(Box::new(CallReport {
            outcome,
            end_reason,
            answered_by: Some(talk.answered_by),
            sip_status: Some(200),
            cause,
            ring_ms: self.ring_ms,
            talk_ms: clock,
            intent: talk.dialog.intent().map(str::to_owned),
            tags: std::mem::take(&mut self.tags),
            slots: std::mem::take(&mut self.slots),
            handed_over: matches!(self.handoff, Handoff::Bridged),
            turns: self.turns.heard,
        }))));
    }
}

pub(crate) fn push_turn(out: &mut Vec<Output>, turn: Option<TurnRecord>) {
    out.extend(turn.map(|turn| Output::Event(EventKind::Turn(Box::new(turn)))));
}
