//! Clauses that have been spoken before: in memory, and on disk between runs.
//!
//! Both are bounded; what has not been used for longest goes first. Clauses carry what was said to people,
//! names too, so the folder is readable by its owner only, its files' names say nothing, and what has not been
//! used for some days is removed. A file that is damaged is a clause not yet spoken. Several processes may
//! use one folder; each then goes over the limit by at most a twentieth.

#![allow(clippy::disallowed_methods, reason = "age on disk is real time")]

use crate::store::hex;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

const MAGIC: &[u8; 8] = b"WLCLAUS1";
/// Magic, then the sha-256 of the samples.
const HEADER: usize = 8 + 32;
const EXTENSION: &str = "clause";
/// After cleaning up, this share of the limit may still be in use, so that it is not needed every time.
const KEEP_PERCENT: u64 = 80;
/// A clause is written within milliseconds; what is unfinished after this never will be.
const UNFINISHED_FOR: Duration = Duration::from_secs(600);

/// What decides how a clause sounds; hashed, so that the parts cannot be read from a file's name.
pub(crate) fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// PCM by key in memory, up to a number of bytes.
pub(crate) struct Memory {
    limit: usize,
    inner: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    bytes: usize,
    clock: u64,
    by_key: HashMap<String, (u64, Arc<Vec<i16>>)>,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Memory {
        Memory { limit, inner: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Arc<Vec<i16>>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock += 1;
        let now = inner.clock;
        let (used, pcm) = inner.by_key.get_mut(key)?;
        *used = now;
        Some(pcm.clone())
    }

    pub(crate) fn put(&self, key: String, pcm: Arc<Vec<i16>>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock += 1;
        let now = inner.clock;
        inner.bytes += pcm.len() * 2;
        if let Some((_, old)) = inner.by_key.insert(key, (now, pcm)) {
            inner.bytes -= old.len() * 2;
        }
        if inner.bytes > self.limit {
            inner.shrink(self.limit as u64 * KEEP_PERCENT / 100);
        }
    }
}

impl Entries {
    /// Drop the entries unused for longest until `wanted` bytes are left.
    fn shrink(&mut self, wanted: u64) {
        let mut by_age: Vec<(u64, String)> = self.by_key.iter().map(|(k, (used, _))| (*used, k.clone())).collect();
        by_age.sort_unstable();
        for (_, key) in by_age {
            if self.bytes as u64 <= wanted {
                break;
            }
            if let Some((_, pcm)) = self.by_key.remove(&key) {
                self.bytes -= pcm.len() * 2;
            }
        }
    }
}

/// PCM by key in a folder, up to a number of bytes.
pub(crate) struct Disk {
    folder: PathBuf,
    limit: u64,
    /// Since its last use, after which a clause goes.
    keep: Duration,
    room: Mutex<Room>,
    /// Makes names of unfinished files differ within the process.
    unfinished: AtomicU64,
}

/// Bytes in the folder, as far as known.
#[derive(Default)]
struct Room {
    used: u64,
    /// Of them, what this process has added since it last looked. Others may add as well, so it looks again
    /// after a twentieth of the limit.
    unseen: u64,
}

impl Disk {
    /// Use `folder`, made where it is not there. Clauses not used for `keep_days` are removed, and what a
    /// process that died left unfinished.
    pub(crate) fn open(folder: &Path, limit: u64, keep_days: u32) -> io::Result<Disk> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        remove_unfinished(folder)?;
        let keep = Duration::from_secs(u64::from(keep_days) * 86_400);
        let disk = Disk { folder: folder.into(), limit, keep, room: Mutex::default(), unfinished: AtomicU64::new(0) };
        disk.lock().used = disk.tidy()?;
        Ok(disk)
    }

