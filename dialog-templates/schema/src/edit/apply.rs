//! One change as one splice of the text.

use super::layout::{Brackets, Lines, Shape};
use super::place::get;
use super::write::{Style, Value, entry, items, scalar, texts_flow};
use super::{Change, problem};
use crate::node::{Key, Kind, Node};
use crate::problem::{At, Problems};
use std::ops::Range;

/// Blocks of a template in the order in which they are usually written.
const ORDER: [&str; 10] = [
    "variables",
    "identification",
    "entry",
    "limits",
    "intents",
    "knowledge",
    "slot_types",
    "globals",
    "fragments",
    "steps",
];

/// The text after `change`, whose place in `tree` was found before.
pub(super) fn apply(text: &str, tree: &Node, change: &Change) -> Result<String, Problems> {
    let page = Page { lines: Lines::new(text), tree };
    let (at, new) = match change {
        Change::Append { path, texts } => page.append(path, texts)?,
        Change::Insert { path, value } => page.insert(path, value)?,
        Change::Widen { path, key, list: (name, texts) } => page.widen(path, key, name, texts)?,
    };
    Ok(format!("{}{new}{}", &text[..at.start], &text[at.end..]))
}

/// Bytes to be replaced, and by what.
type Splice = (Range<usize>, String);

struct Page<'a> {
    lines: Lines<'a>,
    tree: &'a Node,
}

/// A key of the text, where it begins, and whether it stands between braces.
struct Spot<'a> {
    node: &'a Node,
    key: &'a Key,
    shape: Shape,
    in_flow: bool,
}

