//! Where a value stands in the text and where it ends: what a parsed tree does not keep.

use crate::problem::At;
use std::ops::Range;

/// The lines of a text, by byte.
pub(super) struct Lines<'a> {
    pub text: &'a str,
    starts: Vec<usize>,
}

/// How the value of a key is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Between brackets or braces.
    Flow(Brackets),
    /// A text on the key's line.
    Inline(Range<usize>),
    /// Nothing on the key's line: it stands on the lines below, if there is one; else it could be put here.
    Empty { after: usize },
    /// An anchor, an alias, a tag or a block text.
    Special,
}

/// A value between brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Brackets {
    /// Where its last item ends; behind the opening bracket when there is none.
    pub content_end: usize,
    /// No item.
    pub empty: bool,
    /// The last item has a comma behind it.
    pub trailing_comma: bool,
    /// The last item ends with a quote.
    pub quoted: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// `\r\n` where the text uses it.
    pub(super) fn eol(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// The byte at a line and column, which count from 1 and in characters.
    pub(super) fn offset(&self, at: At) -> usize {
        let start = self.starts.get(at.line.saturating_sub(1) as usize).copied().unwrap_or(self.text.len());
        let columns = self.text[start..].chars().take(at.column.saturating_sub(1) as usize);
        start + columns.map(char::len_utf8).sum::<usize>()
    }

    /// Line `line` (from 0) without its end; none after the last.
    pub(super) fn line(&self, line: usize) -> Option<&'a str> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }

    /// Where line `line` begins; the end of the text for those beyond it.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// The last line of what begins on line `first` and whose lines are indented by more than `indent`. Comments and
    /// empty lines behind it do not belong to it. `dashes`: a list may stand as far left as its key.
    pub(super) fn last_of(&self, first: usize, indent: usize, dashes: bool) -> usize {
        let mut last = first;
        for line in first + 1.. {
            let Some(text) = self.line(line) else { break };
            let trimmed = text.trim_start_matches(' ');
            let deep = text.len() - trimmed.len();
            let dash = dashes && deep == indent && (trimmed.starts_with("- ") || trimmed == "-");
            if trimmed.trim().is_empty() || (trimmed.starts_with('#') && deep <= indent) {
                continue;
            }
            if deep <= indent && !dash {
                break;
            }
            last = line;
        }
        last
    }

    /// The value of the key at `key`. `in_flow`: the key itself stands between braces.
    pub(super) fn shape(&self, key: usize, in_flow: bool) -> Option<Shape> {
        let rest = &self.text[key..];
        let name = match rest.chars().next()? {
            quote @ ('"' | '\'') => quoted_len(rest, quote)?,
            _ => rest.find(':')?,
        };
        let colon = key + name + rest[name..].find(':')?;
        let value = colon + 1 + blanks(&self.text[colon + 1..]);
        let shape = match self.text[value..].chars().next() {
            None | Some('\n' | '\r') => Shape::Empty { after: colon + 1 },
            Some('#') if value > colon + 1 => Shape::Empty { after: colon + 1 },
            Some('[' | '{') => Shape::Flow(brackets(self.text, value)?),
            Some('&' | '*' | '!' | '|' | '>') => Shape::Special,
            Some(',' | '}' | ']') if in_flow => Shape::Empty { after: colon + 1 },
            Some(quote @ ('"' | '\'')) => Shape::Inline(value..value + quoted_len(&self.text[value..], quote)?),
            Some(_) => Shape::Inline(value..value + plain_len(&self.text[value..], in_flow)),
        };
        Some(shape)
    }
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Bytes of the quoted text that `text` begins with.
fn quoted_len(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Bytes of the plain text that `text` begins with, on its line.
fn plain_len(text: &str, in_flow: bool) -> usize {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let line = line.split(" #").next().unwrap_or_default();
    let end = if in_flow { line.find([',', '}', ']']).unwrap_or(line.len()) } else { line.len() };
    line[..end].trim_end().len()
}

/// The brackets that open at `open`, to their end.
fn brackets(text: &str, open: usize) -> Option<Brackets> {
    let mut depth = 0usize;
    let mut found = Brackets { content_end: open + 1, empty: true, trailing_comma: false, quoted: false };
    // A quote opens a text only where an item can begin.
    let mut item_begins = true;
    let mut before = ' ';
    let mut at = open;
    while let Some(c) = text[at..].chars().next() {
        let mut next = at + c.len_utf8();
        if c == '#' && before.is_whitespace() {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
            continue;
        }
        before = c;
        if c.is_whitespace() {
            at = next;
            continue;
        }
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(found);
                }
            }
            '"' | '\'' if item_begins => next = at + quoted_len(&text[at..], c)?,
            _ => {}
        }
        let quoted = item_begins && matches!(c, '"' | '\'');
        item_begins = matches!(c, '[' | '{' | ',' | ':');
        if at > open {
            found = Brackets { content_end: next, empty: false, trailing_comma: c == ',' && depth == 1, quoted };
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shape(text: &str) -> Shape {
        Lines::new(text).shape(0, false).unwrap()
    }

    fn content(text: &str) -> &str {
        match shape(text) {
            Shape::Flow(found) => &text[..found.content_end],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn brackets_end_where_they_should() {
        assert_eq!(content("a: [b, don't, \"x]\", 'it''s ]' ] # ]"), "a: [b, don't, \"x]\", 'it''s ]'");
        assert_eq!(content("a: [\n  b, # one ]\n  c # two\n]\n"), "a: [\n  b, # one ]\n  c");
        assert_eq!(content("a: { b: [c, { d: \"}\" }], e: f }"), "a: { b: [c, { d: \"}\" }], e: f");
        assert_eq!(content("\"a: b\": [c,]"), "\"a: b\": [c,");
        assert_eq!(content("a: []"), "a: [");
        assert_eq!(Lines::new("a: [b, c").shape(0, false), None);
    }

    #[test]
    fn the_other_shapes() {
        assert_eq!(shape("a: b c # d"), Shape::Inline(3..6));
        assert_eq!(shape("a: \"b # c\" # d"), Shape::Inline(3..10));
        assert_eq!(shape("a:   # nothing\n"), Shape::Empty { after: 2 });
        assert_eq!(shape("a: &x [b]"), Shape::Special);
        assert_eq!(shape("a: >\n  b"), Shape::Special);
        assert_eq!(Lines::new("a: b, c: d }").shape(0, true), Some(Shape::Inline(3..4)));
    }

    #[test]
    fn a_block_ends_before_what_follows() {
        let text = "a:\n  b: 1\n\n  # of c\n  c:\n  - 2\n    # deep\n\n# of d\nd: 3\n";
        let lines = Lines::new(text);
        assert_eq!(lines.last_of(0, 0, true), 6);
        assert_eq!(lines.last_of(1, 2, true), 1);
        assert_eq!(lines.last_of(4, 2, true), 6);
        assert_eq!(lines.offset(At { line: 5, column: 3, file: 0 }), text.find("c:").unwrap());
    }
}
