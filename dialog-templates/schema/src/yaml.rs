//! From YAML to the tree of [`Node`]s, event by event: no types are guessed and nothing is built twice, which is what
//! makes a template of thousands of steps read in a moment.
//!
//! Anchors, aliases and merge keys (`<<`) work; a document is bounded in depth and in size, so that aliases of aliases
//! cannot fill the memory.

use crate::node::{Key, Kind, Node};
use crate::problem::{At, Problems};
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle};
use std::collections::{HashMap, HashSet};

/// Blocks inside blocks.
const MOST_DEPTH: usize = 100;
/// Values of a document, those that aliases repeat included.
const MOST_NODES: usize = 1_000_000;
/// From so many keys on a set looks for the one that is there twice.
const MANY_KEYS: usize = 16;

/// What stands in the way.
struct Wrong {
    at: At,
    message: String,
}

/// Read `source` as one YAML document.
/// `file` is its number among the files of a template.
pub(crate) fn parse(source: &str, file: u16) -> Result<Node, Problems> {
    let mut builder = Builder { file, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut parser = Parser::new_from_str_with_options(source, Options::default());
    let read = loop {
        match parser.next_event() {
            None => break Ok(()),
            Some(Ok((event, span))) => {
                if let Err(wrong) = builder.event(event, &span.start) {
                    break Err(wrong);
                }
            }
            Some(Err(error)) => break Err(Wrong { at: at(error.marker(), file), message: error.info() }),
        }
    };
    match (read, builder.root) {
        (Ok(()), Some(root)) => Ok(root),
        (Ok(()), None) => Ok(Node { at: At { line: 1, column: 1, file }, kind: Kind::Null }),
        (Err(wrong), _) => {
            let mut problems = Problems::default();
            problems.error(wrong.at, format!("not valid YAML: {}", wrong.message));
            Err(problems)
        }
    }
}

fn at(marker: &Marker, file: u16) -> At {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    At { line: narrow(marker.line()), column: narrow(marker.col() + 1), file }
}

struct Builder {
    file: u16,
    /// Blocks that are not closed yet, the outermost first.
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

struct Open {
    at: At,
    anchor: usize,
    block: Block,
}

enum Block {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key> },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, start: &Marker) -> Result<(), Wrong> {
        let at = at(start, self.file);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let null = plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let text = if plain { text.trim().to_owned() } else { text.into_owned() };
                let kind = if null { Kind::Null } else { Kind::Scalar(text) };
                // A key is a text, whatever it looks like.
                if let Some(Open { block: Block::Map { key: key @ None, .. }, .. }) = self.open.last_mut() {
                    let text = match kind {
                        Kind::Scalar(text) => text,
                        _ => String::new(),
                    };
                    *key = Some(Key { text, at });
                    return Ok(());
                }
                self.value(Node { at, kind }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Open { at, anchor, block: Block::List(Vec::new()) }),
            Event::MappingStart(_, anchor, _) => {
                self.begin(Open { at, anchor, block: Block::Map { entries: Vec::new(), key: None } })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { at, anchor, block }) = self.open.pop() else { return Ok(()) };
                let kind = match block {
                    Block::List(items) => Kind::List(items),
                    Block::Map { entries, .. } => Kind::Map(merged(distinct(entries)?)?),
                };
                self.value(Node { at, kind }, anchor)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(Wrong { at, message: "an alias inside what it stands for".to_owned() });
                };
                let node = Node { at, kind: node.kind.clone() };
                self.nodes = self.nodes.saturating_add(size(&node));
                self.value(node, 0)
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Wrong { at, message: "a second document begins here".to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), Wrong> {
        if let Some(Open { block: Block::Map { key: None, .. }, .. }) = self.open.last() {
            return Err(Wrong { at: open.at, message: "a key should be a text".to_owned() });
        }
        if self.open.len() >= MOST_DEPTH {
            return Err(Wrong { at: open.at, message: format!("more than {MOST_DEPTH} blocks inside each other") });
        }
        self.open.push(open);
        Ok(())
    }

    fn value(&mut self, node: Node, anchor: usize) -> Result<(), Wrong> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Wrong { at: node.at, message: format!("more than {MOST_NODES} values") });
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
            self.nodes += size(&node);
        }
        match self.open.last_mut().map(|open| &mut open.block) {
            Some(Block::List(items)) => items.push(node),
            Some(Block::Map { entries, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => return Err(Wrong { at: node.at, message: "a key should be a text".to_owned() }),
            },
            None => self.root = Some(node),
        }
        Ok(())
    }
}

