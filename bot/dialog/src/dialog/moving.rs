//! From step to step, until something has to be waited for.

use super::{Dialog, Listening, MOST_STEPS, Misses, SILENCE_MS, State};
use crate::api::{BargeIn, Effect, HandOver, HangupReason, HttpRequest, Listen};
use crate::context::Point;
use crate::steps::{self, Flow};
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::{Named, StepKind};

impl Dialog {
    /// Enter `target` and go on until something has to be waited for.
    pub(crate) fn go(&mut self, target: &Named, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let mut next = template.step_index(target);
        for _ in 0..MOST_STEPS {
            let Some(step) = next else { return self.leave_by_limit(None, now, out) };
            match steps::enter(self, &template, step, out) {
                Flow::Next(target) => next = template.step_index(target),
                Flow::Wait => return,
            }
        }
        self.leave_by_limit(None, now, out);
    }

    pub(crate) fn leave_by_limit(&mut self, exit: Option<&Named>, now: NaiveDateTime, out: &mut Vec<Effect>) {
        // A limit reached on the way out of a limit ends the call.
        let again = std::mem::replace(&mut self.by_limit, true);
        match exit.filter(|_| !again) {
            Some(exit) => {
                let exit = exit.clone();
                self.misses = Misses::default();
                self.go(&exit, now, out);
            }
            None => {
                self.say_line(self.lines().goodbye.to_owned(), BargeIn::Never, "limit", out);
                self.hang_up(out);
            }
        }
    }

    pub(crate) fn hang_up(&mut self, out: &mut Vec<Effect>) {
        let reason = match (self.faulted, self.by_limit) {
            (true, _) => HangupReason::Fault,
            (false, true) => HangupReason::Limit,
            (false, false) => HangupReason::Completed,
        };
        self.state = State::Over;
        out.push(Effect::Hangup(reason));
    }

    /// Look for an agent. `step`: the handover step that wants it; none: asked for by a global intent.
    pub(crate) fn hand_over(
        &mut self,
        step: Option<usize>,
        reason: String,
        skill: Option<String>,
        out: &mut Vec<Effect>,
    ) {
        self.state = State::HandingOver { step, reason: reason.clone() };
        let (score, by_score) = self.watch.asks();
        out.push(Effect::HandOver(HandOver { reason, skill, score, by_score }));
    }

    /// Ask another system for the `http` step number `step`.
    pub(crate) fn request(&mut self, step: usize, request: HttpRequest, out: &mut Vec<Effect>) {
        self.requests += 1;
        self.state = State::Asking { step, id: self.requests };
        out.push(Effect::Http(HttpRequest { id: self.requests, ..request }));
    }

    /// Ask for the first time.
    pub(crate) fn open(&mut self, point: Point, out: &mut Vec<Effect>) {
        self.misses = Misses::default();
        self.question(&Listening { point, pending: Vec::new(), keyed: String::new() }, out);
    }

    pub(super) fn go_on_with_form(&mut self, step: usize, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let Some(StepKind::Form(form)) = template.template().steps.get(step).map(|step| &step.kind) else { return };
        if let Flow::Next(target) = steps::form::advance(self, form, step, out) {
            self.go(target, now, out);
        }
    }

    pub(crate) fn listen(&mut self, at: Listening, out: &mut Vec<Effect>) {
        let timeout_ms = self.retry(&at).and_then(|retry| retry.timeout_ms).unwrap_or(SILENCE_MS);
        self.listen_for(at, timeout_ms, out);
    }

    pub(crate) fn listen_for(&mut self, at: Listening, timeout_ms: u32, out: &mut Vec<Effect>) {
        let context = self.template.context_of(at.point);
        let point = at.point.name(self.template.template());
        out.push(Effect::Listen(Listen { step: self.step_name(at.point.step), point, context, timeout_ms }));
        self.state = State::Listening(at);
    }
}
