//! What comes from the far end's mouth and keys: utterances, barge-in, answers, machines.

use crate::Ms;
use crate::call::{Call, push_turn};
use crate::io::{Output, UtteranceId};
use crate::turns::Answer;
use warmline_control::{AnsweredBy, EventKind};
use warmline_dialog::{Completeness, DialogEvent, Effect, Entry, Utterance};
use warmline_speech::amd::{Amd, Finding};
use warmline_speech::barge_in;
use warmline_speech::endpoint::{Decision, Reading};

/// Speech shorter than this that cannot be read is a noise, not an answer.
const NOISE_MS: Ms = 400;
/// Longest wait for a reading after the person has finished; then the utterance counts as unreadable.
const READING_MS: u64 = 5000;

impl Call {
    pub(crate) fn on_voice(&mut self, from: Ms, to: Ms, probability: f32, now: u64, out: &mut Vec<Output>) {
        let agent = self.handoff.has_the_call();
        let Some(talk) = self.talk() else { return };
        let edge = talk.activity.push(from, to, probability);
        talk.voice_to = to;
        // To an agent, or music on hold.
        if agent || talk.on_hold {
            return;
        }
        let finding = talk.amd.as_mut().and_then(|amd| {
            if let Some(edge) = edge {
                amd.on_edge(edge);
            }
            amd.poll(to)
        });
        self.on_finding(finding, now, out);
        self.follow(to, now, out);
    }

    // ---- utterances ----

    /// Follow the utterance that is going on, or begin one.
    fn follow(&mut self, to: Ms, now: u64, out: &mut Vec<Output>) {
        let (config, preroll) = (self.config.barge_in, self.config.preroll_ms);
        let Some(talk) = self.talk() else { return };
        talk.follow_speech();
        let last_sound = talk.activity.last_speech_end();
        let Some(from) = talk.hearing.as_ref().map(|hearing| hearing.from) else { return };
        if !talk.queue.is_empty() && barge_in::holds(config, from, last_sound) {
            talk.hold_playback(out);
        }
        let Some(hearing) = &mut talk.hearing else { return };
        if let Some(ended) = hearing.ended {
            if now.saturating_sub(ended) >= READING_MS {
                self.finish_utterance(now, out);
            }
            return;
        }
        // One more chunk tells whether they have begun again.
        let decision = if talk.activity.stirring() { Decision::Wait } else { talk.endpointer.decide(to, last_sound) };
        if decision == Decision::Wait {
            return;
        }
        let last = matches!(decision, Decision::End(_));
        if !last {
            (hearing.reading, hearing.pending) = (None, None);
        } else {
            hearing.ended = Some(now);
            if hearing.reading.is_some() {
                return self.finish_utterance(now, out);
            }
        }
        if hearing.pending.is_none() || last {
            let context = talk.listen.as_ref().map_or(0, |listen| listen.context);
            talk.last_request += 1;
            hearing.pending = Some(talk.last_request);
            let from = from.saturating_sub(preroll).max(talk.heard_to);
            out.push(Output::Recognise { id: talk.last_request, from, to, context, last });
        }
    }

    pub(crate) fn on_recognised(&mut self, id: UtteranceId, utterance: Utterance, now: u64, out: &mut Vec<Output>) {
        let asked = self.talking().and_then(|talk| talk.hearing.as_ref()).and_then(|hearing| hearing.pending);
        if asked != Some(id) {
            return;
        }
        let amount = self.amount(&utterance, now);
        let Some(talk) = self.talk() else { return };
        let Some(hearing) = &mut talk.hearing else { return };
        hearing.pending = None;
        // A cough need not be waited out: the prompt goes on at once.
        let ended = hearing.ended.is_some() || (!talk.queue.is_empty() && !interrupts(&utterance));
        hearing.reading = Some(utterance);
        talk.endpointer.on_reading(amount);
        let voice_to = talk.voice_to;
        if ended {
            self.finish_utterance(now, out);
        } else {
            // It may have come after the wait it asks for.
            self.follow(voice_to, now, out);
        }
    }

