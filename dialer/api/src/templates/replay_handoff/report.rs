//! How many stored calls would have gone to an agent, and which of them change.

use super::past;
use crate::TemplateLibrary;
use crate::calls::HandoffReasonView;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::cmp::Ordering;
use utoipa::ToSchema;
use warmline_dialog::CompiledTemplate;
use warmline_dialog::handoff::replay::{PastEnd, PastTurn, replay};
use warmline_domain::{CallDetail, PhoneNumber};
use warmline_schema::Handoff;
use warmline_storage::{Db, StorageError};

/// Thresholds that are tried beside the one that is asked for.
const SWEEP: [f32; 7] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Stored calls scored again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandoffReplay {
    pub template: String,
    /// The template goes to an agent by its score; without a `goto` the score is only recorded.
    pub has_goto: bool,
    pub threshold: f32,
    pub release: f32,
    /// Calls with at least one answer.
    pub calls: usize,
    /// Of them, those that asked for an agent, and their share.
    pub was: usize,
    pub was_rate: f32,
    /// Those that would have.
    pub would: usize,
    pub would_rate: f32,
    /// Calls that change, the newest first.
    pub shifts: Vec<HandoffShift>,
    /// Changed calls that are not listed.
    pub shifts_left_out: usize,
    /// The same calls with other thresholds.
    pub sweep: Vec<SweepRow>,
}

/// A call that another rule changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandoffShift {
    pub call: String,
    pub started_at: DateTime<Utc>,
    /// Masked unless the role may see numbers.
    pub number: String,
    pub kind: ShiftKind,
    /// The turn after which an agent was asked for.
    pub was_turn: Option<u16>,
    /// The turn after which one would have been.
    pub would_turn: Option<u16>,
    /// The score there; without such a turn, the highest of the call.
    pub score: f32,
    /// Why, the heaviest first.
    pub reasons: Vec<HandoffReasonView>,
}

/// How a call changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShiftKind {
    /// It would have gone to an agent and did not.
    More,
    /// It did and would not have.
    Fewer,
    Earlier,
    Later,
}

impl ShiftKind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Fewer => "fewer",
            Self::Earlier => "earlier",
            Self::Later => "later",
        }
    }
}

/// The same calls with another threshold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SweepRow {
    pub threshold: f32,
    pub would: usize,
    pub would_rate: f32,
    pub more: usize,
    pub fewer: usize,
}

/// One stored call, ready to be scored any number of times.
struct Past<'a> {
    call: &'a CallDetail,
    answers: Vec<PastTurn<'a>>,
    end: PastEnd,
    was_at: Option<usize>,
}

/// What a rule makes of one call.
struct Outcome {
    would_at: Option<usize>,
    score: warmline_dialog::HandoffScore,
}

/// The newest `most` calls of the library's `template` since `since` in which somebody spoke.
///
/// # Errors
/// Storage cannot be read.
pub async fn spoken_calls(
    db: &Db,
    library: &TemplateLibrary,
    template: &str,
    since: Option<DateTime<Utc>>,
    most: u32,
) -> Result<Vec<CallDetail>, StorageError> {
    let mut calls = Vec::new();
    for id in db.spoken_calls(&library.called(db, template).await?, since, most).await? {
        calls.extend(db.call(id).await?);
    }
    Ok(calls)
}

/// Score `calls` of `template` with `rule`; takes long with many. `show` gives a number as the reader may see it.
pub fn replay_handoff(
    template: &str,
    compiled: &CompiledTemplate,
    rule: &Handoff,
    calls: &[CallDetail],
    show: impl Fn(&PhoneNumber) -> String,
) -> HandoffReplay {
    let ready = |call| Past::new(compiled, call);
    let past: Vec<Past<'_>> = calls.iter().map(ready).filter(|past| !past.answers.is_empty()).collect();
    let outcomes: Vec<Outcome> = past.iter().map(|past| past.with(compiled, rule)).collect();
    let was = past.iter().filter(|past| past.end.handed_over).count();
    let would = outcomes.iter().filter(|outcome| outcome.would_at.is_some()).count();
    let shifts = past.iter().zip(&outcomes).filter_map(|(past, outcome)| past.shift(outcome, &show)).collect();
    HandoffReplay {
        template: template.to_owned(),
        has_goto: rule.goto.is_some(),
        threshold: rule.threshold,
        release: rule.release,
        calls: past.len(),
        was,
        was_rate: rate(was, past.len()),
        would,
        would_rate: rate(would, past.len()),
        shifts,
        shifts_left_out: 0,
        sweep: SWEEP.iter().map(|threshold| sweep(compiled, &rule.at(*threshold, None), &past)).collect(),
    }
}

fn rate(part: usize, of: usize) -> f32 {
    part as f32 / of.max(1) as f32
}

fn sweep(compiled: &CompiledTemplate, rule: &Handoff, past: &[Past<'_>]) -> SweepRow {
    let (mut would, mut more, mut fewer) = (0, 0, 0);
    for past in past {
        let goes = past.with(compiled, rule).would_at.is_some();
        would += usize::from(goes);
        more += usize::from(goes && !past.end.handed_over);
        fewer += usize::from(!goes && past.end.handed_over);
    }
    SweepRow { threshold: rule.threshold, would, would_rate: rate(would, past.len()), more, fewer }
}

impl<'a> Past<'a> {
    fn new(compiled: &CompiledTemplate, call: &'a CallDetail) -> Self {
        let answers = past::answers(call);
        let was_at = past::handed_over_at(call, &answers);
        Self { end: past::end(compiled, call), call, answers, was_at }
    }

    fn with(&self, compiled: &CompiledTemplate, rule: &Handoff) -> Outcome {
        let replayed = replay(compiled, rule, &self.call.variables, &self.answers, self.end);
        // What led to an agent by itself did so where it was, unless the score comes before it.
        let by_flow = self.was_at.filter(|_| self.end.handed_over && !self.end.by_score);
        let would_at = [replayed.by_score_at, by_flow].into_iter().flatten().min();
        let highest = replayed.scores.iter().max_by(|a, b| a.score.total_cmp(&b.score));
        let told = would_at.and_then(|place| replayed.scores.get(place)).or(highest);
        Outcome { would_at, score: told.cloned().unwrap_or_default() }
    }

    fn shift(&self, outcome: &Outcome, show: &impl Fn(&PhoneNumber) -> String) -> Option<HandoffShift> {
        let was_at = self.was_at.filter(|_| self.end.handed_over);
        let kind = match (was_at, outcome.would_at) {
            (None, Some(_)) => ShiftKind::More,
            (Some(_), None) => ShiftKind::Fewer,
            (None, None) => return None,
            (Some(was), Some(would)) => match would.cmp(&was) {
                Ordering::Less => ShiftKind::Earlier,
                Ordering::Equal => return None,
                Ordering::Greater => ShiftKind::Later,
            },
        };
        let number = |place: Option<usize>| place.and_then(|place| self.answers.get(place)).map(|past| past.turn);
        Some(HandoffShift {
            call: self.call.summary.id.to_string(),
            started_at: self.call.summary.started_at,
            number: show(&self.call.summary.number),
            kind,
            was_turn: number(was_at),
            would_turn: number(outcome.would_at),
            score: outcome.score.score,
            reasons: outcome.score.reasons.iter().map(HandoffReasonView::from).collect(),
        })
    }
}
