//! The review as the API shows it: names and numbers hidden from those who may not see them.

use super::{Group, Item, Proposal, Review, StoredChange};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use warmline_dialog::review::masked;

/// Answers of a group that are sent, the newest.
const EXAMPLES: usize = 20;
/// Changed turns that are sent.
const CHANGES: usize = 200;

/// What there is to look at.
#[derive(Serialize, ToSchema)]
pub(super) struct ReviewView {
    /// Calls that were looked at, and the spoken answers in them.
    calls: usize,
    answers: usize,
    /// The largest first.
    clusters: Vec<ClusterView>,
}

/// Answers that mean the same.
#[derive(Serialize, ToSchema)]
struct ClusterView {
    /// Names the group as long as its representative stays the same.
    id: String,
    /// What stands for all; empty for what could not be read.
    representative: String,
    count: usize,
    /// How many different texts.
    texts: usize,
    reasons: Vec<Counted>,
    /// Where they were said, the most frequent first.
    steps: Vec<Counted>,
    /// The nearest intent and how near; absent: probably something new.
    suggestion: Option<SuggestionView>,
    /// The newest.
    examples: Vec<ItemView>,
}

/// A name and how often.
#[derive(Serialize, ToSchema)]
struct Counted {
    name: String,
    count: usize,
}

/// The nearest intent.
#[derive(Serialize, ToSchema)]
struct SuggestionView {
    intent: String,
    /// 0–1.
    score: f32,
}

/// One answer.
#[derive(Serialize, ToSchema)]
struct ItemView {
    call: String,
    turn: u16,
    step: String,
    heard: String,
    at: DateTime<Utc>,
    understood: Option<String>,
    score: Option<f32>,
    /// The recogniser's, 0–1.
    confidence: Option<f32>,
    reasons: Vec<String>,
    /// There is sound: `/api/calls/{call}/turns/{turn}/clip`.
    recorded: bool,
    from_ms: u32,
    to_ms: u32,
}

/// What an assignment changes.
#[derive(Serialize, ToSchema)]
pub(super) struct AssignView {
    /// It is written; otherwise this is what would be.
    saved: bool,
    intent: String,
    /// What is added.
    phrases: Vec<String>,
    /// Texts of the group that are not, because they name somebody or are too long.
    left_out: usize,
    /// Names of the files that change.
    files: Vec<String>,
    /// Regression dialogs, and those that change.
    tests: usize,
    test_changes: Vec<TestChangeView>,
    /// Stored calls that were held again, their turns that mean something else, and how many turns that are.
    calls: usize,
    turn_changes: Vec<TurnChangeView>,
    turns_changed: usize,
    /// Calls that would have ended otherwise, as far as it can be told.
    endings: Vec<EndingView>,
    /// Answers of the group, and how many of them mean the intent afterwards.
    answers: usize,
    settled: usize,
    warnings: Vec<String>,
}

/// A regression dialog that goes another way.
#[derive(Serialize, ToSchema)]
struct TestChangeView {
    name: String,
    line: u32,
    /// It went as written before.
    passed: bool,
    /// And goes so afterwards.
    passes: bool,
    mismatches: Vec<String>,
}

/// A stored turn that means something else.
#[derive(Serialize, ToSchema)]
struct TurnChangeView {
    call: String,
    turn: u16,
    heard: String,
    before: Option<String>,
    after: Option<String>,
    /// One of the group.
    own: bool,
}

/// A call that would have ended otherwise.
#[derive(Serialize, ToSchema)]
struct EndingView {
    call: String,
    /// `transferred`, `completed`, `gave_up`, `left`, `fault` or `unknown`.
    before: String,
    after: String,
}

fn shown(text: &str, name: &str, unmasked: bool) -> String {
    if unmasked { text.to_owned() } else { masked(text, &[name]) }
}

impl ReviewView {
    pub(super) fn new(review: &Review, unmasked: bool) -> Self {
        let clusters = review.groups.iter().map(|group| ClusterView::new(group, unmasked)).collect();
        Self { calls: review.calls, answers: review.answers, clusters }
    }
}

impl ClusterView {
    fn new(group: &Group, unmasked: bool) -> Self {
        let cluster = &group.cluster;
        let names: Vec<&str> = group.items.iter().map(|item| item.name.as_str()).collect();
        let representative = cluster.representative.clone();
        let reasons =
            group.reasons().into_iter().map(|(reason, count)| Counted { name: reason.as_str().into(), count });
        let steps = cluster.steps.iter().map(|(name, count)| Counted { name: name.clone(), count: *count });
        let suggestion = cluster.suggestion.clone();
        Self {
            id: cluster.id.clone(),
            representative: if unmasked { representative } else { masked(&representative, &names) },
            count: group.items.len(),
            texts: cluster.texts.len(),
            reasons: reasons.collect(),
            steps: steps.collect(),
            suggestion: suggestion.map(|found| SuggestionView { intent: found.intent, score: found.score }),
            examples: group.items.iter().take(EXAMPLES).map(|item| ItemView::new(item, unmasked)).collect(),
        }
    }
}

impl ItemView {
    fn new(item: &Item, unmasked: bool) -> Self {
        Self {
            call: item.call.to_string(),
            turn: item.turn,
            step: item.step.clone(),
            heard: shown(&item.heard, &item.name, unmasked),
            at: item.at,
            understood: item.understood.clone(),
            score: item.score,
            confidence: item.confidence,
            reasons: item.reasons.iter().map(|reason| reason.as_str().to_owned()).collect(),
            recorded: item.recording.is_some(),
            from_ms: item.from_ms,
            to_ms: item.to_ms,
        }
    }
}

impl AssignView {
    pub(super) fn new(proposal: &Proposal, saved: bool, unmasked: bool) -> Self {
        let file = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tests = proposal.test_changes.iter().map(|change| TestChangeView {
            name: change.name.clone(),
            line: change.line,
            passed: change.passed,
            passes: change.passes,
            mismatches: change.mismatches.clone(),
        });
        let turn = |change: &StoredChange| TurnChangeView {
            call: change.call.to_string(),
            turn: change.turn,
            heard: shown(&change.heard, &change.name, unmasked),
            before: change.before.clone(),
            after: change.after.clone(),
            own: change.own,
        };
        let endings = proposal.endings.iter().map(|(call, before, after)| EndingView {
            call: call.to_string(),
            before: before.as_str().to_owned(),
            after: after.as_str().to_owned(),
        });
        Self {
            saved,
            intent: proposal.intent.clone(),
            phrases: proposal.phrases.clone(),
            left_out: proposal.left_out,
            files: proposal.files().map(file).collect(),
            tests: proposal.tests,
            test_changes: tests.collect(),
            calls: proposal.calls,
            turn_changes: proposal.turn_changes.iter().take(CHANGES).map(turn).collect(),
            turns_changed: proposal.turn_changes.len(),
            endings: endings.collect(),
            answers: proposal.turns.len(),
            settled: proposal.settled,
            warnings: proposal.warnings.clone(),
        }
    }
}
