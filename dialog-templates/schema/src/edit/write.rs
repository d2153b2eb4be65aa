//! Values as YAML text, quoted only where YAML needs it.

use crate::node::{Key, Kind, Node};
use crate::problem::At;

/// What is to be written.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
    Map(Vec<(String, Value)>),
}

/// How lists of texts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `[a, b]`
    Flow,
    /// A line for each, after `- `.
    Block,
}

impl Value {
    /// What is read when it has been written.
    pub(super) fn node(&self) -> Node {
        let kind = match self {
            Self::Text(text) => Kind::Scalar(text.clone()),
            Self::List(texts) => Kind::List(texts.iter().map(|text| Self::Text(text.clone()).node()).collect()),
            Self::Map(entries) => Kind::Map(entries.iter().map(|(name, value)| (key(name), value.node())).collect()),
        };
        Node { at: At::default(), kind }
    }

    /// On one line.
    pub(super) fn flow(&self) -> String {
        match self {
            Self::Text(text) => scalar(text, Style::Flow),
            Self::List(texts) => format!("[{}]", texts_flow(texts, false)),
            Self::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(name, value)| entry(name, value)).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// As an entry of a block, with lines that begin with `indent` spaces and no end of line after the last.
    pub(super) fn lines(&self, name: &str, indent: usize, lists: Style, eol: &str) -> String {
        let pad = " ".repeat(indent);
        let name = scalar(name, Style::Flow);
        match self {
            Self::Text(text) => format!("{pad}{name}: {}", scalar(text, Style::Block)),
            Self::List(texts) if lists == Style::Flow || texts.is_empty() => format!("{pad}{name}: {}", self.flow()),
            Self::List(texts) => format!("{pad}{name}:{eol}{}", items(texts, &format!("{pad}  - "), false, eol)),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(name, value)| value.lines(name, indent + 2, lists, eol));
                format!("{pad}{name}:{eol}{}", entries.collect::<Vec<_>>().join(eol))
            }
        }
    }
}

/// `name: value` on one line.
pub(super) fn entry(name: &str, value: &Value) -> String {
    format!("{}: {}", scalar(name, Style::Flow), value.flow())
}

/// The items of a flow list. `quoted`: all of them are quoted here.
pub(super) fn texts_flow(texts: &[String], quoted: bool) -> String {
    texts.iter().map(|text| item(text, Style::Flow, quoted)).collect::<Vec<_>>().join(", ")
}

/// A line for each text, each beginning with `dash`.
pub(super) fn items(texts: &[String], dash: &str, quoted: bool, eol: &str) -> String {
    let lines = texts.iter().map(|text| format!("{dash}{}", item(text, Style::Block, quoted)));
    lines.collect::<Vec<_>>().join(eol)
}

fn item(text: &str, style: Style, quoted: bool) -> String {
    if quoted { in_quotes(text) } else { scalar(text, style) }
}

pub(super) fn key(name: &str) -> Key {
    Key { text: name.to_owned(), at: At::default() }
}

/// `text` as a scalar; in [`Style::Flow`] it may stand between brackets.
pub(super) fn scalar(text: &str, style: Style) -> String {
    if is_plain(text, style) { text.to_owned() } else { in_quotes(text) }
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Words YAML takes for something else than a text, in one of its versions.
const SPECIAL: [&str; 12] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf", "~"];

/// May it be written without quotes (YAML 1.2.2 §7.3.3)? Stricter than the rule, because people read it too.
fn is_plain(text: &str, style: Style) -> bool {
    let first_is_safe = text.chars().next().is_some_and(|c| c.is_alphabetic());
    let last_is_safe = !text.ends_with([':', ' ']);
    let brackets = style == Style::Flow && text.contains([',', '[', ']', '{', '}']);
    let special = SPECIAL.contains(&text.to_lowercase().as_str());
    let middle = text.contains(": ") || text.contains(" #") || text.contains(['\\', '"', '\u{feff}']);
    first_is_safe && last_is_safe && !brackets && !special && !middle && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stand_only_where_they_are_needed() {
        let plain = ["yes please", "don't", "not now, thanks", "否", "saya tidak bisa", "a - b", "http://x"];
        for text in plain {
            assert_eq!(scalar(text, Style::Block), text);
        }
        let quoted =
            ["yes", "No", "null", "1", "4 pm", "- dash", "a: b", "a #b", "it's so:", "[x]", "@you", "?", "", "…"];
        for text in quoted {
            assert_eq!(scalar(text, Style::Block), format!("\"{text}\""));
        }
        assert_eq!(scalar("not now, thanks", Style::Flow), "\"not now, thanks\"");
        assert_eq!(scalar("say \"hi\" \\", Style::Flow), "\"say \\\"hi\\\" \\\\\"");
    }

    #[test]
    fn values_are_written_in_both_styles() {
        let value = Value::Map(vec![
            ("phrases".into(), Value::List(vec!["a b".into(), "no".into()])),
            ("goto".into(), Value::Text("x".into())),
        ]);
        assert_eq!(value.flow(), "{ phrases: [a b, \"no\"], goto: x }");
        let block = "  late:\n    phrases:\n      - a b\n      - \"no\"\n    goto: x";
        assert_eq!(value.lines("late", 2, Style::Block, "\n"), block);
        let flow = "  late:\r\n    phrases: [a b, \"no\"]\r\n    goto: x";
        assert_eq!(value.lines("late", 2, Style::Flow, "\r\n"), flow);
    }
}
