//! Recorded prompts as they are played: found below one folder, at 8 kHz and as loud as the voices, and kept in
//! memory from the first time on. [`crate::recorded`] reads the files.

use crate::{
    ModelError,
    cache::{Memory, key},
    recorded::{self, Prompts},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Samples at 8 kHz.
type Sound = Arc<Vec<i16>>;

/// A recording, as far as it is known without looking at the disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    Sound(Arc<Vec<i16>>),
    /// It could not be played when it was last tried.
    Unplayable,
    /// It was never tried, or is no longer in memory.
    No,
}

/// The folder of recordings and what has been played of it.
pub(crate) struct Recordings {
    folder: Option<PathBuf>,
    /// The key in memory of each file as it last was; nothing for one that could not be played. As many entries
    /// as templates name files.
    played: Mutex<HashMap<PathBuf, Option<String>>>,
    /// Each folder's index as it last was, with the stamp of its file.
    indexes: Mutex<HashMap<PathBuf, (String, Arc<Prompts>)>>,
}

impl Recordings {
    pub(crate) fn new(folder: Option<PathBuf>) -> Recordings {
        Recordings { folder, played: Mutex::default(), indexes: Mutex::default() }
    }

    /// `name` below the folder. [`ModelError::Unsupported`] when there is no folder or the name leads out of it.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, ModelError> {
        let Some(folder) = &self.folder else {
            return Err(ModelError::Unsupported(format!("`{name}`: no folder of recordings is configured")));
        };
        if !recorded::is_below(name) {
            return Err(ModelError::Unsupported(format!("`{name}` is not a name below the recordings folder")));
        }
        Ok(folder.join(name))
    }

    /// The recording in `path`, read again when the file has changed. `prepare` makes a line's sound of it.
    pub(crate) fn play(
        &self,
        path: &Path,
        memory: &Memory,
        prepare: impl FnOnce(crate::wave::Wave) -> Vec<i16>,
    ) -> Result<Sound, ModelError> {
        let key = key(&["wav", &path.to_string_lossy(), &stamp(path)]);
        if let Some(pcm) = memory.get(&key) {
            self.note(path, Some(key));
            return Ok(pcm);
        }
        match recorded::read(path) {
            Ok(wave) => {
                let pcm = Arc::new(prepare(wave));
                memory.put(key.clone(), pcm.clone());
                self.note(path, Some(key));
                Ok(pcm)
            }
            Err(error) => {
                if self.note(path, None) {
                    tracing::warn!(%error, "a recording cannot be played");
                }
                Err(error)
            }
        }
    }

    /// Remember how it went; `true` when that is new.
    fn note(&self, path: &Path, key: Option<String>) -> bool {
        lock(&self.played).insert(path.to_owned(), key.clone()) != Some(key)
    }

    /// What is known of the recording in `path`: no disk, no waiting.
    pub(crate) fn known(&self, path: &Path, memory: &Memory) -> Known {
        match lock(&self.played).get(path) {
            Some(Some(key)) => memory.get(key).map_or(Known::No, Known::Sound),
            Some(None) => Known::Unplayable,
            None => Known::No,
        }
    }

    /// The index of the folder `name`, read again when it has changed.
    pub(crate) fn index(&self, name: &str) -> Result<Arc<Prompts>, ModelError> {
        let folder = self.path(name)?;
        let stamp = stamp(&folder.join(recorded::INDEX));
        if let Some((read, prompts)) = lock(&self.indexes).get(&folder)
            && *read == stamp
        {
            return Ok(prompts.clone());
        }
        let prompts = Arc::new(Prompts::read(&folder)?);
        lock(&self.indexes).insert(folder, (stamp, prompts.clone()));
        Ok(prompts)
    }

    /// The index of the folder `name` as it was last read: no disk.
    pub(crate) fn known_index(&self, name: &str) -> Option<Arc<Prompts>> {
        let folder = self.path(name).ok()?;
        lock(&self.indexes).get(&folder).map(|(_, prompts)| prompts.clone())
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Changes with the file.
fn stamp(path: &Path) -> String {
    std::fs::metadata(path).map(|m| format!("{:?} {}", m.modified().ok(), m.len())).unwrap_or_default()
}
