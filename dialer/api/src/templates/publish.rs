//! The gate between a draft and its calls: the file is checked, the conversations beside it are held, and the
//! campaigns that are under way must be able to go on with it.

use super::TemplateLibrary;
use super::review::ready;
use crate::problem::{FieldProblem, Problem};
use axum::http::StatusCode;
use std::path::PathBuf;
use std::sync::Arc;
use warmline_campaign::{Check, TemplateFacts, TrunkFacts};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::plan::Plan;
use warmline_dialog::play::Embed;
use warmline_domain::{CampaignState, NewVersion, Share, UserId};
use warmline_schema::{Severity, Template, version_of};
use warmline_storage::{Db, StorageError};

/// Contacts read from storage at a time.
const PAGE: u32 = 5000;

/// The file in the templates folder, good enough to be published.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: String,
    /// With what it includes.
    pub text: String,
    /// Of the text, hex.
    pub sha256: String,
    /// The file of conversations beside it.
    pub tests: String,
    /// How many it holds; all go as they are written.
    pub conversations: usize,
    /// What somebody should look at, with line and column.
    pub warnings: Vec<String>,
    pub compiled: Arc<CompiledTemplate>,
}

/// Why a draft is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("there is no template `{name}` in {}; it has {}", folder.display(), known.join(", "))]
    Missing { name: String, folder: PathBuf, known: Vec<String> },
    #[error("{} cannot be read: {reason}", file.display())]
    Unreadable { file: PathBuf, reason: String },
    /// Each with line and column.
    #[error("{} cannot be used:\n{}", file.display(), in_file(file, problems))]
    Broken { file: PathBuf, problems: Vec<String> },
    #[error(
        "{} is missing: a template is published with conversations that it must hold. Write at least one there \
         (dialog-templates/README.md, \"Conversations as tests\"), then publish again",
        file.display()
    )]
    NoTests { file: PathBuf },
    #[error("{} cannot be used: {reason}", file.display())]
    BadTests { file: PathBuf, reason: String },
    #[error(
        "{} of {of} conversations in {} do not go as they are written:\n{}\nMend the template, or the conversations \
         that should now go another way, then publish again",
        failures.len(), file.display(), failures.join("\n")
    )]
    Failed { file: PathBuf, of: usize, failures: Vec<String> },
    #[error("campaigns that are under way could not go on with it:\n{}", .0.join("\n"))]
    Campaigns(Vec<String>),
    #[error("no call could be held with it here: {0}")]
    Unloadable(String),
    #[error("{name} has no version `{which}`: name a number, or `draft`")]
    NoVersion { name: String, which: String },
    #[error("{name} has nothing to compare: publish it, then change its file or publish again")]
    NothingToCompare { name: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn in_file(file: &std::path::Path, problems: &[String]) -> String {
    problems.iter().map(|problem| format!("{}:{problem}", file.display())).collect::<Vec<_>>().join("\n")
}

impl TemplateLibrary {
    /// Where a template's file lies. A name that would lead out of the folder, or to the conversations beside a
    /// template, is none.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let plain =
            !name.is_empty() && !name.starts_with('.') && !name.ends_with(".test") && !name.contains(['/', '\\', '\0']);
        plain.then(|| self.folder.join(format!("{name}.yaml")))
    }

    /// The text of a template's file with what it includes; none when there is no such file.
    ///
    /// # Errors
    /// It cannot be read, or includes what cannot be.
    pub fn draft_text(&self, name: &str) -> Result<Option<String>, PublishError> {
        let Some(file) = self.file(name).filter(|file| file.is_file()) else { return Ok(None) };
        let unreadable = |e: std::io::Error| PublishError::Unreadable { file: file.clone(), reason: e.to_string() };
        let text = std::fs::read_to_string(&file).map_err(unreadable)?;
        let broken = |e: warmline_schema::IncludeError| PublishError::Broken {
            file: file.clone(),
            problems: vec![e.to_string()],
        };
        self.bundle(&text).map(Some).map_err(broken)
    }

    /// The conversations beside a template's file; none when there are none.
    pub fn draft_tests(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.file(name)?.with_extension("test.yaml")).ok()
    }

    /// The draft, checked, with its conversations held: understood by meaning too, where `embed` can. Blocking.
    ///
    /// # Errors
    /// What keeps it from being published.
    pub fn draft(&self, name: &str, embed: Embed<'_>) -> Result<Draft, PublishError> {
        let missing = || self.missing(name);
        let file = self.file(name).ok_or_else(missing)?;
        let text = self.draft_text(name)?.ok_or_else(missing)?;
        let template = warmline_schema::parse(&text).map_err(|problems| {
            let errors = problems.0.iter().filter(|p| p.severity == Severity::Error);
            PublishError::Broken { file: file.clone(), problems: errors.map(ToString::to_string).collect() }
        })?;
        let warnings = template.warnings.iter().map(ToString::to_string).collect();
        let compiled = ready(&text, &mut *embed)
            .map_err(|problem| PublishError::Broken { file: file.clone(), problems: vec![problem] })?;
        let file = file.with_extension("test.yaml");
        let tests = self.draft_tests(name).ok_or_else(|| PublishError::NoTests { file: file.clone() })?;
        let conversations = hold(&file, &tests, &compiled, embed)?;
        Ok(Draft { name: name.to_owned(), sha256: version_of(&text), text, tests, conversations, warnings, compiled })
    }
}