    fn lock(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The samples, when they are there and whole.
    pub(crate) fn get(&self, key: &str) -> Option<Vec<i16>> {
        let path = self.path(key);
        let pcm = decode(&fs::read(&path).ok()?)?;
        // Age is counted from the last use. A read-only folder only makes the choice of what to drop worse.
        let _ = fs::File::options().append(true).open(&path).and_then(|f| f.set_modified(SystemTime::now()));
        Some(pcm)
    }

    /// Keep `pcm`. It appears under its name at once and whole, or not at all.
    pub(crate) fn put(&self, key: &str, pcm: &[i16]) -> io::Result<()> {
        let bytes = encode(pcm);
        let number = self.unfinished.fetch_add(1, Ordering::Relaxed);
        let part = self.folder.join(format!("{key}.{}-{number}.part", std::process::id()));
        let written = write_private(&part, &bytes).and_then(|()| fs::rename(&part, self.path(key)));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written?;
        let mut room = self.lock();
        room.used += bytes.len() as u64;
        room.unseen += bytes.len() as u64;
        if room.used > self.limit || room.unseen > self.limit / 20 {
            *room = Room { used: self.tidy()?, unseen: 0 };
        }
        Ok(())
    }

    /// Remove what is too old, and the oldest of the rest if it is too much; how many bytes are left.
    fn tidy(&self) -> io::Result<u64> {
        let mut files = list(&self.folder)?;
        files.sort_unstable_by_key(|f| f.modified);
        let mut used: u64 = files.iter().map(|f| f.bytes).sum();
        let wanted = if used > self.limit { self.limit * KEEP_PERCENT / 100 } else { self.limit };
        let now = SystemTime::now();
        for file in files {
            // A file from the future has no age.
            let expired = now.duration_since(file.modified).is_ok_and(|age| age > self.keep);
            if used <= wanted && !expired {
                break;
            }
            // Another process may have removed it first.
            if fs::remove_file(&file.path).is_ok() {
                used -= file.bytes;
            }
        }
        Ok(used)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.{EXTENSION}"))
    }
}

struct Listed {
    path: PathBuf,
    bytes: u64,
    modified: SystemTime,
}

/// The clauses in a folder; files of other kinds are not ours and not touched.
fn list(folder: &Path) -> io::Result<Vec<Listed>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == EXTENSION)
            && let Ok(meta) = path.metadata()
        {
            let modified = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push(Listed { path, bytes: meta.len(), modified });
        }
    }
    Ok(files)
}

/// Half-written files that nobody can still be writing.
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let old = |age: Duration| age > UNFINISHED_FOR;
        let modified = path.metadata().and_then(|m| m.modified());
        if path.extension().is_some_and(|e| e == "part")
            && modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(old))
        {
            // Another process may have removed it first.
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)
}

