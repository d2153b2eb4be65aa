//! A campaign: whom to call with which template, how, and how far it has got.

use crate::{CampaignId, HoursProfile, ListId, RetryPolicy};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Least ring time in seconds (47 CFR 64.1200(a)(6): 15 seconds or four rings).
pub const LEAST_RING_S: u16 = 15;

/// Where a campaign stands.
///
/// draft → running ⇄ paused; running or paused → stopping (open calls finish) → stopped;
/// running → done (nobody is left). A stopped or done campaign may be started again: it goes on with
/// whoever may still be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    Draft,
    Running,
    /// No new calls; open ones go on.
    Paused,
    /// No new calls; becomes stopped with the last open one.
    Stopping,
    Stopped,
    Done,
}

/// A change that the campaign's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a campaign that is {from} cannot become {to}")]
pub struct InvalidTransition {
    pub from: CampaignState,
    pub to: CampaignState,
}

impl CampaignState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Draft, Self::Running, Self::Paused, Self::Stopping, Self::Stopped, Self::Done];

    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// Checks a change of state.
    pub fn become_(self, to: Self) -> Result<Self, InvalidTransition> {
        use CampaignState::{Done, Draft, Paused, Running, Stopped, Stopping};
        let allowed = match to {
            Draft => false,
            Running => matches!(self, Draft | Paused | Stopped | Done),
            Paused => self == Running,
            Stopping => matches!(self, Running | Paused),
            Stopped => self == Stopping,
            Done => self == Running,
        };
        if allowed { Ok(to) } else { Err(InvalidTransition { from: self, to }) }
    }
}

impl fmt::Display for CampaignState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a campaign is told once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignSettings {
    /// File or library name of the dialog template.
    pub template: String,
    /// Name of a configured trunk.
    pub trunk: String,
    /// Number to show; the trunk's first when absent.
    #[serde(default)]
    pub caller_id: Option<String>,
    /// Most calls of this campaign at one time.
    pub most_in_flight: u32,
    /// Most new calls a second.
    pub calls_per_second: f64,
    /// Seconds to let it ring.
    pub ring_limit_s: u16,
    /// Record both channels.
    pub record: bool,
    /// Zone of contacts whose own place is not known.
    pub time_zone: Tz,
    pub hours: HoursProfile,
    /// Dial only contacts whose consent is given.
    pub require_consent: bool,
    pub retry: RetryPolicy,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct SettingsError {
    pub field: &'static str,
    pub message: String,
}

impl CampaignSettings {
    /// Settings with the lawful defaults.
    pub fn new(template: impl Into<String>, trunk: impl Into<String>, time_zone: Tz) -> Self {
        Self {
            template: template.into(),
            trunk: trunk.into(),
            caller_id: None,
            most_in_flight: 10,
            calls_per_second: 5.0,
            ring_limit_s: 30,
            record: true,
            time_zone,
            hours: HoursProfile::us(),
            require_consent: true,
            retry: RetryPolicy::default(),
        }
    }

    /// Refuses values that make no sense or break the law.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let refuse = |field, message: String| Err(SettingsError { field, message });
        if self.template.trim().is_empty() {
            return refuse("template", "is missing".into());
        }
        if self.trunk.trim().is_empty() {
            return refuse("trunk", "is missing".into());
        }
        if self.ring_limit_s < LEAST_RING_S {
            return refuse("ring_limit_s", format!("{} is below {LEAST_RING_S} s", self.ring_limit_s));
        }
        if self.most_in_flight == 0 {
            return refuse("most_in_flight", "must be at least 1".into());
        }
        if !(self.calls_per_second.is_finite() && self.calls_per_second > 0.0) {
            return refuse("calls_per_second", "must be above 0".into());
        }
        if self.retry.most_attempts == 0 {
            return refuse("retry.most_attempts", "must be at least 1".into());
        }
        Ok(())
    }
}

/// A campaign to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewCampaign {
    /// Unique among campaigns.
    pub name: String,
    pub list: ListId,
    pub settings: CampaignSettings,
}

/// A campaign as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub id: CampaignId,
    #[serde(flatten)]
    pub data: NewCampaign,
    pub state: CampaignState,
    pub created_at: DateTime<Utc>,
    /// First start.
    pub started_at: Option<DateTime<Utc>>,
    /// Last time it became stopped or done.
    pub ended_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use CampaignState::{Done, Draft, Paused, Running, Stopped, Stopping};

    #[test]
    fn the_table_of_transitions() {
        let allowed = [
            (Draft, Running),
            (Paused, Running),
            (Stopped, Running),
            (Done, Running),
            (Running, Paused),
            (Running, Stopping),
            (Paused, Stopping),
            (Stopping, Stopped),
            (Running, Done),
        ];
        for from in CampaignState::ALL {
            for to in CampaignState::ALL {
                assert_eq!(from.become_(to).is_ok(), allowed.contains(&(from, to)), "{from} to {to}");
            }
        }
        assert_eq!(
            Draft.become_(Paused).map_err(|e| e.to_string()),
            Err("a campaign that is draft cannot become paused".into())
        );
    }

    #[test]
    fn settings_that_break_the_law_or_make_no_sense_are_named() {
        let good = CampaignSettings::new("reminder", "loopback", Tz::UTC);
        assert_eq!(good.validate(), Ok(()));
        let field = |change: fn(&mut CampaignSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.validate().map_err(|e| e.field)
        };
        assert_eq!(field(|s| s.ring_limit_s = 14), Err("ring_limit_s"));
        assert_eq!(field(|s| s.calls_per_second = f64::NAN), Err("calls_per_second"));
        assert_eq!(field(|s| s.most_in_flight = 0), Err("most_in_flight"));
        assert_eq!(field(|s| s.template.clear()), Err("template"));
    }
}
