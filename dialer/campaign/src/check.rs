//! What would go wrong if the campaign started now.
//!
//! Contacts stream through, so that a list of a million needs no memory. What breaks the law on a
//! public trunk is an error there and a warning on loopback, where nobody real is called; what only
//! some contacts will notice is a warning.

use crate::place::{Place, place};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use warmline_domain::{CampaignSettings, Consent, Contact};

/// Lines named in a message.
const LINES_SHOWN: usize = 10;
/// Oldest permitted state of the do-not-call list (16 CFR 310.4(b)(3)(iv)).
const SCRUB_DAYS: i64 = 31;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The campaign is refused until this is mended.
    Error,
    /// Some contacts will not be dialled, or not as meant.
    Warning,
    /// Good to know.
    Info,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// Stable name, such as `missing_variable`.
    pub code: &'static str,
    /// One sentence without numbers or names of people.
    pub message: String,
    /// Lines of the imported file, the first ten.
    pub lines: Vec<u64>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What the check needs to know of the trunk.
#[derive(Clone, Debug)]
pub struct TrunkFacts {
    pub name: String,
    /// Its address is a loopback one: nobody real is called.
    pub loopback: bool,
}

/// What the check needs to know of the template.
#[derive(Clone, Debug, Default)]
pub struct TemplateFacts {
    /// Variables that prompts and branches use.
    pub variables: Vec<String>,
    /// "Do not call again" is understood in every step.
    pub opt_out: bool,
    /// The greeting says who is calling.
    pub identification: bool,
    /// Its text was published: its conversations were held, and it stays on record.
    pub published: bool,
}

/// A check under way.
#[derive(Debug)]
pub struct Check<'a> {
    settings: &'a CampaignSettings,
    trunk: TrunkFacts,
    template: TemplateFacts,
    contacts: u64,
    /// The recogniser is not good at people's own words.
    expected_answers_only: bool,
    /// Some contact says yes or no.
    consent_known: bool,
    missing: BTreeMap<usize, Lines>,
    no_consent: Lines,
    do_not_call: Lines,
    assumed_place: Lines,
    local_numbers: Lines,
}

#[derive(Debug, Default)]
struct Lines {
    count: u64,
    first: Vec<u64>,
}

impl Lines {
    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first.len() < LINES_SHOWN {
            self.first.push(line);
        }
    }

    /// `3 rows lack …: lines 4, 9, 12`.
    fn sentence(&self, one: &str, many: &str) -> String {
        let shown: Vec<String> = self.first.iter().map(ToString::to_string).collect();
        let rest = self.count - self.first.len() as u64;
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let (what, word) = if self.count == 1 {
            (format!("1 row {one}"), "line")
        } else {
            (format!("{} rows {many}", self.count), "lines")
        };
        format!("{what}: {word} {}{more}", shown.join(", "))
    }
}

impl<'a> Check<'a> {
    /// Begins a check of a campaign.
    pub fn new(settings: &'a CampaignSettings, trunk: TrunkFacts, template: TemplateFacts) -> Self {
        Self {
            settings,
            trunk,
            template,
            contacts: 0,
            expected_answers_only: false,
            consent_known: false,
            missing: BTreeMap::new(),
            no_consent: Lines::default(),
            do_not_call: Lines::default(),
            assumed_place: Lines::default(),
            local_numbers: Lines::default(),
        }
    }

    /// The bot will hear with a recogniser made for answers that a step expects, such as `starter-en`.
    pub fn hears_expected_answers_only(&mut self) {
        self.expected_answers_only = true;
    }

    /// Looks at one contact.
    pub fn contact(&mut self, contact: &Contact, do_not_call: bool) {
        let data = &contact.data;
        self.contacts += 1;
        self.consent_known |= data.consent != Consent::Unknown;
        for (index, name) in self.template.variables.iter().enumerate() {
            if !data.variables.contains_key(name) {
                self.missing.entry(index).or_default().add(data.line);
            }
        }
        let refused = data.consent == Consent::Refused;
        if refused || (self.settings.require_consent && data.consent == Consent::Unknown) {
            self.no_consent.add(data.line);
        }
        if do_not_call {
            self.do_not_call.add(data.line);
        }
        if !data.number.is_e164() {
            self.local_numbers.add(data.line);
        } else if let Place::Assumed(_) = place(data.time_zone, data.region, self.settings.time_zone) {
            self.assumed_place.add(data.line);
        }
    }

