//! May this contact be dialled now?
//!
//! The order of the questions is the order of the reasons that are shown: what forbids for good comes
//! before what only postpones, and the clock comes last.

use crate::place::place;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use warmline_domain::{CampaignSettings, Consent, ContactState, HoursProfile, Outcome, Verdict};

/// Why a contact is not dialled now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// On the do-not-call list.
    DoNotCall,
    /// Consent is refused, or required and not known.
    NoConsent,
    /// A call to the contact is open.
    Calling,
    /// The person was reached.
    Completed,
    /// No such number.
    Invalid,
    /// The last outcome ends it (declined).
    LastOutcomeFinal,
    /// All attempts are used up.
    Exhausted,
    /// An agent owes the call.
    CallbackOwed,
    /// The person named a time that has not come.
    CallbackDue,
    /// Too soon after the last attempt.
    InCadence,
    /// Outside the calling hours at the person's place.
    NotInHours,
}

impl Why {
    /// The name used in files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DoNotCall => "do_not_call",
            Self::NoConsent => "no_consent",
            Self::Calling => "calling",
            Self::Completed => "completed",
            Self::Invalid => "invalid",
            Self::LastOutcomeFinal => "last_outcome_final",
            Self::Exhausted => "exhausted",
            Self::CallbackOwed => "callback_owed",
            Self::CallbackDue => "callback_due",
            Self::InCadence => "in_cadence",
            Self::NotInHours => "not_in_hours",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DoNotCall => "on the do-not-call list",
            Self::NoConsent => "no consent",
            Self::Calling => "being called",
            Self::Completed => "reached",
            Self::Invalid => "no such number",
            Self::LastOutcomeFinal => "declined",
            Self::Exhausted => "all attempts used",
            Self::CallbackOwed => "waits for an agent's call",
            Self::CallbackDue => "asked to be called later",
            Self::InCadence => "too soon after the last attempt",
            Self::NotInHours => "outside calling hours",
        })
    }
}

/// Who is dialled first: promised callbacks, then contacts with fewer attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Callback { due_at: DateTime<Utc> },
    Attempt { before: u32 },
}

/// What is to be done about a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Dial(Priority),
    /// `until` says when to ask again; without it nothing but an event changes the answer.
    Hold {
        why: Why,
        until: Option<DateTime<Utc>>,
    },
}

/// Calling hours with a memory: every zone is looked up once a minute, not once a contact.
#[derive(Clone, Debug)]
pub struct Hours {
    profile: HoursProfile,
    minute: i64,
    /// Instant of the next opening; the epoch when open now.
    openings: HashMap<Tz, Option<DateTime<Utc>>>,
}

impl Hours {
    /// Of this profile.
    pub fn new(profile: HoursProfile) -> Self {
        Self { profile, minute: i64::MIN, openings: HashMap::new() }
    }

    /// When calls to `zone` may be made: `now` when they may be made now, none when never.
    fn opening(&mut self, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // Windows begin and end on full minutes, and so do all zones' offsets in use.
        let minute = now.timestamp().div_euclid(60);
        if minute != self.minute {
            self.openings.clear();
            self.minute = minute;
        }
        let profile = &self.profile;
        let opening = self.openings.entry(zone).or_insert_with(|| profile.next_opening(zone, now));
        opening.map(|at| at.max(now))
    }
}

/// Judges one contact.
pub fn decide(state: &ContactState, settings: &CampaignSettings, hours: &mut Hours, now: DateTime<Utc>) -> Decision {
    if let Some(why) = forbidden(state, settings) {
        return Decision::Hold { why, until: None };
    }
    let priority = match by_history(state, settings, now) {
        Decision::Dial(priority) => priority,
        hold => return hold,
    };
    let zone = place(state.time_zone, state.region, settings.time_zone).zone();
    match hours.opening(zone, now) {
        Some(at) if at <= now => Decision::Dial(priority),
        until => Decision::Hold { why: Why::NotInHours, until },
    }
}

fn forbidden(state: &ContactState, settings: &CampaignSettings) -> Option<Why> {
    let consents = match state.consent {
        Consent::Given => true,
        Consent::Refused => false,
        Consent::Unknown => !settings.require_consent,
    };
    if state.open_attempt {
        Some(Why::Calling)
    } else if state.do_not_call {
        Some(Why::DoNotCall)
    } else if !consents {
        Some(Why::NoConsent)
    } else {
        None
    }
}

/// What the attempts so far, and a promised callback, say.
fn by_history(state: &ContactState, settings: &CampaignSettings, now: DateTime<Utc>) -> Decision {
    let retry = &settings.retry;
    let hold = |why| Decision::Hold { why, until: None };
    let (verdict, priority) = match state.callback {
        Some(callback) => {
            let Some(due_at) = callback.due_at else { return hold(Why::CallbackOwed) };
            if due_at > now {
                return Decision::Hold { why: Why::CallbackDue, until: Some(due_at) };
            }
            let verdict = retry.callback_verdict(&state.history, callback.attempts, now);
            (verdict, Priority::Callback { due_at })
        }
        None => (retry.verdict(&state.history, now), Priority::Attempt { before: state.history.attempts() }),
    };
    match verdict {
        Verdict::Dial => Decision::Dial(priority),
        Verdict::Wait { until } => Decision::Hold { why: Why::InCadence, until: Some(until) },
        Verdict::Exhausted => hold(Why::Exhausted),
        Verdict::Completed => hold(Why::Completed),
        Verdict::Final { outcome: Outcome::InvalidNumber } => hold(Why::Invalid),
        Verdict::Final { .. } => hold(Why::LastOutcomeFinal),
    }
}
