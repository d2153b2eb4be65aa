//! A campaign as the API shows it.

use crate::named::CampaignStateName;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use warmline_domain::{Campaign, Outcome};
use warmline_storage::CampaignProgress;

/// A campaign with how far it has got.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CampaignView {
    pub id: i64,
    pub name: String,
    pub state: CampaignStateName,
    pub list: i64,
    pub list_name: String,
    /// File or library name of the dialog template.
    pub template: String,
    pub trunk: String,
    /// Number to show; the trunk's first when absent.
    pub caller_id: Option<String>,
    pub most_in_flight: u32,
    pub calls_per_second: f64,
    pub ring_limit_s: u16,
    pub record: bool,
    pub require_consent: bool,
    /// Name of the calling hours.
    pub hours: String,
    /// IANA zone of contacts whose own place is not known.
    pub time_zone: String,
    pub most_attempts: u16,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub progress: ProgressView,
}

impl CampaignView {
    pub(crate) fn new(campaign: Campaign, list_name: String, progress: ProgressView) -> Self {
        let settings = campaign.data.settings;
        Self {
            id: campaign.id.0,
            name: campaign.data.name,
            state: CampaignStateName(campaign.state),
            list: campaign.data.list.0,
            list_name,
            template: settings.template,
            trunk: settings.trunk,
            caller_id: settings.caller_id,
            most_in_flight: settings.most_in_flight,
            calls_per_second: settings.calls_per_second,
            ring_limit_s: settings.ring_limit_s,
            record: settings.record,
            require_consent: settings.require_consent,
            hours: settings.hours.name,
            time_zone: settings.time_zone.name().to_owned(),
            most_attempts: settings.retry.most_attempts,
            created_at: campaign.created_at,
            started_at: campaign.started_at,
            ended_at: campaign.ended_at,
            progress,
        }
    }
}

/// How far a campaign has got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProgressView {
    /// Contacts on its list.
    pub contacts: u64,
    /// Contacts that will not be dialled again.
    pub finished: u64,
    /// Open calls.
    pub in_flight: u64,
    /// Calls that have ended.
    pub attempts: u64,
    /// Ended calls that a person or a machine answered.
    pub answered: u64,
    /// Ended calls that were bridged to an agent.
    pub handed_over: u64,
    /// Ended calls by outcome.
    pub outcomes: OutcomeCounts,
}

/// Ended calls by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OutcomeCounts {
    pub person: u64,
    pub machine: u64,
    pub busy: u64,
    pub no_answer: u64,
    pub declined: u64,
    pub invalid_number: u64,
    pub congestion: u64,
    pub failed: u64,
}

impl From<CampaignProgress> for ProgressView {
    fn from(p: CampaignProgress) -> Self {
        let count = |outcome| p.outcomes.get(&outcome).copied().unwrap_or_default();
        Self {
            contacts: p.contacts,
            finished: p.finished,
            in_flight: p.open,
            attempts: p.attempts,
            answered: p.answered,
            handed_over: p.handed_over,
            outcomes: OutcomeCounts {
                person: count(Outcome::Person),
                machine: count(Outcome::Machine),
                busy: count(Outcome::Busy),
                no_answer: count(Outcome::NoAnswer),
                declined: count(Outcome::Declined),
                invalid_number: count(Outcome::InvalidNumber),
                congestion: count(Outcome::Congestion),
                failed: count(Outcome::Failed),
            },
        }
    }
}
