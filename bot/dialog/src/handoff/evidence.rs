//! What one answer tells of each cue, with the little that has to be remembered for it.

use super::wording;
use super::{AnswerKind, TurnFacts};
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use std::collections::VecDeque;
use warmline_schema::{ContactValue, GlobalIntent, Handoff, HandoffCue, HighValue, StepKind};

/// Below this confidence words are doubted; see [`unsure`].
const SURE: f32 = 0.6;
/// And at this confidence as much as they can be.
const LOST: f32 = 0.2;
/// A mood weaker than this is none.
const LEAST_MOOD: f32 = 0.1;
/// How much words of anger or of buying tell, against an intent that the template marks.
const WORDING: f32 = 0.8;
const BUYING_WORDS: f32 = 0.5;
/// The first time somebody repeats themselves; the next time is all of it.
const SAID_TWICE: f32 = 0.6;
/// Answers that a new one is compared with.
const REMEMBERED: usize = 3;
/// From this share of its limits on a conversation is long.
const LONG_FROM: f32 = 0.5;

/// A sign in one turn.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub(super) cue: HandoffCue,
    /// 0–1.
    pub(super) strength: f32,
    /// For the agent.
    pub(super) detail: String,
}

fn sign(cue: HandoffCue, strength: f32, detail: impl Into<String>) -> Evidence {
    Evidence { cue, strength, detail: detail.into() }
}

/// What is known of the turns before.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Does not change in a call.
    value: Option<Evidence>,
    turns: u32,
    /// In a row.
    no_match: u32,
    silences: u32,
    repeated: u32,
    interruptions: u32,
    /// The step last answered, its point, whether a read-back was answered there, and tries that gave no value.
    step: String,
    point: String,
    confirming: bool,
    tries: u32,
    said: VecDeque<Said>,
}

/// An earlier answer.
#[derive(Clone, Debug)]
struct Said {
    step: String,
    point: String,
    tokens: Vec<String>,
}

impl Memory {
    pub(super) fn new(template: &CompiledTemplate, rule: &Handoff, variables: &Variables) -> Self {
        let value = rule.value.as_ref().and_then(|value| worth(template, value, variables));
        Self { value, ..Self::default() }
    }

    /// Everything that this answer gives.
    pub(super) fn evidence(
        &mut self,
        template: &CompiledTemplate,
        rule: &Handoff,
        facts: &TurnFacts<'_>,
    ) -> Vec<Evidence> {
        self.turns += 1;
        let mut found: Vec<Evidence> = self.value.iter().cloned().collect();
        found.extend(request(facts));
        found.extend(buying(rule, facts));
        found.extend(frustration(facts));
        found.extend(unsure(facts));
        found.extend(self.repetition(facts));
        found.extend(self.interruption(facts));
        found.extend(self.failed_slot(template, facts));
        found.extend(self.not_understood(template, facts));
        found.extend(self.silence(template, facts));
        found.extend(self.length(template, facts));
        found
    }

    fn repetition(&mut self, facts: &TurnFacts<'_>) -> Option<Evidence> {
        if facts.kind != AnswerKind::Speech || facts.heard.is_empty() {
            return None;
        }
        let said =
            Said { step: facts.step.to_owned(), point: facts.point.to_owned(), tokens: wording::tokens(facts.heard) };
        let same = |other: &Said| {
            let same_question = other.step == said.step && other.point == said.point;
            // "Yes" to another question is no repetition.
            (same_question || said.tokens.len() >= 3) && wording::alike(&other.tokens, &said.tokens)
        };
        let again = self.said.iter().any(same);
        self.said.push_back(said);
        if self.said.len() > REMEMBERED {
            self.said.pop_front();
        }
        self.repeated = if again { self.repeated + 1 } else { 0 };
        let strength = if self.repeated > 1 { 1.0 } else { SAID_TWICE };
        let detail = format!("said the same {} times", self.repeated + 1);
        again.then(|| sign(HandoffCue::Repetition, strength, detail))
    }

