//! Giving a group of answers to an intent: what would be written, which conversations and stored turns would change,
//! and then writing it. [`Proposal::of`] thinks and blocks; [`Proposal::save`] writes the files.

mod change;
mod effect;

use super::find::{Group, Stored};
use crate::templates::{PublishError, TemplateLibrary};
use crate::{WriteError, write_whole};
use change::{changed_files, edits, phrases};
use effect::new_warnings;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::play::Embed;
use warmline_dialog::replay::Ending;
use warmline_domain::AttemptId;
use warmline_schema::edit;
use warmline_storage::TurnRef;

/// What a trainer wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// An intent, a global intent, an answer of a step, or `knowledge:NAME`.
    pub intent: String,
    /// It does not exist yet.
    pub new: bool,
    /// Where a new intent leads from the group's step; for a new knowledge entry nothing.
    pub goto: Option<String>,
    /// What a new knowledge entry answers.
    pub answer: Option<String>,
    /// Instead of the group's own texts.
    pub phrases: Option<Vec<String>>,
}

/// A change of a template that is not made yet.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub intent: String,
    /// What is added.
    pub phrases: Vec<String>,
    /// The group's texts that were left out, because they name somebody or are too long.
    pub left_out: usize,
    /// The files that change, with their new texts.
    files: Vec<(PathBuf, String, String)>,
    /// Regression dialogs beside the template.
    pub tests: usize,
    pub test_changes: Vec<TestChange>,
    /// Stored calls that were held again.
    pub calls: usize,
    /// Their turns that mean something else afterwards.
    pub turn_changes: Vec<StoredChange>,
    /// Calls that would have ended otherwise, as far as it can be told.
    pub endings: Vec<(AttemptId, Ending, Ending)>,
    /// The group's turns, and how many of them mean the intent afterwards.
    pub turns: Vec<TurnRef>,
    pub settled: usize,
    /// What the new template's check warns of and the old one's did not.
    pub warnings: Vec<String>,
}

/// A regression dialog that goes another way.
#[derive(Clone, Debug)]
pub struct TestChange {
    pub name: String,
    pub line: u32,
    /// It went as written.
    pub passed: bool,
    pub passes: bool,
    /// What does not go as written now, each with its line.
    pub mismatches: Vec<String>,
}

/// A stored turn that means something else.
#[derive(Clone, Debug)]
pub struct StoredChange {
    pub call: AttemptId,
    pub turn: u16,
    pub heard: String,
    /// The contact's, to be hidden.
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// One of the group.
    pub own: bool,
}

/// Why nothing is proposed.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    #[error("there is no `{intent}` in the template; give --new to make it")]
    NoIntent { intent: String },
    #[error("say where the new intent `{intent}` leads: a step in which to go on")]
    NoTarget { intent: String },
    #[error("step `{step}` takes no list of answers, so an intent cannot be listened for there")]
    NoAnswers { step: String },
    #[error("say what is answered to the new questions")]
    NoReply,
    #[error("none of the group's texts can be a phrase (they name somebody, are empty or too long): name phrases")]
    NoPhrases,
    #[error("the template could not be used afterwards:\n{0}")]
    Broken(String),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Template(#[from] PublishError),
    #[error("{} has been changed by somebody else in the meantime; look again", .0.display())]
    Changed(PathBuf),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A text compiled, understood by meaning where `embed` can.
///
/// # Errors
/// What is wrong with the text.
pub fn ready(text: &str, embed: Embed<'_>) -> Result<Arc<CompiledTemplate>, String> {
    let template = warmline_schema::parse(text).map_err(|problems| problems.to_string())?;
    let compiled = CompiledTemplate::compile(template).map_err(|error| error.to_string())?;
    let embeddings: Option<Vec<_>> = compiled.utterances().iter().map(|text| embed(text)).collect();
    let compiled = match embeddings {
        Some(embeddings) => compiled.with_embeddings(embeddings).map_err(|error| error.to_string())?,
        None => compiled,
    };
    Ok(Arc::new(compiled))
}

impl Proposal {
    /// What `wish` would change in the template `name`, whose present state is `before`.
    ///
    /// # Errors
    /// It cannot be done, or the template could not be used afterwards.
    pub fn of(
        library: &TemplateLibrary,
        name: &str,
        before: &Arc<CompiledTemplate>,
        stored: &Stored,
        group: &Group,
        wish: &Wish,
        embed: Embed<'_>,
    ) -> Result<Self, AssignError> {
        let missing = || AssignError::Refused(format!("there is no template `{name}`"));
        let (file, old) = (library.file(name).ok_or_else(missing)?, library.draft_text(name)?.ok_or_else(missing)?);
        let (phrases, left_out) = phrases(group, wish)?;
        let new =
            edit(&old, &edits(before, group, wish, &phrases)?).map_err(|p| AssignError::Refused(p.to_string()))?;
        let after = ready(&new, &mut *embed).map_err(AssignError::Broken)?;
        let mut proposal = Self {
            intent: wish.intent.clone(),
            phrases,
            left_out,
            files: changed_files(&file, &old, &new),
            tests: 0,
            test_changes: Vec::new(),
            calls: stored.calls.len(),
            turn_changes: Vec::new(),
            endings: Vec::new(),
            turns: group.turns(),
            settled: 0,
            warnings: new_warnings(before, &after),
        };
        proposal.hold_tests(library.draft_tests(name), before, &after, &mut *embed)?;
        proposal.hold_calls(stored, before, &after, embed);
        Ok(proposal)
    }

    /// Regression dialogs that would not go as written any more.
    pub fn broken_tests(&self) -> impl Iterator<Item = &TestChange> {
        self.test_changes.iter().filter(|change| change.passed && !change.passes)
    }

    /// The names of the files that change.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(file, _, _)| file.as_path())
    }

    /// Write the files, each in one move; of two who save at once the second finds that it was changed. Blocking.
    ///
    /// # Errors
    /// A file cannot be written, or is not what it was.
    pub fn save(&self, library: &TemplateLibrary) -> Result<(), AssignError> {
        let _alone = library.saving.lock().unwrap_or_else(PoisonError::into_inner);
        for (file, old, _) in &self.files {
            let now = std::fs::read_to_string(file).unwrap_or_default();
            // A bundle ends each file with a new line.
            if now.trim_end_matches('\n') != old.trim_end_matches('\n') {
                return Err(AssignError::Changed(file.clone()));
            }
        }
        Ok(write_whole(self.files.iter().map(|(file, _, new)| (file.as_path(), new.as_str())))?)
    }
}
