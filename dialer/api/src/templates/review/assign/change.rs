//! What is written into the template: the phrases, the edits and the files that they change.

use super::{AssignError, Wish};
use crate::templates::review::find::Group;
use std::path::{Path, PathBuf};
use warmline_dialog::CompiledTemplate;
use warmline_dialog::review::{masked, place};
use warmline_schema::{Edit, Place, StepKind, unbundle};

/// Texts of a group that become phrases when none are named.
const MOST_PHRASES: usize = 8;
/// A phrase is at most this long: longer ones are particular to one call.
const MOST_WORDS: usize = 8;

/// What is added, and how many of the group's texts are not.
pub(super) fn phrases(group: &Group, wish: &Wish) -> Result<(Vec<String>, usize), AssignError> {
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

pub(super) fn edits(
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
pub(super) fn changed_files(file: &Path, old: &str, new: &str) -> Vec<(PathBuf, String, String)> {
    let ((old, old_parts), (new, new_parts)) = (unbundle(old), unbundle(new));
    let mut files = vec![(file.to_owned(), old.to_owned(), new.to_owned())];
    for ((name, old), (_, new)) in old_parts.into_iter().zip(new_parts) {
        files.push((file.with_file_name(name), old.to_owned(), new.to_owned()));
    }
    files.retain(|(_, old, new)| old != new);
    files
}
