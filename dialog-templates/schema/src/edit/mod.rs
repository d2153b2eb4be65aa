//! Changing a template's text in place: comments, order and formatting stay as the trainer wrote them.
//!
//! [`edit`] finds where a change belongs, puts it there as text, reads the result again, and gives it only if it holds
//! exactly what was intended and nothing else has become different. What it cannot do safely it refuses, with the line
//! and column where a trainer can do it by hand. A text from [`bundle`](crate::bundle) is changed in the part that has
//! the place; [`unbundle`](crate::unbundle) takes it apart again.

mod apply;
mod layout;
mod place;
mod write;

use crate::globals::GlobalIntent;
use crate::include;
use crate::node::{self, Kind, Node};
use crate::problem::{At, Problem, Problems, Severity};
use write::Value;

/// Where ways to say something are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An entry of `intents`.
    Intent(String),
    /// An answer of one step, beside what its intent lists; a step of a fragment is `CALL/STEP`.
    Answer { step: String, intent: String },
    /// An entry of `knowledge`.
    Knowledge(String),
    /// Something that is understood everywhere.
    Global(GlobalIntent),
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// More ways to say something; those that are listed already are not listed twice.
    Phrases { of: Place, phrases: Vec<String> },
    /// An intent that does not exist yet.
    NewIntent { name: String, phrases: Vec<String> },
    /// A knowledge entry that does not exist yet.
    NewKnowledge { name: String, questions: Vec<String>, answer: String },
    /// `step` listens to `intent` from now on and goes to the step `goto`.
    NewAnswer { step: String, intent: String, goto: String },
    /// More words for `value` of the slot type, which is made a choice if it does not exist.
    Choice { slot_type: String, value: String, words: Vec<String> },
    /// More regular expressions of an intent, which is made if it does not exist.
    Regex { intent: String, patterns: Vec<String> },
    /// A slot type that does not exist yet: a choice of values with other words for them.
    NewChoice { name: String, choices: Vec<(String, Vec<String>)> },
    /// A slot type that does not exist yet: what a regular expression finds.
    NewPattern { name: String, pattern: String },
}

/// `source` with `edits` made in it, one after the other.
///
/// # Errors
/// The text is no YAML, the place does not exist (or does, where it should be new), or it is written in a way that
/// cannot be changed safely.
pub fn edit(source: &str, edits: &[Edit]) -> Result<String, Problems> {
    let mut text = source.to_owned();
    for edit in edits {
        text = one(&text, edit).map_err(|problems| {
            let files = include::parts(&text).iter().map(|(file, _)| (*file).to_owned()).collect::<Vec<_>>();
            problems.placed(&files)
        })?;
    }
    Ok(text)
}

/// A change of the tree. Paths are keys from the root.
#[derive(Clone, Debug)]
enum Change {
    /// Texts behind those that stand at `path`: a list, or one text that becomes a list.
    Append { path: Vec<String>, texts: Vec<String> },
    /// A value where there is none. What is missing above it is made too.
    Insert { path: Vec<String>, value: Value },
    /// The text at `path` becomes a block: that text under `key`, then the `list` of texts.
    Widen { path: Vec<String>, key: &'static str, list: (&'static str, Vec<String>) },
}

fn one(text: &str, edit: &Edit) -> Result<String, Problems> {
    let parts = include::parts(text);
    let mut trees = Vec::new();
    for (place, (_, range)) in (0u16..).zip(&parts) {
        trees.push(node::parse(&text[range.clone()], place)?);
    }
    let Some((part, change)) = place::find(&trees, edit)? else { return Ok(text.to_owned()) };
    let (range, tree) = (parts[part].1.clone(), &trees[part]);
    let changed = apply::apply(&text[range.clone()], tree, &change)?;
    let wanted = expected(tree, &change);
    match node::parse(&changed, 0) {
        Ok(read) if same(&read, &wanted) => Ok(format!("{}{changed}{}", &text[..range.start], &text[range.end..])),
        _ => Err(problem(place::at(tree, &change), "this cannot be changed safely", "write it by hand")),
    }
}

fn problem(at: At, message: impl Into<String>, suggestion: &str) -> Problems {
    let suggestion = (!suggestion.is_empty()).then(|| suggestion.to_owned());
    Problems(vec![Problem { severity: Severity::Error, at, message: message.into(), suggestion, file: None }])
}

/// The tree that should be read after `change`.
fn expected(tree: &Node, change: &Change) -> Node {
    let mut tree = tree.clone();
    let list = |texts: &[String]| Value::List(texts.to_vec()).node();
    match change {
        Change::Append { path, texts } => place::put(&mut tree, path, &mut |node| {
            let added = texts.iter().map(|text| Value::Text(text.clone()).node());
            match &mut node.kind {
                Kind::List(items) => items.extend(added),
                _ => node.kind = Kind::List(std::iter::once(node.clone()).chain(added).collect()),
            }
        }),
        Change::Insert { path, value } => place::put(&mut tree, path, &mut |node| *node = value.node()),
        Change::Widen { path, key, list: (name, texts) } => place::put(&mut tree, path, &mut |node| {
            node.kind = Kind::Map(vec![(write::key(key), node.clone()), (write::key(name), list(texts))]);
        }),
    }
    tree
}

/// The same values, wherever they stand; the order of a block's fields does not matter.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Scalar(a), Kind::Scalar(b)) => a == b,
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            let in_b = |key: &str| b.iter().find(|(other, _)| other.text == key);
            a.len() == b.len() && a.iter().all(|(key, a)| in_b(&key.text).is_some_and(|(_, b)| same(a, b)))
        }
        _ => false,
    }
}
