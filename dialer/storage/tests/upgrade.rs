//! A database of an older version goes on being used.
#![allow(clippy::unwrap_used)]

mod common;

use common::{at, result};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;
use uuid::Uuid;
use warmline_domain::{AttemptId, CallChange, Outcome, Turn};
use warmline_storage::Db;

const CALL: Uuid = Uuid::from_u128(7);

/// A database as the first version left it, with one call that has one turn.
async fn of_the_first_version(folder: &Path) {
    let first = folder.join("migrations");
    std::fs::create_dir(&first).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/0001_first.sql");
    std::fs::copy(source, first.join("0001_first.sql")).unwrap();
    let options = SqliteConnectOptions::new().filename(folder.join("w.db")).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    Migrator::new(first).await.unwrap().run(&pool).await.unwrap();
    let rows = [
        "INSERT INTO lists VALUES (1, 'l', '{\"numbers\": \"local\"}', '[]', 1, 1, 0)",
        "INSERT INTO contacts VALUES (1, 1, 2, '7001', NULL, 'Ann', NULL, NULL, NULL, 'unknown', '{}')",
        "INSERT INTO campaigns VALUES (1, 'c', 1, '{}', 'running', 0, 0, NULL)",
        "INSERT INTO attempts VALUES (?1, 1, 1, '7001', 1, 'dialling', 0, 0, NULL, NULL, NULL)",
        "INSERT INTO calls (id, campaign_id, contact_id, state, trunk, template, template_version, started_at)
         VALUES (?1, 1, 1, 'answered', 't', 'reminder', 'abc', 0)",
        "INSERT INTO turns (call_id, turn, step, said, said_from_ms, said_to_ms, interrupted, heard)
         VALUES (?1, 1, 'ask', 'Monday?', 0, 900, 0, 'yes')",
    ];
    for row in rows {
        let query = sqlx::query(row);
        let query = if row.contains("?1") { query.bind(CALL) } else { query };
        query.execute(&pool).await.unwrap();
    }
    pool.close().await;
}

#[tokio::test]
async fn calls_of_the_first_version_read_as_calls_that_kept_less() {
    let folder = tempfile::tempdir().unwrap();
    of_the_first_version(folder.path()).await;
    let db = Db::open(folder.path().join("w.db")).await.unwrap();
    let old = db.call(AttemptId(CALL)).await.unwrap().unwrap();
    let expected = Turn {
        turn: 1,
        step: "ask".into(),
        said: "Monday?".into(),
        said_to_ms: 900,
        heard: "yes".into(),
        ..Turn::default()
    };
    assert_eq!(old.turns, [expected]);
    // And it can be ended in the new version's words.
    assert!(db.record(AttemptId(CALL), &CallChange::Ended(Box::new(result(Outcome::Person))), at(0)).await.unwrap());
    let ended = db.call(AttemptId(CALL)).await.unwrap().unwrap();
    assert_eq!(ended.summary.result.unwrap().categories, ["health"]);
    db.close().await;
}
