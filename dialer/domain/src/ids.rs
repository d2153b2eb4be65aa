//! Row ids, one type each, so that a contact's id cannot be passed where a list's is wanted.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id!(
    /// A contact list.
    ListId
);
row_id!(
    /// One contact of one list. Ids grow in the order of import.
    ContactId
);
row_id!(
    /// A campaign.
    CampaignId
);
row_id!(
    /// A callback that is owed.
    CallbackId
);
row_id!(
    /// A person who signs in.
    UserId
);

/// One attempt to reach a contact. The same value is the call's id in logs, recordings and on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(pub Uuid);

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
