//! A running campaign in memory: who is next, who waits for what, and when to look again.
//!
//! The campaign's one owner asks [`poll_dial`](Agenda::poll_dial) as often as pacing allows a call and
//! tells the agenda of everything that changes a contact by handing in its state again. Nothing is read
//! from storage in between.

use crate::decide::{Decision, Hours, Priority, Why, decide};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use warmline_domain::{CampaignSettings, ContactId, ContactState};

/// How many contacts stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    pub contacts: u64,
    /// May be dialled now.
    pub ready: u64,
    /// All others by reason.
    pub held: BTreeMap<Why, u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Ready(Priority),
    Held { why: Why, until: Option<DateTime<Utc>> },
}

#[derive(Debug)]
struct Entry {
    state: ContactState,
    standing: Standing,
}

/// All contacts of one campaign.
#[derive(Debug)]
pub struct Agenda {
    settings: CampaignSettings,
    hours: Hours,
    entries: HashMap<ContactId, Entry>,
    ready: BTreeSet<(Priority, ContactId)>,
    waiting: BTreeSet<(DateTime<Utc>, ContactId)>,
    held: BTreeMap<Why, u64>,
}

impl Agenda {
    /// Empty, under these settings.
    pub fn new(settings: CampaignSettings) -> Self {
        let hours = Hours::new(settings.hours.clone());
        Self {
            settings,
            hours,
            entries: HashMap::new(),
            ready: BTreeSet::new(),
            waiting: BTreeSet::new(),
            held: BTreeMap::new(),
        }
    }

    /// Adds a contact, or replaces what was known of it.
    pub fn put(&mut self, state: ContactState, now: DateTime<Utc>) {
        let contact = state.contact;
        self.take(contact);
        let standing = match decide(&state, &self.settings, &mut self.hours, now) {
            Decision::Dial(priority) => {
                self.ready.insert((priority, contact));
                Standing::Ready(priority)
            }
            Decision::Hold { why, until } => {
                if let Some(until) = until {
                    self.waiting.insert((until, contact));
                }
                *self.held.entry(why).or_default() += 1;
                Standing::Held { why, until }
            }
        };
        self.entries.insert(contact, Entry { state, standing });
    }

    /// The contact to dial next, which from now on counts as being called until its state is
    /// [`put`](Self::put) again.
    pub fn poll_dial(&mut self, now: DateTime<Utc>) -> Option<ContactId> {
        self.wake(now);
        while let Some(&(_, contact)) = self.ready.first() {
            let mut state = self.take(contact)?;
            // The hours may have ended since the contact became ready.
            let may = matches!(decide(&state, &self.settings, &mut self.hours, now), Decision::Dial(_));
            state.open_attempt = may;
            self.put(state, now);
            if may {
                return Some(contact);
            }
        }
        None
    }

    /// When somebody will next become ready by the passing of time, and what they wait for.
    pub fn poll_wake(&self) -> Option<(DateTime<Utc>, Why)> {
        let &(at, contact) = self.waiting.first()?;
        match self.entries.get(&contact)?.standing {
            Standing::Held { why, .. } => Some((at, why)),
            Standing::Ready(_) => None,
        }
    }

    /// Nobody is ready, nobody waits for a time, no call is open: the campaign is done.
    pub fn is_finished(&self) -> bool {
        self.ready.is_empty() && self.waiting.is_empty() && !self.held.contains_key(&Why::Calling)
    }

    /// What is known of a contact.
    pub fn state(&self, contact: ContactId) -> Option<&ContactState> {
        self.entries.get(&contact).map(|e| &e.state)
    }

    /// Why a contact is not dialled, and until when; none when it is ready or not of this campaign.
    pub fn why_not(&self, contact: ContactId) -> Option<(Why, Option<DateTime<Utc>>)> {
        match self.entries.get(&contact)?.standing {
            Standing::Held { why, until } => Some((why, until)),
            Standing::Ready(_) => None,
        }
    }

    /// Counts by reason.
    pub fn census(&self) -> Census {
        Census { contacts: self.entries.len() as u64, ready: self.ready.len() as u64, held: self.held.clone() }
    }

    /// Judges again everybody whose time has come.
    fn wake(&mut self, now: DateTime<Utc>) {
        while let Some(&(at, contact)) = self.waiting.first() {
            if at > now {
                return;
            }
            let Some(state) = self.take(contact) else {
                self.waiting.pop_first();
                continue;
            };
            self.put(state, now);
        }
    }

    /// Removes a contact from every index.
    fn take(&mut self, contact: ContactId) -> Option<ContactState> {
        let entry = self.entries.remove(&contact)?;
        match entry.standing {
            Standing::Ready(priority) => {
                self.ready.remove(&(priority, contact));
            }
            Standing::Held { why, until } => {
                if let Some(until) = until {
                    self.waiting.remove(&(until, contact));
                }
                if let Some(count) = self.held.get_mut(&why) {
                    *count -= 1;
                    if *count == 0 {
                        self.held.remove(&why);
                    }
                }
            }
        }
        Some(entry.state)
    }
}
