//! The conversation itself: its state, and which handler takes an event.

mod events;
mod moving;
mod saying;
mod understood;

use crate::api::{DialogEvent, Effect};
use crate::compiled::CompiledTemplate;
use crate::context::{Part, Point};
use crate::handoff::Watch;
use crate::language::Here;
use crate::{Completeness, completeness};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_schema::StepKind;

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
}
