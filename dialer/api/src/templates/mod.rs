//! The template library: every `*.yaml` of a folder with what its validation says.
//!
//! Read afresh on each request, so that a trainer's edit is seen at once; a library has tens of files.

mod chat;
pub mod compare;
mod naming;
mod publish;
pub mod replay_handoff;
pub mod review;
mod test;
mod tried;
mod versions;

pub use naming::{published_name, template_path};
pub use publish::{Draft, PublishError, broken_campaigns, template_facts};
pub use tried::Meaning;
pub(crate) use tried::NoMeaning;

use crate::AppState;
use crate::auth::Signed;
use crate::extract::Json;
use crate::problem::Problem;
use axum::extract::State;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_domain::Permission;
use warmline_schema::Severity;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .merge(test::routes())
        .merge(chat::routes())
        .merge(versions::routes())
        .merge(replay_handoff::routes())
        .merge(compare::routes())
        .merge(review::routes())
}

/// A template as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplateView {
    /// File name without `.yaml`: what a campaign names.
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub language: Option<String>,
    /// Contact columns that every row must have.
    pub required_variables: Vec<String>,
    /// What makes it unusable, with line and column.
    pub errors: Vec<String>,
    /// What somebody should look at, with line and column.
    pub warnings: Vec<String>,
}

/// A folder of templates.
pub struct TemplateLibrary {
    folder: PathBuf,
    kept: tried::Kept,
    /// Held by whoever looks at a file and writes it.
    saving: Mutex<()>,
}

impl TemplateLibrary {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, kept: tried::Kept::default(), saving: Mutex::default() }
    }

    /// Every template of the folder, by name; `*.test.yaml` are regression dialogs, not templates.
    pub fn views(&self) -> std::io::Result<Vec<TemplateView>> {
        let mut views = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let Some(name) = template_name(&path) else { continue };
            let text = std::fs::read_to_string(&path)?;
            // What cannot be included is reported as a mistake of the template itself.
            let whole = self.bundle(&text).unwrap_or(text);
            views.push(inspect(name, &whole));
        }
        views.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(views)
    }

    /// A text with the files of the folder that it includes behind it.
    fn bundle(&self, text: &str) -> Result<String, warmline_schema::IncludeError> {
        let beside = |file: &str| std::fs::read_to_string(self.folder.join(file)).map_err(|e| e.to_string());
        warmline_schema::bundle(text, beside)
    }

    /// Refuses a template that a campaign names but cannot use.
    pub fn usable(&self, name: &str) -> Result<(), Problem> {
        let views = self.views().map_err(|e| Problem::internal("read templates", e))?;
        let Some(found) = views.iter().find(|v| v.name == name) else {
            let names: Vec<&str> = views.iter().map(|v| v.name.as_str()).collect();
            return Err(Problem::field(
                "template",
                format!("there is no `{name}`; the library has {}", names.join(", ")),
            ));
        };
        match found.errors.first() {
            None => Ok(()),
            Some(error) => Err(Problem::field("template", format!("`{name}` has errors: {error}"))),
        }
    }
}

/// Embeds what is said in a conversation, where the template was made ready with an embedder.
fn embedder(state: &AppState, meaning: bool) -> impl FnMut(&str) -> Option<Vec<f32>> + use<'_> {
    move |text: &str| meaning.then(|| state.meaning.of(text)).flatten()
}

fn template_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(".yaml").filter(|name| !name.ends_with(".test"))
}

fn inspect(name: &str, text: &str) -> TemplateView {
    match warmline_schema::parse(text) {
        Ok(template) => TemplateView {
            name: name.to_owned(),
            title: template.title,
            description: template.description,
            language: Some(template.language),
            required_variables: template.variables.into_iter().filter(|v| v.required).map(|v| v.name.name).collect(),
            errors: Vec::new(),
            warnings: template.warnings.iter().map(ToString::to_string).collect(),
        },
        Err(problems) => {
            let (errors, warnings): (Vec<_>, Vec<_>) = problems.0.iter().partition(|p| p.severity == Severity::Error);
            let said = |found: Vec<&warmline_schema::Problem>| found.into_iter().map(ToString::to_string).collect();
            TemplateView {
                name: name.to_owned(),
                title: name.to_owned(),
                description: None,
                language: None,
                required_variables: Vec::new(),
                errors: said(errors),
                warnings: said(warnings),
            }
        }
    }
}

/// The template library with its findings.
#[utoipa::path(get, path = "/templates", tag = "templates", responses((status = 200, body = Vec<TemplateView>)))]
async fn list_templates(State(state): State<AppState>, who: Signed) -> Result<Json<Vec<TemplateView>>, Problem> {
    who.may(Permission::TemplatesRead)?;
    let library = state.templates.clone();
    let views = tokio::task::spawn_blocking(move || library.views())
        .await
        .map_err(|e| Problem::internal("read templates", e))?
        .map_err(|e| Problem::internal("read templates", e))?;
    Ok(Json(views))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_broken_template_is_shown_with_its_errors_and_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("broken.yaml"), "name: broken\nsteps: 3\n").unwrap();
        std::fs::write(folder.path().join("broken.test.yaml"), "not a template").unwrap();
        let library = TemplateLibrary::new(folder.path().to_owned());
        let views = library.views().unwrap();
        assert_eq!(views.len(), 1);
        assert!(views[0].errors.iter().any(|e| e.starts_with("line ")), "{:?}", views[0].errors);
        assert!(library.usable("broken").unwrap_err().detail.contains("has errors"));
        assert!(library.usable("absent").unwrap_err().detail.contains("the library has broken"));
    }

    #[test]
    fn the_library_that_comes_with_the_program_is_usable() {
        let library =
            TemplateLibrary::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library"));
        let views = library.views().unwrap();
        assert!(!views.is_empty());
        for view in views {
            assert_eq!(view.errors, Vec::<String>::new(), "{}", view.name);
        }
    }
}
