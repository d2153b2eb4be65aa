//! What another threshold or other weights of the handoff score would have done to stored calls.

mod past;
mod report;

pub use report::{HandoffReplay, HandoffShift, ShiftKind, SweepRow, replay_handoff, spoken_calls};

use super::PublishError;
use crate::AppState;
use crate::auth::Signed;
use crate::extract::{Json, Path};
use crate::problem::Problem;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_dialog::CompiledTemplate;
use warmline_domain::Permission;
use warmline_schema::{Handoff, HandoffCue};

/// Calls that are looked at when no number is named.
const CALLS: u32 = 1000;
/// Most calls of one request.
const MOST_CALLS: u32 = 10_000;
/// Most changed calls in one answer.
const MOST_SHIFTS: usize = 200;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(replay_template_handoff))
}

/// What to try. What is left out is as the template says.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoffTrial {
    /// 0–1.
    pub threshold: Option<f32>,
    /// 0–1, at most the threshold.
    pub release: Option<f32>,
    /// Cue, such as `no_match`, and its weight, 0–1.
    #[serde(default)]
    pub weights: BTreeMap<String, f32>,
    /// Only calls that began then or later.
    pub since: Option<DateTime<Utc>>,
    /// The newest so many calls: 1 to 10000, 1000 by default.
    pub calls: Option<u32>,
}

/// Why something cannot be tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    #[error("`{field}` must be a number from 0 to 1")]
    Share { field: String },
    #[error("`release` must not be above the threshold, which is {threshold}")]
    Release { threshold: String },
    #[error("there is no cue `{name}`; there are {}", HandoffCue::ALL.map(HandoffCue::name).join(", "))]
    Cue { name: String },
}

impl TrialError {
    /// The field of [`HandoffTrial`] that is wrong.
    fn field(&self) -> &str {
        match self {
            Self::Share { field } => field,
            Self::Release { .. } => "release",
            Self::Cue { .. } => "weights",
        }
    }
}

impl HandoffTrial {
    /// The template's own rule with what is tried.
    ///
    /// # Errors
    /// A number out of range, or a cue that does not exist.
    pub fn rule(&self, own: &Handoff) -> Result<Handoff, TrialError> {
        let numbers = [("threshold", self.threshold), ("release", self.release)];
        let weights = self.weights.iter().map(|(name, weight)| (name.as_str(), Some(*weight)));
        for (name, number) in numbers.into_iter().chain(weights) {
            if number.is_some_and(|number| !(0.0..=1.0).contains(&number)) {
                return Err(TrialError::Share { field: name.to_owned() });
            }
        }
        let threshold = self.threshold.unwrap_or(own.threshold);
        if self.release.is_some_and(|release| release > threshold) {
            return Err(TrialError::Release { threshold: threshold.to_string() });
        }
        let mut rule = match (self.threshold, self.release) {
            (None, None) => own.clone(),
            (_, release) => own.at(threshold, release),
        };
        for (name, weight) in &self.weights {
            let cue = HandoffCue::parse(name).ok_or_else(|| TrialError::Cue { name: name.clone() })?;
            rule.weights = rule.weights.with(cue, *weight);
        }
        Ok(rule)
    }

    /// How many calls are looked at.
    pub fn most(&self) -> u32 {
        self.calls.unwrap_or(CALLS).clamp(1, MOST_CALLS)
    }
}

/// Score stored calls again.
///
/// With another threshold, release or weights: how many would have gone to an agent, which, at which turn and why.
/// Nothing is changed. Numbers are masked by role.
#[utoipa::path(post, path = "/templates/{name}/replay-handoff", tag = "templates",
    params(("name" = String, Path, description = "Template")), request_body = HandoffTrial, responses(
    (status = 200, body = HandoffReplay),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A number is out of range, there is no such cue, or the template has errors", body = Problem, content_type = "application/problem+json"),
))]
async fn replay_template_handoff(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Json(trial): Json<HandoffTrial>,
) -> Result<Json<HandoffReplay>, Problem> {
    who.may(Permission::TemplatesRead)?;
    who.may(Permission::CallsRead)?;
    let (library, file) = (state.templates.clone(), name.clone());
    let compiled = tokio::task::spawn_blocking(move || {
        let Some(text) = library.draft_text(&file)? else { return Ok(None) };
        let broken = |problems: Vec<String>| PublishError::Broken { file: format!("{file}.yaml").into(), problems };
        let template = warmline_schema::parse(&text)
            .map_err(|problems| broken(problems.0.iter().map(ToString::to_string).collect()))?;
        CompiledTemplate::compile(template).map(Some).map_err(|e| broken(vec![e.to_string()]))
    });
    let compiled = compiled.await.map_err(|e| Problem::internal("read a template", e))??;
    let compiled = compiled.ok_or_else(|| Problem::not_found("template"))?;
    let rule =
        trial.rule(&compiled.template().handoff).map_err(|error| Problem::field(error.field(), error.to_string()))?;
    let calls = spoken_calls(&state.db, &state.templates, &name, trial.since, trial.most()).await?;
    let replay = tokio::task::spawn_blocking(move || {
        let mut replay = replay_handoff(&name, &compiled, &rule, &calls, |n| who.number(n));
        replay.shifts_left_out = replay.shifts.len().saturating_sub(MOST_SHIFTS);
        replay.shifts.truncate(MOST_SHIFTS);
        replay
    });
    Ok(Json(replay.await.map_err(|e| Problem::internal("score calls again", e))?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_cannot_be_tried_says_why() {
        let own = Handoff::default();
        let why = |trial: HandoffTrial| trial.rule(&own).unwrap_err().to_string();
        let threshold = HandoffTrial { threshold: Some(1.5), ..HandoffTrial::default() };
        assert_eq!(why(threshold), "`threshold` must be a number from 0 to 1");
        let release = HandoffTrial { threshold: Some(0.5), release: Some(0.6), ..HandoffTrial::default() };
        assert_eq!(why(release), "`release` must not be above the threshold, which is 0.5");
        let weights = HandoffTrial { weights: [("angre".to_owned(), 0.5)].into(), ..HandoffTrial::default() };
        assert!(why(weights).contains("there are request, buying, frustration"));
    }

    #[test]
    fn what_is_left_out_is_as_the_template_says() {
        let own = Handoff { threshold: 0.8, release: 0.4, ..Handoff::default() };
        assert_eq!(HandoffTrial::default().rule(&own).unwrap(), own);
        let lower = HandoffTrial { threshold: Some(0.4), ..HandoffTrial::default() }.rule(&own).unwrap();
        assert!((lower.release - 0.2).abs() < 1e-6, "as far below, in proportion");
        let weights = [("silence".to_owned(), 0.9)].into();
        let heavier = HandoffTrial { weights, ..HandoffTrial::default() }.rule(&own).unwrap();
        assert_eq!(heavier.weights.of(HandoffCue::Silence), 0.9);
        assert_eq!(heavier.weights.of(HandoffCue::Time), own.weights.of(HandoffCue::Time));
    }
}
