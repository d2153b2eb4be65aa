//! Contact lists: show them, and import one from a CSV file.

use crate::auth::Signed;
use crate::extract::{Json, Path};
use crate::problem::Problem;
use crate::{AppState, edge};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{Seek, Write};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use warmline_domain::import::{ContactReader, ImportOptions, LineProblem};
use warmline_domain::{ContactList, ListId, ListSettings, NumberRule, Permission, Region};
use warmline_storage::ImportSummary;

/// Most bytes of a file: a million contacts with a dozen columns.
const LARGEST_FILE: usize = 512 * 1024 * 1024;
/// Most line problems in one answer; all are counted.
const PROBLEMS_SENT: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    let import = OpenApiRouter::new().routes(routes!(import_list)).layer(DefaultBodyLimit::max(LARGEST_FILE));
    OpenApiRouter::new().routes(routes!(list_lists)).routes(routes!(show_list)).merge(import)
}

/// A contact list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ListView {
    pub id: i64,
    pub name: String,
    pub contacts: u64,
    /// Names of the contacts' variables, in the order of the file's columns.
    pub columns: Vec<String>,
    /// False while an import is under way, and after one that was cut short.
    pub complete: bool,
    pub created_at: DateTime<Utc>,
}

impl From<ContactList> for ListView {
    fn from(list: ContactList) -> Self {
        Self {
            id: list.id.0,
            name: list.name,
            contacts: list.contacts,
            columns: list.columns,
            complete: list.complete,
            created_at: list.created_at,
        }
    }
}

/// Every list, newest first.
#[utoipa::path(get, path = "/lists", tag = "lists", responses((status = 200, body = Vec<ListView>)))]
async fn list_lists(State(state): State<AppState>, who: Signed) -> Result<Json<Vec<ListView>>, Problem> {
    who.may(Permission::ListsRead)?;
    let mut lists: Vec<ListView> = state.db.lists().await?.into_iter().map(ListView::from).collect();
    lists.sort_by_key(|l| std::cmp::Reverse(l.id));
    Ok(Json(lists))
}

/// One list.
#[utoipa::path(get, path = "/lists/{id}", tag = "lists", params(("id" = i64, Path, description = "List")), responses(
    (status = 200, body = ListView),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn show_list(State(state): State<AppState>, who: Signed, Path(id): Path<i64>) -> Result<Json<ListView>, Problem> {
    who.may(Permission::ListsRead)?;
    let list = state.db.list(ListId(id)).await?.ok_or_else(|| Problem::not_found("list"))?;
    Ok(Json(list.into()))
}

/// A form with a CSV file. `name`, `numbers` and `region` come before `file`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; the handler reads it as a stream")]
struct ImportForm {
    /// Name of the new list.
    name: String,
    /// `international` (default) or `local`: strings that only one trunk understands, such as 7001.
    numbers: Option<String>,
    /// ISO 3166 region of national numbers, such as `US`.
    region: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What an import came to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    pub list: ListView,
    /// Contacts imported.
    pub imported: u64,
    /// Lines with a problem, in all.
    pub problem_count: u64,
    /// The first of them.
    pub problems: Vec<LineProblemView>,
}

/// One line with a problem.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineProblemView {
    /// 1 for the file's first line.
    pub line: u64,
    /// Column as the file names it; absent when the whole row is meant.
    pub field: Option<String>,
    pub reason: String,
    /// The contact was imported all the same.
    pub imported: bool,
}

impl From<LineProblem> for LineProblemView {
    fn from(p: LineProblem) -> Self {
        Self { line: p.line, field: p.field, reason: p.reason, imported: p.imported }
    }
}

/// Import a CSV file as a new list.
///
/// Lines that cannot be used are reported with their numbers; the rest is imported.
#[utoipa::path(post, path = "/lists", tag = "lists",
    request_body(content = ImportForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = ImportView),
    (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The file as a whole cannot be used", body = Problem, content_type = "application/problem+json"),
))]
async fn import_list(
    State(state): State<AppState>,
    who: Signed,
    form: Multipart,
) -> Result<(StatusCode, Json<ImportView>), Problem> {
    who.may(Permission::ListsImport)?;
    let (fields, file) = read_form(form).await?;
    let name = fields.get("name").map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    let name = name.ok_or_else(|| Problem::field("name", "is missing"))?;
    let file = file.ok_or_else(|| Problem::field("file", "is missing"))?;
    let settings = ListSettings { numbers: number_rule(&fields)? };
    let options = ImportOptions::new(settings.numbers.clone());
    // The header is read first: a file that cannot be used at all leaves no empty list behind.
    let reader = tokio::task::spawn_blocking(move || ContactReader::new(file, &options))
        .await
        .map_err(|e| Problem::internal("read upload", e))?
        .map_err(|e| Problem::field("file", e.to_string()))?;
    let list = state.db.create_list(&name, &settings, edge::now()).await?;
    let summary = state.db.import_contacts(list.id, reader, |_| {}).await?;
    state.audit(Some(who.user.id), "list.import", &list.id.to_string()).await?;
    let list = state.db.list(list.id).await?.unwrap_or(list);
    Ok((StatusCode::CREATED, Json(view(list, summary))))
}

fn view(list: ContactList, summary: ImportSummary) -> ImportView {
    let problems = summary.problems.into_iter().take(PROBLEMS_SENT).map(LineProblemView::from).collect();
    ImportView { list: list.into(), imported: summary.imported, problem_count: summary.problem_count, problems }
}

fn number_rule(fields: &BTreeMap<String, String>) -> Result<NumberRule, Problem> {
    match fields.get("numbers").map(String::as_str) {
        Some("local") => Ok(NumberRule::Local),
        None | Some("" | "international") => {
            let region = fields.get("region").map(|r| r.trim()).filter(|r| !r.is_empty());
            let region: Option<Region> = region
                // Reading it as data also checks that the region exists.
                .map(|text| serde_json::from_value(serde_json::Value::from(text)))
                .transpose()
                .map_err(|e| Problem::field("region", e.to_string()))?;
            Ok(NumberRule::International { region })
        }
        Some(_) => Err(Problem::field("numbers", "must be `international` or `local`")),
    }
}

/// The form's text fields, and its file in a temporary one: an upload may be larger than memory.
async fn read_form(mut form: Multipart) -> Result<(BTreeMap<String, String>, Option<std::fs::File>), Problem> {
    let mut fields = BTreeMap::new();
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default().to_owned().as_str() {
            "file" => file = Some(store(field).await?),
            name => {
                let name = name.to_owned();
                fields.insert(name, field.text().await.map_err(unreadable)?);
            }
        }
    }
    Ok((fields, file))
}

fn unreadable(error: MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("The file is larger than {} MB.", LARGEST_FILE / 1024 / 1024);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
        }
        _ => Problem::bad_request(error.body_text()),
    }
}

async fn store(mut field: Field<'_>) -> Result<std::fs::File, Problem> {
    let fault = |e: std::io::Error| Problem::internal("store upload", e);
    let mut file = tempfile::tempfile().map_err(fault)?;
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        // A few kilobytes into the page cache: shorter than a hand-over to another thread.
        file.write_all(&chunk).map_err(fault)?;
    }
    file.rewind().map_err(fault)?;
    Ok(file)
}
