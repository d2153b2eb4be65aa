//! Campaigns played through on virtual time.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::{Los_Angeles, New_York};
use warmline_campaign::{Agenda, Why};
use warmline_domain::{CallbackNote, CampaignSettings, Consent, ContactId, ContactState, History, Outcome, Region};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Noon in New York, nine in the morning in Los Angeles.
fn noon() -> DateTime<Utc> {
    utc("2026-01-15T17:00:00Z")
}

fn contact(id: i64) -> ContactState {
    ContactState {
        contact: ContactId(id),
        time_zone: Some(New_York),
        region: Region::parse("US").ok(),
        consent: Consent::Given,
        do_not_call: false,
        history: History::default(),
        open_attempt: false,
        callback: None,
    }
}

fn agenda(contacts: impl IntoIterator<Item = ContactState>, now: DateTime<Utc>) -> Agenda {
    let mut agenda = Agenda::new(CampaignSettings::new("reminder", "loopback", New_York));
    contacts.into_iter().for_each(|c| agenda.put(c, now));
    agenda
}

/// The call to this contact has ended so.
fn close(agenda: &mut Agenda, id: i64, outcome: Outcome, now: DateTime<Utc>) {
    let mut state = agenda.state(ContactId(id)).unwrap().clone();
    assert!(state.open_attempt, "was not being called");
    state.open_attempt = false;
    state.history.record(outcome, now);
    agenda.put(state, now);
}

fn dial(agenda: &mut Agenda, now: DateTime<Utc>) -> Vec<i64> {
    std::iter::from_fn(|| agenda.poll_dial(now)).map(|c| c.0).collect()
}

#[test]
fn everybody_is_dialled_once_in_the_order_of_the_list() {
    let mut agenda = agenda((1..=5).rev().map(contact), noon());
    assert_eq!(dial(&mut agenda, noon()), [1, 2, 3, 4, 5]);
    assert_eq!(agenda.census().held[&Why::Calling], 5);
    assert!(!agenda.is_finished());
    (1..=5).for_each(|id| close(&mut agenda, id, Outcome::Person, noon()));
    assert!(agenda.is_finished());
    assert_eq!(agenda.census().held[&Why::Completed], 5);
}

#[test]
fn a_busy_number_is_tried_again_when_the_window_has_passed_and_then_given_up() {
    let mut agenda = agenda([contact(1)], noon());
    let mut now = noon();
    for attempt in 1..=3 {
        assert_eq!(dial(&mut agenda, now), [1], "attempt {attempt}");
        close(&mut agenda, 1, Outcome::Busy, now);
        if attempt < 3 {
            assert_eq!(agenda.poll_wake(), Some((now + TimeDelta::minutes(10), Why::InCadence)));
            assert_eq!(dial(&mut agenda, now + TimeDelta::seconds(599)), [0; 0]);
        }
        now += TimeDelta::minutes(10);
    }
    assert_eq!(agenda.why_not(ContactId(1)), Some((Why::Exhausted, None)));
    assert!(agenda.is_finished());
}

#[test]
fn those_tried_less_often_come_first_and_promised_callbacks_before_all() {
    let mut tried = contact(1);
    tried.history.record(Outcome::Busy, noon() - TimeDelta::hours(2));
    let mut promised = contact(3);
    promised.history.record(Outcome::Person, noon() - TimeDelta::hours(2));
    promised.callback = Some(CallbackNote { due_at: Some(noon()), attempts: 0 });
    assert_eq!(dial(&mut agenda([tried, contact(2), promised], noon()), noon()), [3, 2, 1]);
}

#[test]
fn the_clock_at_the_persons_place_decides() {
    let mut west = contact(2);
    west.time_zone = Some(Los_Angeles);
    // 07:30 in Los Angeles, 10:30 in New York.
    let early = utc("2026-01-15T15:30:00Z");
    let mut agenda = agenda([contact(1), west], early);
    assert_eq!(dial(&mut agenda, early), [1]);
    assert_eq!(agenda.poll_wake(), Some((utc("2026-01-15T16:00:00Z"), Why::NotInHours)));
    assert_eq!(dial(&mut agenda, utc("2026-01-15T16:00:00Z")), [2]);
}

#[test]
fn hours_that_end_while_somebody_is_ready_stop_the_dialling() {
    let mut agenda = agenda([contact(1), contact(2)], noon());
    let evening = utc("2026-01-16T01:59:59Z");
    assert_eq!(agenda.poll_dial(evening), Some(ContactId(1)));
    assert_eq!(agenda.poll_dial(evening + TimeDelta::seconds(1)), None);
    assert_eq!(agenda.why_not(ContactId(2)), Some((Why::NotInHours, Some(utc("2026-01-16T13:00:00Z")))));
    assert_eq!(dial(&mut agenda, utc("2026-01-16T13:00:00Z")), [2]);
}

