//! A model that a running program uses is not removed under it.

use crate::ModelError;
use std::{fs::File, path::Path};

/// Holds a model while it is in use; several programs may. Ends when dropped, or with the process.
#[derive(Debug)]
pub struct Lease {
    _file: File,
}

fn open(root: &Path, id: &str) -> std::io::Result<File> {
    let folder = root.join(".in-use");
    std::fs::create_dir_all(&folder)?;
    File::options().create(true).append(true).open(folder.join(id))
}

fn failed(root: &Path, error: &std::io::Error) -> ModelError {
    ModelError::Damaged { path: root.join(".in-use"), reason: error.to_string() }
}

/// Use `id`.
pub(super) fn take(root: &Path, id: &str) -> Result<Lease, ModelError> {
    let file = open(root, id).map_err(|e| failed(root, &e))?;
    file.lock_shared().map_err(|e| failed(root, &e))?;
    Ok(Lease { _file: file })
}

/// Keep everybody from using `id` while the lease lasts; nothing when somebody does.
pub(super) fn take_alone(root: &Path, id: &str) -> Result<Option<Lease>, ModelError> {
    let file = open(root, id).map_err(|e| failed(root, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lease { _file: file })),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(e)) => Err(failed(root, &e)),
    }
}
