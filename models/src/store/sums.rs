//! `SHA256SUMS` of a store: what each file was when it was put there.
//!
//! The format of the program `sha256sum`, so that a person can check a store without Warmline.

use crate::ModelError;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Write},
    path::Path,
};

const NAME: &str = "SHA256SUMS";

/// Relative path → sha-256 in lower-case hexadecimal.
pub(super) type Sums = BTreeMap<String, String>;

/// Those of the store at `root`; none when there is no list yet.
pub(super) fn read(root: &Path) -> Result<Sums, ModelError> {
    let path = root.join(NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text).map_err(|reason| ModelError::Damaged { path, reason }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Sums::new()),
        Err(e) => Err(ModelError::Damaged { path, reason: e.to_string() }),
    }
}

/// Change the list of the store at `root`, whole or not at all, whoever else does so at the same time.
pub(super) fn change(root: &Path, with: impl FnOnce(&mut Sums)) -> Result<Sums, ModelError> {
    let path = root.join(NAME);
    let failed = |e: std::io::Error| ModelError::Damaged { path: path.clone(), reason: e.to_string() };
    std::fs::create_dir_all(root).map_err(failed)?;
    let lock = File::create(root.join(".sums-lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut sums = read(root)?;
    with(&mut sums);
    let mut part = tempfile::NamedTempFile::new_in(root).map_err(failed)?;
    for (path, sum) in &sums {
        writeln!(part, "{sum}  {path}").map_err(failed)?;
    }
    part.as_file().sync_all().map_err(failed)?;
    part.persist(&path).map_err(|e| failed(e.error))?;
    Ok(sums)
}

fn parse(text: &str) -> Result<Sums, String> {
    let mut sums = Sums::new();
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let (sum, path) = line.split_once("  ").ok_or_else(|| format!("line {} is not `sum  path`", number + 1))?;
        if sum.len() != 64 || !sum.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("line {} has no sha-256", number + 1));
        }
        sums.insert(path.to_string(), sum.to_ascii_lowercase());
    }
    Ok(sums)
}

/// The sum of a file, without holding it in memory.
pub(crate) fn of_file(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_change_keeps_what_others_wrote() {
        let dir = tempfile::tempdir().unwrap();
        change(dir.path(), |sums| drop(sums.insert("a/x".into(), "a".repeat(64)))).unwrap();
        change(dir.path(), |sums| drop(sums.insert("b/y".into(), "b".repeat(64)))).unwrap();
        assert_eq!(read(dir.path()).unwrap().len(), 2);
    }

    #[test]
    fn a_broken_list_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(NAME), "\nnot a sum\n").unwrap();
        assert!(read(dir.path()).unwrap_err().to_string().contains("line 2"));
    }
}
