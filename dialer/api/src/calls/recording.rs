//! A call's recording: left is what we said, right is what they said. Every listening is audited.

use super::find;
use crate::AppState;
use crate::auth::Signed;
use crate::extract::Path;
use crate::problem::Problem;
use crate::range::{Wanted, insert_range, wanted};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::io::SeekFrom;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;
use warmline_domain::Permission;

/// The recording as two-channel WAV.
///
/// Answers `Range` requests with 206. Access is written to the audit log.
#[utoipa::path(get, path = "/calls/{id}/recording", tag = "calls", params(("id" = String, Path, description = "Call")), responses(
    (status = 200, description = "The whole file", content_type = "audio/wav"),
    (status = 206, description = "The part asked for", content_type = "audio/wav"),
    (status = 404, description = "No such call, or not recorded", body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "Nothing in this range", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn play_recording(
    State(state): State<AppState>,
    who: Signed,
    Path(id): Path<Uuid>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    who.may(Permission::RecordingsPlay)?;
    let call = find(&state, id).await?;
    let recording = call.recordings.last().ok_or_else(|| Problem::not_found("recording"))?;
    let path = std::path::Path::new(&recording.path);
    let mut file = File::open(path).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Problem::not_found("recording"),
        _ => Problem::internal("open recording", e),
    })?;
    let length = file.metadata().await.map_err(|e| Problem::internal("open recording", e))?.len();
    let asked = request.get(header::RANGE).and_then(|v| v.to_str().ok());
    let range = wanted(asked, length);
    // A player asks for many ranges; the one from the start is the listening.
    if matches!(range, Wanted::Whole | Wanted::Part { from: 0, .. }) {
        state.audit(Some(who.user.id), "recording.play", &id.to_string()).await?;
    }
    let (from, to) = match range {
        Wanted::Whole => (0, length),
        Wanted::Part { from, to } => (from, to + 1),
        Wanted::Unsatisfiable => return Ok(unsatisfiable(length)),
    };
    file.seek(SeekFrom::Start(from)).await.map_err(|e| Problem::internal("read recording", e))?;
    let body = Body::from_stream(ReaderStream::new(file.take(to - from)));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from));
    if let Wanted::Part { from, to } = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        insert_range(&mut response, &format!("bytes {from}-{to}/{length}"));
    }
    Ok(response)
}

fn unsatisfiable(length: u64) -> Response {
    let mut response =
        Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range", format!("The recording has {length} bytes."))
            .into_response();
    insert_range(&mut response, &format!("bytes */{length}"));
    response
}
