//! How much a human is worth more than the bot after each turn, and why.
//!
//! Each sign, a *cue*, has a level of 0–1: what this turn gives of it and what is left of the turns before, so that one
//! bad turn does not hand over and a bad run does. A cue's level times its weight is the score it would give
//! alone. Together they are joined as independent reasons are (a noisy or): the score stays within 0–1, grows with every
//! cue, and is explained by listing them. A human is wanted from the threshold on, until the score has fallen below
//! the release.
//!
//! The meter reads nothing but [`TurnFacts`], all of which a stored turn keeps: a stored conversation is scored
//! again by the same code ([`replay`]).

mod evidence;
pub mod replay;
#[cfg(test)]
mod tests;
mod watch;
mod wording;

pub(crate) use watch::Watch;

use crate::api::{HandoffReason, HandoffScore};
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use evidence::{Evidence, Memory};
use warmline_schema::{Handoff, HandoffCue};

/// A cue that gives less than this alone is not worth telling.
const LEAST_REASON: f32 = 0.005;

/// How an answer came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerKind {
    #[default]
    Speech,
    Key,
    Silence,
}

/// What a score is made of: one answer, as a stored turn keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TurnFacts<'a> {
    pub step: &'a str,
    /// Which question of the step was open, as in [`Listen::point`](crate::Listen::point).
    pub point: &'a str,
    pub kind: AnswerKind,
    /// The words or the key; empty for silence and for what nobody could read.
    pub heard: &'a str,
    /// Of the best reading, 0–1.
    pub confidence: Option<f32>,
    pub understood: Option<&'a str>,
    pub also: &'a [String],
    /// −1 angry … 1 pleased.
    pub sentiment: f32,
    /// They talked over the bot.
    pub interrupted: bool,
    /// Since the call was answered.
    pub elapsed_ms: u64,
}

/// The score of one conversation as it goes on.
#[derive(Clone, Debug)]
pub struct Meter {
    rule: Handoff,
    levels: [Level; HandoffCue::ALL.len()],
    memory: Memory,
    /// The score has reached the threshold and not fallen below the release since.
    wanted: bool,
    /// A human was asked for since then; not again before it has fallen.
    asked: bool,
}

#[derive(Clone, Debug, Default)]
struct Level {
    /// 0–1.
    level: f32,
    /// What raised it last.
    detail: String,
}

impl Meter {
    /// For one conversation with a contact. `rule` is the template's own or one that is tried out.
    pub fn new(template: &CompiledTemplate, rule: &Handoff, variables: &Variables) -> Self {
        Self {
            rule: rule.clone(),
            levels: Default::default(),
            memory: Memory::new(template, rule, variables),
            wanted: false,
            asked: false,
        }
    }

    /// The score after an answer.
    pub fn turn(&mut self, template: &CompiledTemplate, facts: &TurnFacts<'_>) -> HandoffScore {
        let mut given: [Option<Evidence>; HandoffCue::ALL.len()] = Default::default();
        for evidence in self.memory.evidence(template, &self.rule, facts) {
            let place = evidence.cue as usize;
            let stronger = given[place].as_ref().is_none_or(|other| evidence.strength > other.strength);
            if stronger {
                given[place] = Some(evidence);
            }
        }
        for ((cue, level), evidence) in HandoffCue::ALL.into_iter().zip(&mut self.levels).zip(given) {
            level.take(cue, evidence);
        }
        let score = self.score();
        if score.score >= self.rule.threshold {
            self.wanted = true;
        } else if score.score < self.rule.release {
            (self.wanted, self.asked) = (false, false);
        }
        score
    }

    /// A human is wanted and was not asked for yet.
    pub fn wants(&self) -> bool {
        self.wanted && !self.asked
    }

    /// A human is being asked for, by the score or otherwise.
    pub fn asked(&mut self) {
        (self.wanted, self.asked) = (true, true);
    }

    /// Where the conversation goes when a human is wanted.
    pub fn goto(&self) -> Option<&warmline_schema::Named> {
        self.rule.goto.as_ref()
    }

    fn score(&self) -> HandoffScore {
        let reason = |(cue, level): (HandoffCue, &Level)| HandoffReason {
            cue: cue.name().to_owned(),
            weight: self.rule.weights.of(cue) * level.level,
            detail: level.detail.clone(),
        };
        let mut reasons: Vec<_> = HandoffCue::ALL.into_iter().zip(&self.levels).map(reason).collect();
        let none = reasons.iter().fold(1.0, |none, reason| none * (1.0 - reason.weight));
        reasons.retain(|reason| reason.weight >= LEAST_REASON);
        reasons.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        HandoffScore { score: (1.0 - none).clamp(0.0, 1.0), reasons }
    }
}

impl Level {
    /// What is left of before, and what this turn gives, as independent reasons.
    fn take(&mut self, cue: HandoffCue, evidence: Option<Evidence>) {
        let (gain, keep) = memory_of(cue);
        let given = evidence.as_ref().map_or(0.0, |evidence| evidence.strength.clamp(0.0, 1.0));
        self.level = 1.0 - (1.0 - keep * self.level) * (1.0 - gain * given);
        if let Some(evidence) = evidence.filter(|evidence| evidence.strength > 0.0) {
            self.detail = evidence.detail;
        }
    }
}

/// How much of the strongest evidence one turn adds, and how much of a level the next turn keeps. What counts in a row
/// by itself adds all at once; a mood or a doubt must last.
fn memory_of(cue: HandoffCue) -> (f32, f32) {
    use HandoffCue as C;
    match cue {
        C::Request | C::Repetition | C::NoMatch | C::Silence => (1.0, 0.5),
        C::Buying => (0.75, 0.9),
        C::Frustration => (0.5, 0.9),
        C::Interruption => (0.3, 0.9),
        C::FailedSlot => (1.0, 0.8),
        C::Confidence => (0.5, 0.6),
        C::Value | C::Time => (1.0, 1.0),
    }
}
