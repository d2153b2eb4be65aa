//! Contacts into a list, in batches.
//!
//! The file is parsed on another thread while the batch before is written. Each batch is a transaction
//! of its own, so that a running campaign gets its turn at the writer; a list that an import left half
//! full is marked incomplete until the file has been imported again.

use crate::convert::narrow;
use crate::{Db, StorageError};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashSet;
use std::io::Read;
use tokio::sync::mpsc;
use warmline_domain::import::{ContactReader, ImportError, ImportRow, LineProblem};
use warmline_domain::{ListId, NewContact};

/// Rows a transaction.
const BATCH: usize = 5_000;
/// Rows a statement: ten values each, far below SQLite's limit of 32,766.
const ROWS: usize = 500;
/// Batches parsed ahead.
const AHEAD: usize = 2;
/// Problems kept in full; beyond that they are only counted.
const MOST_PROBLEMS: usize = 10_000;

/// What an import came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// Contacts that are new in the list.
    pub imported: u64,
    /// Lines that could not be used.
    pub refused: u64,
    /// Problems in the order of the file, at most 10,000.
    pub problems: Vec<LineProblem>,
    /// Problems in all.
    pub problem_count: u64,
}

impl ImportSummary {
    fn note(&mut self, problem: LineProblem) {
        self.problem_count += 1;
        self.refused += u64::from(!problem.imported);
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

#[derive(Default)]
struct Batch {
    contacts: Vec<NewContact>,
    problems: Vec<LineProblem>,
}

impl Db {
    /// Adds the contacts of a file to a list. Numbers that the list already has are reported by line.
    /// `progress` is told the lines done so far, some thousands apart.
    pub async fn import_contacts<R: Read + Send + 'static>(
        &self,
        list: ListId,
        reader: ContactReader<R>,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<ImportSummary, StorageError> {
        let topping_up = self.begin_import(list, reader.variables()).await?;
        let (sender, mut batches) = mpsc::channel(AHEAD);
        let parser = tokio::task::spawn_blocking(move || parse(reader, &sender));
        let mut summary = ImportSummary::default();
        while let Some(batch) = batches.recv().await {
            let Batch { contacts, problems } = batch;
            let known = self.import_batch(list, &contacts, topping_up).await?;
            summary.imported += (contacts.len() - known.len()) as u64;
            let mut problems: Vec<_> = problems.into_iter().chain(known).collect();
            problems.sort_by_key(|p| p.line);
            problems.into_iter().for_each(|p| summary.note(p));
            progress(summary.imported + summary.refused);
        }
        parser.await.map_err(|e| StorageError::Refused(format!("the file could not be parsed: {e}")))??;
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE lists SET complete = 1 WHERE id = ?").bind(list.0).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(summary)
    }

    /// Marks the list incomplete and notes its columns; true when it already has contacts.
    async fn begin_import(&self, list: ListId, variables: Vec<String>) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT columns, contacts FROM lists WHERE id = ?")
            .bind(list.0)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| StorageError::Missing { what: "list", id: list.to_string() })?;
        let mut columns: Vec<String> = serde_json::from_str(row.try_get("columns")?)?;
        for name in variables {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
        sqlx::query("UPDATE lists SET complete = 0, columns = ? WHERE id = ?")
            .bind(serde_json::to_string(&columns)?)
            .bind(list.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let contacts: u64 = narrow("count", row.try_get("contacts")?)?;
        Ok(contacts > 0)
    }

    /// Writes one batch; returns the contacts that the list already had, as problems.
    async fn import_batch(
        &self,
        list: ListId,
        contacts: &[NewContact],
        topping_up: bool,
    ) -> Result<Vec<LineProblem>, StorageError> {
        let mut tx = self.begin().await?;
        let mut known = Vec::new();
        let mut added = 0;
        for rows in contacts.chunks(ROWS) {
            let lines = insert(&mut tx, list, rows, topping_up).await?;
            let Some(lines) = lines else {
                added += rows.len();
                continue;
            };
            added += lines.len();
            known.extend(rows.iter().filter(|c| !lines.contains(&c.line)).map(|c| LineProblem {
                line: c.line,
                field: None,
                reason: "the number is already in the list".into(),
                imported: false,
            }));
        }
        sqlx::query("UPDATE lists SET contacts = contacts + ? WHERE id = ?")
            .bind(added as i64)
            .bind(list.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(known)
    }
}

/// Parses the whole file into batches. Ends early when nobody takes them any more.
fn parse<R: Read>(reader: ContactReader<R>, batches: &mpsc::Sender<Batch>) -> Result<(), ImportError> {
    let mut batch = Batch::default();
    for row in reader {
        match row? {
            ImportRow::Contact(contact) => batch.contacts.push(*contact),
            ImportRow::Problem(problem) => batch.problems.push(problem),
        }
        if batch.contacts.len() + batch.problems.len() >= BATCH
            && batches.blocking_send(std::mem::take(&mut batch)).is_err()
        {
            return Ok(());
        }
    }
    // When this fails the receiver has already met the error that made it go away.
    let _ = batches.blocking_send(batch);
    Ok(())
}

/// Inserts rows of one statement. When topping up, returns the lines that were really added.
async fn insert(
    connection: &mut SqliteConnection,
    list: ListId,
    contacts: &[NewContact],
    topping_up: bool,
) -> Result<Option<HashSet<u64>>, StorageError> {
    let variables: Vec<String> =
        contacts.iter().map(|c| serde_json::to_string(&c.variables)).collect::<Result<_, _>>()?;
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO contacts (list_id, line, number, region, name, external_id, time_zone, postcode, consent, variables) ",
    );
    query.push_values(contacts.iter().zip(&variables), |mut row, (contact, variables)| {
        row.push_bind(list.0)
            .push_bind(contact.line as i64)
            .push_bind(contact.number.as_str())
            .push_bind(contact.region.map(|r| r.as_str().to_owned()))
            .push_bind(&contact.name)
            .push_bind(&contact.external_id)
            .push_bind(contact.time_zone.map(|z| z.name()))
            .push_bind(&contact.postcode)
            .push_bind(contact.consent.as_str())
            .push_bind(variables);
    });
    if !topping_up {
        query.build().execute(connection).await?;
        return Ok(None);
    }
    query.push(" ON CONFLICT (list_id, number) DO NOTHING RETURNING line");
    let lines: Vec<i64> = query.build_query_scalar().fetch_all(connection).await?;
    Ok(Some(lines.into_iter().map(|line| narrow("line", line)).collect::<Result<_, _>>()?))
}
