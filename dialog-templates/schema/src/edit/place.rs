//! From what a trainer wants to change to the place in the tree, or why there is none.

use super::write::Value;
use super::{Change, Edit, Place, problem};
use crate::fields::checked_name;
use crate::globals::GlobalIntent;
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};

/// What `edit` changes in which of `trees`; none when everything is there already.
pub(super) fn find(trees: &[Node], edit: &Edit) -> Result<Option<(usize, Change)>, Problems> {
    match edit {
        Edit::Phrases { of, phrases } => {
            let (part, path) = path_of(trees, of)?;
            more(trees, part, of, path, cleaned(phrases)?)
        }
        Edit::NewIntent { name, phrases } => {
            let taken = GlobalIntent::ALL.iter().any(|intent| intent.name() == name);
            if taken {
                let at = At::default();
                return Err(problem(at, format!("`{name}` is a global intent"), "add its phrases under `globals`"));
            }
            let list = Value::List(cleaned(phrases)?);
            new(trees, &["intents", name], "intent", name, Value::Map(vec![("phrases".to_owned(), list)]))
        }
        Edit::NewKnowledge { name, questions, answer } => {
            let answer = one_line(answer)?;
            let entry = vec![
                ("questions".to_owned(), Value::List(cleaned(questions)?)),
                ("answer".to_owned(), Value::Text(answer)),
            ];
            new(trees, &["knowledge", name], "knowledge entry", name, Value::Map(entry))
        }
        Edit::NewAnswer { step, intent, goto } => {
            let (part, mut path) = step_path(trees, step)?;
            path.push(answers_key(get(&trees[part], &path)).to_owned());
            path.push(intent.clone());
            named(intent, "intent")?;
            named(goto, "step")?;
            match get(&trees[part], &path) {
                Some(node) => Err(problem(node.at, format!("`{step}` listens to `{intent}` already"), "")),
                None => Ok(Some((part, Change::Insert { path, value: Value::Text(goto.clone()) }))),
            }
        }
        Edit::Choice { slot_type, value, words } => choice(trees, slot_type, value, cleaned(words)?),
        Edit::Regex { intent, patterns } => regex(trees, intent, cleaned(patterns)?),
        Edit::NewChoice { name, choices } => {
            let mut values = Vec::new();
            for (value, words) in choices {
                let words = if words.is_empty() { Vec::new() } else { cleaned(words)? };
                values.push((one_line(value)?, Value::List(words)));
            }
            new_type(trees, name, "choice", ("choices", Value::Map(values)))
        }
        Edit::NewPattern { name, pattern } => {
            new_type(trees, name, "regex", ("pattern", Value::Text(one_line(pattern)?)))
        }
    }
}

fn new_type(
    trees: &[Node],
    name: &str,
    kind: &str,
    (field, value): (&str, Value),
) -> Result<Option<(usize, Change)>, Problems> {
    let fields = vec![("as".to_owned(), Value::Text(kind.to_owned())), (field.to_owned(), value)];
    new(trees, &["slot_types", name], "type of slot", name, Value::Map(fields))
}

fn regex(trees: &[Node], intent: &str, patterns: Vec<String>) -> Result<Option<(usize, Change)>, Problems> {
    named(intent, "intent")?;
    let path = vec!["intents".to_owned(), intent.to_owned()];
    let part = trees.iter().position(|tree| get(tree, &path).is_some()).unwrap_or(0);
    match get(&trees[part], &path) {
        Some(node) if matches!(node.kind, Kind::List(_) | Kind::Scalar(_)) => {
            let hint = "write its phrases under `phrases:` first";
            Err(problem(node.at, format!("intent `{intent}` is a bare list, beside which no `regex` can stand"), hint))
        }
        _ => {
            let path = [path, vec!["regex".to_owned()]].concat();
            Ok(appended(&trees[part], path, patterns).map(|change| (part, change)))
        }
    }
}

