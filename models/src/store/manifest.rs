//! The models that are known: what each is for, where it can be had, what its files should be.
//!
//! Two lists: the one compiled in (`models/manifest.toml`) and, in a store, an optional `manifest.toml` of the
//! customer's own models in the same form. A model is named `name`, or `name@version` where there are several.

use crate::ModelError;
use serde::Deserialize;
use std::path::Path;

const BUILT_IN: &str = include_str!("../../manifest.toml");
/// The command that fills the store, as shown to people.
pub const SETUP_HINT: &str = "run `scripts/setup`";

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// What other models run on.
    Runtime,
    Vad,
    Asr,
    Tts,
    Embed,
}

impl Task {
    /// One word for tables and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Task::Runtime => "runtime",
            Task::Vad => "vad",
            Task::Asr => "asr",
            Task::Tts => "tts",
            Task::Embed => "embed",
        }
    }
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Relative to the store, or to the folder that holds the store.
    pub path: String,
    /// Where `warmline models pull` gets it.
    pub url: Option<String>,
    /// Bytes, where always the same.
    pub size: Option<u64>,
    /// Lower-case hexadecimal, where always the same.
    pub sha256: Option<String>,
}

/// One entry of the manifest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelInfo {
    pub name: String,
    /// Tells apart models of one name that lie side by side.
    pub version: Option<String>,
    pub task: Task,
    pub engine: String,
    /// BCP 47, or `any`.
    pub languages: Vec<String>,
    pub sample_rate_hz: Option<u32>,
    pub licence: String,
    /// Where it comes from, in words.
    pub origin: String,
    /// How fast it should be, in words that say on what.
    pub speed: Option<String>,
    /// The command that gets it; absent: `warmline models pull`.
    pub get: Option<String>,
    /// The program that must be installed, for engines that are one.
    pub program: Option<String>,
    pub files: Vec<ModelFile>,
}

impl ModelInfo {
    /// `name`, or `name@version`.
    pub fn id(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }

    /// What to do when it is not there.
    pub fn how_to_get(&self) -> String {
        match &self.get {
            Some(command) => format!("run `{command}`"),
            None => format!("run `warmline models pull {}`", self.id()),
        }
    }

    /// Whether it knows `language` (BCP 47), by the primary subtag.
    pub fn knows(&self, language: &str) -> bool {
        let primary = primary(language);
        self.languages.iter().any(|own| own == "any" || own.as_str() == language || own.eq_ignore_ascii_case(primary))
    }
}

/// `zh-TW` → `zh`.
pub(super) fn primary(language: &str) -> &str {
    language.split('-').next().unwrap_or(language)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default)]
    model: Vec<ModelInfo>,
}

/// The built-in list and, behind it, the one at `own`, if there is one.
pub(super) fn read(own: &Path) -> Result<Vec<ModelInfo>, ModelError> {
    let mut models = parse(BUILT_IN, Path::new("models/manifest.toml"))?;
    match std::fs::read_to_string(own) {
        Ok(text) => models.extend(parse(&text, own)?),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(damaged(own, e.to_string())),
    }
    for (i, model) in models.iter().enumerate() {
        if models[..i].iter().any(|other| other.id() == model.id()) {
            return Err(damaged(own, format!("the model `{}` is listed twice", model.id())));
        }
    }
    Ok(models)
}

fn parse(text: &str, path: &Path) -> Result<Vec<ModelInfo>, ModelError> {
    let manifest: Manifest = toml::from_str(text).map_err(|e| damaged(path, e.to_string()))?;
    for model in &manifest.model {
        check(model).map_err(|reason| damaged(path, format!("model `{}`: {reason}", model.id())))?;
    }
    Ok(manifest.model)
}

/// What a list from outside could do harm with.
fn check(model: &ModelInfo) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if model.name.is_empty() || !model.name.chars().all(plain) || !model.version.iter().all(|v| v.chars().all(plain)) {
        return Err("its name and version may hold letters, digits, `.`, `_` and `-` only".into());
    }
    for file in &model.files {
        let path = Path::new(&file.path);
        let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside || path.components().count() < 2 {
            return Err(format!("the path `{}` is not of the form `folder/file`", file.path));
        }
        if let Some(sum) = &file.sha256
            && (sum.len() != 64 || !sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        {
            return Err(format!("the sha256 of `{}` is not 64 digits of lower-case hexadecimal", file.path));
        }
    }
    Ok(())
}

fn damaged(path: &Path, reason: String) -> ModelError {
    ModelError::Damaged { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn own(text: &str) -> Result<Vec<ModelInfo>, ModelError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("manifest.toml"), text).unwrap();
        read(&dir.path().join("manifest.toml"))
    }

    fn model(fields: &str) -> String {
        format!(
            "[[model]]\nname = \"mine\"\ntask = \"asr\"\nengine = \"whisper\"\nlanguages = [\"en\"]\nlicence = \"own\"\n\
             origin = \"here\"\n{fields}\n"
        )
    }

    #[test]
    fn the_built_in_list_is_read_and_every_model_can_be_had_somehow() {
        for model in read(Path::new("/nowhere/manifest.toml")).unwrap() {
            let every_file_has_a_url = model.files.iter().all(|file| file.url.is_some());
            assert!(model.get.is_some() || every_file_has_a_url, "{}", model.id());
        }
    }

    #[test]
    fn a_customers_own_models_come_behind_and_versions_lie_side_by_side() {
        let two = model("files = [{ path = \"mine/a.bin\" }]")
            + &model("version = \"2\"\nfiles = [{ path = \"mine/2/a.bin\" }]");
        let ids: Vec<String> = own(&two).unwrap().iter().map(ModelInfo::id).collect();
        assert!(ids.ends_with(&["mine".into(), "mine@2".into()]) && ids.len() > 2, "{ids:?}");
    }

    #[test]
    fn a_mistake_is_named() {
        let error = |text: &str| own(text).unwrap_err().to_string();
        assert!(error(&model("files = [{ path = \"../etc/passwd\" }]")).contains("../etc/passwd"));
        assert!(error(&model("files = [{ path = \"mine/a\", sha256 = \"12\" }]")).contains("sha256"));
        assert!(error(&model("fils = []")).contains("fils"));
        let twice = model("files = []") + &model("files = []");
        assert!(error(&twice).contains("`mine` is listed twice"));
        assert!(error(&model("files = []").replace("mine", "a b")).contains("letters, digits"));
    }

    #[test]
    fn a_language_is_known_by_its_primary_part() {
        let mut model = own(&model("files = []")).unwrap().pop().unwrap();
        assert!(model.knows("en") && model.knows("en-GB") && !model.knows("id"));
        model.languages = vec!["any".into()];
        assert!(model.knows("id"));
    }
}