/// Holds every conversation; returns how many there are.
fn hold(
    file: &std::path::Path,
    tests: &str,
    template: &Arc<CompiledTemplate>,
    embed: Embed<'_>,
) -> Result<usize, PublishError> {
    let bad = |reason: String| PublishError::BadTests { file: file.to_owned(), reason };
    let plan = Plan::parse(tests).map_err(|e| bad(e.to_string()))?;
    if plan.dialogs.is_empty() {
        return Err(PublishError::NoTests { file: file.to_owned() });
    }
    let verdicts = plan.hold(template, |_| true, embed).map_err(|e| bad(e.to_string()))?;
    let failures: Vec<String> = verdicts.iter().filter_map(|v| Some(v.failure()?.to_string())).collect();
    if !failures.is_empty() {
        return Err(PublishError::Failed { file: file.to_owned(), of: plan.dialogs.len(), failures });
    }
    Ok(plan.dialogs.len())
}

impl Draft {
    /// What storage is given.
    pub fn version(&self, note: String, by: Option<UserId>, canary: Option<Share>) -> NewVersion {
        NewVersion {
            template: self.name.clone(),
            sha256: self.sha256.clone(),
            text: self.text.clone(),
            tests: self.tests.clone(),
            note,
            by,
            canary,
        }
    }
}

/// What the check of a campaign wants to know of a template that is not known to be published.
pub fn template_facts(template: &Template) -> TemplateFacts {
    let compliance = template.compliance();
    let required = template.variables.iter().filter(|v| v.required).map(|v| v.name.name.clone());
    TemplateFacts {
        variables: required.collect(),
        opt_out: compliance.opt_out,
        identification: compliance.identification,
        published: false,
    }
}

/// Campaigns under way that could not go on with the draft, because it wants of their contacts what the live
/// version does not and no contact has: one sentence each. What only some contacts lack is the second list.
pub async fn broken_campaigns(
    db: &Db,
    library: &TemplateLibrary,
    draft: &Draft,
) -> Result<(Vec<String>, Vec<String>), StorageError> {
    let live = match db.serving(&draft.name).await? {
        Some(serving) => db.version_text(&serving.live.sha256).await?,
        None => None,
    };
    let had = live.and_then(|text| warmline_schema::parse(&text).ok());
    let had = had.map(|template| template_facts(&template).variables).unwrap_or_default();
    let wanted = template_facts(draft.compiled.template()).variables;
    let variables: Vec<String> = wanted.into_iter().filter(|name| !had.contains(name)).collect();
    let (mut broken, mut lacking) = (Vec::new(), Vec::new());
    if variables.is_empty() {
        return Ok((broken, lacking));
    }
    for campaign in db.campaigns().await? {
        let settings = &campaign.data.settings;
        let under_way = matches!(campaign.state, CampaignState::Running | CampaignState::Paused);
        if !under_way || !library.is_called(&draft.name, &settings.template) {
            continue;
        }
        // Only the rows matter here: a trunk on loopback is asked for nothing else.
        let trunk = TrunkFacts { name: settings.trunk.clone(), loopback: true };
        let facts =
            TemplateFacts { variables: variables.clone(), opt_out: true, identification: true, published: true };
        let mut check = Check::new(settings, trunk, facts);
        let mut after = None;
        loop {
            let page = db.contacts(campaign.data.list, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            page.iter().for_each(|contact| check.contact(contact, false));
        }
        for finding in check.finish(None, campaign.created_at) {
            let said = format!("campaign {:?}: {}", campaign.data.name, finding.message);
            match finding.code {
                "missing_column" => broken.push(said),
                "missing_variable" => lacking.push(said),
                _ => {}
            }
        }
    }
    Ok((broken, lacking))
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let fields =
            |field: &str, lines: &[String]| lines.iter().map(|l| FieldProblem::new(field, l.clone())).collect();
        let invalid = |detail: String, errors: Vec<FieldProblem>| Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        };
        let count = |n: usize, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
        match error {
            PublishError::Missing { .. } => Self::not_found("template"),
            PublishError::Unreadable { .. } => Self::internal("read a template", error),
            PublishError::Broken { problems, .. } => {
                let detail = format!("The template has {}.", count(problems.len(), "error", "errors"));
                invalid(detail, fields("text", &problems))
            }
            PublishError::NoTests { .. } => {
                let why = "a template is published with conversations that it must hold: write at least one beside it";
                Self::field("tests", why)
            }
            PublishError::BadTests { reason, .. } => Self::field("tests", reason),
            PublishError::Failed { of, failures, .. } => {
                let detail = format!(
                    "{} of {of} do not go as they are written.",
                    count(failures.len(), "conversation", "conversations")
                );
                invalid(detail, fields("tests", &failures))
            }
            PublishError::Campaigns(broken) => {
                let detail = "Campaigns that are under way could not go on with it.".to_owned();
                invalid(detail, fields("variables", &broken))
            }
            PublishError::Unloadable(why) => Self::field("text", format!("no call could be held with it here: {why}")),
            PublishError::NoVersion { .. } => Self::not_found("version"),
            PublishError::NothingToCompare { .. } => Self::conflict(error.to_string()),
            PublishError::Storage(error) => error.into(),
        }
    }
}
