//! Reading the fields of one YAML block into typed values.
//!
//! A missing, misspelt or ill-typed field becomes a [`Problem`](crate::Problem); reading goes on, so
//! that a trainer sees every mistake at once. A reader returns `None` only after it has reported why.

use crate::node::{Key, Kind, Node};
use crate::problem::{At, Problems};

/// The fields of one block, ticked off as they are read.
pub(crate) struct Fields<'a, 'p> {
    /// Where the block begins.
    pub at: At,
    what: String,
    entries: &'a [(Key, Node)],
    asked: Vec<&'static str>,
    pub problems: &'p mut Problems,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// The fields of `node`, which is `what` ("step `greet`", for messages).
    pub(crate) fn of(node: &'a Node, what: impl Into<String>, problems: &'p mut Problems) -> Option<Self> {
        let what = what.into();
        match &node.kind {
            Kind::Map(entries) => Some(Self { at: node.at, what, entries, asked: Vec::new(), problems }),
            _ => {
                problems.error(node.at, format!("{what} should be a block of fields, not {}", node.describe()));
                None
            }
        }
    }

    pub(crate) fn optional(&mut self, name: &'static str) -> Option<&'a Node> {
        self.asked.push(name);
        self.entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    pub(crate) fn required(&mut self, name: &'static str) -> Option<&'a Node> {
        let found = self.optional(name);
        if found.is_none() {
            self.problems.error(self.at, format!("{} lacks `{name}`", self.what));
        }
        found
    }

    /// Report the fields that nobody asked for.
    pub(crate) fn finish(self) {
        for (key, _) in self.entries {
            if !self.asked.contains(&key.text.as_str()) {
                let what = format!("field of {}", self.what);
                self.problems.unknown(key.at, &what, &key.text, self.asked.iter().copied());
            }
        }
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let node = self.optional(name)?;
        scalar(node, name, self.problems).map(|(text, _)| text)
    }

    pub(crate) fn name(&mut self, name: &'static str) -> Option<Named> {
        let node = self.optional(name)?;
        named(node, name, self.problems)
    }

    pub(crate) fn required_name(&mut self, name: &'static str) -> Option<Named> {
        let node = self.required(name)?;
        named(node, name, self.problems)
    }

    pub(crate) fn count(&mut self, name: &'static str, least: u32, most: u32) -> Option<u32> {
        let node = self.optional(name)?;
        let (text, at) = scalar(node, name, self.problems)?;
        match text.parse() {
            Ok(n) if (least..=most).contains(&n) => Some(n),
            _ => {
                self.problems
                    .error(at, format!("`{name}` should be a whole number from {least} to {most}, not `{text}`"));
                None
            }
        }
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<f64> {
        let node = self.optional(name)?;
        let (text, at) = scalar(node, name, self.problems)?;
        let number = text.parse().ok().filter(|n: &f64| n.is_finite());
        if number.is_none() {
            self.problems.error(at, format!("`{name}` should be a number, not `{text}`"));
        }
        number
    }

    /// One of a closed set of words.
    pub(crate) fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let node = self.optional(name)?;
        let (text, at) = scalar(node, name, self.problems)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.problems.unknown(at, &format!("value of `{name}`"), &text, choices.iter().map(|(word, _)| *word));
        }
        found
    }

    /// A text or a list of texts.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<Named> {
        match self.optional(name) {
            Some(node) => texts(node, name, self.problems),
            None => Vec::new(),
        }
    }

    /// The entries of a block whose keys the trainer chose.
    pub(crate) fn entries(&mut self, name: &'static str) -> &'a [(Key, Node)] {
        let Some(node) = self.optional(name) else { return &[] };
        match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Null => &[],
            _ => {
                self.problems.error(node.at, format!("`{name}` should be a block of fields, not {}", node.describe()));
                &[]
            }
        }
    }
}

/// A text that remembers where it was written: a name, a step to go to, a phrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub at: At,
}

/// A non-empty scalar.
pub(crate) fn scalar(node: &Node, name: &str, problems: &mut Problems) -> Option<(String, At)> {
    match &node.kind {
        Kind::Scalar(text) if !text.trim().is_empty() => Some((text.trim().to_owned(), node.at)),
        Kind::Scalar(_) | Kind::Null => {
            problems.error(node.at, format!("`{name}` is empty"));
            None
        }
        _ => {
            problems.error(node.at, format!("`{name}` should be a text, not {}", node.describe()));
            None
        }
    }
}

/// A scalar that can be used as a name: letters, digits, `_` and `-`, beginning with a letter.
pub(crate) fn named(node: &Node, what: &str, problems: &mut Problems) -> Option<Named> {
    let (name, at) = scalar(node, what, problems)?;
    checked_name(&name, at, what, problems)
}

/// `name`, if it can be one.
pub(crate) fn checked_name(name: &str, at: At, what: &str, problems: &mut Problems) -> Option<Named> {
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !good {
        let rule = Some("use letters, digits, `_` and `-`, beginning with a letter".to_owned());
        problems.error_with(at, format!("{what} `{name}` is not a name"), rule);
        return None;
    }
    Some(Named { name: name.to_owned(), at })
}

/// A text or a list of texts.
pub(crate) fn texts(node: &Node, name: &str, problems: &mut Problems) -> Vec<Named> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(|item| scalar(item, name, problems)).map(|(name, at)| Named { name, at }).collect()
}
