//! One process dials from a database.
//!
//! Two would each hold half of a campaign's state in memory and close each other's calls at start-up.
//! The lock belongs to the operating system, so it ends with the process, however that ends.

use crate::{Db, StorageError};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

/// Held by the process that dials; dropped, another may.
#[derive(Debug)]
pub struct DialingLock {
    _file: File,
}

impl Db {
    /// Becomes the process that dials from this database.
    pub fn own_dialing(&self) -> Result<DialingLock, StorageError> {
        let mut name = self.path().as_os_str().to_owned();
        name.push(".dialing");
        let path = PathBuf::from(name);
        let fault = |e: std::io::Error| StorageError::Open { path: path.clone(), reason: e.to_string() };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => Ok(DialingLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StorageError::AlreadyDialling { path }),
            Err(TryLockError::Error(e)) => Err(fault(e)),
        }
    }
}
