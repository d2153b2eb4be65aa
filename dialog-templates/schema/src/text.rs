//! Words to say, with places for variables: `Hello {{name|there}}.`

use crate::fields::{Fields, scalar};
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};

/// One wording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub parts: Vec<Part>,
    pub at: At,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Literal(String),
    /// A variable, a slot or a built-in name; `default` is said when it has no value.
    Variable {
        name: String,
        default: Option<String>,
    },
}

/// The same thing said in one or several ways; one is chosen each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    pub alternatives: Vec<Text>,
}

impl Text {
    /// The variables that appear, with their defaults.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Variable { name, default } => Some((name.as_str(), default.as_deref())),
        })
    }

    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.variables().any(|(used, _)| used == name)
    }

    pub(crate) fn parse(source: &str, at: At, problems: &mut Problems) -> Self {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((before, inside)) = rest.split_once("{{") {
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            let Some((variable, after)) = inside.split_once("}}") else {
                problems.error_with(at, format!("`{{{{{inside}` is not closed"), Some("add `}}`".to_owned()));
                return Self { parts, at };
            };
            parts.extend(parse_variable(variable, at, problems));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Self { parts, at }
    }
}

fn parse_variable(source: &str, at: At, problems: &mut Problems) -> Option<Part> {
    let (name, default) = match source.split_once('|') {
        Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
        None => (source.trim(), None),
    };
    let name = crate::fields::checked_name(name, at, "variable", problems)?;
    Some(Part::Variable { name: name.name, default })
}

impl Wording {
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.alternatives.iter()
    }

    /// Every alternative mentions `name`.
    pub(crate) fn always_mentions(&self, name: &str) -> bool {
        !self.alternatives.is_empty() && self.alternatives.iter().all(|text| text.mentions(name))
    }

    pub(crate) fn read(node: &Node, name: &str, problems: &mut Problems) -> Option<Self> {
        let items = match &node.kind {
            Kind::List(items) if items.is_empty() => {
                problems.error(node.at, format!("`{name}` is empty"));
                return None;
            }
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut alternatives = Vec::new();
        for item in items {
            let (text, at) = scalar(item, name, problems)?;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            alternatives.push(Text::parse(&text, at, problems));
        }
        Some(Self { alternatives })
    }
}

impl Fields<'_, '_> {
    pub(crate) fn wording(&mut self, name: &'static str) -> Option<Wording> {
        let node = self.optional(name)?;
        Wording::read(node, name, self.problems)
    }

    pub(crate) fn required_wording(&mut self, name: &'static str) -> Option<Wording> {
        let node = self.required(name)?;
        Wording::read(node, name, self.problems)
    }

    /// One wording, without alternatives.
    pub(crate) fn one_text(&mut self, name: &'static str) -> Option<Text> {
        let node = self.optional(name)?;
        let (text, at) = scalar(node, name, self.problems)?;
        Some(Text::parse(&text, at, self.problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> (Text, Problems) {
        let mut problems = Problems::default();
        let text = Text::parse(source, At { line: 3, column: 7 }, &mut problems);
        (text, problems)
    }

    #[test]
    fn variables_and_defaults_are_found() {
        let (text, problems) = parse("Hello {{ name | there }}, it is {{time}}.");
        assert_eq!(problems, Problems::default());
        assert_eq!(text.variables().collect::<Vec<_>>(), [("name", Some("there")), ("time", None)]);
        assert_eq!(text.parts.last(), Some(&Part::Literal(".".into())));
    }

    #[test]
    fn an_open_brace_and_a_bad_name_are_reported_where_they_are() {
        let (_, open) = parse("Hello {{name");
        assert_eq!(open.0[0].at, At { line: 3, column: 7 });
        assert!(open.0[0].message.contains("not closed"), "{open}");
        let (_, bad) = parse("Hello {{1st name}}");
        assert!(bad.0[0].message.contains("is not a name"), "{bad}");
    }
}
