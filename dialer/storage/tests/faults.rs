//! Databases that cannot be used say why.
#![allow(clippy::unwrap_used)]

mod common;

use common::{World, at};
use sqlx::sqlite::SqliteConnectOptions;
use std::time::Duration;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{ListSettings, NumberRule};
use warmline_storage::{Db, StorageError};

#[tokio::test]
async fn a_folder_that_does_not_exist_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Db::open(folder.path().join("missing/w.db")).await.unwrap_err();
    assert!(error.to_string().contains("missing does not exist"), "{error}");
    let error = Db::open(folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("it is a folder"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear Ann, ".repeat(500)).unwrap();
    let error = Db::open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt(_)), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("Dear Ann"));
}

#[tokio::test]
async fn damaged_pages_are_reported_as_damage() {
    let world = World::new().await;
    world.campaign("c", 500).await;
    world.db.close().await;
    let path = world.folder.path().join("w.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let from = bytes.len() / 2;
    bytes[from..].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let error = match Db::open(&path).await {
        Err(error) => error,
        Ok(db) => db.contacts(warmline_domain::ListId(1), None, 1000).await.unwrap_err(),
    };
    assert!(matches!(error, StorageError::Corrupt(_)), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let world = World::new().await;
    let path = world.folder.path().join("w.db");
    world.db.close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'x', 1, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let error = Db::open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn another_process_that_holds_the_lock_is_waited_for_and_then_named() {
    let world = World::new().await;
    let options = SqliteConnectOptions::new().filename(world.folder.path().join("w.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let holder = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let settings = ListSettings { numbers: NumberRule::Local };
    let impatient = Db::open_patient(world.folder.path().join("w.db"), Duration::from_millis(50)).await;
    let error = match impatient {
        Err(error) => error,
        Ok(db) => db.create_list("x", &settings, at(0)).await.unwrap_err(),
    };
    assert!(matches!(error, StorageError::Locked), "{error}");
    holder.rollback().await.unwrap();
    world.db.create_list("x", &settings, at(0)).await.unwrap();
}

/// The test starts itself again under a limit on the size of files, which SQLite meets like the end of
/// the disk, and the child writes until it hits it.
#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    const CHILD: &str = "WARMLINE_TEST_FULL_DISK";
    if let Ok(path) = std::env::var(CHILD) {
        let db = Db::open(&path).await.unwrap();
        let list = db.lists().await.unwrap()[0].clone();
        let rows: String = (0..20_000).map(|i| format!("{}\n", 100_000 + i)).collect();
        let csv = std::io::Cursor::new(format!("phone\n{rows}"));
        let reader = ContactReader::new(csv, &ImportOptions::new(NumberRule::Local)).unwrap();
        let error = db.import_contacts(list.id, reader, |_| {}).await.unwrap_err();
        assert!(matches!(error, StorageError::DiskFull | StorageError::Io(_)), "{error}");
        println!("child said: {error}");
        return;
    }
    let world = World::new().await;
    world.campaign("c", 5).await;
    world.db.close().await;
    let path = world.folder.path().join("w.db");
    // 512-byte blocks: one megabyte, less than 20,000 contacts and their log need.
    let script = r#"trap "" XFSZ; ulimit -f 2048; exec "$0" --exact a_full_disk_is_said_and_loses_nothing --nocapture"#;
    let child = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("child said: the disk with the database"), "{said}");
    let db = Db::open(&path).await.unwrap();
    let list = db.lists().await.unwrap()[0].clone();
    let kept = db.contacts(list.id, None, 100_000).await.unwrap().len() as u64;
    assert!((5..20_005).contains(&kept), "{kept}");
    assert_eq!((list.contacts, list.complete), (kept, false));
}

#[tokio::test]
async fn one_process_dials_and_the_next_may_when_it_has_gone() {
    let world = World::new().await;
    let other = Db::open(world.folder.path().join("w.db")).await.unwrap();
    let lock = world.db.own_dialing().unwrap();
    let error = other.own_dialing().unwrap_err();
    assert!(matches!(error, StorageError::AlreadyDialling { .. }), "{error}");
    drop(lock);
    other.own_dialing().unwrap();
}

#[tokio::test]
async fn a_read_only_database_is_said_to_be_so() {
    let world = World::new().await;
    let options = SqliteConnectOptions::new().filename(world.folder.path().join("w.db")).read_only(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let error = sqlx::query("DELETE FROM events").execute(&pool).await.unwrap_err();
    assert!(matches!(StorageError::from(error), StorageError::ReadOnly));
}