    fn interruption(&mut self, facts: &TurnFacts<'_>) -> Option<Evidence> {
        self.interruptions += u32::from(facts.interrupted);
        let detail = match self.interruptions {
            1 => "talked over the bot".to_owned(),
            times => format!("talked over the bot {times} times"),
        };
        facts.interrupted.then(|| sign(HandoffCue::Interruption, 1.0, detail))
    }

    /// A try is an answer that gave no value, or a value whose read-back was denied: then the same step is answered again.
    fn failed_slot(&mut self, template: &CompiledTemplate, facts: &TurnFacts<'_>) -> Option<Evidence> {
        let same_step = self.step == facts.step;
        let denied = same_step && self.confirming;
        let same_slot = same_step && (self.point == facts.point || denied || facts.point == "confirm");
        if !same_slot {
            self.tries = 0;
        }
        self.confirming =
            facts.point == "confirm" && facts.understood.is_some_and(|meaning| meaning.starts_with("slot:"));
        self.step = facts.step.to_owned();
        self.point = facts.point.to_owned();
        let (slot, most) = slot(template, facts)?;
        let missed = facts.understood.is_none() && facts.kind != AnswerKind::Silence;
        self.tries += u32::from(denied) + u32::from(missed);
        let detail = format!("`{slot}` could not be told in {} tries", self.tries);
        (self.tries >= most && (missed || denied)).then(|| sign(HandoffCue::FailedSlot, 1.0, detail))
    }

    fn not_understood(&mut self, template: &CompiledTemplate, facts: &TurnFacts<'_>) -> Option<Evidence> {
        if facts.understood.is_some() {
            self.no_match = 0;
            return None;
        }
        if facts.kind == AnswerKind::Silence {
            return None;
        }
        self.no_match += 1;
        let most = template.template().limits.no_match.most;
        let detail = match self.no_match {
            1 => "an answer was not understood".to_owned(),
            times => format!("{times} answers in a row were not understood"),
        };
        Some(sign(HandoffCue::NoMatch, share(self.no_match, most), detail))
    }

    fn silence(&mut self, template: &CompiledTemplate, facts: &TurnFacts<'_>) -> Option<Evidence> {
        // A pause that ends a typed number is an answer.
        if facts.kind != AnswerKind::Silence || facts.understood.is_some() {
            self.silences = 0;
            return None;
        }
        self.silences += 1;
        let most = template.template().limits.silence.most;
        let detail = match self.silences {
            1 => "said nothing".to_owned(),
            times => format!("said nothing {times} times in a row"),
        };
        Some(sign(HandoffCue::Silence, share(self.silences, most), detail))
    }

    fn length(&self, template: &CompiledTemplate, facts: &TurnFacts<'_>) -> Option<Evidence> {
        let limits = &template.template().limits;
        let seconds = facts.elapsed_ms / 1000;
        let of_seconds = share(u32::try_from(seconds).unwrap_or(u32::MAX), limits.seconds.most);
        let used = of_seconds.max(share(self.turns, limits.turns.most));
        let strength = (used - LONG_FROM) / (1.0 - LONG_FROM);
        let detail = format!("the conversation is long: {} answers, {seconds} seconds", self.turns);
        (strength > 0.0).then(|| sign(HandoffCue::Time, strength, detail))
    }
}

fn share(count: u32, most: u32) -> f32 {
    (count as f32 / most.max(1) as f32).min(1.0)
}

/// Everything that was understood.
fn meanings<'a>(facts: &TurnFacts<'a>) -> impl Iterator<Item = &'a str> {
    facts.understood.into_iter().chain(facts.also.iter().map(String::as_str))
}

fn request(facts: &TurnFacts<'_>) -> Option<Evidence> {
    let human = GlobalIntent::Human.name();
    meanings(facts).any(|name| name == human).then(|| sign(HandoffCue::Request, 1.0, "asked for a human"))
}

