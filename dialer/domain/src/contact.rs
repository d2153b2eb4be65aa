//! One person of one list.

use crate::{Consent, ContactId, ListId, PhoneNumber, Region};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A contact as read from a file, not stored yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewContact {
    /// Line of the file where the row starts, 1 for the first.
    pub line: u64,
    pub number: PhoneNumber,
    /// Region the number belongs to; none for trunk-local ones.
    pub region: Option<Region>,
    /// Full name as it is to be shown, possibly empty.
    pub name: String,
    /// Key in the system that the list came from.
    pub external_id: Option<String>,
    /// IANA zone, when the list gives one.
    pub time_zone: Option<chrono_tz::Tz>,
    pub postcode: Option<String>,
    pub consent: Consent,
    /// Every column by its normalised name, empty cells left out: what prompts and branches may use.
    pub variables: BTreeMap<String, String>,
}

/// A contact as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub list: ListId,
    #[serde(flatten)]
    pub data: NewContact,
}
