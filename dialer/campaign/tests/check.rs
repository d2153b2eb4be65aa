//! What the check before a start says.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::New_York;
use std::collections::BTreeMap;
use warmline_campaign::{Check, Finding, Severity, TemplateFacts, TrunkFacts};
use warmline_domain::{
    CampaignSettings, Consent, Contact, ContactId, HoursProfile, ListId, NewContact, NumberRule, PhoneNumber, Region,
};

fn now() -> DateTime<Utc> {
    "2026-01-15T17:00:00Z".parse().unwrap()
}

fn contact(line: u64, number: &str, consent: Consent, variables: &[&str]) -> Contact {
    let us = NumberRule::International { region: Region::parse("US").ok() };
    let rule = if number.len() > 5 { us } else { NumberRule::Local };
    let (number, region) = PhoneNumber::parse(number, &rule).unwrap();
    let variables: BTreeMap<_, _> = variables.iter().map(|v| ((*v).to_owned(), "x".to_owned())).collect();
    let data = NewContact {
        line,
        number,
        region,
        name: "Ann".into(),
        external_id: None,
        time_zone: Some(New_York),
        postcode: None,
        consent,
        variables,
    };
    Contact { id: ContactId(line as i64), list: ListId(1), data }
}

fn settings() -> CampaignSettings {
    CampaignSettings::new("reminder", "trunk", New_York)
}

fn template() -> TemplateFacts {
    TemplateFacts { variables: vec!["time".into()], opt_out: true, identification: true, published: true }
}

fn trunk(loopback: bool) -> TrunkFacts {
    TrunkFacts { name: "carrier".into(), loopback }
}

fn codes(found: &[Finding], severity: Severity) -> Vec<&str> {
    found.iter().filter(|f| f.severity == severity).map(|f| f.code).collect()
}

#[test]
fn rows_that_lack_a_variable_are_counted_and_named() {
    let settings = settings();
    let mut check = Check::new(&settings, trunk(true), template());
    for line in 2..=20 {
        let variables: &[&str] = if [4, 9, 12].contains(&line) { &[] } else { &["time"] };
        check.contact(&contact(line, "7001", Consent::Given, variables), false);
    }
    let found = check.finish(None, now());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "3 rows lack `time`: lines 4, 9, 12");
    assert_eq!((found[0].severity, found[0].lines.as_slice()), (Severity::Warning, &[4, 9, 12][..]));
}

#[test]
fn long_lists_of_lines_are_cut_and_a_whole_column_is_an_error() {
    let settings = settings();
    let mut check = Check::new(&settings, trunk(true), template());
    check.contact(&contact(2, "7001", Consent::Given, &["time"]), false);
    (3..=17).for_each(|line| check.contact(&contact(line, "7001", Consent::Given, &[]), false));
    let found = check.finish(None, now());
    assert_eq!(found[0].message, "15 rows lack `time`: lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 5 more");
    let mut check = Check::new(&settings, trunk(true), template());
    check.contact(&contact(2, "7001", Consent::Given, &[]), false);
    let found = check.finish(None, now());
    assert_eq!(codes(&found, Severity::Error), ["missing_column"]);
}

#[test]
fn a_public_trunk_refuses_what_loopback_allows() {
    let mut settings = settings();
    settings.hours = HoursProfile::any_time();
    settings.require_consent = false;
    let run = |loopback| {
        let template = TemplateFacts::default();
        let mut check = Check::new(&settings, trunk(loopback), template);
        check.contact(&contact(2, "7001", Consent::Unknown, &[]), false);
        check.finish(None, now())
    };
    let here = run(true);
    assert_eq!(codes(&here, Severity::Error), [""; 0]);
    assert_eq!(codes(&here, Severity::Warning), ["no_opt_out", "no_identification"]);
    let public = run(false);
    assert_eq!(
        codes(&public, Severity::Error),
        [
            "local_number",
            "no_opt_out",
            "no_identification",
            "unpublished_template",
            "no_calling_hours",
            "consent_not_required",
            "no_consent_column",
            "no_do_not_call_list"
        ]
    );
}

#[test]
fn a_public_trunk_is_warned_of_a_recogniser_that_knows_expected_answers_only() {
    let settings = settings();
    let warned = |loopback: bool, hears_all: bool| {
        let mut check = Check::new(&settings, trunk(loopback), template());
        if !hears_all {
            check.hears_expected_answers_only();
        }
        check.finish(None, now()).iter().any(|f| f.code == "expected_answers_only" && f.severity == Severity::Warning)
    };
    assert!(warned(false, false));
    assert!(!warned(true, false) && !warned(false, true));
}

#[test]
fn a_lawful_campaign_has_nothing_to_mend() {
    let settings = settings();
    let run = |scrubbed_days_ago| {
        let mut check = Check::new(&settings, trunk(false), template());
        check.contact(&contact(2, "+12024561111", Consent::Given, &["time"]), false);
        check.finish(Some(now() - TimeDelta::days(scrubbed_days_ago)), now())
    };
    assert_eq!(run(31), []);
    assert_eq!(codes(&run(32), Severity::Error), ["old_do_not_call_list"]);
}

#[test]
fn contacts_that_will_not_be_dialled_are_told_with_the_reason() {
    let settings = settings();
    let mut check = Check::new(&settings, trunk(false), template());
    check.contact(&contact(2, "+12024561111", Consent::Given, &["time"]), true);
    check.contact(&contact(3, "+12024561112", Consent::Refused, &["time"]), false);
    let mut nowhere = contact(4, "+12024561113", Consent::Given, &["time"]);
    nowhere.data.time_zone = None;
    check.contact(&nowhere, false);
    let found = check.finish(Some(now()), now());
    let messages: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "1 row has no consent and is not dialled: line 3",
            "1 row does not tell its time zone and is called by the clock of America/New_York: line 4",
            "1 row is on the do-not-call list: line 2",
        ]
    );
}

#[test]
fn a_list_in_which_nobody_consented_cannot_start() {
    let settings = settings();
    let mut check = Check::new(&settings, trunk(true), template());
    check.contact(&contact(2, "7001", Consent::Unknown, &["time"]), false);
    assert_eq!(codes(&check.finish(None, now()), Severity::Error), ["nobody_to_call"]);
    let empty = Check::new(&settings, trunk(true), template()).finish(None, now());
    assert_eq!(codes(&empty, Severity::Error), ["empty_list"]);
}