/// What the template marks; and the words of a buyer, where the template sells something.
fn buying(rule: &Handoff, facts: &TurnFacts<'_>) -> Option<Evidence> {
    let marked = |name: &&str| {
        let plain = name.strip_prefix("knowledge:").unwrap_or(name);
        rule.buying.iter().any(|marked| marked.name == plain)
    };
    if let Some(name) = meanings(facts).find(marked) {
        return Some(sign(HandoffCue::Buying, 1.0, format!("wants what a buyer wants: `{name}`")));
    }
    let words = wording::of_buying(facts.heard).filter(|_| !rule.buying.is_empty())?;
    Some(sign(HandoffCue::Buying, BUYING_WORDS, format!("said `{words}`")))
}

fn frustration(facts: &TurnFacts<'_>) -> Option<Evidence> {
    let mood = -facts.sentiment;
    let words = wording::of_frustration(facts.heard).map(|words| (WORDING, format!("said `{words}`")));
    let mood = (mood >= LEAST_MOOD).then(|| (mood, "sounds annoyed".to_owned()));
    let stronger = words.into_iter().chain(mood).max_by(|(a, _), (b, _)| a.total_cmp(b));
    stronger.map(|(strength, detail)| sign(HandoffCue::Frustration, strength, detail))
}

/// Words that the recogniser doubts, or could not read at all.
fn unsure(facts: &TurnFacts<'_>) -> Option<Evidence> {
    if facts.kind != AnswerKind::Speech {
        return None;
    }
    let cue = HandoffCue::Confidence;
    let Some(confidence) = facts.confidence else { return Some(sign(cue, 1.0, "could not be heard clearly")) };
    let strength = ((SURE - confidence) / (SURE - LOST)).clamp(0.0, 1.0);
    (strength > 0.0).then(|| sign(cue, strength, format!("is hard to understand ({:.0} % sure)", confidence * 100.0)))
}

/// The slot that was asked for, and how many tries it has.
fn slot(template: &CompiledTemplate, facts: &TurnFacts<'_>) -> Option<(String, u32)> {
    let (_, step) = template.template().step(facts.step)?;
    let usual = template.template().limits.no_match.most;
    match &step.kind {
        StepKind::Collect(collect) => Some((collect.slot.name.clone(), collect.retry.attempts.unwrap_or(usual))),
        StepKind::Form(form) => {
            let asked = facts.point.strip_prefix("form:");
            let field = form.fields.iter().find(|field| Some(field.slot.name.as_str()) == asked);
            let own = field.and_then(|field| field.retry.attempts).or(form.retry.attempts);
            let name =
                asked.map_or_else(|| form.fields.first().map(|field| field.slot.name.clone()), |n| Some(n.into()));
            Some((name?, own.unwrap_or(usual)))
        }
        _ => None,
    }
}

/// What the contact is worth by the template's rule.
fn worth(template: &CompiledTemplate, value: &ContactValue, variables: &Variables) -> Option<Evidence> {
    let name = &value.variable.name;
    let known = template.template().variables.iter().find(|variable| variable.name.name == *name);
    let default = known.and_then(|variable| variable.default.as_deref());
    let given = variables.get(name).map(|given| given.trim()).filter(|given| !given.is_empty()).or(default)?;
    let strength = match &value.high {
        HighValue::Among(words) => {
            let high = words.iter().any(|word| word.name.to_lowercase() == given.to_lowercase());
            f32::from(u8::from(high))
        }
        HighValue::Between { from, to } => {
            // An amount of money has its currency behind it.
            let number: f64 = given.split_whitespace().next()?.parse().ok()?;
            proportion(number, *from, *to)
        }
    };
    (strength > 0.0).then(|| sign(HandoffCue::Value, strength, format!("{name} is {given}")))
}

/// 0 up to `from`, 1 from `to` on.
fn proportion(number: f64, from: f64, to: f64) -> f32 {
    match number {
        _ if number >= to => 1.0,
        _ if number > from && to > from => ((number - from) / (to - from)) as f32,
        _ => 0.0,
    }
}