/// Values in `node`, itself included.
fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|(_, node)| size(node)).sum(),
        Kind::Null | Kind::Scalar(_) => 0,
    }
}

/// No key twice.
fn distinct(entries: Vec<(Key, Node)>) -> Result<Vec<(Key, Node)>, Wrong> {
    let mut seen = HashSet::new();
    let twice = entries.iter().enumerate().find(|(place, (key, _))| match entries.len() {
        many if many >= MANY_KEYS => !seen.insert(key.text.as_str()),
        _ => entries[..*place].iter().any(|(other, _)| other.text == key.text),
    });
    match twice.map(|(_, (key, _))| Wrong { at: key.at, message: format!("key `{}` is there twice", key.text) }) {
        Some(wrong) => Err(wrong),
        None => Ok(entries),
    }
}

/// With what `<<` stands for in its place; keys of the block's own win.
fn merged(mut entries: Vec<(Key, Node)>) -> Result<Vec<(Key, Node)>, Wrong> {
    let Some(place) = entries.iter().position(|(key, _)| key.text == "<<") else { return Ok(entries) };
    let (key, node) = entries.remove(place);
    let sources = match node.kind {
        Kind::List(items) => items,
        _ => vec![node],
    };
    for source in sources {
        let Kind::Map(more) = source.kind else {
            return Err(Wrong { at: key.at, message: "`<<` should stand for a block of fields".to_owned() });
        };
        for (key, node) in more {
            if entries.iter().all(|(other, _)| other.text != key.text) {
                entries.push((key, node));
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(source: &str) -> String {
        parse(source, 0).unwrap_err().to_string()
    }

    fn text<'a>(node: &'a Node, path: &[&str]) -> &'a str {
        let step = |node: &'a Node, name: &&str| match &node.kind {
            Kind::Map(entries) => &entries.iter().find(|(key, _)| key.text == **name).unwrap().1,
            _ => panic!("no block"),
        };
        match &path.iter().fold(node, step).kind {
            Kind::Scalar(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn aliases_and_merge_keys_stand_for_what_they_name() {
        let node = parse("base: &b { a: one, c: two }\nsame: *b\nmore: { <<: *b, c: three }\n", 0).unwrap();
        assert_eq!(text(&node, &["same", "a"]), "one");
        assert_eq!((text(&node, &["more", "a"]), text(&node, &["more", "c"])), ("one", "three"));
    }

    #[test]
    fn what_is_empty_is_nothing_and_what_is_quoted_a_text() {
        let node = parse("a:\nb: ~\nc: \"\"\nd: |\n  two\n  lines\n", 0).unwrap();
        let Kind::Map(entries) = &node.kind else { panic!("a block") };
        assert_eq!((&entries[0].1.kind, &entries[1].1.kind), (&Kind::Null, &Kind::Null));
        assert_eq!((text(&node, &["c"]), text(&node, &["d"])), ("", "two\nlines\n"));
        assert_eq!(parse("", 0).unwrap().kind, Kind::Null);
        assert_eq!(parse("# nothing\n", 0).unwrap().kind, Kind::Null);
    }

    #[test]
    fn what_is_wrong_says_where() {
        assert!(told("a: 1\nb: 2\na: 3\n").contains("line 3, column 1: error: not valid YAML: key `a` is there twice"));
        let many: String = (0..40).map(|n| format!("k{n}: 1\n")).collect();
        assert!(told(&format!("{many}k7: 2\n")).contains("line 41"));
        assert!(told("a: 1\n---\nb: 2\n").contains("a second document"));
        assert!(told("? [a]\n: b\n").contains("a key should be a text"));
        assert!(told("a: &x [*x]\n").contains("not valid YAML"));
        assert!(told("a: { <<: b }\n").contains("`<<` should stand for"));
        // Here or in the parser, but never by the end of the stack.
        assert!(told(&"[".repeat(5_000)).contains("not valid YAML"));
    }

    #[test]
    fn aliases_of_aliases_do_not_fill_the_memory() {
        let mut source = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let last = n - 1;
            source += &format!(
                "a{n}: &a{n} [*a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}]\n"
            );
        }
        assert!(told(&source).contains("more than 1000000 values"));
    }
}
