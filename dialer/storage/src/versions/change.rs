//! Publishing, trying out, promoting and rolling back: each one transaction with its audit entry, so that a
//! template never has two live versions or none, whatever ends the process.

use super::read::{Row, all, one};
use crate::convert::to_ms;
use crate::db::Write;
use crate::{Db, StorageError, audit, feed};
use chrono::{DateTime, Utc};
use serde_json::json;
use warmline_domain::{NewVersion, RolledBack, Share, TemplateVersion, UserId, VersionState};

impl Db {
    /// Stores a version and makes it live, or a canary. The live one it replaces is archived.
    ///
    /// Refused: a text that is a version already, anything while a canary is on trial, a canary where nothing
    /// is live.
    pub async fn publish_version(&self, new: &NewVersion, now: DateTime<Utc>) -> Result<TemplateVersion, StorageError> {
        let mut change = Change::begin(self, &new.template, new.by, now).await?;
        let known = change.versions().await?;
        let name = &new.template;
        if let Some(same) = known.iter().find(|v| v.mark.sha256 == new.sha256) {
            let number = same.mark.number;
            return Err(StorageError::Refused(match same.state {
                VersionState::Live => format!("nothing has changed: version {number} of {name} is this text and live"),
                VersionState::Canary => format!("version {number} of {name} is this text and on trial as a canary"),
                VersionState::Archived => {
                    format!("version {number} of {name} is this text already: roll back to {number} to make it live")
                }
            }));
        }
        if let Some(canary) = in_state(&known, VersionState::Canary) {
            let number = canary.mark.number;
            return Err(StorageError::Refused(format!(
                "version {number} of {name} is on trial as a canary: promote or stop it first"
            )));
        }
        let live = in_state(&known, VersionState::Live);
        if new.canary.is_some() && live.is_none() {
            return Err(StorageError::Refused(format!(
                "{name} has no live version that a canary could be tried against: publish it without one"
            )));
        }
        if new.canary.is_none()
            && let Some(live) = live
        {
            change.archive(live.mark.number).await?;
        }
        let number = known.iter().map(|v| v.mark.number).max().unwrap_or(0) + 1;
        change.insert(new, number).await?;
        let what = match new.canary {
            Some(share) => format!("{name} version {number} as a canary with {} %", share.percent()),
            None => format!("{name} version {number}"),
        };
        change.finish("template.publish", &what, number).await
    }

