//! Hold the regression dialogs of a template and give back how each went, turn by turn.

use crate::AppState;
use crate::auth::Signed;
use crate::extract::{Json, Path};
use crate::problem::Problem;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_dialog::plan::{Told, Verdict};
use warmline_domain::Permission;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(test_template))
}

/// Which conversations.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    /// Only those with this in their name.
    filter: Option<String>,
}

/// How the conversations of a template went.
#[derive(Debug, Serialize, ToSchema)]
struct TestResult {
    template: String,
    /// Answers were understood by sentence meanings too, as in calls.
    meaning: bool,
    passed: u32,
    failed: u32,
    conversations: Vec<ConversationResult>,
}

/// How one conversation went.
#[derive(Debug, Serialize, ToSchema)]
struct ConversationResult {
    name: String,
    /// Its line in the file.
    line: u32,
    passed: bool,
    /// Milliseconds the call would have taken.
    call_ms: u64,
    transcript: Vec<TranscriptLine>,
}

/// One thing of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum TranscriptLine {
    /// The bot said.
    Bot { text: String },
    /// What the person or the world did, and what it was taken for.
    Act { text: String, understood: Option<String> },
    /// Not as it is written in this line.
    Missed { line: u32, expected: String, actual: String },
}

/// Hold the conversations beside a template (`NAME.test.yaml`), in virtual time.
#[utoipa::path(post, path = "/templates/{name}/test", tag = "templates", request_body = TestRequest,
    params(("name" = String, Path, description = "Template")), responses(
    (status = 200, body = TestResult),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json"),
))]
async fn test_template(
    State(state): State<AppState>,
    who: Signed,
    Path(name): Path<String>,
    Json(request): Json<TestRequest>,
) -> Result<Json<TestResult>, Problem> {
    who.may(Permission::TemplatesEdit)?;
    let work = move || hold(&state, name, request.filter.as_deref());
    let result =
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal("test a template", error))?;
    result.map(Json)
}

fn hold(state: &AppState, name: String, filter: Option<&str>) -> Result<TestResult, Problem> {
    let ready = state.templates.ready(&name, state.meaning.as_ref())?;
    let plan = state.templates.plan(&name)?;
    let filter = filter.map(str::to_lowercase);
    let wanted = |name: &str| filter.as_ref().is_none_or(|part| name.to_lowercase().contains(part));
    let mut embed = super::embedder(state, ready.meaning);
    let verdicts = plan.hold(&ready.template, wanted, &mut embed);
    let verdicts = verdicts.map_err(|error| Problem::field("conversations", error.to_string()))?;
    let count = |passed: bool| verdicts.iter().filter(|verdict| verdict.passed() == passed).count();
    let (passed, failed) = (count(true), count(false));
    Ok(TestResult {
        template: name,
        meaning: ready.meaning,
        passed: u32::try_from(passed).unwrap_or(u32::MAX),
        failed: u32::try_from(failed).unwrap_or(u32::MAX),
        conversations: verdicts.into_iter().map(ConversationResult::from).collect(),
    })
}

impl From<Verdict> for ConversationResult {
    fn from(verdict: Verdict) -> Self {
        let (passed, line, call_ms) = (verdict.passed(), verdict.at.line, verdict.took_ms);
        let transcript = verdict.told.into_iter().map(|told| match told {
            Told::Bot(text) => TranscriptLine::Bot { text },
            Told::Act { what, understood } => TranscriptLine::Act { text: what, understood },
            Told::Missed(missed) => {
                TranscriptLine::Missed { line: missed.at.line, expected: missed.expected, actual: missed.actual }
            }
        });
        Self { name: verdict.name, line, passed, call_ms, transcript: transcript.collect() }
    }
}
