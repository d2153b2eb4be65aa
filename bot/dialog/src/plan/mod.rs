//! Conversations written down as tests: what the person says, what the bot must say, how it must end.
//! [`warmline_schema::conversations`] has their form; here they are held, in virtual time.

mod hold;
mod junit;
mod record;
mod verdict;
mod write;

pub use junit::{Suite, junit};
pub use record::{fitted, recorded};
pub use verdict::{Mismatch, Told, Verdict};
pub use warmline_schema::conversations::{Act, AnsweredBy, Conversation, Ending, Expected, Line, LineKind, Spoken};
pub use write::{appended, new_file, told, written};

use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::play::{Embed, no_meaning};
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::conversations::Conversations;
use warmline_schema::{Named, Problem, Problems, Severity};

/// A file of conversations for one template.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the template.
    pub template: String,
    /// The person's local time when the call is answered.
    pub now: NaiveDateTime,
    pub contact: Variables,
    pub dialogs: Vec<Conversation>,
}

/// Why a file of conversations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Each with its line and column.
    #[error("{0}")]
    Syntax(Problems),
    #[error("line {line}: the conversations are for template `{wanted}`, not `{given}`")]
    OtherTemplate { line: u32, wanted: String, given: String },
}

/// A conversation that did not go as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub conversation: String,
    pub why: String,
    /// What was said by both.
    pub transcript: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}\n    {}", self.conversation, self.why, self.transcript.join("\n    "))
    }
}

impl Plan {
    /// Read a file of conversations.
    ///
    /// # Errors
    /// Everything that is wrong, with line and column.
    pub fn parse(source: &str) -> Result<Self, PlanError> {
        let read = Conversations::parse(source).map_err(PlanError::Syntax)?;
        let times = std::iter::once(&read.now).chain(read.dialogs.iter().filter_map(|dialog| dialog.now.as_ref()));
        let wrong: Vec<Problem> = times.filter(|now| local_time(&now.name).is_none()).map(no_time).collect();
        let Some(now) = local_time(&read.now.name).filter(|_| wrong.is_empty()) else {
            return Err(PlanError::Syntax(Problems(wrong)));
        };
        Ok(Self { template: read.template.name, now, contact: read.contact, dialogs: read.dialogs })
    }

    /// Hold every conversation as it goes without an embedder; the failures come back.
    ///
    /// # Errors
    /// The plan is for another template.
    pub fn run(&self, template: &Arc<CompiledTemplate>) -> Result<Vec<Failure>, PlanError> {
        let verdicts = self.hold(template, |_| true, &mut no_meaning)?;
        Ok(verdicts.iter().filter_map(Verdict::failure).collect())
    }

    /// Hold the conversations whose names `wanted` chooses.
    ///
    /// # Errors
    /// The plan is for another template.
    pub fn hold(
        &self,
        template: &Arc<CompiledTemplate>,
        wanted: impl Fn(&str) -> bool,
        embed: Embed<'_>,
    ) -> Result<Vec<Verdict>, PlanError> {
        if self.template != template.name() {
            let (wanted, given) = (self.template.clone(), template.name().to_owned());
            return Err(PlanError::OtherTemplate { line: 1, wanted, given });
        }
        let chosen = self.dialogs.iter().filter(|conversation| wanted(&conversation.name.name));
        Ok(chosen.map(|conversation| hold::hold(self, conversation, template, &mut *embed)).collect())
    }

    /// Does any conversation fail? Stops at the first that does.
    pub fn fails(&self, template: &Arc<CompiledTemplate>) -> bool {
        self.dialogs.iter().any(|dialog| !hold::hold(self, dialog, template, &mut no_meaning).passed())
    }
}

/// `2026-11-20T10:00:00`, or with a blank in the middle.
fn local_time(text: &str) -> Option<NaiveDateTime> {
    text.replacen(' ', "T", 1).parse().ok()
}

fn no_time(now: &Named) -> Problem {
    let message = format!("`now` should be a local time such as 2026-11-20T10:00:00, not `{}`", now.name);
    Problem { severity: Severity::Error, at: now.at, message, suggestion: None, file: None }
}
