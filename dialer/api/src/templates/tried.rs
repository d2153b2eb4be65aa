//! Templates made ready for conversations in text. What was made ready is kept for as long as its text stays the
//! same: each turn of a chat is a request.

use super::TemplateLibrary;
use crate::problem::{FieldProblem, Problem};
use axum::http::StatusCode;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::plan::{Plan, PlanError};

/// Templates kept ready.
const KEPT: usize = 8;

/// Sentence embeddings, unit length, one for each text. Blocking.
pub trait Meaning: Send + Sync + 'static {
    /// # Errors
    /// Why there are none, for the log.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String>;

    /// That of one sentence; none where there is no embedder.
    fn of(&self, text: &str) -> Option<Vec<f32>> {
        let vectors = self.embed(&[text.to_owned()]);
        vectors.inspect_err(|why| tracing::debug!(why, "a sentence has no embedding")).ok()?.pop()
    }
}

/// Where no embedder is installed.
pub(crate) struct NoMeaning;

impl Meaning for NoMeaning {
    fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, String> {
        Err("no embedder is installed".to_owned())
    }
}

/// A template ready for conversations.
#[derive(Clone)]
pub(crate) struct Ready {
    pub template: Arc<CompiledTemplate>,
    /// Answers are understood by meaning too, as in calls.
    pub meaning: bool,
}

/// By the text they were made of, the newest last.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<(String, Ready)>>);

impl TemplateLibrary {
    /// The template `name`, ready. Blocking.
    pub(crate) fn ready(&self, name: &str, meaning: &dyn Meaning) -> Result<Ready, Problem> {
        let file = self.existing(name)?;
        let text = self.whole_text(&file)?;
        let mut kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ready)) = kept.iter().find(|(known, _)| *known == text) {
            return Ok(ready.clone());
        }
        let template = warmline_schema::parse(&text).map_err(|problems| unusable(name, &problems))?;
        let compiled =
            CompiledTemplate::compile(template).map_err(|error| Problem::field("name", error.to_string()))?;
        let ready = match meaning.embed(&compiled.utterances()) {
            Ok(vectors) => {
                let compiled = compiled.with_embeddings(vectors);
                let compiled = compiled.map_err(|error| Problem::internal("embed a template", error))?;
                Ready { template: Arc::new(compiled), meaning: true }
            }
            Err(why) => {
                tracing::debug!(why, "a template is tried without sentence meanings");
                Ready { template: Arc::new(compiled), meaning: false }
            }
        };
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((text, ready.clone()));
        Ok(ready)
    }

    /// The conversations beside the template `name`.
    pub(crate) fn plan(&self, name: &str) -> Result<Plan, Problem> {
        let file = self.existing(name)?.with_extension("test.yaml");
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let detail = format!("There are no conversations beside `{name}` ({name}.test.yaml).");
                return Err(Problem::new(StatusCode::NOT_FOUND, "not-found", detail));
            }
            Err(error) => return Err(Problem::internal("read conversations", error)),
        };
        Plan::parse(&text).map_err(|error| match error {
            PlanError::Syntax(problems) => unusable("conversations", &problems),
            other => Problem::field("conversations", other.to_string()),
        })
    }

    /// The file of a template that is there.
    fn existing(&self, name: &str) -> Result<PathBuf, Problem> {
        let file = self.file(name).filter(|file| super::template_name(file) == Some(name) && file.is_file());
        file.ok_or_else(|| Problem::not_found("template"))
    }

    fn whole_text(&self, file: &std::path::Path) -> Result<String, Problem> {
        let text = std::fs::read_to_string(file).map_err(|error| Problem::internal("read a template", error))?;
        self.bundle(&text).map_err(|error| Problem::field("template", error.to_string()))
    }
}

/// Each mistake with its line.
fn unusable(field: &str, problems: &warmline_schema::Problems) -> Problem {
    Problem::invalid(problems.0.iter().map(|problem| FieldProblem::new(field, problem.to_string())).collect())
}
