//! The conversation itself: its state, and one handler for each event.

use crate::api::{BargeIn, DialogEvent, Effect, Entry, HangupReason, Listen, Understanding, Utterance};
use crate::compiled::{CompiledTemplate, chosen};
use crate::context::Point;
use crate::nlu::{Match, Meaning};
use crate::render::Values;
use crate::steps::{self, Flow, Heard};
use crate::{Completeness, completeness, english, globals};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_schema::{GlobalIntent, Named, Retry, StepKind, Text, Wording};

/// A contact's data: variable name → value as in the list.
pub type Variables = BTreeMap<String, String>;

/// Steps gone through without listening; more is a fault of the template.
const MOST_STEPS: usize = 100;
/// Silence after the prompts until it counts as no answer, unless the step says otherwise.
const SILENCE_MS: u32 = 6000;
/// Silence between two keys of one number.
const NEXT_KEY_MS: u32 = 3000;

/// One conversation. Feed it events, do what its effects say.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub(crate) template: Arc<CompiledTemplate>,
    variables: Variables,
    seed: u64,
    pub(crate) slots: BTreeMap<String, String>,
    tags: Vec<String>,
    intent: Option<String>,
    state: State,
    turns: u32,
    /// Answers in a row at this point that were not understood, and silences.
    misses: Misses,
    /// Prompts said so far: chooses between wordings.
    said: u32,
    /// A limit has led here and nothing was understood since.
    by_limit: bool,
    /// The exit of the turn limit was taken; there is no second one.
    turns_used_up: bool,
    /// When the last event happened.
    now: Option<NaiveDateTime>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Misses {
    no_match: u32,
    silence: u32,
}

#[derive(Clone, Debug)]
enum State {
    /// Not answered yet.
    Fresh,
    Listening(Listening),
    HandingOver {
        step: Option<usize>,
        reason: String,
    },
    Bridged,
    Over,
}

/// Where it listens and what is already known of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    pub point: Point,
    /// Slots read back and not yet confirmed.
    pub pending: Vec<(String, String)>,
    /// Keys of a number typed so far.
    pub keyed: String,
}

impl Dialog {
    /// A conversation before its call is answered. The same seed chooses the same wordings.
    pub fn new(template: Arc<CompiledTemplate>, variables: Variables, seed: u64) -> Self {
        Self {
            template,
            variables,
            seed,
            slots: BTreeMap::new(),
            tags: Vec::new(),
            intent: None,
            state: State::Fresh,
            turns: 0,
            misses: Misses::default(),
            said: 0,
            by_limit: false,
            turns_used_up: false,
            now: None,
        }
    }

    /// Something happened; `now` is the person's local time. Returns what to do, in order.
    pub fn handle(&mut self, event: DialogEvent, now: NaiveDateTime) -> Vec<Effect> {
        self.now = Some(now);
        let mut out = Vec::new();
        match (event, self.state.clone()) {
            (DialogEvent::Answered(entry), state) => self.on_answered(entry, &state, now, &mut out),
            (DialogEvent::Heard(utterance), State::Listening(at)) => self.on_heard(&at, &utterance, now, &mut out),
            (DialogEvent::Key(key), State::Listening(at)) => self.on_key(&at, key, now, &mut out),
            (DialogEvent::Silence, State::Listening(at)) => self.on_silence(&at, now, &mut out),
            (DialogEvent::TimeUp, State::Fresh | State::Listening(_)) => {
                let exit = self.template.template().limits.seconds.goto.clone();
                self.leave_by_limit(exit.as_ref(), now, &mut out);
            }
            (DialogEvent::Bridged, State::HandingOver { .. }) => self.state = State::Bridged,
            (DialogEvent::HandoffFailed { .. }, State::HandingOver { step, reason }) => {
                self.on_handoff_failed(step, reason, now, &mut out);
            }
            // Keys and words while nobody listens, and news of a handoff that is no more.
            _ => {}
        }
        out
    }