    /// What the reading so far amounts to in the step that listens.
    fn amount(&self, utterance: &Utterance, now: u64) -> Reading {
        let (Some(talk), Some(best)) = (self.talking(), utterance.readings.first()) else { return Reading::Unknown };
        match talk.dialog.completeness(&best.text, best.expected) {
            Completeness::Complete => Reading::Complete,
            Completeness::MayGoOn => Reading::MayGoOn,
            Completeness::Unfinished => Reading::Unfinished,
            Completeness::Unknown => {
                // Ask a copy of the dialog what it would make of it. A slot is another matter than a
                // wish: "five five" is understood and yet half a number.
                let effects = talk.dialog.clone().handle(DialogEvent::Heard(utterance.clone()), self.local(now));
                let wish = |effect: &Effect| match effect {
                    Effect::Understood(found) => found.intent.as_ref().is_some_and(|i| !i.starts_with("slot:")),
                    _ => false,
                };
                if effects.iter().any(wish) { Reading::Understood } else { Reading::Unknown }
            }
        }
    }

    /// The person has finished and the reading is there.
    fn finish_utterance(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        let Some(hearing) = talk.hearing.take() else { return };
        let utterance = hearing.reading.unwrap_or_default();
        let last_sound = talk.activity.last_speech_end();
        talk.heard_to = last_sound;
        let noise = utterance.readings.is_empty() && last_sound.saturating_sub(hearing.from) < NOISE_MS;
        let real = !noise && (talk.queue.is_empty() || interrupts(&utterance));
        let Some(listen) = talk.listen.clone().filter(|_| real) else {
            talk.release_playback(out);
            return talk.await_answer(now);
        };
        let endpoint = hearing.ended.unwrap_or(now);
        let sound_end = talk.answered_at.saturating_add(u64::from(last_sound)).min(endpoint);
        self.give_way(now, out);
        let answer = Answer::Speech { from: hearing.from, to: last_sound, utterance: &utterance, sound_end, endpoint };
        let older = self.turns.answer(Some(&listen), answer, now);
        push_turn(out, older);
        self.dialog(DialogEvent::Heard(utterance), now, out);
    }

    // ---- keys ----

    pub(crate) fn on_key(&mut self, key: char, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        if !talk.hears_keys() {
            return;
        }
        let Some(listen) = talk.listen.clone() else { return };
        let at = talk.clock(now);
        talk.drop_hearing(at);
        self.is_person(out);
        self.give_way(now, out);
        let older = self.turns.answer(Some(&listen), Answer::Key { key, at }, now);
        push_turn(out, older);
        self.dialog(DialogEvent::Key(key), now, out);
    }

    // ---- machines ----

    /// A beep, which on hold may be the music's.
    pub(crate) fn on_beep(&mut self, at: Ms, now: u64, out: &mut Vec<Output>) {
        let talk = self.talk().filter(|talk| !talk.on_hold);
        let finding = talk.and_then(|talk| talk.amd.as_mut()).and_then(|amd| amd.on_beep(at));
        self.on_finding(finding, now, out);
    }

    /// Something only a person does has settled who answered.
    pub(crate) fn is_person(&mut self, out: &mut Vec<Output>) {
        let amd = self.talk().and_then(|talk| talk.amd.take());
        if amd.as_ref().is_some_and(Amd::undecided) {
            out.push(Output::Event(EventKind::Detected { answered_by: AnsweredBy::Person }));
        }
    }

    fn on_finding(&mut self, finding: Option<Finding>, now: u64, out: &mut Vec<Output>) {
        let Some(finding) = finding else { return };
        let Some(talk) = self.talk() else { return };
        match finding {
            Finding::Person => out.push(Output::Event(EventKind::Detected { answered_by: AnsweredBy::Person })),
            Finding::Machine => {
                talk.waiting_for_machine = true;
                talk.answered_by = AnsweredBy::MachineWithoutBeep;
                self.silence_for_machine(now, out);
            }
            Finding::MachineReady { beep } => {
                let (answered_by, entry) = if beep {
                    (AnsweredBy::MachineWithBeep, Entry::MachineWithBeep)
                } else {
                    (AnsweredBy::MachineWithoutBeep, Entry::MachineWithoutBeep)
                };
                talk.waiting_for_machine = false;
                talk.answered_by = answered_by;
                self.silence_for_machine(now, out);
                out.push(Output::Event(EventKind::Detected { answered_by }));
                self.dialog(DialogEvent::Answered(entry), now, out);
            }
        }
    }

    /// What was said so far was said to nobody; it is a turn of its own.
    fn silence_for_machine(&mut self, now: u64, out: &mut Vec<Output>) {
        let Some(talk) = self.talk() else { return };
        talk.stop_listening();
        talk.hangup = None;
        self.stop_playback(now, out);
        out.extend(self.turns.finish().map(|turn| Output::Event(EventKind::Turn(Box::new(turn)))));
    }
}

fn interrupts(utterance: &Utterance) -> bool {
    utterance.readings.first().is_some_and(|best| barge_in::interrupts(&best.text))
}
