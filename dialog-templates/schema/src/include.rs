//! Files that templates share: knowledge, intents, categories, fragments and slot types.
//!
//! [`bundle`] puts what a template includes behind it, so that one text is the whole template: that
//! text is stored, given a version and loaded. Each part still knows its own lines.

use crate::node::{self, Key, Kind, Node};
use crate::problem::{At, Problems};
use std::ops::Range;

/// Stands before each included file in a bundled text.
const MARK: &str = "--- # from ";
/// Blocks an included file may have.
const SHARED: [&str; 5] = ["intents", "knowledge", "categories", "fragments", "slot_types"];
const MOST_FILES: usize = 50;

/// An included file that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncludeError {
    #[error("line {}, column {}: error: the included file `{file}` cannot be read: {why}", at.line, at.column)]
    Missing { file: String, at: At, why: String },
    #[error("line {}, column {}: error: `{file}` cannot be included: name a .yaml file below the template's folder", at.line, at.column)]
    Name { file: String, at: At },
    #[error("line {}, column {}: error: more than {MOST_FILES} files are included", at.line, at.column)]
    TooMany { at: At },
}

/// `source` with the files it includes behind it. `read` gives the text of a file that is named
/// relative to the template's folder. A text that is no YAML comes back as it is: [`crate::parse`] says why.
///
/// # Errors
/// The first file that cannot be read.
pub fn bundle(source: &str, mut read: impl FnMut(&str) -> Result<String, String>) -> Result<String, IncludeError> {
    let mut whole = source.to_owned();
    let Ok(root) = node::parse(source, 0) else { return Ok(whole) };
    let wanted = included(&root);
    for (place, (file, at)) in wanted.iter().enumerate() {
        let (file, at) = ((*file).to_owned(), *at);
        if place >= MOST_FILES {
            return Err(IncludeError::TooMany { at });
        }
        let inside = !file.starts_with('/') && file.split(['/', '\\']).all(|part| part != "..");
        if !inside || !file.ends_with(".yaml") || file.contains(['\n', '\r']) {
            return Err(IncludeError::Name { file, at });
        }
        let text = read(&file).map_err(|why| IncludeError::Missing { file: file.clone(), at, why })?;
        if !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(&format!("{MARK}{file}\n{text}"));
    }
    Ok(whole)
}

/// The files a template names, with their places.
fn included<'a>(root: &'a Node) -> Vec<(&'a str, At)> {
    let Kind::Map(entries) = &root.kind else { return Vec::new() };
    let Some((_, node)) = entries.iter().find(|(key, _)| key.text == "include") else { return Vec::new() };
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let text = |item: &'a Node| match &item.kind {
        Kind::Scalar(text) => Some((text.trim(), item.at)),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

/// A bundled text as one tree, and the names of the files by [`At::file`] (the first is the template).
pub(crate) fn tree(source: &str) -> (Result<Node, Problems>, Vec<String>) {
    let (main, parts) = unbundle(source);
    let files: Vec<String> = std::iter::once(String::new()).chain(parts.iter().map(|(f, _)| (*f).to_owned())).collect();
    let mut root = match node::parse(main, 0) {
        Ok(root) => root,
        Err(problems) => return (Err(problems), files),
    };
    let mut problems = Problems::default();
    for (file, at) in included(&root) {
        if !files.iter().any(|known| known == file) {
            let hint = Some("put it below the template's folder".to_owned());
            problems.error_with(at, format!("the included file `{file}` is not here"), hint);
        }
    }
    for (place, (file, text)) in (1u16..).zip(&parts) {
        match node::parse(text, place) {
            Ok(part) => merge(&mut root, part, file, &mut problems),
            Err(more) => problems.0.extend(more.0),
        }
    }
    (if problems.has_errors() { Err(problems) } else { Ok(root) }, files)
}

/// What [`bundle`] has put together: the template's own text, and each included file with its name.
pub fn unbundle(source: &str) -> (&str, Vec<(&str, &str)>) {
    let mut all = parts(source).into_iter().map(|(file, range)| (file, &source[range]));
    let main = all.next().map_or("", |(_, text)| text);
    (main, all.collect())
}

/// The template's own part of a bundled text, without a name, and those of the files it includes.
pub(crate) fn parts(source: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = vec![("", 0..source.len())];
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        if let Some(file) = line.strip_prefix(MARK) {
            if let Some((_, before)) = found.last_mut() {
                before.end = start;
            }
            found.push((file.trim(), start + line.len()..source.len()));
        }
        start += line.len();
    }
    found
}

/// Put the shared blocks of `part` into the template. What the template itself has wins.
fn merge(root: &mut Node, part: Node, file: &str, problems: &mut Problems) {
    let Kind::Map(own) = &mut root.kind else { return };
    let what = part.describe();
    let Kind::Map(blocks) = part.kind else {
        return problems.error(part.at, format!("`{file}` should be a block of fields, not {what}"));
    };
    for (key, node) in blocks {
        if !SHARED.contains(&key.text.as_str()) {
            problems.unknown(key.at, "block of an included file", &key.text, SHARED);
            continue;
        }
        let what = node.describe();
        let Kind::Map(more) = node.kind else {
            problems.error(node.at, format!("`{}` should be a block of fields, not {what}", key.text));
            continue;
        };
        let place = own.iter().position(|(other, _)| other.text == key.text);
        let place = place.unwrap_or_else(|| {
            own.push((Key { text: key.text.clone(), at: key.at }, Node { at: node.at, kind: Kind::Map(Vec::new()) }));
            own.len() - 1
        });
        if let Kind::Null = own[place].1.kind {
            own[place].1.kind = Kind::Map(Vec::new());
        }
        if let Kind::Map(entries) = &mut own[place].1.kind {
            add(entries, more, problems);
        }
    }
}

fn add(entries: &mut Vec<(Key, Node)>, more: Vec<(Key, Node)>, problems: &mut Problems) {
    for (key, node) in more {
        match entries.iter().find(|(other, _)| other.text == key.text) {
            Some((other, _)) if other.at.file == 0 => {}
            Some(_) => problems.error(key.at, format!("`{}` is in two included files", key.text)),
            None => entries.push((key, node)),
        }
    }
}
