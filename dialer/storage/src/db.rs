//! Opening the database, and the one writer.
//!
//! SQLite in WAL mode: readers never wait for the writer. All writes of this process go through one
//! connection, so they queue here in order instead of colliding on SQLite's lock.
//!
//! `synchronous = FULL`: a commit returns after the log is on the disk, so whatever was acknowledged
//! survives a power cut as well as `kill -9`. (`NORMAL` survives the latter only.) The price was
//! measured on the development machine: 0.23 ms a commit against 0.02 ms, which thousands of call
//! events a second can afford; see `examples/live_bench.rs`.

use crate::StorageError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::path::{Path, PathBuf};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections that read.
const READERS: u32 = 4;
/// How long a write waits for another process that holds the lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long a task waits for a connection of the pool; an import holds the writer for a batch at a time.
const ACQUIRE: Duration = Duration::from_secs(30);
/// Page cache of each connection in KiB (SQLite's negative notation).
const CACHE: &str = "-65536";

/// The database. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Db {
    path: PathBuf,
    reader: SqlitePool,
    writer: SqlitePool,
}

impl Db {
    /// Opens the file, creating it when it does not exist, and brings its tables up to date.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StorageError> {
        Self::open_patient(path, BUSY).await
    }

    /// The same with another patience for a lock that another process holds.
    pub async fn open_patient(path: impl AsRef<Path>, patience: Duration) -> Result<Self, StorageError> {
        let path = path.as_ref().to_path_buf();
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(patience)
            .pragma("cache_size", CACHE)
            .pragma("temp_store", "memory");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.clone())
            .await
            .map_err(|e| cannot_open(&path, e))?;
        MIGRATIONS.run(&writer).await.map_err(|e| cannot_migrate(&path, e))?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(|e| cannot_open(&path, e))?;
        Ok(Self { path, reader, writer })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Can the database be written now? For health checks.
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.begin().await?.rollback().await?;
        Ok(())
    }

    /// Finishes what is under way and closes the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// The writer, for a single statement that is a transaction by itself. Such a statement is to be run
    /// to its end (`fetch_all`, `execute`): that is when it commits, and when a failure to commit shows.
    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// Starts a write. `IMMEDIATE` takes the lock at once: a transaction that reads first and wants to
    /// write later would fail without waiting when another process wrote in between.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StorageError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn cannot_open(path: &Path, error: sqlx::Error) -> StorageError {
    match StorageError::from(error) {
        StorageError::Sql(e) => StorageError::Open { path: path.into(), reason: why(path, &e) },
        other => other,
    }
}

/// SQLite says "unable to open database file" for everything; the folder often knows better.
fn why(path: &Path, error: &sqlx::Error) -> String {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.exists() => format!("the folder {} does not exist", folder.display()),
        _ if path.is_dir() => "it is a folder".into(),
        _ => error.to_string(),
    }
}

fn cannot_migrate(path: &Path, error: MigrateError) -> StorageError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StorageError::Newer { path: path.into() },
        MigrateError::Execute(e) => e.into(),
        other => StorageError::Open { path: path.into(), reason: other.to_string() },
    }
}
