//! A database in a folder of its own, and short ways to fill it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses some of it")]

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use tempfile::TempDir;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    Attempt, AttemptId, CallChange, CallResult, Campaign, CampaignSettings, CampaignState, ContactId, ContactList,
    ListSettings, NewCall, NewCampaign, NumberRule, Outcome,
};
use warmline_storage::{Db, ImportSummary, Reservation};

/// A fixed instant, and others after it.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub struct World {
    pub db: Db,
    pub folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(folder.path().join("w.db")).await.unwrap();
        Self { db, folder }
    }

    pub async fn list(&self, name: &str) -> ContactList {
        let settings = ListSettings { numbers: NumberRule::Local };
        self.db.create_list(name, &settings, at(0)).await.unwrap()
    }

    pub async fn import(&self, list: &ContactList, csv: &str) -> ImportSummary {
        let source = std::io::Cursor::new(csv.to_owned().into_bytes());
        let reader = ContactReader::new(source, &ImportOptions::new(NumberRule::Local)).unwrap();
        self.db.import_contacts(list.id, reader, |_| {}).await.unwrap()
    }

    /// A running campaign over a new list of `contacts` local numbers from 7001 on.
    pub async fn campaign(&self, name: &str, contacts: u32) -> Campaign {
        let list = self.list(name).await;
        let rows: String = (1..=contacts).map(|i| format!("Person {i},{},yes\n", 7000 + i)).collect();
        self.import(&list, &format!("name,phone,consent\n{rows}")).await;
        let settings = CampaignSettings::new("reminder", "loopback", Tz::UTC);
        let new = NewCampaign { name: name.into(), list: list.id, settings };
        let campaign = self.db.create_campaign(&new, at(0)).await.unwrap();
        self.db.set_campaign_state(campaign.id, CampaignState::Running, at(0)).await.unwrap()
    }

    /// The campaign's contacts in order.
    pub async fn people(&self, campaign: &Campaign) -> Vec<ContactId> {
        let contacts = self.db.contacts(campaign.data.list, None, 1000).await.unwrap();
        contacts.into_iter().map(|c| c.id).collect()
    }

    pub async fn reserve(&self, campaign: &Campaign, contact: ContactId, s: i64) -> Attempt {
        match self.db.reserve_attempt(campaign.id, contact, at(s)).await.unwrap() {
            Reservation::Reserved(attempt) => attempt,
            Reservation::Refused(why) => panic!("refused: {why:?}"),
        }
    }

    /// Reserves and dials.
    pub async fn dial(&self, campaign: &Campaign, contact: ContactId, s: i64) -> AttemptId {
        let attempt = self.reserve(campaign, contact, s).await;
        self.db.begin_dialling(attempt.id, &new_call(), at(s)).await.unwrap();
        attempt.id
    }

    pub async fn record(&self, call: AttemptId, change: CallChange, s: i64) -> bool {
        self.db.record(call, &change, at(s)).await.unwrap()
    }

    pub async fn end(&self, call: AttemptId, outcome: Outcome, s: i64) -> bool {
        self.record(call, CallChange::Ended(Box::new(result(outcome))), s).await
    }
}

pub fn new_call() -> NewCall {
    NewCall {
        trunk: "loopback".into(),
        caller_id: Some("100".into()),
        template: "reminder".into(),
        template_version: "abc".into(),
    }
}

pub fn result(outcome: Outcome) -> CallResult {
    CallResult {
        outcome,
        end_reason: "completed".into(),
        answered_by: (outcome == Outcome::Person).then(|| "person".into()),
        sip_status: Some(200),
        cause: "the template reached its end".into(),
        ring_ms: Some(1200),
        talk_ms: 20_000,
        intent: Some("confirm".into()),
        tags: vec!["confirmed".into()],
        categories: vec!["health".into()],
        slots: BTreeMap::from([("day".to_owned(), "monday".to_owned())]),
        handed_over: false,
        turns: 2,
    }
}
