//! What the API needs from whoever runs campaigns: one small trait, so that the API can be served, and
//! tested, without a SIP stack.

use async_trait::async_trait;
use serde::Serialize;
use utoipa::ToSchema;
use warmline_domain::CampaignId;

/// Runs campaigns. Implemented by the server; every method acts on a campaign that is already in storage.
#[async_trait]
pub trait CampaignEngine: Send + Sync + 'static {
    /// The trunks a campaign may name.
    fn trunks(&self) -> Vec<Trunk>;

    /// What would go wrong, without dialling anybody.
    async fn check(&self, campaign: CampaignId) -> Result<Vec<Finding>, EngineError>;

    /// Starts a draft or continues a paused campaign.
    async fn start(&self, campaign: CampaignId) -> Result<(), EngineError>;

    /// Dials nobody new; open calls are finished.
    async fn pause(&self, campaign: CampaignId) -> Result<(), EngineError>;

    /// Ends the campaign for good; open calls are finished.
    async fn stop(&self, campaign: CampaignId) -> Result<(), EngineError>;

    /// Gets the text of a template ready for calls, beside those that go on, so that it can be published: `Err`
    /// says why no call could be held with it. An engine that holds no conversations has nothing to do.
    async fn load_version(&self, _text: String) -> Result<(), String> {
        Ok(())
    }

    /// `Err` says why calls cannot be made now (`/readyz`).
    async fn ready(&self) -> Result<(), String>;
}

/// A trunk as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trunk {
    pub name: String,
    /// Host and port calls are sent to.
    pub host: String,
    /// Most calls at once.
    pub max_calls: u32,
    /// Numbers that may be shown.
    pub caller_ids: Vec<String>,
}

/// One thing a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    pub severity: Severity,
    /// Stable slug, such as `missing_variable`.
    pub code: String,
    /// One sentence, numbers masked: "3 rows lack `time`: lines 4, 9, 12".
    pub message: String,
}

/// Does a finding stop the campaign from starting?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The campaign is refused until this is mended.
    Error,
    /// Some contacts will not be dialled, or not as meant.
    Warning,
    /// Good to know.
    Info,
}

/// Why the engine did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such campaign.
    #[error("there is no such campaign")]
    NotFound,
    /// The campaign is not in a state for this, such as pausing a draft.
    #[error("{0}")]
    WrongState(String),
    /// The check found errors.
    #[error("the campaign cannot start: {}", first(.0))]
    Refused(Vec<Finding>),
    /// A fault of ours.
    #[error("{0}")]
    Fault(String),
}

fn first(findings: &[Finding]) -> &str {
    findings.iter().find(|f| f.severity == Severity::Error).map_or("see the check", |f| f.message.as_str())
}
