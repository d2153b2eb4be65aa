//! What can go wrong with the database, said so that an operator knows what to do.

use std::path::PathBuf;
use warmline_domain::InvalidTransition;
use warmline_domain::import::ImportError;

/// An error of this crate. "Not found" is not one of them where a look-up can say `None`.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the database {path} cannot be opened: {reason}")]
    Open { path: PathBuf, reason: String },
    #[error("the database {path} was written by a newer version of this program; use that version or restore a backup")]
    Newer { path: PathBuf },
    #[error("the database is damaged or not a database; restore a backup ({0})")]
    Corrupt(String),
    #[error("the disk with the database is full")]
    DiskFull,
    #[error("the database is read-only; check the permissions of the file and its folder")]
    ReadOnly,
    #[error("the database is locked by another process that has held it for too long")]
    Locked,
    #[error("the disk with the database cannot be read or written ({0})")]
    Io(String),
    #[error("another process ({path}) is already dialling from this database")]
    AlreadyDialling { path: PathBuf },
    #[error("there is already a {what} named `{name}`")]
    NameTaken { what: &'static str, name: String },
    #[error("there is no {what} {id}")]
    Missing { what: &'static str, id: String },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("the database holds `{value}` as {what}, which this version does not know")]
    Unknown { what: &'static str, value: String },
    #[error("database: {0}")]
    Sql(sqlx::Error),
}

/// SQLite's primary result codes, <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const NOTADB: i32 = 26;
}

/// Result code of a database error, without its extension.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match primary_code(&error) {
            Some(code::BUSY | code::LOCKED) => Self::Locked,
            Some(code::READONLY) => Self::ReadOnly,
            Some(code::FULL) => Self::DiskFull,
            Some(code::CORRUPT | code::NOTADB) => Self::Corrupt(error.to_string()),
            Some(code::IOERR) => Self::Io(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}

impl From<serde_json::Error> for StorageError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unknown { what: "JSON", value: error.to_string() }
    }
}

/// Turns a broken `UNIQUE` rule into "this name is taken".
pub(crate) fn name_taken(what: &'static str, name: &str) -> impl FnOnce(sqlx::Error) -> StorageError {
    move |error| match error.as_database_error() {
        Some(e) if e.is_unique_violation() => StorageError::NameTaken { what, name: name.to_owned() },
        _ => error.into(),
    }
}
