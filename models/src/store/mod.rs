//! Where model files lie, what they should be, and whether they are.
//!
//! The store is a folder that `scripts/setup` and `warmline models pull` fill. Not here: loading a model (each
//! engine does that) and downloading ([`crate::pull`]).

mod choice;
mod lease;
mod manifest;
mod sums;

pub use lease::Lease;
pub use manifest::{ModelFile, ModelInfo, SETUP_HINT, Task};
pub(crate) use sums::{hex, of_file};

use crate::ModelError;
use choice::Choices;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use sums::Sums;

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

/// A folder of models with what is known about them.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    models: Vec<ModelInfo>,
    sums: Sums,
    choices: Choices,
}

impl Store {
    /// The store at `root`; an empty or absent folder is a store in which everything is missing.
    pub fn open(root: impl Into<PathBuf>) -> Result<Store, ModelError> {
        let root = root.into();
        let models = manifest::read(&root.join("manifest.toml"))?;
        let (sums, choices) = (sums::read(&root)?, choice::read(&root)?);
        Ok(Store { root, models, sums, choices })
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

    /// Everything the manifests know.
    pub fn models(&self) -> &[ModelInfo] {
        &self.models
    }

    /// The model `id`: a name, or `name@version`. [`ModelError::Unsupported`] names what there is instead.
    pub fn find(&self, id: &str) -> Result<&ModelInfo, ModelError> {
        let found = self.models.iter().find(|model| model.id() == id);
        found.or_else(|| self.models.iter().find(|model| model.name == id)).ok_or_else(|| {
            let known: Vec<String> = self.models.iter().map(ModelInfo::id).collect();
            ModelError::Unsupported(format!("there is no model `{id}`; known are {}", known.join(", ")))
        })
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
            _ => Err(ModelError::Missing { path: inside, hint: self.hint(path) }),
        }
    }

    /// What to do about a file that is not there or not whole.
    fn hint(&self, path: &str) -> String {
        let owner = self.models.iter().find(|model| model.files.iter().any(|file| file.path == path));
        owner.map_or_else(|| SETUP_HINT.to_owned(), ModelInfo::how_to_get)
    }