/// More texts in the list at `path`, which is looked for in the ways it can be written.
fn more(
    trees: &[Node],
    part: usize,
    of: &Place,
    mut path: Vec<String>,
    phrases: Vec<String>,
) -> Result<Option<(usize, Change)>, Problems> {
    let tree = &trees[part];
    let key = match of {
        Place::Knowledge(_) => "questions",
        _ => "phrases",
    };
    let found = get(tree, &path);
    match (of, found.map(|node| &node.kind)) {
        // `confirm: [yes, sure]`
        (Place::Intent(_), Some(Kind::List(_))) => {}
        // `confirm: next_step`
        (Place::Answer { .. }, Some(Kind::Scalar(_))) => {
            return Ok(Some((part, Change::Widen { path, key: "goto", list: (key, phrases) })));
        }
        (Place::Global(intent), Some(Kind::Scalar(state))) => {
            let at = found.map(|node| node.at).unwrap_or_default();
            if state != "on" {
                return Err(problem(at, format!("`{}` is switched off", intent.name()), "switch it on first"));
            }
            let value = Value::Map(vec![(key.to_owned(), Value::List(phrases))]);
            return Ok(Some((part, Change::Insert { path, value })));
        }
        (Place::Knowledge(_), Some(Kind::Map(entries))) => {
            let other = entries.iter().any(|(name, _)| name.text == "phrases");
            let own = entries.iter().any(|(name, _)| name.text == key);
            path.push(if other && !own { "phrases" } else { key }.to_owned());
        }
        _ => path.push(key.to_owned()),
    }
    Ok(appended(tree, path, phrases).map(|change| (part, change)))
}

/// Texts behind those at `path`, without those that are there.
fn appended(tree: &Node, path: Vec<String>, mut texts: Vec<String>) -> Option<Change> {
    let Some(node) = get(tree, &path).filter(|node| node.kind != Kind::Null) else {
        let value = Value::List(texts);
        return Some(Change::Insert { path, value });
    };
    let there = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let same = |node: &Node, text: &str| matches!(&node.kind, Kind::Scalar(own) if own.trim().to_lowercase() == text.to_lowercase());
    texts.retain(|text| !there.iter().any(|node| same(node, text)));
    (!texts.is_empty()).then_some(Change::Append { path, texts })
}

fn new(
    trees: &[Node],
    path: &[&str],
    what: &str,
    name: &str,
    value: Value,
) -> Result<Option<(usize, Change)>, Problems> {
    named(name, what)?;
    let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
    match trees.iter().find_map(|tree| get(tree, &path)) {
        Some(node) => Err(problem(node.at, format!("there is already a {what} `{name}`"), "")),
        None => Ok(Some((0, Change::Insert { path, value }))),
    }
}

fn choice(
    trees: &[Node],
    slot_type: &str,
    value: &str,
    words: Vec<String>,
) -> Result<Option<(usize, Change)>, Problems> {
    named(slot_type, "type of slot")?;
    let value = one_line(value)?;
    let own = vec!["slot_types".to_owned(), slot_type.to_owned()];
    let part = trees.iter().position(|tree| get(tree, &own).is_some());
    let Some(part) = part else {
        let choices = Value::Map(vec![(value, Value::List(words))]);
        let value = Value::Map(vec![("as".into(), Value::Text("choice".into())), ("choices".into(), choices)]);
        return Ok(Some((0, Change::Insert { path: own, value })));
    };
    let path = [own, vec!["choices".to_owned(), value]].concat();
    Ok(appended(&trees[part], path, words).map(|change| (part, change)))
}

/// Where the entry of `place` stands. A global intent that is not mentioned yet has a place too.
fn path_of(trees: &[Node], place: &Place) -> Result<(usize, Vec<String>), Problems> {
    let (block, name, what) = match place {
        Place::Intent(name) => ("intents", name.as_str(), "intent"),
        Place::Knowledge(name) => ("knowledge", name.as_str(), "knowledge entry"),
        Place::Global(intent) => ("globals", intent.name(), "global intent"),
        Place::Answer { step, intent } => {
            let (part, mut path) = step_path(trees, step)?;
            let step_node = get(&trees[part], &path);
            path.push(answers_key(step_node).to_owned());
            let known = get(&trees[part], &path);
            path.push(intent.clone());
            return match get(&trees[part], &path) {
                Some(_) => Ok((part, path)),
                None => Err(unknown(known.or(step_node), &format!("answer of `{step}`"), intent)),
            };
        }
    };
    let path = vec![block.to_owned(), name.to_owned()];
    if let Some(part) = trees.iter().position(|tree| get(tree, &path).is_some()) {
        return Ok((part, path));
    }
    match place {
        Place::Global(GlobalIntent::BusyNow) => {
            let message = "`busy_now` is not understood here, because it promises a call back";
            Err(problem(At::default(), message, "name it under `globals` first"))
        }
        Place::Global(_) => Ok((0, path)),
        _ => {
            let known = trees.iter().find_map(|tree| get(tree, &path[..1]));
            Err(unknown(known, what, name))
        }
    }
}

