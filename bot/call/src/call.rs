//! The machine itself: one handler for each thing that can happen.

use crate::handoff::Handoff;
use crate::io::{Input, Output, PromptId, Timer, UtteranceId};
use crate::talk::Talk;
use crate::turns::{Answer, Turns};
use crate::{CallConfig, Ms};
use chrono::{NaiveDateTime, TimeDelta};
use std::collections::BTreeMap;
use warmline_control::{AgentPhone, AnsweredBy, CallReport, EndReason, EventKind, Outcome};
use warmline_dialog::{Completeness, Dialog, DialogEvent, Effect, Entry, HangupReason, Prompt, Utterance};
use warmline_speech::amd::Finding;
use warmline_speech::endpoint::{Decision, Reading};
use warmline_speech::{activity::Edge, barge_in};

/// Speech shorter than this that cannot be read is a noise, not an answer.
const NOISE_MS: Ms = 400;

/// One call, from INVITE to its report.
pub struct Call {
    config: CallConfig,
    /// The called person's local time when the call was made.
    local_start: NaiveDateTime,
    state: State,
    turns: Turns,
    tags: Vec<String>,
    slots: BTreeMap<String, String>,
    handoff: Handoff,
    ring_ms: Option<u32>,
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
        };
        (call, vec![Output::Event(EventKind::Dialling)])
    }

    /// The call is over and its `Ended` event is out.
    pub fn ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// When, and why, the call wants [`Input::Wake`].
    pub fn wake_at(&self) -> Option<(u64, Timer)> {
        let State::Talking(talk) = &self.state else { return None };
        let handoff = self.handoff.gives_up_at().map(|at| (at, Timer::Handoff));
        talk.wake_at().into_iter().chain(handoff).min()
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
            Input::Ringing { early_media } => {
                if !std::mem::replace(ringing, true) {
                    out.push(Output::Event(EventKind::Ringing { early_media }));
                }
            }
            Input::Answered => {
                let talk = Talk::new(&self.config, Dialog::clone(dialog), *limit_ms, now);
                self.state = State::Talking(Box::new(talk));
                self.ring_ms = Some(u32::try_from(now).unwrap_or(u32::MAX));
                out.push(Output::Event(EventKind::Answered));
                self.dialog(DialogEvent::Answered(Entry::Person), now, out);
            }
            Input::SetupFailed { outcome, sip_status, cause } => {
                self.end_unanswered(outcome, sip_status, cause, EndReason::NotAnswered, out);
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
            Input::Beep { at } => {
                let finding = self.talk().and_then(|t| t.amd.as_mut()).and_then(|amd| amd.on_beep(at));
                self.on_finding(finding, now, out);
            }
            Input::Key(key) => self.on_key(key, now, out),
            Input::PlaybackStarted { id, at } => self.on_playback_started(id, at, now, out),
            Input::PlaybackFinished { id, at } => self.on_playback_finished(id, at, now, out),
            Input::PromptFailed { reason, .. } => {
                self.end(EndReason::Fault, format!("a prompt could not be made: {reason}"), now, out);
            }
            Input::Recognised { id, utterance } => self.on_recognised(id, utterance, now, out),
            Input::RecordingStarted(recording) => out.push(Output::Event(EventKind::RecordingStarted(recording))),
            Input::RemoteHangup => self.end(EndReason::RemoteHangup, "the called person hung up".into(), now, out),
            Input::MediaStopped => self.end(EndReason::MediaTimeout, "no audio arrived any more".into(), now, out),
            Input::Cancel { reason } => self.end(EndReason::Cancelled, reason, now, out),
            Input::Held(held) => {
                if let Some(talk) = self.talk() {
                    talk.on_hold = held;
                    talk.await_answer(now);
                }
            }
            Input::Bridge(agent) => self.on_bridge(agent, now, out),
            Input::NoAgent { reason } => self.handoff_failed(reason, now, out),
            Input::AgentAnswered => self.on_agent_answered(now, out),
            Input::AgentFailed { reason } => self.handoff_failed(reason, now, out),
            Input::AgentHangup => {
                if matches!(self.handoff, Handoff::Bridged) {
                    self.end(EndReason::AgentHangup, "the agent hung up".into(), now, out);
                } else {
                    self.handoff_failed("the agent hung up".into(), now, out);
                }
            }
            Input::Wake => self.on_wake(now, out),
            Input::Ringing { .. } | Input::Answered | Input::SetupFailed { .. } | Input::EarlyTone { .. } => {}
        }
    }

    fn talk(&mut self) -> Option<&mut Talk> {
        match &mut self.state {
            State::Talking(talk) => Some(talk),
            State::Setup { .. } | State::Ended => None,
        }
    }

    fn local(&self, now: u64) -> NaiveDateTime {
        let passed = TimeDelta::milliseconds(i64::try_from(now).unwrap_or(i64::MAX));
        self.local_start.checked_add_signed(passed).unwrap_or(self.local_start)
    }

    // ---- voice ----

    fn on_voice(&mut self, from: Ms, to: Ms, probability: f32, now: u64, out: &mut Vec<Output>) {
        let quiet_bot = self.handoff.open() || matches!(self.handoff, Handoff::Bridged);
        let Some(talk) = self.talk() else { return };
        let edge = talk.activity.push(from, to, probability);
        if quiet_bot {
            return;
        }
        let finding = talk.amd.as_mut().and_then(|amd| {
            if let Some(edge) = edge {
                amd.on_edge(edge);
            }
            amd.poll(to)
        });
        self.on_finding(finding, now, out);
        self.hear(edge, to, now, out);
    }

    /// Follow the utterance that is going on, or begin one.
    fn hear(&mut self, edge: Option<Edge>, to: Ms, now: u64, out: &mut Vec<Output>) {
        let (config, preroll) = (self.config.barge_in, self.config.preroll_ms);
        let Some(talk) = self.talk() else { return };
        if talk.waiting_for_machine {
            return;
        }
        let speaking = talk.activity.speaking();
        if talk.hearing.is_none() && speaking && talk.hears_speech() {
            talk.begin_hearing(talk.activity.speech_start());
        }
        let last_sound = talk.activity.last_speech_end();
        let Some(hearing) = &mut talk.hearing else { return };
        if matches!(edge, Some(Edge::Stopped { .. })) {
            hearing.sounding = false;
        }
        if speaking && !hearing.sounding {
            // They go on after a pause: what was read of it no longer counts.
            (hearing.sounding, hearing.reading, hearing.pending, hearing.ended) = (true, None, None, None);
            talk.endpointer.resume();
        }
        if hearing.over_prompt && !talk.held && !talk.queue.is_empty() && barge_in::holds(config, hearing.from, to) {
            talk.held = true;
            out.push(Output::HoldPlayback);
        }
        if hearing.ended.is_some() {
            return;
        }
        let decision = talk.endpointer.decide(to, last_sound);
        if decision == Decision::Wait {
            return;
        }
        let last = matches!(decision, Decision::End(_));
        if last {
            hearing.ended = Some(now);
            if hearing.reading.is_some() {
                return self.finish_utterance(to, now, out);
            }
        }
        if hearing.pending.is_none() || last {
            let context = talk.listen.as_ref().map_or(0, |listen| listen.context);
            talk.last_request += 1;
            hearing.pending = Some(talk.last_request);
            let from = hearing.from.saturating_sub(preroll);
            out.push(Output::Recognise { id: talk.last_request, from, to, context, last });
        }
    }

    fn on_recognised(&mut self, id: UtteranceId, utterance: Utterance, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        let Some(hearing) = &mut talk.hearing else { return };
        if hearing.pending != Some(id) {
            return;
        }
        hearing.pending = None;
        let reading = match utterance.readings.first() {
            None => Reading::Unknown,
            Some(best) => match talk.dialog.completeness(&best.text, best.expected) {
                Completeness::Complete => Reading::Complete,
                Completeness::Unknown => Reading::Unknown,
                Completeness::Unfinished => Reading::Unfinished,
            },
        };
        hearing.reading = Some(utterance);
        talk.endpointer.on_reading(reading);
        if hearing.ended.is_some() {
            let heard_to = talk.activity.last_speech_end();
            self.finish_utterance(heard_to, now, out);
        }
    }

    /// The person has finished and the reading is there; `to` is the call clock now.
    fn finish_utterance(&mut self, to: Ms, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        let Some(hearing) = talk.hearing.take() else { return };
        let utterance = hearing.reading.unwrap_or_default();
        let last_sound = talk.activity.last_speech_end();
        let text = utterance.readings.first().map_or("", |r| r.text.as_str());
        let noise = text.is_empty() && last_sound.saturating_sub(hearing.from) < NOISE_MS;
        if !talk.queue.is_empty() && !barge_in::interrupts(text) {
            if std::mem::take(&mut talk.held) {
                out.push(Output::ResumePlayback);
            }
            return;
        }
        let Some(listen) = talk.listen.clone().filter(|_| !noise) else {
            return talk.await_answer(now);
        };
        let endpoint = hearing.ended.unwrap_or(now);
        let sound_end = endpoint.saturating_sub(u64::from(to.saturating_sub(last_sound)));
        self.stop_playback(to, now, out);
        let answer = Answer::Speech { from: hearing.from, to: last_sound, utterance: &utterance, sound_end, endpoint };
        let older = self.turns.answer(&listen.step, answer, now);
        push_turn(out, older);
        self.dialog(DialogEvent::Heard(utterance), now, out);
    }

    fn on_key(&mut self, key: char, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        if !talk.hears_keys() {
            return;
        }
        talk.hearing = None;
        let Some(listen) = talk.listen.clone() else { return };
        let at = u32::try_from(now.saturating_sub(talk.answered_at)).unwrap_or(u32::MAX);
        self.stop_playback(at, now, out);
        let older = self.turns.answer(&listen.step, Answer::Key { key, at }, now);
        push_turn(out, older);
        self.dialog(DialogEvent::Key(key), now, out);
    }

    // ---- machines ----

    fn on_finding(&mut self, finding: Option<Finding>, now: u64, out: &mut Vec<Output>) {
        let Some(finding) = finding else { return };
        let Some(talk) = self.talk() else { return };
        let at = u32::try_from(now.saturating_sub(talk.answered_at)).unwrap_or(u32::MAX);
        match finding {
            Finding::Person => out.push(Output::Event(EventKind::Detected { answered_by: AnsweredBy::Person })),
            Finding::Machine => {
                talk.waiting_for_machine = true;
                talk.answered_by = AnsweredBy::MachineWithoutBeep;
                (talk.listen, talk.hearing, talk.silence_at, talk.hangup) = (None, None, None, None);
                self.stop_playback(at, now, out);
            }
            Finding::MachineReady { beep } => {
                let (answered_by, entry) = if beep {
                    (AnsweredBy::MachineWithBeep, Entry::MachineWithBeep)
                } else {
                    (AnsweredBy::MachineWithoutBeep, Entry::MachineWithoutBeep)
                };
                talk.waiting_for_machine = false;
                talk.answered_by = answered_by;
                (talk.listen, talk.hearing, talk.silence_at, talk.hangup) = (None, None, None, None);
                self.stop_playback(at, now, out);
                out.push(Output::Event(EventKind::Detected { answered_by }));
                self.dialog(DialogEvent::Answered(entry), now, out);
            }
        }
    }

    // ---- prompts ----

    fn on_playback_started(&mut self, id: PromptId, at: Ms, now: u64, out: &mut Vec<Output>) {
        let known = self.talk().is_some_and(|t| t.queue.iter().any(|(queued, _)| *queued == id));
        if known {
            let turn = self.turns.started(at, now);
            push_turn(out, turn);
        }
    }

    fn on_playback_finished(&mut self, id: PromptId, at: Ms, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        if talk.queue.front().is_none_or(|(playing, _)| *playing != id) {
            return;
        }
        talk.queue.pop_front();
        talk.held = false;
        let last = talk.queue.is_empty();
        self.turns.ended(at, false);
        if last {
            self.dialog(DialogEvent::PromptsDone { interrupted: false }, now, out);
        }
    }

    /// Stop what is playing, if anything is, because the person or a machine has the word.
    fn stop_playback(&mut self, at: Ms, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        talk.held = false;
        if talk.queue.is_empty() {
            return;
        }
        talk.queue.clear();
        self.turns.ended(at, true);
        out.push(Output::StopPlayback);
        let local = self.local(now);
        let Some(talk) = self.talk() else { return };
        // What the dialog would do next gives way to what the person says.
        talk.dialog.handle(DialogEvent::PromptsDone { interrupted: true }, local);
    }

    // ---- dialog ----

    fn dialog(&mut self, event: DialogEvent, now: u64, out: &mut Vec<Output>) {
        let local = self.local(now);
        let Some(talk) = self.talk() else { return };
        if !matches!(event, DialogEvent::PromptsDone { .. }) {
            talk.listen = None;
        }
        talk.silence_at = None;
        let effects = talk.dialog.handle(event, local);
        for effect in effects {
            self.apply(effect, now, out);
        }
        self.settle(now, out);
    }

    fn apply(&mut self, effect: Effect, now: u64, out: &mut Vec<Output>) {
        match effect {
            Effect::Say(prompt) => self.say(prompt, out),
            Effect::Listen(listen) => {
                if let Some(talk) = self.talk() {
                    talk.listen = Some(listen);
                }
            }
            Effect::Understood(understanding) => {
                self.turns.understood(&understanding);
            }
            Effect::SetSlot { name, value } => {
                self.slots.insert(name.clone(), value.clone());
                out.push(Output::Event(EventKind::SlotFilled { name, value }));
            }
            Effect::Tag(tag) => {
                if !self.tags.contains(&tag) {
                    self.tags.push(tag.clone());
                    out.push(Output::Event(EventKind::Tagged { tag }));
                }
            }
            Effect::OptOut => out.push(Output::Event(EventKind::OptedOut)),
            Effect::Callback { due, reason } => out.push(Output::Event(EventKind::CallbackRequested { due, reason })),
            Effect::HandOver { reason, skill } => {
                self.handoff = Handoff::Requested { since: now, until: now + self.config.handoff_limit_ms };
                let slots = self.slots.clone();
                out.push(Output::Event(EventKind::HandoffRequested { reason, skill, slots }));
            }
            Effect::Hangup(reason) => {
                if let Some(talk) = self.talk() {
                    talk.hangup = Some(reason);
                }
            }
        }
    }

    fn say(&mut self, prompt: Prompt, out: &mut Vec<Output>) {
        self.turns.said(&prompt);
        let Some(talk) = self.talk() else { return };
        talk.last_prompt += 1;
        let id = talk.last_prompt;
        talk.queue.push_back((id, prompt.clone()));
        out.push(Output::Play { id, prompt });
    }

    /// With nothing left to play: hang up if that was next, else wait for an answer.
    fn settle(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        match talk.hangup.filter(|_| talk.queue.is_empty()) {
            Some(HangupReason::Completed) => self.end(EndReason::Completed, "the dialog is complete".into(), now, out),
            Some(HangupReason::Limit) => {
                self.end(EndReason::Limit, "a limit of the template was reached".into(), now, out);
            }
            None => talk.await_answer(now),
        }
    }

    fn on_wake(&mut self, now: u64, out: &mut Vec<Output>) {
        while let Some((at, timer)) = self.wake_at()
            && at <= now
        {
            match timer {
                Timer::Silence => self.on_silence(now, out),
                Timer::TimeUp => {
                    if let Some(talk) = self.talk() {
                        talk.time_up_at = None;
                        talk.hearing = None;
                    }
                    self.dialog(DialogEvent::TimeUp, now, out);
                }
                Timer::Handoff => self.handoff_failed("nobody answered in time".into(), now, out),
            }
        }
    }

    fn on_silence(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        talk.silence_at = None;
        let step = talk.listen.as_ref().map(|listen| listen.step.clone()).unwrap_or_default();
        let older = self.turns.answer(&step, Answer::Silence, now);
        push_turn(out, older);
        self.dialog(DialogEvent::Silence, now, out);
    }

    // ---- handoff ----

    fn on_bridge(&mut self, agent: AgentPhone, now: u64, out: &mut Vec<Output>) {
        if let Handoff::Requested { since, .. } = self.handoff {
            let until = now + u64::from(agent.ring_limit_s) * 1000;
            out.push(Output::RingAgent(agent.clone()));
            self.handoff = Handoff::Ringing { since, until, agent };
        }
    }

    fn on_agent_answered(&mut self, now: u64, out: &mut Vec<Output>) {
        let Handoff::Ringing { since, agent, .. } = &self.handoff else { return };
        let wait_ms = u32::try_from(now.saturating_sub(*since)).unwrap_or(u32::MAX);
        out.push(Output::BridgeAudio);
        out.push(Output::Event(EventKind::Bridged { agent: agent.name.clone(), wait_ms }));
        self.handoff = Handoff::Bridged;
        // The agent's first words matter more than the rest of "one moment please".
        if let Some(talk) = self.talk() {
            (talk.time_up_at, talk.listen, talk.hearing) = (None, None, None);
            let at = u32::try_from(now.saturating_sub(talk.answered_at)).unwrap_or(u32::MAX);
            self.stop_playback(at, now, out);
        }
        self.dialog(DialogEvent::Bridged, now, out);
    }

    fn handoff_failed(&mut self, reason: String, now: u64, out: &mut Vec<Output>) {
        if !self.handoff.open() {
            return;
        }
        if self.handoff.has_leg() {
            out.push(Output::DropAgent);
        }
        self.handoff = Handoff::Failed;
        out.push(Output::Event(EventKind::HandoffFailed { reason: reason.clone() }));
        self.dialog(DialogEvent::HandoffFailed { reason }, now, out);
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

    fn end(&mut self, end_reason: EndReason, cause: String, now: u64, out: &mut Vec<Output>) {
        let State::Talking(talk) = std::mem::replace(&mut self.state, State::Ended) else { return };
        if self.handoff.has_leg() {
            out.push(Output::DropAgent);
        }
        out.push(Output::HangUp);
        for turn in self.turns.finish() {
            push_turn(out, Some(turn));
        }
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
            talk_ms: u32::try_from(now.saturating_sub(talk.answered_at)).unwrap_or(u32::MAX),
            intent: talk.dialog.intent().map(str::to_owned),
            tags: std::mem::take(&mut self.tags),
            slots: std::mem::take(&mut self.slots),
            handed_over: matches!(self.handoff, Handoff::Bridged),
            turns: self.turns.heard,
        }))));
    }
}

fn push_turn(out: &mut Vec<Output>, turn: Option<warmline_control::TurnRecord>) {
    out.extend(turn.map(|turn| Output::Event(EventKind::Turn(Box::new(turn)))));
}
