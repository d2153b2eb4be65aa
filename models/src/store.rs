//! Where model files lie, what they should be, and whether they are.
//!
//! The manifest (`models/manifest.toml`) is compiled in; the store is a folder that `scripts/setup`
//! fills. Not here: loading a model (each engine does that) and downloading (the set-up script does).

use crate::ModelError;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

const MANIFEST: &str = include_str!("../manifest.toml");
const SUMS: &str = "SHA256SUMS";
/// The command that fills the store, as shown to people.
pub const SETUP_HINT: &str = "run `scripts/setup`";

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
    /// One word for tables.
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
    pub task: Task,
    pub engine: String,
    /// BCP 47, or `any`.
    pub languages: Vec<String>,
    pub sample_rate_hz: Option<u32>,
    pub licence: String,
    /// Where it comes from, in words.
    pub origin: String,
    /// The command that gets it.
    pub get: String,
    /// The program that must be installed, for engines that are one.
    pub program: Option<String>,
    pub files: Vec<ModelFile>,
}

/// Is a model ready to use?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelState {
    Present,
    /// A file or program is not there; which one.
    Missing(String),
    /// A file is there but is not what it should be; which one and why.
    Damaged(String),
}

/// A manifest entry with its state, for `warmline models list`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelStatus {
    pub info: ModelInfo,
    pub state: ModelState,
    /// Bytes on disk.
    pub size: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    model: Vec<ModelInfo>,
}

/// A folder of models with what is known about them.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    models: Vec<ModelInfo>,
    /// Relative path → sha-256, as the set-up script left them.
    sums: BTreeMap<String, String>,
}

impl Store {
    /// The store at `root`; an empty or absent folder is a store in which everything is missing.
    pub fn open(root: impl Into<PathBuf>) -> Result<Store, ModelError> {
        let root = root.into();
        let models = parse_manifest(MANIFEST)?;
        let sums_path = root.join(SUMS);
        let sums = match std::fs::read_to_string(&sums_path) {
            Ok(text) => parse_sums(&text).map_err(|reason| ModelError::Damaged { path: sums_path, reason })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(ModelError::Damaged { path: sums_path, reason: e.to_string() }),
        };
        Ok(Store { root, models, sums })
    }

    /// The store named by `WARMLINE_MODELS`, else `models/store` in the first folder that has it, looking
    /// upwards from the current folder and then from the program's own.
    pub fn locate() -> Result<Store, ModelError> {
        if let Some(root) = std::env::var_os("WARMLINE_MODELS").filter(|v| !v.is_empty()) {
            return Store::open(root);
        }
        let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
        let found = starts.iter().flatten().flat_map(|start| start.ancestors()).find(|dir| {
            // `models/starter-en` is committed, so that a fresh checkout is found before set-up has run.
            dir.join("models/store").is_dir() || dir.join("models/starter-en").is_dir()
        });
        Store::open(found.map_or_else(|| PathBuf::from("models/store"), |dir| dir.join("models/store")))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything the manifest knows.
    pub fn models(&self) -> &[ModelInfo] {
        &self.models
    }

    /// Where `path` (relative, as in the manifest) lies: in the store, else beside it.
    /// [`ModelError::Missing`] when it is in neither.
    pub fn path(&self, path: &str) -> Result<PathBuf, ModelError> {
        let inside = self.root.join(path);
        if inside.exists() {
            return Ok(inside);
        }
        match self.root.parent().map(|p| p.join(path)) {
            Some(beside) if beside.exists() => Ok(beside),
            _ => Err(ModelError::Missing { path: inside, hint: SETUP_HINT.into() }),
        }
    }

    /// The bytes of `path`, once they are known to be the expected ones.
    ///
    /// A file of which neither the manifest nor the store knows a sum is returned as it is.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, ModelError> {
        let full = self.path(path)?;
        let bytes =
            std::fs::read(&full).map_err(|e| ModelError::Damaged { path: full.clone(), reason: e.to_string() })?;
        match self.expected_sum(path) {
            Some(sum) if hex(&Sha256::digest(&bytes)) != sum => Err(wrong_sum(full)),
            _ => Ok(bytes),
        }
    }

    /// Like [`Store::read`] for a file that something else opens by name.
    pub fn verified(&self, path: &str) -> Result<PathBuf, ModelError> {
        let full = self.path(path)?;
        if let Some(sum) = self.expected_sum(path)
            && file_sum(&full).map_err(|e| ModelError::Damaged { path: full.clone(), reason: e.to_string() })? != sum
        {
            return Err(wrong_sum(full));
        }
        Ok(full)
    }

