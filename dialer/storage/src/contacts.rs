//! Contacts, and what the planner needs to know of each.

use crate::convert::{from_ms, maybe_ms, narrow, unknown};
use crate::{Db, StorageError};
use sqlx::FromRow;
use warmline_domain::{
    CallbackNote, CampaignId, Consent, Contact, ContactId, ContactState, History, ListId, NewContact, Outcome,
    PhoneNumber, Region,
};

#[derive(FromRow)]
struct ContactRow {
    id: i64,
    list_id: i64,
    line: i64,
    number: String,
    region: Option<String>,
    name: String,
    external_id: Option<String>,
    time_zone: Option<String>,
    postcode: Option<String>,
    consent: String,
    variables: String,
}

impl TryFrom<ContactRow> for Contact {
    type Error = StorageError;

    fn try_from(row: ContactRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: ContactId(row.id),
            list: ListId(row.list_id),
            data: NewContact {
                line: narrow("line", row.line)?,
                number: PhoneNumber::from_stored(&row.number),
                region: region(row.region.as_deref())?,
                name: row.name,
                external_id: row.external_id,
                time_zone: zone(row.time_zone.as_deref())?,
                postcode: row.postcode,
                consent: consent(&row.consent)?,
                variables: serde_json::from_str(&row.variables)?,
            },
        })
    }
}

#[derive(FromRow)]
struct StateRow {
    id: i64,
    region: Option<String>,
    time_zone: Option<String>,
    consent: String,
    do_not_call: bool,
    open_attempt: bool,
    history: String,
    callback: Option<String>,
}

impl TryFrom<StateRow> for ContactState {
    type Error = StorageError;

    fn try_from(row: StateRow) -> Result<Self, StorageError> {
        let mut history = History::default();
        let closed: Vec<(Outcome, i64)> = serde_json::from_str(&row.history)?;
        for (outcome, closed_at) in closed {
            history.record(outcome, from_ms(closed_at)?);
        }
        let callback: Option<(Option<i64>, u16)> = row.callback.map(|c| serde_json::from_str(&c)).transpose()?;
        let callback = callback
            .map(|(due_at, attempts)| Ok::<_, StorageError>(CallbackNote { due_at: maybe_ms(due_at)?, attempts }))
            .transpose()?;
        Ok(Self {
            contact: ContactId(row.id),
            time_zone: zone(row.time_zone.as_deref())?,
            region: region(row.region.as_deref())?,
            consent: consent(&row.consent)?,
            do_not_call: row.do_not_call,
            history,
            open_attempt: row.open_attempt,
            callback,
        })
    }
}

fn region(code: Option<&str>) -> Result<Option<Region>, StorageError> {
    code.map(|c| Region::parse(c).map_err(|_| unknown("region", c))).transpose()
}

fn zone(name: Option<&str>) -> Result<Option<chrono_tz::Tz>, StorageError> {
    name.map(|n| n.parse().map_err(|_| unknown("time zone", n))).transpose()
}

fn consent(name: &str) -> Result<Consent, StorageError> {
    Consent::parse(name).ok_or_else(|| unknown("consent", name))
}

impl Db {
    /// One contact.
    pub async fn contact(&self, id: ContactId) -> Result<Option<Contact>, StorageError> {
        let row: Option<ContactRow> =
            sqlx::query_as("SELECT * FROM contacts WHERE id = ?").bind(id.0).fetch_optional(self.reader()).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// At most `limit` contacts of a list with ids above `after`, in the order of import.
    pub async fn contacts(
        &self,
        list: ListId,
        after: Option<ContactId>,
        limit: u32,
    ) -> Result<Vec<Contact>, StorageError> {
        let rows: Vec<ContactRow> = sqlx::query_as(
            "SELECT * FROM contacts INDEXED BY contacts_by_list WHERE list_id = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(list.0)
        .bind(after.map_or(0, |c| c.0))
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What the planner needs to know of a campaign's contacts with ids above `after`, in the order of
    /// import, at most `limit`.
    pub async fn contact_states(
        &self,
        campaign: CampaignId,
        after: Option<ContactId>,
        limit: u32,
    ) -> Result<Vec<ContactState>, StorageError> {
        self.states(campaign, after.map_or(0, |c| c.0), i64::MAX, limit).await
    }

    /// The same for one contact, to be read again after something happened to it.
    pub async fn contact_state(
        &self,
        campaign: CampaignId,
        contact: ContactId,
    ) -> Result<Option<ContactState>, StorageError> {
        Ok(self.states(campaign, contact.0 - 1, contact.0, 1).await?.pop())
    }

    async fn states(
        &self,
        campaign: CampaignId,
        after: i64,
        until: i64,
        limit: u32,
    ) -> Result<Vec<ContactState>, StorageError> {
        let rows: Vec<StateRow> = sqlx::query_as(
            "SELECT c.id, c.region, c.time_zone, c.consent,
                EXISTS (SELECT 1 FROM dnc WHERE dnc.number = c.number) AS do_not_call,
                EXISTS (SELECT 1 FROM attempts o WHERE o.contact_id = c.id AND o.state <> 'closed') AS open_attempt,
                (SELECT json_group_array(json_array(a.outcome, a.closed_at)) FROM attempts a
                  WHERE a.campaign_id = ?1 AND a.contact_id = c.id AND a.state = 'closed') AS history,
                (SELECT json_array(b.due_at, (SELECT count(*) FROM attempts t
                          WHERE t.campaign_id = ?1 AND t.contact_id = c.id AND t.state = 'closed'
                            AND t.reserved_at > b.created_at))
                   FROM callbacks b
                  WHERE b.campaign_id = ?1 AND b.contact_id = c.id AND b.state = 'waiting'
                  ORDER BY b.due_at IS NULL, b.due_at LIMIT 1) AS callback
             FROM contacts c INDEXED BY contacts_by_list
             WHERE c.list_id = (SELECT list_id FROM campaigns WHERE id = ?1) AND c.id > ?2 AND c.id <= ?3
             ORDER BY c.id LIMIT ?4",
        )
        .bind(campaign.0)
        .bind(after)
        .bind(until)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