    /// The step that listens now.
    pub fn current_step(&self) -> Option<&str> {
        let State::Listening(at) = &self.state else { return None };
        self.template.template().steps.get(at.point.step).map(|step| step.name.name.as_str())
    }

    pub fn slots(&self) -> &BTreeMap<String, String> {
        &self.slots
    }

    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// What the person wanted: the last intent of the template's `intents`, or a global one that
    /// decided the call (human, do_not_call, wrong_number).
    pub fn intent(&self) -> Option<&str> {
        self.intent.as_deref()
    }

    /// It has hung up.
    pub fn finished(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Is `text` a whole answer to what was asked last? `expected`: the recogniser got it from the
    /// step's own phrases and grammars.
    pub fn completeness(&self, text: &str, expected: bool) -> Completeness {
        match (&self.state, self.now) {
            (State::Listening(at), Some(now)) => completeness::judge(&self.template, at, text, expected, now),
            _ => Completeness::Unknown,
        }
    }

    // ---- events ----

    fn on_answered(&mut self, entry: Entry, state: &State, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let points = &self.template.template().entry;
        let target = match entry {
            Entry::Person => Some(points.person.clone()),
            Entry::MachineWithBeep => points.machine_with_beep.clone(),
            Entry::MachineWithoutBeep => points.machine_without_beep.clone(),
        };
        let takes = match state {
            State::Fresh | State::Over => true,
            // A machine found late; a person is already being talked to.
            State::Listening(_) => entry != Entry::Person,
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

    fn on_heard(&mut self, at: &Listening, utterance: &Utterance, now: NaiveDateTime, out: &mut Vec<Effect>) {
        if self.turn_is_too_many(now, out) {
            return;
        }
        let template = Arc::clone(&self.template);
        let heard = steps::heard(&template, at, utterance, now);
        self.act_on(at, heard, now, out);
    }

    fn on_key(&mut self, at: &Listening, key: char, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let heard = steps::keyed(&template, at, key, now);
        if !matches!(heard, Heard::MoreKeys(_)) && self.turn_is_too_many(now, out) {
            return;
        }
        self.act_on(at, heard, now, out);
    }

    fn on_silence(&mut self, at: &Listening, now: NaiveDateTime, out: &mut Vec<Effect>) {
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
        self.ask_again(at, own, self.misses.silence, english::NOTHING_HEARD, out);
    }

    fn on_handoff_failed(&mut self, step: Option<usize>, reason: String, now: NaiveDateTime, out: &mut Vec<Effect>) {
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

    // ---- what was understood ----

    fn act_on(&mut self, at: &Listening, heard: Heard, now: NaiveDateTime, out: &mut Vec<Effect>) {
        match heard {
            Heard::Answer { found, slots, goto } => {
                self.understood(&found, out);
                self.fill(slots, out);
                self.go(&goto, now, out);
            }
            Heard::Global(found, intent) => {
                self.understood(&found, out);
                globals::act(self, at, intent, now, out);
            }
            Heard::ReadBack { pending, confirm } => {
                self.read_back(at, pending, &confirm, out);
            }
            Heard::Denied(found) => {
                out.push(Effect::Understood(understanding(&found)));
                for (slot, _) in &at.pending {
                    self.slots.remove(slot);
                }
                let open = Listening { point: Point { confirm: false, ..at.point }, ..at.clone() };
                self.missed(&open, english::ASK_AGAIN, now, out);
            }
            Heard::MoreKeys(keyed) => {
                let more = Listening { keyed, ..at.clone() };
                self.listen_for(more, NEXT_KEY_MS, out);
            }
            Heard::Missed(why) => {
                out.push(Effect::Understood(Understanding { intent: None, global: false, score: 0.0, why }));
                let nth = self.misses.no_match as usize;
                let line = english::NOT_UNDERSTOOD[nth % english::NOT_UNDERSTOOD.len()];
                self.missed(at, line, now, out);
            }
        }
    }

    fn understood(&mut self, found: &Match, out: &mut Vec<Effect>) {
        self.misses = Misses::default();
        self.by_limit = false;
        let wish = match found.meaning {
            Meaning::Answer(_) => self.template.template().intents.iter().any(|i| i.name.name == found.name),
            Meaning::Global(intent) => {
                matches!(intent, GlobalIntent::Human | GlobalIntent::DoNotCall | GlobalIntent::WrongNumber)
            }
        };
        if wish {
            self.intent = Some(found.name.clone());
        }
        out.push(Effect::Understood(understanding(found)));
        let captures = found.captures.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        self.fill(captures, out);
    }

    pub(crate) fn fill(&mut self, slots: Vec<(String, String)>, out: &mut Vec<Effect>) {
        for (name, value) in slots {
            self.slots.insert(name.clone(), value.clone());
            out.push(Effect::SetSlot { name, value });
        }
    }

    /// Say what was understood and ask whether it is right. The slots are filled for the wording only.
    fn read_back(&mut self, at: &Listening, pending: Vec<(String, String)>, confirm: &Wording, out: &mut Vec<Effect>) {
        self.slots.extend(pending.iter().cloned());
        self.misses = Misses { no_match: self.misses.no_match, silence: 0 };
        self.say(confirm, BargeIn::Allowed, at.point.step, out);
        let point = Point { confirm: true, ..at.point };
        self.listen(Listening { point, pending, keyed: String::new() }, out);
    }

    /// No match: ask again in other words, by key at the last try, or leave.
    fn missed(&mut self, at: &Listening, line: &'static str, now: NaiveDateTime, out: &mut Vec<Effect>) {
        self.misses.no_match += 1;
        let limit = self.template.template().limits.no_match.clone();
        let Some(retry) = self.retry(at) else { return };
        let most = retry.attempts.unwrap_or(limit.most);
        if self.misses.no_match >= most {
            let exit = retry.otherwise.as_ref().or(limit.goto.as_ref());
            return self.leave_by_limit(exit, now, out);
        }
        let last = self.misses.no_match + 1 == most;
        let own = retry.by_key.as_ref().filter(|_| last).or(retry.reprompt.as_ref());
        let own = own.filter(|_| line != english::ASK_AGAIN);
        self.ask_again(at, own, self.misses.no_match, line, out);
    }

    /// The step's own wording (the `nth` in turn), else `line` and the question again; then listen.
    fn ask_again(&mut self, at: &Listening, own: Option<&Wording>, nth: u32, line: &str, out: &mut Vec<Effect>) {
        let step = at.point.step;
        if at.point.confirm {
            self.say_line(line.to_owned(), BargeIn::Allowed, &self.step_name(step), out);
            return self.question(at, out);
        }
        let turn = (nth as usize).saturating_sub(1);
        match own.and_then(|wording| wording.alternatives.get(turn % wording.alternatives.len().max(1))) {
            Some(text) => {
                self.say_text(text, self.barge_in(step), step, out);
                self.listen(Listening { keyed: String::new(), ..at.clone() }, out);
            }
            None => {
                self.say_line(line.to_owned(), BargeIn::Allowed, &self.step_name(step), out);
                self.question(at, out);
            }
        }
    }

    /// Ask what is being asked here (again) and listen.
    pub(crate) fn question(&mut self, at: &Listening, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let step = at.point.step;
        let wording = match &template.template().steps[step].kind {
            StepKind::Ask(ask) => Some(&ask.prompt),
            StepKind::Collect(collect) if at.point.confirm => collect.confirm.as_ref(),
            StepKind::Collect(collect) => Some(&collect.prompt),
            _ => None,
        };
        if let Some(wording) = wording {
            self.say(wording, self.barge_in(step), step, out);
        }
        self.listen(Listening { keyed: String::new(), ..at.clone() }, out);
    }

    // ---- moving ----

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
                self.say_line(english::GOODBYE.to_owned(), BargeIn::Never, "limit", out);
                self.hang_up(out);
            }
        }
    }

    pub(crate) fn hang_up(&mut self, out: &mut Vec<Effect>) {
        let reason = if self.by_limit { HangupReason::Limit } else { HangupReason::Completed };
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
        out.push(Effect::HandOver { reason, skill });
    }

    /// Ask the step's question for the first time.
    pub(crate) fn open(&mut self, step: usize, out: &mut Vec<Effect>) {
        self.misses = Misses::default();
        let at = Listening { point: Point { step, confirm: false }, pending: Vec::new(), keyed: String::new() };
        self.question(&at, out);
    }

    pub(crate) fn listen(&mut self, at: Listening, out: &mut Vec<Effect>) {
        let timeout_ms = self.retry(&at).and_then(|retry| retry.timeout_ms).unwrap_or(SILENCE_MS);
        self.listen_for(at, timeout_ms, out);
    }

    fn listen_for(&mut self, at: Listening, timeout_ms: u32, out: &mut Vec<Effect>) {
        let context = self.template.context_of(at.point);
        out.push(Effect::Listen(Listen { step: self.step_name(at.point.step), context, timeout_ms }));
        self.state = State::Listening(at);
    }

    // ---- saying ----

    pub(crate) fn values<'a>(&'a self, template: &'a CompiledTemplate) -> Values<'a> {
        Values { template, variables: &self.variables, slots: &self.slots, seed: self.seed }
    }

    pub(crate) fn say(&mut self, wording: &Wording, barge_in: BargeIn, step: usize, out: &mut Vec<Effect>) {
        let choice = chosen(self.seed, step, self.said, wording.alternatives.len());
        self.said += 1;
        if let Some(text) = wording.alternatives.get(choice) {
            self.say_text(text, barge_in, step, out);
        }
    }

    fn say_text(&mut self, text: &Text, barge_in: BargeIn, step: usize, out: &mut Vec<Effect>) {
        let words = self.values(&self.template).spoken(text);
        self.say_line(words, barge_in, &self.step_name(step), out);
    }

    pub(crate) fn say_line(&mut self, text: String, barge_in: BargeIn, step: &str, out: &mut Vec<Effect>) {
        if !text.is_empty() {
            out.push(Effect::Say(self.template.prompt(text, barge_in, step)));
        }
    }

    pub(crate) fn tag(&mut self, tags: &[Named], out: &mut Vec<Effect>) {
        for tag in tags {
            if !self.tags.contains(&tag.name) {
                self.tags.push(tag.name.clone());
                out.push(Effect::Tag(tag.name.clone()));
            }
        }
    }

    pub(crate) fn step_name(&self, step: usize) -> String {
        self.template.template().steps.get(step).map(|step| step.name.name.clone()).unwrap_or_default()
    }

    fn barge_in(&self, step: usize) -> BargeIn {
        let rule = match &self.template.template().steps[step].kind {
            StepKind::Ask(ask) => ask.barge_in,
            StepKind::Collect(collect) => collect.barge_in,
            _ => return BargeIn::Allowed,
        };
        crate::compiled::barge_in(rule)
    }

    fn retry(&self, at: &Listening) -> Option<Retry> {
        match &self.template.template().steps.get(at.point.step)?.kind {
            StepKind::Ask(ask) => Some(ask.retry.clone()),
            StepKind::Collect(collect) => Some(collect.retry.clone()),
            _ => None,
        }
    }
}

fn understanding(found: &Match) -> Understanding {
    Understanding {
        intent: Some(found.name.clone()),
        global: matches!(found.meaning, Meaning::Global(_)),
        score: found.score,
        why: found.why.clone(),
    }
}
