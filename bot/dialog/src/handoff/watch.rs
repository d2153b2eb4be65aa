//! The meter in a conversation that goes on: when it is read, and what follows from it.
//!
//! An answer is understood to its end before its score counts: slots are filled and tags set. Only the next question
//! gives way to the template's `goto`. What ends the conversation or asks for an agent by itself goes on as it is.

use super::{AnswerKind, Meter, TurnFacts};
use crate::api::{DialogEvent, Effect, HandoffScore, Understanding};
use crate::compiled::CompiledTemplate;
use crate::context::Point;
use crate::dialog::{Dialog, Variables};
use chrono::NaiveDateTime;
use std::sync::Arc;

/// What a conversation keeps for its score.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    meter: Meter,
    score: Option<HandoffScore>,
    answered_at: Option<NaiveDateTime>,
    /// The answer in this event, if there is one.
    answer: Option<Answer>,
    /// The last prompts were talked over.
    interrupted: bool,
    /// The score is leading to an agent at this moment.
    by_score: bool,
    /// How many prompts of this event come before the next question.
    before_question: Option<usize>,
}

#[derive(Clone, Debug)]
struct Answer {
    point: Point,
    kind: AnswerKind,
    heard: String,
    confidence: Option<f32>,
}

impl Watch {
    pub(crate) fn new(template: &CompiledTemplate, variables: &Variables) -> Self {
        Self {
            meter: Meter::new(template, &template.template().handoff, variables),
            score: None,
            answered_at: None,
            answer: None,
            interrupted: false,
            by_score: false,
            before_question: None,
        }
    }

    /// An event comes while `open` is asked: note what it tells of an answer.
    pub(crate) fn begin(&mut self, event: &DialogEvent, open: Option<Point>, now: NaiveDateTime) {
        (self.answer, self.before_question) = (None, None);
        let (kind, heard, confidence) = match event {
            DialogEvent::Heard(utterance) => {
                let best = utterance.readings.first();
                let text = best.map(|best| best.text.clone()).unwrap_or_default();
                (AnswerKind::Speech, text, best.map(|best| best.confidence))
            }
            DialogEvent::Key(key) => (AnswerKind::Key, key.to_string(), None),
            DialogEvent::Silence => (AnswerKind::Silence, String::new(), None),
            DialogEvent::Answered(_) => {
                self.answered_at.get_or_insert(now);
                return;
            }
            DialogEvent::PromptsDone { interrupted } => {
                self.interrupted = *interrupted;
                return;
            }
            _ => return,
        };
        self.answer = open.map(|point| Answer { point, kind, heard, confidence });
    }

    /// An agent is asked for: with which score, and whether that led to it.
    pub(crate) fn asks(&mut self) -> (Option<HandoffScore>, bool) {
        self.meter.asked();
        (self.score.clone(), self.by_score)
    }
}

impl Dialog {
    /// What is said from here on asks the next question.
    pub(crate) fn question_begins(&mut self, out: &[Effect]) {
        let said = out.iter().filter(|effect| matches!(effect, Effect::Say(_))).count();
        self.watch.before_question.get_or_insert(said);
    }

    /// The event has been acted on: score the answer in it, and go to a human where one is wanted.
    pub(crate) fn weigh(&mut self, now: NaiveDateTime, out: &mut Vec<Effect>) {
        self.score_answer(now, out);
        let wanted = self.watch.meter.wants() && self.open_question().is_some();
        let Some(goto) = self.watch.meter.goto().filter(|_| wanted).cloned() else { return };
        let mut left = self.watch.before_question.unwrap_or(usize::MAX);
        out.retain(|effect| match effect {
            Effect::Say(_) => {
                let kept = left > 0;
                left = left.saturating_sub(1);
                kept
            }
            Effect::Listen(_) => false,
            _ => true,
        });
        self.watch.meter.asked();
        self.watch.by_score = true;
        self.go(&goto, now, out);
        self.watch.by_score = false;
    }

    /// A key in the middle of a number is no answer yet, and not scored.
    fn score_answer(&mut self, now: NaiveDateTime, out: &mut Vec<Effect>) {
        let Some(answer) = self.watch.answer.take() else { return };
        let place = out.iter().rposition(|effect| matches!(effect, Effect::Understood(_)));
        let understanding = match place.map(|place| &out[place]) {
            Some(Effect::Understood(understanding)) => understanding.clone(),
            _ if answer.kind == AnswerKind::Silence => Understanding::default(),
            _ => return,
        };
        let template = Arc::clone(&self.template);
        let (step, point) = (self.step_name(answer.point.step), answer.point.name(template.template()));
        let elapsed = self.watch.answered_at.map_or(0, |from| (now - from).num_milliseconds());
        let facts = TurnFacts {
            step: &step,
            point: &point,
            kind: answer.kind,
            heard: &answer.heard,
            confidence: answer.confidence,
            understood: understanding.intent.as_deref(),
            also: &understanding.also,
            sentiment: understanding.sentiment,
            interrupted: std::mem::take(&mut self.watch.interrupted),
            elapsed_ms: u64::try_from(elapsed).unwrap_or(0),
        };
        let score = self.watch.meter.turn(&template, &facts);
        self.watch.score = Some(score.clone());
        for effect in out.iter_mut() {
            if let Effect::HandOver(wanted) = effect {
                wanted.score = Some(score.clone());
            }
        }
        let place = place.map_or(0, |place| place + 1);
        out.insert(place, Effect::Scored(score));
    }
}
