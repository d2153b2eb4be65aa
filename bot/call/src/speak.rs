//! What the bot says and does: prompts, and the effects of the dialog.

use crate::Ms;
use crate::call::{Call, push_turn};
use crate::handoff::Handoff;
use crate::io::{Output, PromptId};
use crate::talk::{Queued, Talk};
use crate::turns::Answer;
use warmline_control::{EndReason, EventKind};
use warmline_dialog::{DialogEvent, Effect, HangupReason, Prompt};

impl Call {
    // ---- prompts ----

    fn say(&mut self, prompt: Prompt, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        talk.last_prompt += 1;
        let id = talk.last_prompt;
        talk.queue.push_back(Queued { id, prompt: prompt.clone(), started_at: None });
        out.push(Output::Play { id, prompt });
    }

    pub(crate) fn on_playback_started(&mut self, id: PromptId, at: Ms, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        let Some(queued) = talk.queue.iter_mut().find(|queued| queued.id == id && queued.started_at.is_none()) else {
            return;
        };
        queued.started_at = Some(at);
        let prompt = queued.prompt.clone();
        let turn = self.turns.started(&prompt, at, now);
        push_turn(out, turn);
    }

    pub(crate) fn on_playback_finished(&mut self, id: PromptId, at: Ms, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        if talk.queue.front().is_none_or(|playing| playing.id != id) {
            return;
        }
        talk.queue.pop_front();
        let last = talk.queue.is_empty();
        self.turns.ended(at);
        if last {
            self.dialog(DialogEvent::PromptsDone { interrupted: false }, now, out);
        }
    }

    /// A prompt could not be made. Without it the conversation makes no sense: a message, then the
    /// end, unless an agent is about to take the call. One that was stopped meanwhile is no matter.
    pub(crate) fn on_prompt_failed(&mut self, id: PromptId, reason: &str, now: u64, out: &mut Vec<Output>) {
        let wanted = self.talk().is_some_and(|talk| talk.queue.iter().any(|queued| queued.id == id));
        if !wanted {
            return;
        }
        if self.handoff.has_the_call() {
            return self.stop_playback(now, out);
        }
        let why = format!("a prompt could not be made: {reason}");
        let Some(talk) = self.talk() else { return };
        talk.fault = Some(why.clone());
        talk.stop_listening();
        talk.hangup = None;
        self.stop_playback(now, out);
        // The template's words for it may be there already; if they fail too, the call ends at once.
        self.dialog(DialogEvent::Fault, now, out);
        // A dialog that was over, and only waited for these last words, has nothing more to say.
        let nothing_follows = |talk: &mut Talk| talk.queue.is_empty() && talk.hangup.is_none() && talk.listen.is_none();
        if self.talk().is_some_and(nothing_follows) {
            self.end(EndReason::Fault, why, now, out);
        }
    }

    /// The person has the word: stop what is playing, if anything is.
    pub(crate) fn give_way(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.talk().is_some_and(|talk| !talk.queue.is_empty()) {
            self.turns.interrupted();
        }
        self.stop_playback(now, out);
    }

    /// Drop every prompt. Does nothing when nothing is queued or held.
    pub(crate) fn stop_playback(&mut self, now: u64, out: &mut Vec<Output>) {
        let local = self.local(now);
        let Some(talk) = self.talk() else { return };
        let playing = talk.queue.front().is_some_and(|queued| queued.started_at.is_some());
        let clock = talk.clock(now);
        if !talk.queue.is_empty() || talk.held {
            out.push(Output::StopPlayback);
            talk.held = false;
            if talk.on_hold {
                talk.hold_playback(out);
            }
        }
        if !talk.queue.is_empty() {
            talk.queue.clear();
            // What the dialog would do next gives way to what has happened.
            talk.dialog.handle(DialogEvent::PromptsDone { interrupted: true }, local);
        }
        if playing {
            self.turns.ended(clock);
        }
    }

    // ---- hold ----

    /// The far end put us on hold, or took us back. A refreshed session says so again.
    pub(crate) fn on_held(&mut self, held: bool, now: u64, out: &mut Vec<Output>) {
        let agent = matches!(self.handoff, Handoff::Bridged);
        let Some(talk) = self.talk() else { return };
        if std::mem::replace(&mut talk.on_hold, held) == held {
            return;
        }
        let clock = talk.clock(now);
        talk.drop_hearing(clock);
        if held && !agent {
            talk.hold_playback(out);
        } else {
            talk.release_playback(out);
        }
        talk.await_answer(now);
    }

    // ---- dialog ----

    pub(crate) fn dialog(&mut self, event: DialogEvent, now: u64, out: &mut Vec<Output>) {
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
            Effect::Understood(understanding) => self.turns.understood(&understanding),
            Effect::Scored(score) => self.turns.scored(score),
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
            Effect::Categorised(category) => {
                if !self.categories.contains(&category) {
                    self.categories.push(category);
                }
            }
            Effect::OptOut => out.push(Output::Event(EventKind::OptedOut)),
            Effect::Callback { due, reason } => out.push(Output::Event(EventKind::CallbackRequested { due, reason })),
            Effect::Http(request) => out.push(Output::Request(request)),
            Effect::HandOver(wanted) => self.request_handoff(wanted, now, out),
            Effect::Hangup(reason) => {
                if let Some(talk) = self.talk() {
                    talk.hangup = Some(reason);
                }
            }
        }
    }

    /// With nothing left to play: hang up if that was next, else wait for an answer.
    fn settle(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        match talk.hangup.filter(|_| talk.queue.is_empty()) {
            Some(HangupReason::Completed) => self.end(EndReason::Completed, "the dialog is complete".into(), now, out),
            Some(HangupReason::Limit) => self.end_by_limit(now, out),
            Some(HangupReason::Fault) => {
                let why = talk.fault.take().unwrap_or_else(|| "something failed".to_owned());
                self.end(EndReason::Fault, why, now, out);
            }
            None => talk.await_answer(now),
        }
    }

    // ---- time ----

    pub(crate) fn on_silence(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        talk.silence_at = None;
        let asked = talk.listen.clone();
        let older = self.turns.answer(asked.as_ref(), Answer::Silence, now);
        push_turn(out, older);
        self.dialog(DialogEvent::Silence, now, out);
    }

    /// The template's limit on seconds: the exit is said, unless nobody would hear it.
    pub(crate) fn on_time_up(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        talk.time_up_at = None;
        let clock = talk.clock(now);
        talk.drop_hearing(clock);
        if talk.on_hold {
            return self.end_by_limit(now, out);
        }
        if talk.held {
            // Somebody is talking over the prompt; going on with it now would be odd.
            self.give_way(now, out);
        }
        self.dialog(DialogEvent::TimeUp, now, out);
    }

    fn end_by_limit(&mut self, now: u64, out: &mut Vec<Output>) {
        self.end(EndReason::Limit, "a limit of the template was reached".into(), now, out);
    }
}
