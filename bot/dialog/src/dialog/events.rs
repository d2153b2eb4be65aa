//! What happens to a conversation: one handler for each event.

use super::{Dialog, Listening, Misses, State};
use crate::api::{BargeIn, Effect, Entry, Utterance};
use crate::language::Here;
use crate::steps::{self, Heard};
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::StepKind;

impl Dialog {
    pub(super) fn on_answered(&mut self, entry: Entry, state: &State, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let points = &self.template.template().entry;
        let target = match entry {
            Entry::Person => Some(points.person.clone()),
            Entry::MachineWithBeep => points.machine_with_beep.clone(),
            Entry::MachineWithoutBeep => points.machine_without_beep.clone(),
            Entry::CalledBack => Some(points.called_back.as_ref().unwrap_or(&points.person).clone()),
            Entry::Chat => Some(points.chat.as_ref().unwrap_or(&points.person).clone()),
        };
        let takes = match state {
            State::Fresh | State::Over => true,
            // A machine found late; a person is already being talked to.
            State::Listening(_) | State::Asking { .. } => {
                matches!(entry, Entry::MachineWithBeep | Entry::MachineWithoutBeep)
            }
            State::HandingOver { .. } | State::Bridged => false,
        };
        if !takes {
            return;
        }
        self.misses = Misses::default();
        match target {
            Some(target) => self.go(&target, now, out),
            None => self.hang_up(out),
        }
    }

    pub(super) fn on_heard(
        &mut self,
        at: &Listening,
        utterance: &Utterance,
        now: NaiveDateTime,
        out: &mut Vec<Effect>,
    ) {
        if self.turn_is_too_many(now, out) {
            return;
        }
        let template = Arc::clone(&self.template);
        let utterance = &self.in_own_words(utterance);
        let here = Here { now, language: self.spoken_language() };
        let turn = steps::heard(&template, at, utterance, &self.slots, here);
        let best = utterance.readings.first().map(|reading| reading.text.as_str()).unwrap_or_default();
        best.clone_into(&mut self.heard);
        let before = out.len();
        self.act_on(at, turn, now, out);
        let sentiment = template.sentiment(utterance);
        out[before..].iter_mut().for_each(|effect| {
            if let Effect::Understood(understanding) = effect {
                understanding.sentiment = sentiment;
            }
        });
        for category in template.categories(utterance) {
            if !self.categories.contains(&category) {
                self.categories.push(category.clone());
                // Before anything that may end the call.
                out.insert(before, Effect::Categorised(category));
            }
        }
    }

    pub(super) fn on_key(&mut self, at: &Listening, key: char, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let heard = steps::keyed(&template, at, key, now);
        if !matches!(heard, Heard::MoreKeys(_)) && self.turn_is_too_many(now, out) {
            return;
        }
        self.heard.clear();
        self.act_on(at, heard.into(), now, out);
    }

    pub(super) fn on_silence(&mut self, at: &Listening, now: NaiveDateTime, out: &mut Vec<Effect>) {
        if !at.keyed.is_empty() {
            // The pause after the last key ends the number.
            return self.on_key(at, '#', now, out);
        }
        self.misses.silence += 1;
        let limit = self.template.template().limits.silence.clone();
        let Some(retry) = self.retry(at) else { return };
        let most = retry.attempts.unwrap_or(limit.most);
        if self.misses.silence >= most {
            let exit = limit.goto.as_ref().or(retry.otherwise.as_ref());
            return self.leave_by_limit(exit, now, out);
        }
        let last = self.misses.silence + 1 == most;
        let own = retry.by_key.as_ref().filter(|_| last).or(retry.on_silence.as_ref());
        self.ask_again(at, own, self.misses.silence, self.lines().nothing_heard, out);
    }

    pub(super) fn on_handoff_failed(
        &mut self,
        step: Option<usize>,
        reason: String,
        now: NaiveDateTime,
        out: &mut Vec<Effect>,
    ) {
        let template = Arc::clone(&self.template);
        let failed = step.and_then(|step| match &template.template().steps.get(step)?.kind {
            StepKind::Handover(handover) => handover.failed.as_ref(),
            _ => None,
        });
        if let Some(failed) = failed {
            return self.go(failed, now, out);
        }
        let message = self.values(&template).nobody_free();
        self.say_line(message, BargeIn::Never, "handoff_failed", out);
        out.push(Effect::Callback { due: None, reason });
        self.hang_up(out);
    }

    /// Fill the slots and go on; where to says whether it went well.
    pub(super) fn on_http_done(
        &mut self,
        step: usize,
        result: Result<String, String>,
        now: NaiveDateTime,
        out: &mut Vec<Effect>,
    ) {
        let template = Arc::clone(&self.template);
        let Some(StepKind::Http(http)) = template.template().steps.get(step).map(|step| &step.kind) else { return };
        match result.ok().and_then(|answer| steps::http::results(http, &answer)) {
            Some(slots) => {
                self.fill(slots, out);
                self.go(&http.ok, now, out);
            }
            None => self.go(&http.failed, now, out),
        }
    }

    /// A useful message before the end; a second fault, in that message, ends without one.
    pub(super) fn on_fault(&mut self, state: &State, now: NaiveDateTime, out: &mut Vec<Effect>) {
        if matches!(state, State::Over | State::Bridged) && !self.faulted {
            return;
        }
        if std::mem::replace(&mut self.faulted, true) {
            return self.hang_up(out);
        }
        let template = Arc::clone(&self.template);
        match &template.template().entry.error {
            Some(target) => self.go(target, now, out),
            None => {
                self.say_line(self.lines().fault.to_owned(), BargeIn::Never, "error", out);
                self.hang_up(out);
            }
        }
    }

    fn turn_is_too_many(&mut self, now: NaiveDateTime, out: &mut Vec<Effect>) -> bool {
        self.turns += 1;
        let limit = self.template.template().limits.turns.clone();
        if self.turns <= limit.most {
            return false;
        }
        // The exit may itself ask something; it gets as many turns again, and then no more.
        self.turns = 0;
        let exit = limit.goto.filter(|_| !std::mem::replace(&mut self.turns_used_up, true));
        self.leave_by_limit(exit.as_ref(), now, out);
        true
    }
}
