//! Files written whole: whoever reads one sees what it was or what it is to be, never half of it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Why nothing was written; names the file that was to be.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {reason}", file.display())]
pub struct WriteError {
    pub file: PathBuf,
    pub reason: String,
}

impl WriteError {
    fn new(file: &Path, error: &io::Error) -> Self {
        Self { file: file.to_owned(), reason: error.to_string() }
    }
}

/// Writes each text to its file: all of them to the disk beside the files, then each in its file's place in one move.
/// What cannot be written, as on a full disk, is found before any file is another. A file keeps its permissions.
///
/// # Errors
/// The first file that cannot be written.
pub fn write_whole<'a>(files: impl IntoIterator<Item = (&'a Path, &'a str)>) -> Result<(), WriteError> {
    let mut parts = Vec::new();
    for (file, text) in files {
        parts.push((file, beside(file, text).map_err(|error| WriteError::new(file, &error))?));
    }
    for (file, part) in parts {
        part.persist(file).map_err(|failed| WriteError::new(file, &failed.error))?;
    }
    Ok(())
}

/// The text in a file of its own in the folder of `file`; it goes with the value.
fn beside(file: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Opened here and not by the library, whose files only their owner may read and whose errors name a file that nobody
    // has asked for.
    let mut why = None;
    let open = |path: &Path| {
        File::create_new(path).map_err(|error| {
            let kind = error.kind();
            why = Some(error);
            io::Error::from(kind)
        })
    };
    let made = Builder::new().make_in(folder, open);
    let part = made.map_err(|error| why.unwrap_or(error))?;
    part.as_file().write_all(text.as_bytes())?;
    if let Ok(before) = file.metadata() {
        part.as_file().set_permissions(before.permissions())?;
    }
    part.as_file().sync_all()?;
    Ok(part)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_permissions_and_a_new_one_has_those_of_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new, other) = (folder.path().join("old"), folder.path().join("new"), folder.path().join("other"));
        fs::write(&old, "before").unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o640)).unwrap();
        write_whole([(old.as_path(), "after"), (new.as_path(), "fresh")]).unwrap();
        fs::write(&other, "").unwrap();
        let mode = |file: &Path| file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((fs::read_to_string(&old).unwrap().as_str(), mode(&old)), ("after", 0o640));
        assert_eq!((fs::read_to_string(&new).unwrap().as_str(), mode(&new)), ("fresh", mode(&other)));
        assert_eq!(names(folder.path()).len(), 3);
    }

    #[test]
    fn the_error_names_the_file_that_was_asked_for_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("first");
        let missing = folder.path().join("absent/x.yaml");
        let error = write_whole([(first.as_path(), "text"), (missing.as_path(), "text")]).unwrap_err().to_string();
        assert_eq!(error, format!("{} cannot be written: No such file or directory (os error 2)", missing.display()));
        assert_eq!(names(folder.path()), Vec::<String>::new());
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        let error = write_whole([(taken.as_path(), "text")]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{} cannot be written: Is a directory", taken.display())), "{error}");
        assert_eq!(names(folder.path()), ["taken"]);
    }
}