fn encode(pcm: &[i16]) -> Vec<u8> {
    let samples: Vec<u8> = pcm.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut bytes = Vec::with_capacity(HEADER + samples.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&Sha256::digest(&samples));
    bytes.extend_from_slice(&samples);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Vec<i16>> {
    let (header, samples) = bytes.split_at_checked(HEADER)?;
    let whole = &header[..8] == MAGIC && header[8..] == Sha256::digest(samples)[..];
    whole.then(|| samples.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DAYS: u32 = 30;

    fn bytes_in(folder: &Path) -> u64 {
        list(folder).unwrap().iter().map(|f| f.bytes).sum()
    }

    fn make_older(path: &Path, age: Duration) {
        fs::File::options().append(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn keys_differ_when_any_part_differs() {
        assert_ne!(key(&["a", "bc"]), key(&["ab", "c"]));
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    }

    #[test]
    fn memory_forgets_what_was_not_used_for_longest() {
        let memory = Memory::new(1_000);
        for name in ["a", "b", "c", "d"] {
            memory.put(name.into(), Arc::new(vec![1; 120]));
        }
        assert!(memory.get("a").is_some());
        memory.put("e".into(), Arc::new(vec![1; 120]));
        assert!(memory.get("a").is_some() && memory.get("e").is_some());
        assert!(memory.get("b").is_none());
    }

    #[test]
    fn what_was_kept_is_there_for_the_next_process() {
        let dir = tempfile::tempdir().unwrap();
        Disk::open(dir.path(), 1 << 20, DAYS).unwrap().put("k", &[1, -2, 3]).unwrap();
        let disk = Disk::open(dir.path(), 1 << 20, DAYS).unwrap();
        assert_eq!(disk.get("k"), Some(vec![1, -2, 3]));
        assert_eq!(disk.get("other"), None);
        let mode = fs::metadata(dir.path().join("k.clause")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn a_cut_or_changed_file_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), 1 << 20, DAYS).unwrap();
        disk.put("k", &[5; 100]).unwrap();
        let path = dir.path().join("k.clause");
        let whole = fs::read(&path).unwrap();
        for length in [0, 7, HEADER, whole.len() - 2] {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(disk.get("k"), None, "{length}");
        }
        let mut changed = whole;
        *changed.last_mut().unwrap() ^= 1;
        fs::write(&path, changed).unwrap();
        assert_eq!(disk.get("k"), None);
    }

    #[test]
    fn the_folder_stays_under_its_limit_and_drops_the_oldest() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("not-ours.txt"), [0; 5_000]).unwrap();
        let disk = Disk::open(dir.path(), 2_500, DAYS).unwrap();
        for (name, age) in [("a", 300), ("b", 200), ("c", 100)] {
            disk.put(name, &[0; 400]).unwrap();
            let when = SystemTime::now() - Duration::from_secs(age);
            if let Ok(file) = fs::File::options().append(true).open(dir.path().join(format!("{name}.clause"))) {
                file.set_modified(when).unwrap();
            }
        }
        assert!(disk.get("a").is_none() && disk.get("c").is_some());
        assert!(list(dir.path()).unwrap().iter().map(|f| f.bytes).sum::<u64>() <= 2_500);
        assert!(dir.path().join("not-ours.txt").exists());
    }

    #[test]
    fn what_was_not_used_for_long_is_removed_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), 1 << 20, DAYS).unwrap();
        ["old", "used", "new"].iter().for_each(|name| disk.put(name, &[1; 100]).unwrap());
        let month = Duration::from_secs(31 * 86_400);
        ["old", "used"].iter().for_each(|name| make_older(&dir.path().join(format!("{name}.clause")), month));
        assert!(disk.get("used").is_some());
        let part = dir.path().join("k.77-1.part");
        fs::write(&part, "half").unwrap();
        Disk::open(dir.path(), 1 << 20, DAYS).unwrap();
        assert!(part.exists(), "somebody may be writing it");
        make_older(&part, month);
        let disk = Disk::open(dir.path(), 1 << 20, DAYS).unwrap();
        assert!(disk.get("old").is_none() && disk.get("used").is_some() && disk.get("new").is_some());
        assert!(!part.exists());
    }

    #[test]
    fn two_processes_stay_near_the_limit_together() {
        let dir = tempfile::tempdir().unwrap();
        let limit = 100_000;
        let (one, other) = (Disk::open(dir.path(), limit, DAYS).unwrap(), Disk::open(dir.path(), limit, DAYS).unwrap());
        for i in 0..400 {
            one.put(&format!("a{i}"), &[1; 480]).unwrap();
            other.put(&format!("b{i}"), &[2; 480]).unwrap();
            assert!(bytes_in(dir.path()) <= limit + limit / 10 + 2_000);
        }
        assert!(bytes_in(dir.path()) > limit / 2);
        assert!(one.get("b399").is_some() && one.get("a0").is_none());
    }

    #[test]
    fn threads_that_read_and_write_the_same_clause_get_it_whole() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), 50_000, DAYS).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for i in 0..100i16 {
                        disk.put(&format!("k{}", i % 7), &vec![i % 7; 2_000]).unwrap();
                        let read = disk.get(&format!("k{}", i % 7));
                        assert!(read.is_none_or(|pcm| pcm == vec![i % 7; 2_000]));
                    }
                });
            }
        });
        assert!(bytes_in(dir.path()) <= 50_000);
    }
}
