//! The conversation itself: its state, and one handler for each event.

use crate::api::{
    BargeIn, DialogEvent, Effect, Entry, HandOver, HangupReason, HttpRequest, Listen, Understanding, Utterance,
};
use crate::compiled::{CompiledTemplate, chosen};
use crate::context::{Part, Point};
use crate::handoff::Watch;
use crate::language::{Here, Language};
use crate::lines::{self, Lines};
use crate::nlu::{Match, Meaning, Miss};
use crate::render::Values;
use crate::speech::Speech;
use crate::steps::{self, Flow, Heard, Turn};
use crate::{Completeness, completeness, globals, words};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_schema::{GlobalIntent, Named, StepKind, Text, Wording};

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
    pub(crate) misses: Misses,
    /// Prompts said so far: chooses between wordings.
    said: u32,
    /// A limit has led here and nothing was understood since.
    by_limit: bool,
    /// The exit of the turn limit was taken; there is no second one.
    turns_used_up: bool,
    /// When the last event happened.
    pub(crate) now: Option<NaiveDateTime>,
    /// Spoken and understood now; a tag of the template.
    language: String,
    /// Percent of the voice's usual rate.
    rate_percent: u16,
    /// Number of the last request to another system.
    requests: u32,
    /// A fault has ended the conversation.
    faulted: bool,
    /// The best reading of the last utterance; empty after a key.
    pub(crate) heard: String,
    /// The same while its answer is acted on: it may answer the next question too.
    pub(crate) carried: Option<String>,
    /// What the call was about so far.
    categories: Vec<String>,
    /// Whether a human is needed.
    pub(crate) watch: Watch,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Misses {
    pub no_match: u32,
    pub silence: u32,
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
    /// Another system is asked on behalf of an `http` step.
    Asking {
        step: usize,
        id: u32,
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
    /// A contact's `language` chooses among the template's languages.
    pub fn new(template: Arc<CompiledTemplate>, variables: Variables, seed: u64) -> Self {
        Self {
            language: template.language_of(&variables).to_owned(),
            rate_percent: 100,
            requests: 0,
            faulted: false,
            heard: String::new(),
            carried: None,
            categories: Vec::new(),
            watch: Watch::new(&template, &variables),
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
        self.watch.begin(&event, self.open_question(), now);
        let mut out = Vec::new();
        match (event, self.state.clone()) {
            (DialogEvent::Answered(entry), state) => self.on_answered(entry, &state, now, &mut out),
            (DialogEvent::Heard(utterance), State::Listening(at)) => self.on_heard(&at, &utterance, now, &mut out),
            (DialogEvent::Key(key), State::Listening(at)) => self.on_key(&at, key, now, &mut out),
            (DialogEvent::Silence, State::Listening(at)) => self.on_silence(&at, now, &mut out),
            (DialogEvent::TimeUp, State::Fresh | State::Listening(_) | State::Asking { .. }) => {
                let exit = self.template.template().limits.seconds.goto.clone();
                self.leave_by_limit(exit.as_ref(), now, &mut out);
            }
            (DialogEvent::Bridged, State::HandingOver { .. }) => self.state = State::Bridged,
            (DialogEvent::HandoffFailed { .. }, State::HandingOver { step, reason }) => {
                self.on_handoff_failed(step, reason, now, &mut out);
            }
            (DialogEvent::HttpDone { id, result }, State::Asking { step, id: wanted }) if id == wanted => {
                self.on_http_done(step, result, now, &mut out);
            }
            (DialogEvent::Fault, state) => self.on_fault(&state, now, &mut out),
            // Keys and words while nobody listens, and news of a handoff that is no more.
            _ => {}
        }
        self.weigh(now, &mut out);
        out
    }

    /// The question that is open.
    pub(crate) fn open_question(&self) -> Option<Point> {
        let State::Listening(at) = &self.state else { return None };
        Some(at.point)
    }

    /// Stand where `at` says, as if its question had just been asked: for replays.
    pub(crate) fn stand_at(&mut self, at: Listening) {
        self.misses = Misses::default();
        self.by_limit = false;
        self.state = State::Listening(at);
    }

    /// The step that listens now.
    pub fn current_step(&self) -> Option<&str> {
        let State::Listening(at) = &self.state else { return None };
        self.template.template().steps.get(at.point.step).map(|step| step.name.name.as_str())
    }

    /// The slot whose value is asked for now, if the question is for one and not whether it is right.
    pub(crate) fn open_slot(&self) -> Option<&str> {
        let State::Listening(at) = &self.state else { return None };
        match (&self.template.template().steps.get(at.point.step)?.kind, at.point.part) {
            (StepKind::Collect(collect), Part::Answer) => Some(&collect.slot.name),
            (StepKind::Form(form), Part::Field(place)) => form.fields.get(place).map(|field| field.slot.name.as_str()),
            _ => None,
        }
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
            (State::Listening(at), Some(now)) => {
                let here = Here { now, language: self.spoken_language() };
                completeness::judge(&self.template, at, text, expected, here)
            }
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

    fn on_heard(&mut self, at: &Listening, utterance: &Utterance, now: NaiveDateTime, out: &mut Vec<Effect>) {
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

    fn on_key(&mut self, at: &Listening, key: char, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let template = Arc::clone(&self.template);
        let heard = steps::keyed(&template, at, key, now);
        if !matches!(heard, Heard::MoreKeys(_)) && self.turn_is_too_many(now, out) {
            return;
        }
        self.heard.clear();
        self.act_on(at, heard.into(), now, out);
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
        self.ask_again(at, own, self.misses.silence, self.lines().nothing_heard, out);
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

    /// Fill the slots and go on; where to says whether it went well.
    fn on_http_done(&mut self, step: usize, result: Result<String, String>, now: NaiveDateTime, out: &mut Vec<Effect>) {
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
    fn on_fault(&mut self, state: &State, now: NaiveDateTime, out: &mut Vec<Effect>) {
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

    // ---- what was understood ----

    fn act_on(&mut self, at: &Listening, turn: Turn, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let Turn { heard, asides, others } = turn;
        let also: Vec<String> = asides.iter().map(|aside| aside.name.clone()).chain(others).collect();
        let meanings: Vec<Meaning> = asides.iter().map(|aside| aside.meaning).collect();
        match heard {
            Heard::Answer { found, slots, goto } => {
                self.understood(&found, also, out);
                self.fill(slots, out);
                let asked = matches!(self.template.template().steps[at.point.step].kind, StepKind::Ask(_));
                if !globals::act(self, at, &meanings, now, out) {
                    self.carried = Some(self.heard.clone()).filter(|heard| asked && !heard.is_empty());
                    self.go(&goto, now, out);
                    self.carried = None;
                }
            }
            Heard::Anywhere(found) => {
                self.understood(&found, also, out);
                let all: Vec<Meaning> = std::iter::once(found.meaning).chain(meanings).collect();
                if !globals::act(self, at, &all, now, out) {
                    self.question(at, out);
                }
            }
            Heard::Form { found, filled, cleared } => {
                self.understood(&found, also, out);
                self.fill(filled, out);
                self.fill(cleared.into_iter().map(|slot| (slot, String::new())).collect(), out);
                if !globals::act(self, at, &meanings, now, out) {
                    self.go_on_with_form(at.point.step, now, out);
                }
            }
            Heard::ToChange(found) => {
                out.push(Effect::Understood(understanding(&found, also)));
                if !globals::act(self, at, &meanings, now, out) {
                    self.what_to_change(at, now, out);
                }
            }
            Heard::ReadBack { found, pending, confirm } => {
                out.push(Effect::Understood(understanding(&found, also)));
                if !globals::act(self, at, &meanings, now, out) {
                    self.read_back(at, pending, &confirm, out);
                }
            }
            Heard::Denied(found) => {
                out.push(Effect::Understood(understanding(&found, also)));
                for (slot, _) in &at.pending {
                    self.slots.remove(slot);
                }
                if !globals::act(self, at, &meanings, now, out) {
                    let open = Listening { point: Point { part: Part::Answer, ..at.point }, ..at.clone() };
                    self.missed(&open, self.lines().ask_again, now, out);
                }
            }
            Heard::MoreKeys(keyed) => {
                let more = Listening { keyed, ..at.clone() };
                self.listen_for(more, NEXT_KEY_MS, out);
            }
            Heard::Missed(why) => self.not_understood(at, Miss { why, ..Miss::default() }, now, out),
            Heard::Unsure(miss) => self.not_understood(at, miss, now, out),
        }
    }

    fn not_understood(&mut self, at: &Listening, miss: Miss, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let Miss { why, alternatives } = miss;
        out.push(Effect::Understood(Understanding { why, alternatives, ..Understanding::default() }));
        let nth = self.misses.no_match as usize;
        let lines = self.lines().not_understood;
        self.missed(at, lines[nth % lines.len()], now, out);
    }

    /// A global intent that decides the call is what the person wanted.
    pub(crate) fn wants(&mut self, intent: GlobalIntent) {
        self.intent = Some(intent.name().to_owned());
    }

    fn understood(&mut self, found: &Match, also: Vec<String>, out: &mut Vec<Effect>) {
        self.misses = Misses::default();
        self.by_limit = false;
        let wish = match found.meaning {
            Meaning::Answer(_) => self.template.template().intents.iter().any(|i| i.name.name == found.name),
            Meaning::Global(intent) => {
                use GlobalIntent as G;
                matches!(intent, G::Human | G::DoNotCall | G::WrongNumber | G::BusyNow)
            }
            Meaning::Knowledge(_) | Meaning::Language(_) => false,
        };
        if wish {
            self.intent = Some(found.name.clone());
        }
        out.push(Effect::Understood(understanding(found, also)));
        let captures = found.captures.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        self.fill(captures, out);
    }

    pub(crate) fn fill(&mut self, slots: Vec<(String, String)>, out: &mut Vec<Effect>) {
        for (name, value) in slots {
            self.slots.insert(name.clone(), value.clone());
            out.push(Effect::SetSlot { name, value });
        }
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

    fn go_on_with_form(&mut self, step: usize, now: NaiveDateTime, out: &mut Vec<Effect>) {
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

    // ---- saying ----

    pub(crate) fn values<'a>(&'a self, template: &'a CompiledTemplate) -> Values<'a> {
        Values { template, variables: &self.variables, slots: &self.slots, seed: self.seed, language: &self.language }
    }

    /// The language that is spoken now.
    pub fn spoken_language(&self) -> Language {
        Language::of(&self.language)
    }

    /// Readings with their figures as words of the language that is spoken; embeddings know English only.
    fn in_own_words(&self, utterance: &Utterance) -> Utterance {
        let mut utterance = utterance.clone();
        if self.spoken_language() != Language::English {
            utterance.embedding = None;
        }
        for reading in &mut utterance.readings {
            reading.text = words::figures_read(&reading.text, self.spoken_language());
        }
        utterance
    }

    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// The engine's own lines in the language that is spoken now.
    pub(crate) fn lines(&self) -> &'static Lines {
        lines::of(&self.language)
    }

    /// Go on in another language of the template.
    pub(crate) fn speak_in(&mut self, tag: &str) {
        tag.clone_into(&mut self.language);
    }

    /// From now on everything more slowly; asked again, slower still.
    pub(crate) fn slow_down(&mut self) {
        self.rate_percent = if self.rate_percent > 80 { 80 } else { 65 };
    }

    pub(crate) fn say(&mut self, wording: &Wording, barge_in: BargeIn, step: usize, out: &mut Vec<Effect>) {
        let texts = wording.in_language(&self.language);
        let choice = chosen(self.seed, step, self.said, texts.len());
        self.said += 1;
        if let Some(text) = texts.get(choice) {
            self.say_text(text, barge_in, step, out);
        }
    }

    pub(crate) fn say_text(&mut self, text: &Text, barge_in: BargeIn, step: usize, out: &mut Vec<Effect>) {
        let speech = self.values(&self.template).spoken(text);
        self.say_speech(speech, barge_in, &self.step_name(step), out);
    }

    pub(crate) fn say_line(&mut self, text: String, barge_in: BargeIn, step: &str, out: &mut Vec<Effect>) {
        self.say_speech(Speech::plain(text), barge_in, step, out);
    }

    fn say_speech(&mut self, speech: Speech, barge_in: BargeIn, step: &str, out: &mut Vec<Effect>) {
        if !speech.text.is_empty() {
            let voice = self.template.voice(&self.language);
            out.push(Effect::Say(speech.at_rate(self.rate_percent).prompt(voice, barge_in, step)));
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
}

fn understanding(found: &Match, also: Vec<String>) -> Understanding {
    Understanding {
        intent: Some(found.name.clone()),
        global: !matches!(found.meaning, Meaning::Answer(_)),
        score: found.score,
        why: found.why.clone(),
        also,
        alternatives: found.alternatives.clone(),
        sentiment: 0.0,
    }
}