/// The step's place: in `steps`, or in the fragment that `CALL/STEP` calls.
fn step_path(trees: &[Node], step: &str) -> Result<(usize, Vec<String>), Problems> {
    let (mut part, mut path) = (0, vec!["steps".to_owned()]);
    for (depth, name) in step.split('/').enumerate() {
        if depth > 0 {
            let call = get(&trees[part], &path);
            let fragment = call.and_then(|call| get(call, &["fragment".to_owned()]));
            let Some(Kind::Scalar(fragment)) = fragment.map(|node| &node.kind) else {
                return Err(unknown(call, "step", step));
            };
            path = vec!["fragments".to_owned(), fragment.clone(), "steps".to_owned()];
            part = trees.iter().position(|tree| get(tree, &path).is_some()).unwrap_or_default();
        }
        let known = get(&trees[part], &path);
        path.push(name.to_owned());
        if get(&trees[part], &path).is_none() {
            return Err(unknown(known, "step", step));
        }
    }
    Ok((part, path))
}

/// A menu calls its answers options.
fn answers_key(step: Option<&Node>) -> &'static str {
    match step.and_then(|step| get(step, &["options".to_owned()])) {
        Some(_) => "options",
        None => "answers",
    }
}

fn unknown(known: Option<&Node>, what: &str, name: &str) -> Problems {
    let mut problems = Problems::default();
    let entries = match known.map(|node| &node.kind) {
        Some(Kind::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let at = known.map(|node| node.at).unwrap_or_default();
    problems.unknown(at, what, name, entries.iter().map(|(key, _)| key.text.as_str()));
    problems
}

fn named(name: &str, what: &str) -> Result<(), Problems> {
    let mut problems = Problems::default();
    checked_name(name, At::default(), what, &mut problems).map(drop).ok_or(problems)
}

/// Each on one line with single spaces, and once.
fn cleaned(texts: &[String]) -> Result<Vec<String>, Problems> {
    let mut clean: Vec<String> = Vec::new();
    for text in texts {
        let text = one_line(text)?;
        if clean.iter().all(|other| other.to_lowercase() != text.to_lowercase()) {
            clean.push(text);
        }
    }
    if clean.is_empty() { Err(problem(At::default(), "there is nothing to add", "")) } else { Ok(clean) }
}

fn one_line(text: &str) -> Result<String, Problems> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(problem(At::default(), format!("`{}` cannot be written down", text.escape_debug()), ""));
    }
    Ok(text)
}

pub(super) fn get<'a>(tree: &'a Node, path: &[String]) -> Option<&'a Node> {
    path.iter().try_fold(tree, |node, key| match &node.kind {
        Kind::Map(entries) => entries.iter().find(|(name, _)| name.text == *key).map(|(_, node)| node),
        _ => None,
    })
}

/// Change the value at `path`; what is missing on the way is made.
pub(super) fn put(tree: &mut Node, path: &[String], change: &mut dyn FnMut(&mut Node)) {
    let Some((first, rest)) = path.split_first() else { return change(tree) };
    if !matches!(tree.kind, Kind::Map(_)) {
        tree.kind = Kind::Map(Vec::new());
    }
    if let Kind::Map(entries) = &mut tree.kind {
        let place = entries.iter().position(|(key, _)| key.text == *first).unwrap_or_else(|| {
            entries.push((super::write::key(first), Node { at: At::default(), kind: Kind::Null }));
            entries.len() - 1
        });
        put(&mut entries[place].1, rest, change);
    }
}

/// The nearest thing above a change that exists, for messages.
pub(super) fn at(tree: &Node, change: &Change) -> At {
    let (Change::Append { path, .. } | Change::Insert { path, .. } | Change::Widen { path, .. }) = change;
    let nearest = (0..=path.len()).rev().find_map(|n| get(tree, &path[..n]));
    nearest.map_or(tree.at, |node| node.at)
}