    /// Every model of the manifest with its state. Reads every file, so it takes a moment.
    pub fn list(&self) -> Vec<ModelStatus> {
        self.models.iter().map(|info| self.status(info)).collect()
    }

    fn status(&self, info: &ModelInfo) -> ModelStatus {
        let mut size = 0;
        let mut state = ModelState::Present;
        if let Some(program) = &info.program
            && find_program(program).is_none()
        {
            state = ModelState::Missing(format!("program {program}"));
        }
        for file in &info.files {
            match self.verified(&file.path) {
                Ok(full) => size += std::fs::metadata(full).map_or(0, |m| m.len()),
                Err(ModelError::Missing { .. }) => state = ModelState::Missing(file.path.clone()),
                Err(e) => state = ModelState::Damaged(e.to_string()),
            }
        }
        ModelStatus { info: info.clone(), state, size }
    }

    fn expected_sum(&self, path: &str) -> Option<&str> {
        let listed = self.models.iter().flat_map(|m| &m.files).find(|f| f.path == path);
        listed.and_then(|f| f.sha256.as_deref()).or_else(|| self.sums.get(path).map(String::as_str))
    }
}

/// The first executable file called `program` on the `PATH`.
pub fn find_program(program: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0))
}

fn parse_manifest(text: &str) -> Result<Vec<ModelInfo>, ModelError> {
    let manifest: Manifest = toml::from_str(text)
        .map_err(|e| ModelError::Damaged { path: "models/manifest.toml".into(), reason: e.to_string() })?;
    Ok(manifest.model)
}

/// The format of the program `sha256sum`: sum, two characters, path.
fn parse_sums(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut sums = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let (sum, path) = line.split_once("  ").ok_or_else(|| format!("line {} is not `sum  path`", number + 1))?;
        if sum.len() != 64 || !sum.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("line {} has no sha-256", number + 1));
        }
        sums.insert(path.to_string(), sum.to_ascii_lowercase());
    }
    Ok(sums)
}

fn file_sum(path: &Path) -> std::io::Result<String> {
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

fn wrong_sum(path: PathBuf) -> ModelError {
    ModelError::Damaged { path, reason: format!("its sha-256 is not the expected one; {SETUP_HINT} to get it again") }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TOKENIZER: &str = "minilm/tokenizer.json";

    #[test]
    fn the_manifest_is_read_and_names_are_unique() {
        let models = parse_manifest(MANIFEST).unwrap();
        let mut names: Vec<_> = models.iter().map(|m| m.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), models.len());
        assert!(names.contains(&"silero-vad"));
    }

    #[test]
    fn after_set_up_every_model_is_present() {
        for status in Store::locate().unwrap().list() {
            assert_eq!(status.state, ModelState::Present, "{}", status.info.name);
            assert_eq!(status.size == 0, status.info.files.is_empty(), "{}", status.info.name);
        }
    }

    #[test]
    fn an_empty_store_misses_every_file_and_says_how_to_get_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("store")).unwrap();
        let error = store.read(TOKENIZER).unwrap_err().to_string();
        assert!(error.contains("tokenizer.json is missing") && error.contains("scripts/setup"), "{error}");
        let silero = store.list().into_iter().find(|m| m.info.name == "silero-vad").unwrap();
        assert_eq!(silero.state, ModelState::Missing("silero/silero_vad.onnx".into()));
    }

    #[test]
    fn a_changed_file_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("minilm")).unwrap();
        std::fs::write(dir.path().join(TOKENIZER), "{}").unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert!(matches!(store.read(TOKENIZER), Err(ModelError::Damaged { .. })));
        assert!(matches!(store.verified(TOKENIZER), Err(ModelError::Damaged { .. })));
        let minilm = store.list().into_iter().find(|m| m.info.name == "all-minilm-l6-v2").unwrap();
        assert!(!matches!(minilm.state, ModelState::Present));
    }

    #[test]
    fn sums_of_files_built_on_the_machine_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        std::fs::write(dir.path().join(SUMS), format!("{abc}  a\n")).unwrap();
        assert_eq!(Store::open(dir.path()).unwrap().read("a").unwrap(), b"abc");
        std::fs::write(dir.path().join("a"), "abd").unwrap();
        assert!(matches!(Store::open(dir.path()).unwrap().read("a"), Err(ModelError::Damaged { .. })));
    }

    #[test]
    fn a_broken_list_of_sums_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(SUMS), "\nnot a sum\n").unwrap();
        let error = Store::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn files_beside_the_store_are_found() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("starter-en")).unwrap();
        std::fs::write(dir.path().join("starter-en/x"), "1").unwrap();
        let store = Store::open(dir.path().join("store")).unwrap();
        assert_eq!(store.read("starter-en/x").unwrap(), b"1");
    }
}