    /// The bytes of `path`, once they are known to be the expected ones.
    ///
    /// A file of which neither a manifest nor the store knows a sum is returned as it is.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, ModelError> {
        let full = self.path(path)?;
        let bytes =
            std::fs::read(&full).map_err(|e| ModelError::Damaged { path: full.clone(), reason: e.to_string() })?;
        match self.expected_sum(path) {
            Some(sum) if hex(&Sha256::digest(&bytes)) != sum => Err(self.wrong_sum(full, path)),
            _ => Ok(bytes),
        }
    }

    /// Like [`Store::read`] for a file that something else opens by name.
    pub fn verified(&self, path: &str) -> Result<PathBuf, ModelError> {
        let full = self.path(path)?;
        if let Some(sum) = self.expected_sum(path)
            && of_file(&full).map_err(|e| ModelError::Damaged { path: full.clone(), reason: e.to_string() })? != sum
        {
            return Err(self.wrong_sum(full, path));
        }
        Ok(full)
    }

    /// Like [`Store::verified`], and refused when nothing says what the file should be: for engines that a
    /// damaged file would end the process of.
    pub fn trusted(&self, path: &str) -> Result<PathBuf, ModelError> {
        if self.expected_sum(path).is_none() {
            let full = self.path(path)?;
            let reason =
                format!("nothing says what it should be: {}, or add its sha256 to a manifest", self.hint(path));
            return Err(ModelError::Damaged { path: full, reason });
        }
        self.verified(path)
    }

    fn wrong_sum(&self, path: PathBuf, name: &str) -> ModelError {
        let hint = self.hint(name);
        ModelError::Damaged { path, reason: format!("its sha-256 is not the expected one; {hint} to get it again") }
    }

    /// Every model with its state. Reads every file, so it takes a moment.
    pub fn list(&self) -> Vec<ModelStatus> {
        self.models.iter().map(|info| self.status(info)).collect()
    }

    /// One model's state. Reads its files.
    pub fn status(&self, info: &ModelInfo) -> ModelStatus {
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

    pub(crate) fn expected_sum(&self, path: &str) -> Option<&str> {
        let listed = self.models.iter().flat_map(|m| &m.files).find(|f| f.path == path);
        listed.and_then(|f| f.sha256.as_deref()).or_else(|| self.sums.get(path).map(String::as_str))
    }

    /// Remember what `path` is now.
    pub(crate) fn note_sum(&mut self, path: &str, sum: &str) -> Result<(), ModelError> {
        self.sums = sums::change(&self.root, |sums| drop(sums.insert(path.to_owned(), sum.to_owned())))?;
        Ok(())
    }

    /// Use `id` for `languages`, or for every language it knows.
    /// [`ModelError::Unsupported`] when it does not know one, [`ModelError::Missing`] or
    /// [`ModelError::Damaged`] when it is not ready.
    pub fn choose(&mut self, id: &str, languages: &[String]) -> Result<ModelInfo, ModelError> {
        let model = self.find(id)?.clone();
        if !matches!(model.task, Task::Asr) {
            let why = match model.task {
                Task::Tts => "a template names its voice itself (`voice: engine:name`)",
                _ => "only recognisers are chosen; the others have no rival",
            };
            return Err(ModelError::Unsupported(format!("`{}` cannot be chosen: {why}", model.id())));
        }
        if let Some(other) = languages.iter().find(|language| !model.knows(language)) {
            let known = model.languages.join(", ");
            return Err(ModelError::Unsupported(format!("`{}` knows {known}, not `{other}`", model.id())));
        }
        for file in &model.files {
            self.verified(&file.path)?;
        }
        let languages = if languages.is_empty() { &model.languages } else { languages };
        choice::write(&self.root, &mut self.choices, &model, languages)?;
        Ok(model)
    }

    /// The model for a task and a language: the chosen one, else the first known one whose files are there.
    pub fn chosen(&self, task: Task, language: &str) -> Option<&ModelInfo> {
        if let Some(id) = choice::find(&self.choices, task, language) {
            return self.find(id).ok();
        }
        let there = |model: &&ModelInfo| model.files.iter().all(|file| self.path(&file.path).is_ok());
        self.models.iter().filter(|model| model.task == task && model.knows(language)).find(there)
    }

    /// The languages that somebody chose this model for.
    pub fn chosen_for(&self, model: &ModelInfo) -> Vec<&str> {
        choice::languages_of(&self.choices, model.task, &model.id())
    }

    /// Say that a running program uses `id`, so that it is not removed.
    pub fn lease(&self, id: &str) -> Result<Lease, ModelError> {
        lease::take(&self.root, &self.find(id)?.id())
    }

    /// Remove a model's files; gives the bytes freed. [`ModelError::Unsupported`] says why it cannot be.
    pub fn remove(&mut self, id: &str) -> Result<u64, ModelError> {
        let model = self.find(id)?.clone();
        let (id, refuse) = (model.id(), |why: String| Err(ModelError::Unsupported(why)));
        if matches!(model.task, Task::Runtime | Task::Vad | Task::Embed) {
            return refuse(format!("every call needs `{id}`"));
        }
        let languages = self.chosen_for(&model);
        if !languages.is_empty() {
            let used = languages.join(", ");
            return refuse(format!("`{id}` is in use for {used}: choose another with `warmline models use` first"));
        }
        if let Some(program) = &model.program {
            return refuse(format!("`{id}` is the program `{program}` and is removed by the system's package manager"));
        }
        let Some(_alone) = lease::take_alone(&self.root, &id)? else {
            return refuse(format!("`{id}` is in use by a running program"));
        };
        let shared = |path: &str| self.models.iter().any(|m| m.id() != id && m.files.iter().any(|f| f.path == path));
        let own: Vec<&str> = model.files.iter().map(|f| f.path.as_str()).filter(|path| !shared(path)).collect();
        let there: Vec<&str> = own.into_iter().filter(|path| self.root.join(path).exists()).collect();
        if there.is_empty() {
            return refuse(format!("`{id}` has no files in {}", self.root.display()));
        }
        let mut freed = 0;
        for path in &there {
            let full = self.root.join(path);
            freed += std::fs::metadata(&full).map_or(0, |m| m.len());
            std::fs::remove_file(&full)
                .map_err(|e| ModelError::Damaged { path: full.clone(), reason: e.to_string() })?;
            // The folder goes with its last file.
            full.parent().map(std::fs::remove_dir);
        }
        self.sums = sums::change(&self.root, |sums| sums.retain(|path, _| !there.contains(&path.as_str())))?;
        Ok(freed)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TOKENIZER: &str = "minilm/tokenizer.json";

    #[test]
    fn after_set_up_every_model_is_present() {
        let from_elsewhere = |status: &ModelStatus| status.info.get.is_none();
        for status in Store::locate().unwrap().list().into_iter().filter(|status| !from_elsewhere(status)) {
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
        std::fs::write(dir.path().join("SHA256SUMS"), format!("{abc}  a\n")).unwrap();
        assert_eq!(Store::open(dir.path()).unwrap().read("a").unwrap(), b"abc");
        std::fs::write(dir.path().join("a"), "abd").unwrap();
        assert!(matches!(Store::open(dir.path()).unwrap().read("a"), Err(ModelError::Damaged { .. })));
    }

    #[test]
    fn files_beside_the_store_are_found() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("starter-en")).unwrap();
        std::fs::write(dir.path().join("starter-en/x"), "1").unwrap();
        let store = Store::open(dir.path().join("store")).unwrap();
        assert_eq!(store.read("starter-en/x").unwrap(), b"1");
    }

    const OWN: &str = "[[model]]\nname = \"mine\"\ntask = \"asr\"\nengine = \"whisper\"\nlanguages = [\"id\", \"zh\"]\n\
                       licence = \"own\"\norigin = \"here\"\nfiles = [{ path = \"mine/a.bin\" }]\n";

    fn with_own_model() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("store");
        std::fs::create_dir_all(root.join("mine")).unwrap();
        std::fs::write(root.join("manifest.toml"), OWN).unwrap();
        std::fs::write(root.join("mine/a.bin"), "abc").unwrap();
        let store = Store::open(root).unwrap();
        (dir, store)
    }

    #[test]
    fn a_choice_is_kept_by_language_and_what_is_chosen_cannot_be_removed() {
        let (_dir, mut store) = with_own_model();
        assert_eq!(store.chosen(Task::Asr, "id-ID").unwrap().id(), "mine");
        assert!(store.chosen_for(store.find("mine").unwrap()).is_empty());
        store.choose("mine", &["zh-TW".into()]).unwrap();
        let mut again = Store::open(store.root()).unwrap();
        assert_eq!(again.chosen_for(again.find("mine").unwrap()), ["zh"]);
        assert!(again.remove("mine").unwrap_err().to_string().contains("in use for zh"));
        assert!(again.choose("mine", &["fr".into()]).unwrap_err().to_string().contains("not `fr`"));
        assert!(again.choose("flite", &[]).unwrap_err().to_string().contains("names its voice"));
        assert!(again.choose("yours", &[]).unwrap_err().to_string().contains("no model `yours`"));
    }

    #[test]
    fn a_model_in_use_cannot_be_removed_until_it_is_free() {
        let (_dir, mut store) = with_own_model();
        let lease = store.lease("mine").unwrap();
        let second = store.lease("mine").unwrap();
        assert!(store.remove("mine").unwrap_err().to_string().contains("running program"));
        drop((lease, second));
        assert_eq!(store.remove("mine").unwrap(), 3);
        assert!(!store.root().join("mine").exists());
        assert!(store.remove("mine").unwrap_err().to_string().contains("no files"));
        assert!(store.remove("silero-vad").unwrap_err().to_string().contains("every call needs"));
        assert!(store.remove("flite").unwrap_err().to_string().contains("package manager"));
    }

    #[test]
    fn a_file_of_unknown_content_is_not_trusted() {
        let (_dir, mut store) = with_own_model();
        assert!(store.trusted("mine/a.bin").unwrap_err().to_string().contains("warmline models pull mine"));
        store.note_sum("mine/a.bin", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap();
        assert!(store.trusted("mine/a.bin").is_ok());
        assert!(Store::open(store.root()).unwrap().trusted("mine/a.bin").is_ok());
    }
}