    /// What was found, the worst first. `dnc_updated_at` is the latest entry of the do-not-call list.
    pub fn finish(self, dnc_updated_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Finding> {
        let mut found = Vec::new();
        self.settings_and_list(&mut found);
        self.law(dnc_updated_at, now, &mut found);
        self.hearing(&mut found);
        self.rows(&mut found);
        found.sort_by_key(|f| f.severity);
        found
    }

    fn settings_and_list(&self, found: &mut Vec<Finding>) {
        if let Err(error) = self.settings.validate() {
            found.push(finding(Severity::Error, "bad_setting", error.to_string()));
        }
        if self.contacts == 0 {
            found.push(finding(Severity::Error, "empty_list", "the list has no contacts".into()));
        }
        if !self.trunk.loopback && self.local_numbers.count > 0 {
            let message = self.local_numbers.sentence("has a local number", "have local numbers");
            let message = format!("{message}; trunk `{}` is public and wants + and the country code", self.trunk.name);
            found.push(Finding {
                lines: self.local_numbers.first.clone(),
                ..finding(Severity::Error, "local_number", message)
            });
        }
    }

    /// What real people will notice of the recogniser.
    fn hearing(&self, found: &mut Vec<Finding>) {
        if self.expected_answers_only && !self.trunk.loopback {
            let message = "the recogniser starter-en, trained on synthesised speech, hears the answers that a step \
                           expects; what real people say in their own words it mostly does not: ask closed questions, \
                           and offer keys and an agent";
            found.push(finding(Severity::Warning, "expected_answers_only", message.into()));
        }
    }

    /// What a public trunk is refused without.
    fn law(&self, dnc_updated_at: Option<DateTime<Utc>>, now: DateTime<Utc>, found: &mut Vec<Finding>) {
        let severity = if self.trunk.loopback { Severity::Warning } else { Severity::Error };
        let mut refuse = |when: bool, code, message: &str| {
            if when {
                found.push(finding(severity, code, message.into()));
            }
        };
        refuse(!self.template.opt_out, "no_opt_out", "the template has no way to say \"do not call again\"");
        refuse(!self.template.identification, "no_identification", "the template does not say who is calling");
        if self.trunk.loopback {
            return;
        }
        refuse(
            !self.template.published,
            "unpublished_template",
            "the template was never published: what people are told must have passed its tests and stay on record \
             (`warmline template publish`)",
        );
        refuse(
            self.settings.hours.is_unrestricted(),
            "no_calling_hours",
            "calling hours are not restricted; choose a profile, such as us",
        );
        refuse(
            !self.settings.require_consent,
            "consent_not_required",
            "the campaign does not require consent, which a synthetic voice needs",
        );
        refuse(
            !self.consent_known,
            "no_consent_column",
            "no contact of the list says yes or no to being called; add a column `consent`",
        );
        match dnc_updated_at {
            None => refuse(true, "no_do_not_call_list", "the do-not-call list is empty; import one first"),
            Some(at) if now - at > TimeDelta::days(SCRUB_DAYS) => {
                let days = (now - at).num_days();
                let message = format!(
                    "the do-not-call list was last brought up to date {days} days ago; {SCRUB_DAYS} is the most"
                );
                refuse(true, "old_do_not_call_list", &message);
            }
            Some(_) => {}
        }
    }

    fn rows(&self, found: &mut Vec<Finding>) {
        for (index, lines) in &self.missing {
            let name = &self.template.variables[*index];
            if lines.count == self.contacts {
                let message = format!("the list has no `{name}`, which the template uses");
                found.push(finding(Severity::Error, "missing_column", message));
                continue;
            }
            let message = lines.sentence(&format!("lacks `{name}`"), &format!("lack `{name}`"));
            found.push(rows(Severity::Warning, "missing_variable", message, lines));
        }
        let kinds = [
            (
                &self.no_consent,
                Severity::Warning,
                "no_consent",
                "has no consent and is not dialled",
                "have no consent and are not dialled",
            ),
            (
                &self.do_not_call,
                Severity::Info,
                "do_not_call",
                "is on the do-not-call list",
                "are on the do-not-call list",
            ),
        ];
        for (lines, severity, code, one, many) in kinds {
            if lines.count > 0 {
                found.push(rows(severity, code, lines.sentence(one, many), lines));
            }
        }
        if self.assumed_place.count > 0 {
            let zone = self.settings.time_zone.name();
            let message = self.assumed_place.sentence(
                &format!("does not tell its time zone and is called by the clock of {zone}"),
                &format!("do not tell their time zone and are called by the clock of {zone}"),
            );
            found.push(rows(Severity::Warning, "assumed_time_zone", message, &self.assumed_place));
        }
        let blocked = self.no_consent.count == self.contacts && self.contacts > 0;
        if blocked {
            found.push(finding(
                Severity::Error,
                "nobody_to_call",
                "no contact may be dialled: none has consented".into(),
            ));
        }
    }
}

fn finding(severity: Severity, code: &'static str, message: String) -> Finding {
    Finding { severity, code, message, lines: Vec::new() }
}

fn rows(severity: Severity, code: &'static str, message: String, lines: &Lines) -> Finding {
    Finding { lines: lines.first.clone(), ..finding(severity, code, message) }
}
