//! YAML as a tree in which every value knows its line and column.
//!
//! Scalars keep the text that was written: `yes`, `08:00` and `1.50` stay what the trainer typed,
//! whatever YAML would make of them.

use crate::problem::At;

pub(crate) use crate::yaml::parse;

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
