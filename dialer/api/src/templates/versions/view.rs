//! What the routes of versions take and give.

use crate::named::VersionStateName;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warmline_domain::{Share, TemplateVersion};

/// A published version.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// 1, 2, 3 … within the template.
    pub(super) number: u32,
    /// SHA-256 of its text, as in a call's `template_version`.
    pub(super) sha256: String,
    pub(super) state: VersionStateName,
    /// Percent of the new calls, for a canary.
    pub(super) share: Option<u8>,
    pub(super) note: String,
    pub(super) published_at: DateTime<Utc>,
    /// Absent when the command line published it.
    pub(super) published_by: Option<String>,
    /// When it last became live.
    pub(super) live_at: Option<DateTime<Utc>>,
}

impl From<TemplateVersion> for VersionView {
    fn from(version: TemplateVersion) -> Self {
        Self {
            number: version.mark.number,
            sha256: version.mark.sha256,
            state: VersionStateName(version.state),
            share: version.share.map(Share::percent),
            note: version.note,
            published_at: version.published_at,
            published_by: version.published_by,
            live_at: version.live_at,
        }
    }
}

/// The file in the templates folder.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftView {
    pub(super) sha256: String,
    /// It says something else than the live version, or nothing is live.
    pub(super) differs: bool,
    /// Conversations lie beside it, as publishing wants.
    pub(super) has_tests: bool,
}

/// A template's draft and its published versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionList {
    pub(super) template: String,
    /// Absent when the file is gone.
    pub(super) draft: Option<DraftView>,
    /// Newest first.
    pub(super) versions: Vec<VersionView>,
}

/// A version's text.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionTextView {
    /// Absent for the draft.
    pub(super) version: Option<VersionView>,
    /// The template with what it includes.
    pub(super) text: String,
    /// The conversations it was, or will be, held to.
    pub(super) tests: String,
}

/// What changed between two versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct DiffView {
    /// Number, or `draft`; empty when nothing is live.
    pub(super) from: String,
    pub(super) to: String,
    /// In the unified form (`@@`, then lines with a space, `-` or `+`); empty when the texts are equal.
    pub(super) text: String,
    /// The same of the conversations.
    pub(super) tests: String,
}

/// A version to be made of the draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishRequest {
    /// What changed and why.
    #[serde(default)]
    pub(super) note: String,
    /// Percent of the new calls, 1 to 50: begin as a canary.
    pub(super) canary: Option<u8>,
}

/// What was published.
#[derive(Serialize, ToSchema)]
pub(crate) struct Published {
    pub(super) version: VersionView,
    /// Conversations that were held before.
    pub(super) conversations: usize,
    /// What somebody should look at.
    pub(super) warnings: Vec<String>,
}

/// A canary's part.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareRequest {
    /// Percent of the new calls, 1 to 50.
    pub(super) share: u8,
}

/// Where to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollbackRequest {
    /// A version's number; left out: a canary is withdrawn, else the version that was live before is live again.
    pub(super) to: Option<u32>,
}

/// What new calls get after a roll-back.
#[derive(Serialize, ToSchema)]
pub(crate) struct RolledBackView {
    pub(super) live: VersionView,
    /// Numbers of the versions that no new call gets any more.
    pub(super) withdrawn: Vec<u32>,
}

/// Against which version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Against {
    /// A number or `draft`; the live version when left out.
    pub(super) against: Option<String>,
}