impl<'a> Page<'a> {
    /// What stands at `path`, of which all exists.
    fn spot(&self, path: &[String]) -> Result<Spot<'a>, Problems> {
        let (mut node, mut in_flow, mut found) = (self.tree, self.root_is_flow(), None);
        for name in path {
            let Kind::Map(entries) = &node.kind else { break };
            let Some((key, value)) = entries.iter().find(|(key, _)| key.text == *name) else { break };
            let shape = self.lines.shape(self.lines.offset(key.at), in_flow).ok_or_else(|| refused(key.at))?;
            let inside = in_flow || matches!(shape, Shape::Flow(_));
            found = Some(Spot { node: value, key, shape, in_flow });
            (node, in_flow) = (value, inside);
        }
        found.ok_or_else(|| refused(self.tree.at))
    }

    fn root_is_flow(&self) -> bool {
        self.lines.text[self.lines.offset(self.tree.at)..].starts_with('{')
    }

    fn append(&self, path: &[String], texts: &[String]) -> Result<Splice, Problems> {
        let spot = self.spot(path)?;
        match (&spot.node.kind, &spot.shape) {
            (Kind::List(_), Shape::Flow(brackets)) => {
                let quoted = !brackets.empty && brackets.quoted;
                Ok(inside(brackets, &texts_flow(texts, quoted)))
            }
            (Kind::List(list), Shape::Empty { .. }) if !spot.in_flow => {
                let last = list.last().ok_or_else(|| refused(spot.key.at))?;
                self.below_item(last, texts)
            }
            (Kind::Scalar(text), Shape::Inline(range)) => {
                let old = self.single(&spot, text, range)?;
                Ok((range.clone(), format!("[{old}, {}]", texts_flow(texts, false))))
            }
            _ => Err(refused(spot.key.at)),
        }
    }

    /// Lines below the last item of a list.
    fn below_item(&self, last: &Node, texts: &[String]) -> Result<Splice, Problems> {
        let number = last.at.line.saturating_sub(1) as usize;
        let item = self.lines.offset(last.at);
        let before = &self.lines.text[self.lines.start(number)..item];
        let dash = before.trim_start_matches(' ');
        let column = before.len() - dash.len();
        if dash.trim_end() != "-" {
            return Err(refused(last.at));
        }
        let quoted = self.lines.text[item..].starts_with('"');
        let end = self.lines.last_of(number, column, false);
        Ok(self.after_line(end, &items(texts, before, quoted, self.lines.eol())))
    }

    fn insert(&self, path: &[String], value: &Value) -> Result<Splice, Problems> {
        // The lowest block that exists, and what has to be made below it.
        let there = (0..=path.len()).rev().find(|n| get(self.tree, &path[..*n]).is_some()).unwrap_or(0);
        let (above, below) = path.split_at(there);
        let nested = |names: &[String], value: Value| {
            names.iter().rev().fold(value, |value, name| Value::Map(vec![(name.clone(), value)]))
        };
        let style = self.style(path);
        if above.is_empty() {
            let (name, rest) = below.split_first().ok_or_else(|| refused(self.tree.at))?;
            return self.at_root(name, &nested(rest, value.clone()), style);
        }
        let spot = self.spot(above)?;
        match (&spot.node.kind, &spot.shape) {
            (Kind::Map(_), Shape::Flow(brackets)) => {
                let (name, rest) = below.split_first().ok_or_else(|| refused(spot.key.at))?;
                Ok(self.in_braces(brackets, &entry(name, &nested(rest, value.clone()))))
            }
            (Kind::Map(entries), Shape::Empty { .. }) if !spot.in_flow => {
                let (name, rest) = below.split_first().ok_or_else(|| refused(spot.key.at))?;
                let (last, _) = entries.last().ok_or_else(|| refused(spot.key.at))?;
                let indent = last.at.column.saturating_sub(1) as usize;
                let end = self.lines.last_of(last.at.line.saturating_sub(1) as usize, indent, true);
                let lines = nested(rest, value.clone()).lines(name, indent, style, self.lines.eol());
                Ok(self.after_line(end, &lines))
            }
            (Kind::Null, Shape::Empty { after }) => {
                let value = nested(below, value.clone());
                if spot.in_flow || (style == Style::Flow && matches!(value, Value::List(_))) {
                    return Ok((*after..*after, format!(" {}", value.flow())));
                }
                let indent = spot.key.at.column.saturating_sub(1) as usize;
                // The key's own line is there; only what comes below it is new.
                let all = value.lines(&spot.key.text, indent, Style::Block, self.lines.eol());
                let lines = all.split_once('\n').map_or("", |(_, lines)| lines);
                Ok(self.after_line(spot.key.at.line.saturating_sub(1) as usize, lines))
            }
            // `busy_now: on`
            (Kind::Scalar(_), Shape::Inline(range)) if below.is_empty() => Ok((range.clone(), value.flow())),
            _ => Err(refused(spot.key.at)),
        }
    }

    fn widen(&self, path: &[String], key: &str, name: &str, texts: &[String]) -> Result<Splice, Problems> {
        let spot = self.spot(path)?;
        let (Kind::Scalar(text), Shape::Inline(range)) = (&spot.node.kind, &spot.shape) else {
            return Err(refused(spot.key.at));
        };
        let old = self.single(&spot, text, range)?;
        Ok((range.clone(), format!("{{ {key}: {old}, {name}: [{}] }}", texts_flow(texts, false))))
    }

    /// A text that stands on its key's line, as it can stand between brackets.
    fn single(&self, spot: &Spot, text: &str, range: &Range<usize>) -> Result<String, Problems> {
        let written = &self.lines.text[range.clone()];
        match written.starts_with(['"', '\'']) {
            true => Ok(written.to_owned()),
            false if written == text => Ok(scalar(text, Style::Flow)),
            false => Err(refused(spot.key.at)),
        }
    }

    fn in_braces(&self, brackets: &Brackets, new: &str) -> Splice {
        let (at, mut text) = inside(brackets, new);
        let rest = &self.lines.text[at.start..];
        if brackets.empty {
            text.insert(0, ' ');
        }
        if brackets.empty && rest.starts_with('}') {
            text.push(' ');
        }
        (at, text)
    }

    /// A new block of the template, before the first that usually comes later, with its remarks.
    fn at_root(&self, name: &str, value: &Value, style: Style) -> Result<Splice, Problems> {
        let Kind::Map(entries) = &self.tree.kind else { return Err(refused(self.tree.at)) };
        if self.root_is_flow() {
            return Err(refused(self.tree.at));
        }
        let eol = self.lines.eol();
        let lines = value.lines(name, 0, style, eol);
        let own = ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        let later = |key: &Key| ORDER.iter().position(|known| *known == key.text).is_some_and(|at| at > own);
        let Some((next, _)) = entries.iter().find(|(key, _)| later(key)) else {
            let last = entries.last().map_or(0, |(key, _)| key.at.line.saturating_sub(1) as usize);
            return Ok(self.after_line(self.lines.last_of(last, 0, true), &format!("{eol}{lines}")));
        };
        let mut line = next.at.line.saturating_sub(1) as usize;
        while line > 0 && self.lines.line(line - 1).is_some_and(|above| above.starts_with('#')) {
            line -= 1;
        }
        let start = self.lines.start(line);
        Ok((start..start, format!("{lines}{eol}{eol}")))
    }

    /// How lists are written in the neighbourhood of `path`.
    fn style(&self, path: &[String]) -> Style {
        let mut open: Vec<&Node> = path.first().and_then(|_| get(self.tree, &path[..1])).into_iter().collect();
        while let Some(node) = open.pop() {
            let Kind::Map(entries) = &node.kind else { continue };
            for (key, value) in entries {
                if let (Kind::List(items), "phrases" | "questions") = (&value.kind, key.text.as_str())
                    && !items.is_empty()
                {
                    let line = self.lines.line(key.at.line.saturating_sub(1) as usize).unwrap_or_default();
                    return if line.contains('[') { Style::Flow } else { Style::Block };
                }
            }
            open.extend(entries.iter().rev().map(|(_, value)| value));
        }
        Style::Block
    }

    /// New lines after line `line`.
    fn after_line(&self, line: usize, new: &str) -> Splice {
        let eol = self.lines.eol();
        let at = self.lines.start(line + 1);
        let ended = self.lines.text[..at].ends_with('\n');
        (at..at, if ended { format!("{new}{eol}") } else { format!("{eol}{new}") })
    }
}

/// Behind the last item between brackets.
fn inside(brackets: &Brackets, new: &str) -> Splice {
    let at = brackets.content_end..brackets.content_end;
    match (brackets.empty, brackets.trailing_comma) {
        (true, _) => (at, new.to_owned()),
        (_, true) => (at, format!(" {new}")),
        _ => (at, format!(", {new}")),
    }
}

fn refused(at: At) -> Problems {
    problem(at, "this is written in a way that cannot be changed automatically", "change it by hand")
}
