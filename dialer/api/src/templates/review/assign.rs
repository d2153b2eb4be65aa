//! Giving a group of answers to an intent: what would be written, which conversations and stored turns would change,
//! and then writing it. [`Proposal::of`] thinks and blocks; [`Proposal::save`] writes the files.

use super::find::{Group, Stored};
use crate::templates::{PublishError, TemplateLibrary};
use crate::{WriteError, write_whole};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::plan::{Plan, Told, Verdict};
use warmline_dialog::play::Embed;
use warmline_dialog::replay::{Ending, compare};
use warmline_dialog::review::{masked, place};
use warmline_domain::AttemptId;
use warmline_schema::{Edit, Place, StepKind, edit, unbundle};
use warmline_storage::TurnRef;

/// Texts of a group that become phrases when none are named.
const MOST_PHRASES: usize = 8;
/// A phrase is at most this long: longer ones are particular to one call.
const MOST_WORDS: usize = 8;

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

    fn hold_tests(
        &mut self,
        tests: Option<String>,
        before: &Arc<CompiledTemplate>,
        after: &Arc<CompiledTemplate>,
        embed: Embed<'_>,
    ) -> Result<(), AssignError> {
        let Some(tests) = tests else { return Ok(()) };
        let bad =
            |error: warmline_dialog::plan::PlanError| AssignError::Refused(format!("the tests beside it: {error}"));
        let plan = Plan::parse(&tests).map_err(bad)?;
        let old = plan.hold(before, |_| true, &mut *embed).map_err(bad)?;
        let new = plan.hold(after, |_| true, embed).map_err(bad)?;
        self.tests = new.len();
        let changed = old.iter().zip(&new).filter(|(old, new)| way(old) != way(new) || old.passed() != new.passed());
        self.test_changes = changed
            .map(|(old, new)| TestChange {
                name: new.name.clone(),
                line: new.at.line,
                passed: old.passed(),
                passes: new.passed(),
                mismatches: new.mismatches().map(ToString::to_string).collect(),
            })
            .collect();
        Ok(())
    }

    fn hold_calls(
        &mut self,
        stored: &Stored,
        before: &Arc<CompiledTemplate>,
        after: &Arc<CompiledTemplate>,
        embed: Embed<'_>,
    ) {
        let own: BTreeSet<TurnRef> = self.turns.iter().copied().collect();
        for heard in &stored.calls {
            let call = heard.stored_call(&mut *embed);
            let found = compare(before, after, &call);
            let (id, name) = (heard.detail.summary.id, &heard.detail.summary.name);
            if found.before != found.after {
                self.endings.push((id, found.before, found.after));
            }
            for change in found.changes.iter().filter(|change| change.meaning()) {
                let own = own.contains(&(id, change.turn));
                let turn = heard.detail.turns.iter().find(|turn| turn.turn == change.turn);
                let change = StoredChange {
                    call: id,
                    turn: change.turn,
                    heard: turn.map(|turn| turn.heard.clone()).unwrap_or_default(),
                    name: name.clone(),
                    before: change.before.intent().map(str::to_owned),
                    after: change.after.intent().map(str::to_owned),
                    own,
                };
                let wanted = self.intent.strip_prefix("knowledge:").unwrap_or(&self.intent);
                let means = change.after.as_deref().map(|after| after.strip_prefix("knowledge:").unwrap_or(after));
                self.settled += usize::from(own && means == Some(wanted));
                self.turn_changes.push(change);
            }
        }
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

/// What is added, and how many of the group's texts are not.
fn phrases(group: &Group, wish: &Wish) -> Result<(Vec<String>, usize), AssignError> {
    if let Some(named) = &wish.phrases {
        return Ok((named.clone(), 0));
    }
    let names: Vec<&str> = group.items.iter().map(|item| item.name.as_str()).collect();
    let plain = |text: &&String| masked(text, &names) == **text && text.split_whitespace().count() <= MOST_WORDS;
    let texts: Vec<&String> = group.cluster.texts.iter().map(|(text, _)| text).collect();
    let chosen: Vec<String> = texts.iter().copied().filter(plain).take(MOST_PHRASES).cloned().collect();
    let left_out = texts.len() - chosen.len();
    if chosen.is_empty() { Err(AssignError::NoPhrases) } else { Ok((chosen, left_out)) }
}

fn edits(
    template: &CompiledTemplate,
    group: &Group,
    wish: &Wish,
    phrases: &[String],
) -> Result<Vec<Edit>, AssignError> {
    let (template, intent, phrases) = (template.template(), wish.intent.clone(), phrases.to_vec());
    let step = group.cluster.steps.first().map(|(step, _)| step.clone()).unwrap_or_default();
    let of = place(template, &step, &intent);
    if let (false, Some(of)) = (wish.new, of) {
        // An intent of the step that names it only there stays there.
        let mut edits = vec![Edit::Phrases { of: of.clone(), phrases }];
        let listens = listens(template, &step, &intent);
        if let (Place::Intent(_) | Place::Answer { .. }, Some(goto), false) = (&of, &wish.goto, listens) {
            edits.push(Edit::NewAnswer { step, intent, goto: goto.clone() });
        }
        return Ok(edits);
    }
    if !wish.new {
        return Err(AssignError::NoIntent { intent });
    }
    if let Some(name) = intent.strip_prefix("knowledge:") {
        let answer = wish.answer.clone().ok_or(AssignError::NoReply)?;
        return Ok(vec![Edit::NewKnowledge { name: name.to_owned(), questions: phrases, answer }]);
    }
    let goto = wish.goto.clone().ok_or_else(|| AssignError::NoTarget { intent: intent.clone() })?;
    let asks = template.step(&step).is_some_and(|(_, step)| matches!(step.kind, StepKind::Ask(_)));
    if !asks {
        return Err(AssignError::NoAnswers { step });
    }
    Ok(vec![Edit::NewIntent { name: intent.clone(), phrases }, Edit::NewAnswer { step, intent, goto }])
}

fn listens(template: &warmline_schema::Template, step: &str, intent: &str) -> bool {
    match template.step(step).map(|(_, step)| &step.kind) {
        Some(StepKind::Ask(ask)) => ask.answers.iter().any(|answer| answer.intent.name == intent),
        _ => false,
    }
}

/// The files of a bundled text that differ: path, old and new text.
fn changed_files(file: &Path, old: &str, new: &str) -> Vec<(PathBuf, String, String)> {
    let ((old, old_parts), (new, new_parts)) = (unbundle(old), unbundle(new));
    let mut files = vec![(file.to_owned(), old.to_owned(), new.to_owned())];
    for ((name, old), (_, new)) in old_parts.into_iter().zip(new_parts) {
        files.push((file.with_file_name(name), old.to_owned(), new.to_owned()));
    }
    files.retain(|(_, old, new)| old != new);
    files
}

fn new_warnings(before: &CompiledTemplate, after: &CompiledTemplate) -> Vec<String> {
    let known: Vec<&str> = before.template().warnings.iter().map(|warning| warning.message.as_str()).collect();
    let new = after.template().warnings.iter().filter(|warning| !known.contains(&warning.message.as_str()));
    new.map(ToString::to_string).collect()
}

/// What was said and what it was taken for, without scores.
fn way(verdict: &Verdict) -> Vec<String> {
    let line = |told: &Told| match told {
        Told::Bot(said) => format!("bot {said}"),
        Told::Act { what, understood } => {
            let intent = understood.as_deref().and_then(|text| text.split_whitespace().next());
            format!("{what} {}", intent.unwrap_or_default())
        }
        Told::Missed(mismatch) => mismatch.to_string(),
    };
    verdict.told.iter().map(line).collect()
}
