//! What came of the calls of each version.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use warmline_domain::{Rate, VersionResults};
use warmline_storage::{Db, StorageError};

/// A share with the room that chance has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct RateView {
    pub count: u64,
    pub of: u64,
    /// 0 to 1; absent of nothing.
    pub share: Option<f64>,
    /// The true share lies between these with 95 % confidence (Wilson's interval).
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl From<Rate> for RateView {
    fn from(rate: Rate) -> Self {
        let (low, high) = rate.interval().unzip();
        Self { count: rate.count, of: rate.of, share: rate.share(), low, high }
    }
}

/// One version's ended calls.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ResultsView {
    pub version: u32,
    pub calls: u64,
    /// By a person, of the calls; the next four of these.
    pub answered: RateView,
    /// The template reached its end.
    pub completed: RateView,
    /// Bridged to an agent.
    pub transferred: RateView,
    pub opted_out: RateView,
    /// Exchanges of an answered call on average.
    pub turns: Option<f64>,
    /// Of what was said, what was not understood.
    pub no_match: RateView,
}

impl From<VersionResults> for ResultsView {
    fn from(found: VersionResults) -> Self {
        let of_answered = |count| RateView::from(Rate { count, of: found.answered });
        Self {
            version: found.mark.number,
            calls: found.calls,
            answered: Rate { count: found.answered, of: found.calls }.into(),
            completed: of_answered(found.completed),
            transferred: of_answered(found.transferred),
            opted_out: of_answered(found.opted_out),
            turns: Rate { count: found.turns, of: found.answered }.share(),
            no_match: Rate { count: found.unmatched, of: found.heard }.into(),
        }
    }
}

/// Every published version's results, newest first.
///
/// # Errors
/// The database's.
pub async fn results(db: &Db, template: &str, since: Option<DateTime<Utc>>) -> Result<Vec<ResultsView>, StorageError> {
    Ok(db.version_results(template, since).await?.into_iter().map(ResultsView::from).collect())
}
