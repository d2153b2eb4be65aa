//! YAML as a tree in which every value knows its line and column.
//!
//! Scalars keep the text that was written: `yes`, `08:00` and `1.50` stay what the trainer typed,
//! whatever YAML would make of them.

use crate::problem::{At, Problems};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// One YAML value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub at: At,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub text: String,
    pub at: At,
}

impl Node {
    /// What this value is, for an error message.
    pub(crate) fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Scalar(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a block of fields",
        }
    }
}

/// Read `source` as one YAML document.
/// `file` is its number among the files of a template.
pub(crate) fn parse(source: &str, file: u16) -> Result<Node, Problems> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(source, options).map_err(|error| {
        let at = error.location().map(|location| at(location, file)).unwrap_or_default();
        let full = error.to_string();
        let message = full.split(" at line ").next().unwrap_or(&full);
        let message = message.strip_prefix(&format!("line {} column {}: ", at.line, at.column)).unwrap_or(message);
        let mut problems = Problems::default();
        problems.error(at, format!("not valid YAML: {message}"));
        problems
    })?;
    Ok(node(raw, source, file))
}

fn at(location: Location, file: u16) -> At {
    let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    At { line: narrow(location.line()), column: narrow(location.column()), file }
}

fn node(raw: Spanned<Raw>, source: &str, file: u16) -> Node {
    let place = at(raw.referenced, file);
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Text(text) => Kind::Scalar(text),
        Raw::Plain(read) => Kind::Scalar(written(raw.defined, source).unwrap_or(read)),
        Raw::List(items) => Kind::List(items.into_iter().map(|item| node(item, source, file)).collect()),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, value)| (Key { text: key.value, at: at(key.referenced, file) }, node(value, source, file)))
                .collect(),
        ),
    };
    Node { at: place, kind }
}

/// The source text of a plain scalar.
fn written(location: Location, source: &str) -> Option<String> {
    let span = location.span();
    let from = usize::try_from(span.byte_offset()?).ok()?;
    let len = usize::try_from(span.byte_len()?).ok()?;
    source.get(from..from.checked_add(len)?).map(|text| text.trim().to_owned())
}

/// What serde sees before the source text is looked up.
enum Raw {
    Null,
    Text(String),
    /// A number or a boolean, in the parser's own spelling.
    Plain(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn scalars(source: &str) -> Vec<(String, String, u32, u32)> {
        let Kind::Map(entries) = parse(source, 0).unwrap().kind else { panic!("a map") };
        entries
            .into_iter()
            .map(|(key, value)| {
                let Kind::Scalar(text) = value.kind else { panic!("a scalar") };
                (key.text, text, value.at.line, value.at.column)
            })
            .collect()
    }

    #[test]
    fn scalars_keep_what_was_typed_and_where() {
        let read =
            scalars("open: yes\ntime: 08:00\n  # a remark\nprice: 1.50\n\"1\": 007\nhex: 0x1F\nok: true\nq: \"no\"\n");
        let expected = [
            ("open", "yes", 1, 7),
            ("time", "08:00", 2, 7),
            ("price", "1.50", 4, 8),
            ("1", "007", 5, 6),
            ("hex", "0x1F", 6, 6),
            ("ok", "true", 7, 5),
            ("q", "no", 8, 4),
        ];
        let read: Vec<_> = read.iter().map(|(k, v, l, c)| (k.as_str(), v.as_str(), *l, *c)).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn broken_yaml_says_where() {
        let problems = parse("a: [1, 2\nb: 3\n", 0).unwrap_err();
        assert!(problems.0[0].at.line >= 1, "{problems}");
        assert!(problems.0[0].message.starts_with("not valid YAML"), "{problems}");
        let twice = parse("a: 1\na: 2\n", 0).unwrap_err();
        assert_eq!(twice.0[0].at.line, 2, "{twice}");
    }
}
