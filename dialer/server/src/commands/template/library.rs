//! Templates as the trainer's commands name them: a file, a name in the templates folder, or all that are there.

use super::check::{in_file, read};
use crate::config::Config;
use crate::desk::template_path;
use anyhow::{Context, Result, anyhow, bail};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warmline_api::TemplateLibrary;
use warmline_dialog::plan::Plan;
use warmline_dialog::{CompiledTemplate, schema::Template};
use warmline_models::Embedder;
use warmline_models::minilm::MiniLm;
use warmline_models::store::Store;

/// The files of `names`; without any, every template of the folder in the order of the names.
pub fn files(config: &Config, names: &[String]) -> Result<Vec<PathBuf>> {
    if !names.is_empty() {
        return Ok(names.iter().map(|name| template_path(config, name)).collect());
    }
    let folder = &config.server.templates_dir;
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("the templates folder {} cannot be read", folder.display()))?;
    let is_template = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".yaml") && !name.ends_with(".test.yaml")
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_template).collect();
    files.sort();
    if files.is_empty() {
        bail!("there is no template in {}", folder.display());
    }
    Ok(files)
}

/// Where the conversations of a template are.
pub fn beside(template: &Path) -> PathBuf {
    template.with_extension("test.yaml")
}

/// The folder that a template's file lies in, and the template's name there.
pub fn around(template: &Path) -> (TemplateLibrary, String) {
    let folder = template.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = template.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    (TemplateLibrary::new(folder.to_owned()), name)
}

/// A template, read and checked; the error names file, line and column.
pub fn parsed(file: &Path) -> Result<Template> {
    warmline_schema::parse(&read(file)?).map_err(|problems| anyhow!("{}", in_file(file, &problems.to_string())))
}

/// The conversations in `file`.
pub fn plan(file: &Path) -> Result<Plan> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Plan::parse(&text).map_err(|error| anyhow!("{}", in_file(file, &error.to_string())))
}

/// Ready for conversations, understood by meaning where there is an embedder.
pub fn compiled(template: Template, meaning: &mut Meaning) -> Result<Arc<CompiledTemplate>> {
    let compiled = CompiledTemplate::compile(template)?;
    if !meaning.is_there() {
        return Ok(Arc::new(compiled));
    }
    let embeddings = meaning.all(&compiled.utterances())?;
    Ok(Arc::new(compiled.with_embeddings(embeddings)?))
}

/// Sentence embeddings, each made once; or none.
pub struct Meaning {
    model: Option<MiniLm>,
    known: HashMap<String, Vec<f32>>,
}

impl Meaning {
    /// Without an embedder: understood is what the rules and the words tell.
    pub fn none() -> Self {
        Self { model: None, known: HashMap::new() }
    }

    /// The embedder of the model store, and why there is none.
    pub fn from_store() -> (Self, Option<String>) {
        match Store::locate().and_then(|store| MiniLm::load(&store, 1)) {
            Ok(model) => (Self { model: Some(model), known: HashMap::new() }, None),
            Err(error) => (Self::none(), Some(error.to_string())),
        }
    }

    /// The embedder unless it is not wanted; says on the error stream when there is none.
    pub fn unless(not_wanted: bool) -> Self {
        if not_wanted {
            return Self::none();
        }
        let (meaning, why) = Self::from_store();
        if let Some(why) = why {
            eprintln!("understood without sentence meanings, by rules and words alone: {why}");
        }
        meaning
    }

    pub fn is_there(&self) -> bool {
        self.model.is_some()
    }

    /// The embedding of `text`; nothing without an embedder, or where it failed.
    pub fn of(&mut self, text: &str) -> Option<Vec<f32>> {
        if let Some(known) = self.known.get(text) {
            return Some(known.clone());
        }
        let vector = self.model.as_mut()?.embed(&[text]).inspect_err(|error| tracing::warn!(%error)).ok()?.pop()?;
        self.known.insert(text.to_owned(), vector.clone());
        Some(vector)
    }

    fn all(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        texts.iter().map(|text| self.of(text).with_context(|| format!("no embedding of `{text}`"))).collect()
    }
}

/// `1 intent`, `2 intents`.
pub fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// `--set NAME=VALUE`, over the row of a CSV file.
pub fn contact(row: Option<&Path>, pairs: &[String]) -> Result<BTreeMap<String, String>> {
    let mut contact = match row {
        Some(file) => first_row(file)?,
        None => BTreeMap::new(),
    };
    contact.extend(crate::commands::call::variables(pairs)?);
    Ok(contact)
}

/// The first row below the header, by the names of the columns.
fn first_row(file: &Path) -> Result<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_path(file)
        .with_context(|| format!("{} cannot be opened", file.display()))?;
    let at = |error: csv::Error| anyhow!("{}: {error}", file.display());
    let header = reader.headers().map_err(at)?.clone();
    let Some(row) = reader.records().next() else { bail!("{}: there is no row below the header", file.display()) };
    let row = row.map_err(at)?;
    if row.len() > header.len() {
        bail!("{}: line 2 has {} values for {} columns", file.display(), row.len(), header.len());
    }
    let filled = header.iter().zip(&row).filter(|(_, value)| !value.is_empty());
    Ok(filled.map(|(column, value)| (warmline_domain::import::normalise(column), value.to_owned())).collect())
}
