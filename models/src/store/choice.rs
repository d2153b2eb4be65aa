//! Which model of a task a store uses, by language: `chosen.toml`, written by `warmline models use`.

use super::{ModelInfo, Task, manifest::primary};
use crate::ModelError;
use std::{collections::BTreeMap, io::Write, path::Path};

const NAME: &str = "chosen.toml";

/// Task → language (primary subtag, or `any`) → model id.
pub(super) type Choices = BTreeMap<String, BTreeMap<String, String>>;

/// Those of the store at `root`; none when nobody has chosen.
pub(super) fn read(root: &Path) -> Result<Choices, ModelError> {
    let path = root.join(NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|e| ModelError::Damaged { path, reason: e.to_string() }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Choices::new()),
        Err(e) => Err(ModelError::Damaged { path, reason: e.to_string() }),
    }
}

/// Write down that `model` is used for `languages`.
pub(super) fn write(
    root: &Path,
    choices: &mut Choices,
    model: &ModelInfo,
    languages: &[String],
) -> Result<(), ModelError> {
    let path = root.join(NAME);
    let failed = |reason: String| ModelError::Damaged { path: path.clone(), reason };
    let of_task = choices.entry(model.task.as_str().to_owned()).or_default();
    for language in languages {
        of_task.insert(primary(language).to_ascii_lowercase(), model.id());
    }
    let text = toml::to_string(&choices).map_err(|e| failed(e.to_string()))?;
    std::fs::create_dir_all(root).map_err(|e| failed(e.to_string()))?;
    let mut part = tempfile::NamedTempFile::new_in(root).map_err(|e| failed(e.to_string()))?;
    part.write_all(text.as_bytes()).and_then(|()| part.as_file().sync_all()).map_err(|e| failed(e.to_string()))?;
    part.persist(&path).map_err(|e| failed(e.error.to_string()))?;
    Ok(())
}

/// The id chosen for `language`.
pub(super) fn find<'a>(choices: &'a Choices, task: Task, language: &str) -> Option<&'a str> {
    let of_task = choices.get(task.as_str())?;
    let language = primary(language).to_ascii_lowercase();
    of_task.get(&language).or_else(|| of_task.get("any")).map(String::as_str)
}

/// The languages that `id` is chosen for.
pub(super) fn languages_of<'a>(choices: &'a Choices, task: Task, id: &str) -> Vec<&'a str> {
    let of_task = choices.get(task.as_str()).into_iter().flatten();
    of_task.filter(|(_, chosen)| *chosen == id).map(|(language, _)| language.as_str()).collect()
}