#[test]
fn those_who_must_not_be_called_are_held_with_the_reason() {
    let blocked = ContactState { do_not_call: true, ..contact(1) };
    let refused = ContactState { consent: Consent::Refused, ..contact(2) };
    let unknown = ContactState { consent: Consent::Unknown, ..contact(3) };
    let owed = ContactState { callback: Some(CallbackNote { due_at: None, attempts: 0 }), ..contact(4) };
    let mut dead = contact(5);
    dead.history.record(Outcome::InvalidNumber, noon());
    let mut declined = contact(6);
    declined.history.record(Outcome::Declined, noon());
    let mut agenda = agenda([blocked, refused, unknown, owed, dead, declined], noon());
    assert_eq!(dial(&mut agenda, noon() + TimeDelta::days(300)), [0; 0]);
    let why = |id| agenda.why_not(ContactId(id)).unwrap().0;
    assert_eq!(
        [why(1), why(2), why(3), why(4), why(5), why(6)],
        [Why::DoNotCall, Why::NoConsent, Why::NoConsent, Why::CallbackOwed, Why::Invalid, Why::LastOutcomeFinal]
    );
    assert!(agenda.is_finished());
}

#[test]
fn unknown_consent_is_enough_where_the_campaign_does_not_ask_for_it_but_a_refusal_never_is() {
    let mut settings = CampaignSettings::new("reminder", "loopback", New_York);
    settings.require_consent = false;
    let mut agenda = Agenda::new(settings);
    agenda.put(ContactState { consent: Consent::Unknown, ..contact(1) }, noon());
    agenda.put(ContactState { consent: Consent::Refused, ..contact(2) }, noon());
    assert_eq!(dial(&mut agenda, noon()), [1]);
}

#[test]
fn a_callback_is_dialled_at_the_hour_the_person_named() {
    let due = noon() + TimeDelta::hours(3);
    let mut agenda = agenda([contact(1)], noon());
    assert_eq!(dial(&mut agenda, noon()), [1]);
    let mut state = agenda.state(ContactId(1)).unwrap().clone();
    state.open_attempt = false;
    state.history.record(Outcome::Person, noon());
    state.callback = Some(CallbackNote { due_at: Some(due), attempts: 0 });
    agenda.put(state, noon());
    assert_eq!(agenda.poll_wake(), Some((due, Why::CallbackDue)));
    assert!(!agenda.is_finished());
    assert_eq!(dial(&mut agenda, due - TimeDelta::seconds(1)), [0; 0]);
    assert_eq!(dial(&mut agenda, due), [1]);
}

#[test]
fn an_opt_out_takes_effect_at_once() {
    let mut agenda = agenda([contact(1), contact(2)], noon());
    let state = ContactState { do_not_call: true, ..agenda.state(ContactId(2)).unwrap().clone() };
    agenda.put(state, noon());
    assert_eq!(dial(&mut agenda, noon()), [1]);
}

/// Every contact ends where the policy says, whatever order the calls end in, and nobody is ever dialled
/// twice within the window.
#[test]
fn a_random_campaign_never_breaks_its_rules() {
    for seed in 1..=20u64 {
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut draw = move |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        let mut now = noon();
        let mut agenda = agenda((1..=40).map(contact), now);
        let mut open: Vec<i64> = Vec::new();
        let mut closed: std::collections::HashMap<i64, Vec<DateTime<Utc>>> = Default::default();
        for _ in 0..20_000 {
            if agenda.is_finished() {
                break;
            }
            if draw(2) == 0 && open.len() < 8 {
                if let Some(id) = agenda.poll_dial(now) {
                    let last = closed.get(&id.0).and_then(|c| c.last());
                    assert!(last.is_none_or(|at| now - at >= TimeDelta::minutes(10)), "seed {seed}: too soon");
                    assert!(!open.contains(&id.0), "seed {seed}: two calls to one contact");
                    open.push(id.0);
                }
            } else if !open.is_empty() {
                let id = open.swap_remove(draw(open.len()));
                close(&mut agenda, id, Outcome::ALL[draw(8)], now);
                closed.entry(id).or_default().push(now);
            }
            now += TimeDelta::seconds(draw(120) as i64);
        }
        assert!(agenda.is_finished(), "seed {seed}: {:?}", agenda.census());
        assert!(closed.len() == 40 && closed.values().all(|c| c.len() <= 3), "seed {seed}");
    }
}
