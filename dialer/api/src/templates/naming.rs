//! What a campaign, a call or a command means by a template's name, and under which name it is published.

use super::{PublishError, TemplateLibrary};
use std::path::{Path, PathBuf};
use warmline_storage::{Db, StorageError};

/// A path as it stands when it looks like one, else a name in the templates folder.
pub fn template_path(folder: &Path, name: &str) -> PathBuf {
    if name.contains('/') || name.ends_with(".yaml") || name.ends_with(".yml") {
        return PathBuf::from(name);
    }
    folder.join(format!("{name}.yaml"))
}

/// The name under which a template's versions are published: only a file of the templates folder has one.
pub fn published_name(folder: &Path, name: &str) -> Option<String> {
    let path = template_path(folder, name);
    let same =
        |a: &Path, b: &Path| a == b || a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    same(parent, folder).then_some(())?;
    path.file_name()?.to_str()?.strip_suffix(".yaml").map(str::to_owned)
}

impl TemplateLibrary {
    /// Whether a campaign or a call that names `called` means the template `name` of this folder. A file of that name
    /// elsewhere is another template.
    pub fn is_called(&self, name: &str, called: &str) -> bool {
        published_name(&self.folder, called).as_deref() == Some(name)
    }

    /// Everything that stored calls of the template `name` call it.
    ///
    /// # Errors
    /// Storage cannot be read.
    pub async fn called(&self, db: &Db, name: &str) -> Result<Vec<String>, StorageError> {
        let mut names = db.template_names(name).await?;
        names.retain(|called| self.is_called(name, called));
        Ok(names)
    }

    /// What is said when there is no template of this name.
    pub fn missing(&self, name: &str) -> PublishError {
        PublishError::Missing {
            name: name.to_owned(),
            folder: self.folder.clone(),
            known: self.views().unwrap_or_default().into_iter().map(|view| view.name).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_files_of_the_templates_folder_have_a_name_to_be_published_under() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("small.yaml").to_string_lossy().into_owned();
        let name = |called: &str| published_name(folder.path(), called);
        assert_eq!(name("small").as_deref(), Some("small"));
        assert_eq!(name(&inside).as_deref(), Some("small"));
        assert_eq!(name("/elsewhere/small.yaml"), None);
        assert_eq!(name("small.yaml"), None, "a file of the folder that the program was started in");
        let library = TemplateLibrary::new(folder.path().to_owned());
        assert!(library.is_called("small", "small") && library.is_called("small", &inside));
        assert!(!library.is_called("small", "/elsewhere/small.yaml") && !library.is_called("small", "large"));
        assert_eq!(published_name(Path::new("."), "small.yaml").as_deref(), Some("small"), "which has the templates");
    }
}
