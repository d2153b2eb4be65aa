//! A stored call in the terms of the score.

use chrono::{DateTime, Utc};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::handoff::replay::{PastEnd, PastTurn};
use warmline_dialog::handoff::{AnswerKind, TurnFacts};
use warmline_domain::{CallDetail, Turn, TurnInput};
use warmline_schema::{GlobalIntent, StepKind};

/// The turns in which the person answered; a key in the middle of a number is no answer yet.
pub(super) fn answers(call: &CallDetail) -> Vec<PastTurn<'_>> {
    call.turns.iter().filter_map(|turn| Some(PastTurn { turn: turn.turn, facts: facts(turn)? })).collect()
}

fn facts(turn: &Turn) -> Option<TurnFacts<'_>> {
    let kind = kind(turn)?;
    if kind != AnswerKind::Silence && turn.why.is_none() {
        return None;
    }
    Some(TurnFacts {
        step: &turn.step,
        point: turn.point.as_deref().unwrap_or("answer"),
        kind,
        heard: if kind == AnswerKind::Silence { "" } else { &turn.heard },
        confidence: turn.confidence,
        understood: turn.understood.as_deref(),
        also: &turn.also,
        sentiment: turn.sentiment.unwrap_or(0.0),
        interrupted: turn.interrupted,
        elapsed_ms: u64::from(turn.heard_to_ms.unwrap_or(turn.said_to_ms)),
    })
}

fn kind(turn: &Turn) -> Option<AnswerKind> {
    Some(match turn.answer()? {
        TurnInput::Speech => AnswerKind::Speech,
        TurnInput::Key => AnswerKind::Key,
        TurnInput::Silence => AnswerKind::Silence,
    })
}

/// How the conversation ended, and whether anything was asked after its last answer.
pub(super) fn end(template: &CompiledTemplate, call: &CallDetail) -> PastEnd {
    let reason = call.summary.result.as_ref().map_or("", |result| result.end_reason.as_str());
    let last = call.turns.last();
    let said_last = last.filter(|turn| turn.answer().is_none()).map(|turn| turn.step.as_str());
    let understood = call.turns.iter().rev().find(|turn| turn.answer().is_some()).and_then(|t| t.understood.as_deref());
    let ends = [GlobalIntent::WrongNumber, GlobalIntent::BusyNow, GlobalIntent::DoNotCall].map(GlobalIntent::name);
    PastEnd {
        closed: matches!(reason, "completed" | "limit" | "agent_hangup" | "fault")
            || said_last.is_some_and(|step| closes(template, step))
            || understood.is_some_and(|name| ends.contains(&name)),
        handed_over: call.handoff.is_some(),
        by_score: call.handoff.as_ref().is_some_and(|handoff| handoff.by_score),
    }
}

/// Last words: a step that ends or hands over, or such a line of the engine's own.
fn closes(template: &CompiledTemplate, step: &str) -> bool {
    match template.template().step(step) {
        Some((_, step)) => matches!(step.kind, StepKind::End(_) | StepKind::Voicemail(_) | StepKind::Handover(_)),
        None => ["limit", "error", "handoff_failed", "human"].contains(&step),
    }
}

/// The answer after which an agent was asked for, by its place among `answers`.
pub(super) fn handed_over_at(call: &CallDetail, answers: &[PastTurn<'_>]) -> Option<usize> {
    let handoff = call.handoff.as_ref()?;
    let after = ms_between(call.summary.answered_at?, handoff.requested_at);
    // The request is stored a moment after the words that caused it.
    answers.iter().rposition(|past| past.facts.elapsed_ms <= after).or_else(|| answers.len().checked_sub(1))
}

fn ms_between(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}