    /// Gives the canary another share of the new calls.
    pub async fn set_canary_share(
        &self,
        template: &str,
        share: Share,
        by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<TemplateVersion, StorageError> {
        let mut change = Change::begin(self, template, by, now).await?;
        let number = change.canary().await?;
        sqlx::query("UPDATE template_versions SET share = ? WHERE template = ? AND number = ?")
            .bind(share.percent())
            .bind(template)
            .bind(number)
            .execute(&mut *change.tx)
            .await?;
        let what = format!("{template} version {number} with {} %", share.percent());
        change.finish("template.canary", &what, number).await
    }

    /// The canary becomes what every new call gets.
    pub async fn promote_canary(
        &self,
        template: &str,
        by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<TemplateVersion, StorageError> {
        let mut change = Change::begin(self, template, by, now).await?;
        let number = change.canary().await?;
        if let Some(live) = in_state(&change.versions().await?, VersionState::Live) {
            change.archive(live.mark.number).await?;
        }
        change.make_live(number).await?;
        change.finish("template.promote", &format!("{template} version {number}"), number).await
    }

    /// No new call gets the canary any more.
    pub async fn stop_canary(
        &self,
        template: &str,
        by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<TemplateVersion, StorageError> {
        let mut change = Change::begin(self, template, by, now).await?;
        let number = change.canary().await?;
        change.archive(number).await?;
        change.finish("template.canary_stop", &format!("{template} version {number}"), number).await
    }

    /// Puts back what was. With a number: that version is live, and no other gets calls. Without: a canary is
    /// withdrawn where there is one, else the live version, and the one before it that was live is live again.
    pub async fn roll_back(
        &self,
        template: &str,
        to: Option<u32>,
        by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<RolledBack, StorageError> {
        let mut change = Change::begin(self, template, by, now).await?;
        let known = change.versions().await?;
        let live = in_state(&known, VersionState::Live).ok_or_else(|| never_published(template))?.mark.number;
        let canary = in_state(&known, VersionState::Canary).map(|v| v.mark.number);
        let before =
            || known.iter().filter(|v| v.live_at.is_some() && v.mark.number < live).map(|v| v.mark.number).max();
        let target = match (to, canary) {
            (Some(number), _) if !known.iter().any(|v| v.mark.number == number) => {
                return Err(StorageError::Missing { what: "version", id: format!("{number} of {template}") });
            }
            (Some(number), _) => number,
            (None, Some(_)) => live,
            (None, None) => before().ok_or_else(|| {
                StorageError::Refused(format!(
                    "version {live} of {template} is the first that was live: there is none before it"
                ))
            })?,
        };
        let withdrawn: Vec<u32> = canary.into_iter().chain(Some(live)).filter(|number| *number != target).collect();
        if withdrawn.is_empty() {
            return Err(StorageError::Refused(format!("version {target} of {template} is live already")));
        }
        for number in &withdrawn {
            change.archive(*number).await?;
        }
        if target != live {
            change.make_live(target).await?;
        }
        let names: Vec<String> = withdrawn.iter().map(ToString::to_string).collect();
        let what = format!("{template} to version {target} from {}", names.join(" and "));
        let live = change.finish("template.rollback", &what, target).await?;
        Ok(RolledBack { live, withdrawn })
    }
}

fn in_state(known: &[TemplateVersion], state: VersionState) -> Option<&TemplateVersion> {
    known.iter().find(|v| v.state == state)
}

fn never_published(template: &str) -> StorageError {
    StorageError::Refused(format!("{template} was never published"))
}

/// A change of one template's versions under way.
struct Change<'a> {
    tx: Write,
    template: &'a str,
    by: Option<UserId>,
    now: DateTime<Utc>,
}

impl<'a> Change<'a> {
    async fn begin(db: &Db, template: &'a str, by: Option<UserId>, now: DateTime<Utc>) -> Result<Self, StorageError> {
        Ok(Self { tx: db.begin().await?, template, by, now })
    }

    async fn versions(&mut self) -> Result<Vec<TemplateVersion>, StorageError> {
        let rows: Vec<Row> = all(self.template).build_query_as().fetch_all(&mut *self.tx).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Number of the canary.
    async fn canary(&mut self) -> Result<u32, StorageError> {
        let known = self.versions().await?;
        match in_state(&known, VersionState::Canary) {
            Some(canary) => Ok(canary.mark.number),
            None if known.is_empty() => Err(never_published(self.template)),
            None => Err(StorageError::Refused(format!("{} has no canary: publish one", self.template))),
        }
    }

    async fn insert(&mut self, new: &NewVersion, number: u32) -> Result<(), StorageError> {
        let state = if new.canary.is_some() { VersionState::Canary } else { VersionState::Live };
        sqlx::query(
            "INSERT INTO template_versions
                (template, number, sha256, text, tests, note, state, share, published_at, published_by, live_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&new.template)
        .bind(number)
        .bind(&new.sha256)
        .bind(&new.text)
        .bind(&new.tests)
        .bind(&new.note)
        .bind(state.as_str())
        .bind(new.canary.map(Share::percent))
        .bind(to_ms(self.now))
        .bind(new.by.map(|u| u.0))
        .bind((state == VersionState::Live).then(|| to_ms(self.now)))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn archive(&mut self, number: u32) -> Result<(), StorageError> {
        sqlx::query("UPDATE template_versions SET state = 'archived', share = NULL WHERE template = ? AND number = ?")
            .bind(self.template)
            .bind(number)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn make_live(&mut self, number: u32) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE template_versions SET state = 'live', share = NULL, live_at = ? WHERE template = ? AND number = ?",
        )
        .bind(to_ms(self.now))
        .bind(self.template)
        .bind(number)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Writes who did it, tells the feed, and gives back the version as it now stands.
    async fn finish(mut self, action: &str, what: &str, number: u32) -> Result<TemplateVersion, StorageError> {
        audit::append(&mut self.tx, self.by, action, what, self.now).await?;
        let told = json!({ "event": action, "template": self.template, "version": number });
        feed::append(&mut self.tx, self.now, None, None, &told).await?;
        let row: Row = one(self.template, number).build_query_as().fetch_one(&mut *self.tx).await?;
        let version = row.try_into()?;
        self.tx.commit().await?;
        Ok(version)
    }
}
