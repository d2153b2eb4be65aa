//! What a client says about a campaign, turned into the domain's settings with every bad field named.

use crate::problem::{FieldProblem, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use warmline_domain::{CampaignSettings, HoursProfile, ListId, NewCampaign, RetryPolicy};

/// A campaign to be created or changed. What is left out takes the lawful default.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignRequest {
    /// Unique among campaigns.
    name: String,
    list: i64,
    /// File or library name of the dialog template.
    template: String,
    /// Name of a configured trunk.
    trunk: String,
    caller_id: Option<String>,
    /// Most calls of this campaign at one time.
    most_in_flight: Option<u32>,
    /// Most new calls a second.
    calls_per_second: Option<f64>,
    /// At least 15.
    ring_limit_s: Option<u16>,
    record: Option<bool>,
    /// Dial only contacts whose consent is given.
    require_consent: Option<bool>,
    /// `us`, `florida`, `indonesia` or `any_time`.
    hours: Option<String>,
    /// IANA zone of contacts whose own place is not known.
    time_zone: Option<String>,
    /// No second attempt, whatever the first came to.
    one_attempt: Option<bool>,
}

impl CampaignRequest {
    /// The campaign asked for, or every field that is wrong.
    pub(super) fn read(self, trunks: &[String]) -> Result<NewCampaign, Problem> {
        let mut wrong = Vec::new();
        let zone = self.time_zone.as_deref().unwrap_or("UTC").parse().unwrap_or_else(|_| {
            wrong.push(FieldProblem::new("time_zone", "is not an IANA time zone, such as America/New_York"));
            chrono_tz::Tz::UTC
        });
        let mut settings = CampaignSettings::new(self.template, self.trunk, zone);
        match self.hours.as_deref().map(HoursProfile::named) {
            Some(Ok(hours)) => settings.hours = hours,
            Some(Err(e)) => wrong.push(FieldProblem::new("hours", e.to_string())),
            None => {}
        }
        if !trunks.contains(&settings.trunk) {
            let known =
                if trunks.is_empty() { "none is configured".into() } else { format!("known: {}", trunks.join(", ")) };
            wrong.push(FieldProblem::new("trunk", format!("there is no trunk `{}` ({known})", settings.trunk)));
        }
        settings.caller_id = self.caller_id.filter(|number| !number.trim().is_empty());
        replace(&mut settings.most_in_flight, self.most_in_flight);
        replace(&mut settings.calls_per_second, self.calls_per_second);
        replace(&mut settings.ring_limit_s, self.ring_limit_s);
        replace(&mut settings.record, self.record);
        replace(&mut settings.require_consent, self.require_consent);
        if self.one_attempt == Some(true) {
            settings.retry = RetryPolicy::once();
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 200 {
            wrong.push(FieldProblem::new("name", "must have 1 to 200 characters"));
        }
        if let Err(e) = settings.validate()
            && !wrong.iter().any(|w| w.field == e.field)
        {
            wrong.push(FieldProblem::new(e.field, e.message));
        }
        if wrong.is_empty() {
            Ok(NewCampaign { name, list: ListId(self.list), settings })
        } else {
            Err(Problem::invalid(wrong))
        }
    }
}

fn replace<T>(slot: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request(json: serde_json::Value) -> CampaignRequest {
        let mut all = serde_json::json!({"name": "May", "list": 1, "template": "reminder", "trunk": "lab"});
        all.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn what_is_left_out_takes_the_lawful_default() {
        let new = request(serde_json::json!({})).read(&["lab".into()]).unwrap();
        assert!(new.settings.require_consent);
        assert!(new.settings.ring_limit_s >= 15);
        assert_eq!(new.settings.hours.name, "us");
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let bad =
            serde_json::json!({"name": " ", "trunk": "x", "time_zone": "Mars", "hours": "night", "ring_limit_s": 5});
        let problem = request(bad).read(&["lab".into()]).unwrap_err();
        let mut fields: Vec<&str> = problem.errors.iter().map(|e| e.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["hours", "name", "ring_limit_s", "time_zone", "trunk"]);
    }
}
