//! A contact list: where contacts come from and which numbers it holds.

use crate::{ListId, NumberRule};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a list reads its numbers, chosen when it is created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSettings {
    #[serde(flatten)]
    pub numbers: NumberRule,
}

/// A list as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactList {
    pub id: ListId,
    /// Unique among lists.
    pub name: String,
    pub settings: ListSettings,
    /// Contacts in it.
    pub contacts: u64,
    /// Names of the contacts' variables, in the order of the file's columns.
    pub columns: Vec<String>,
    /// False while an import is under way, and after one that was cut short: importing the file again
    /// completes it.
    pub complete: bool,
    pub created_at: DateTime<Utc>,
}
