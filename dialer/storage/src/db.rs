//! Opening the database, and whose turn it is to write.
//!
//! SQLite in WAL mode: readers never wait for a writer. The writes of this process take turns here, in
//! order, instead of colliding on SQLite's lock.
//!
//! A write is either *durable* (`synchronous = FULL`: it returns when the log is on the disk and survives a
//! power cut) or *quick* (`NORMAL`: it survives the end of the process, `kill -9` included, and reaches
//! the disk with the next durable one). What must never be undone is durable: that an INVITE is about to
//! leave, an outcome, an opt-out, a promise, users and settings. What a call says on its way (it rings, a
//! turn, a tag) is quick, and so is a reservation, which means nothing until the INVITE. A synced commit
//! costs from 0.2 ms on an idle machine to several on a busy disk, so this is the difference between two
//! waits a call and a dozen; `examples/live_bench.rs` measures both.

use crate::StorageError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    durable: SqlitePool,
    quick: SqlitePool,
    turn: Arc<Semaphore>,
}

/// A write under way. Dropped without a commit, it never was.
pub(crate) struct Write {
    tx: Transaction<'static, Sqlite>,
    _turn: OwnedSemaphorePermit,
}

impl Write {
    /// Ends the write; it is stored when this returns.
    pub(crate) async fn commit(self) -> Result<(), StorageError> {
        Ok(self.tx.commit().await?)
    }
}

impl Deref for Write {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.tx
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }
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
        let durable = pool(&path, options.clone(), 1).await?;
        MIGRATIONS.run(&durable).await.map_err(|e| cannot_migrate(&path, e))?;
        let quick = pool(&path, options.clone().synchronous(SqliteSynchronous::Normal), 1).await?;
        let reader = pool(&path, options.read_only(true).create_if_missing(false), READERS).await?;
        Ok(Self { path, reader, durable, quick, turn: Arc::new(Semaphore::new(1)) })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Can the database be written now? For health checks.
    pub async fn ping(&self) -> Result<(), StorageError> {
        // Taking the lock is what a write begins with; nothing is changed.
        drop(self.begin_quick().await?);
        Ok(())
    }

    /// Finishes what is under way and closes the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.quick.close().await;
        self.durable.close().await;
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// Starts a durable write.
    pub(crate) async fn begin(&self) -> Result<Write, StorageError> {
        self.begin_on(&self.durable).await
    }

    /// Starts a quick write.
    pub(crate) async fn begin_quick(&self) -> Result<Write, StorageError> {
        self.begin_on(&self.quick).await
    }

    /// `IMMEDIATE` takes the lock at once: a transaction that reads first and wants to write later would
    /// fail without waiting when another process wrote in between.
    async fn begin_on(&self, pool: &SqlitePool) -> Result<Write, StorageError> {
        let turn = self.turn.clone().acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        Ok(Write { tx: pool.begin_with("BEGIN IMMEDIATE").await?, _turn: turn })
    }

    /// The connection of quick writes and the turn to use it, for a single statement that is a transaction
    /// by itself. Such a statement is to be run to its end (`fetch_all`, `execute`): that is when it
    /// commits, and when a failure to commit shows.
    pub(crate) async fn quick_statement(&self) -> Result<(&SqlitePool, OwnedSemaphorePermit), StorageError> {
        let turn = self.turn.clone().acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        Ok((&self.quick, turn))
    }
}

async fn pool(path: &Path, options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, StorageError> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await
        .map_err(|e| cannot_open(path, e))
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
