//! Words to say, with places for variables: `Hello {{name|there}}.`, in one or several languages.

use crate::fields::{Fields, Named, scalar};
use crate::markup::{self, Mark};
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};

/// One wording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub parts: Vec<Part>,
    /// A recording of exactly these words, played instead of speaking them.
    pub audio: Option<String>,
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
    /// Silence, in milliseconds.
    Pause(u32),
    /// From here to its [`Part::Close`] it is spoken in a special way.
    Open(Mark),
    Close,
}

/// The same thing said in one or several ways; one is chosen each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// In the template's main language, or in all of them.
    pub alternatives: Vec<Text>,
    /// By language, where it was written so; the main one is among them.
    pub translations: Vec<(Named, Vec<Text>)>,
}

impl Text {
    /// The variables that appear, with their defaults.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, default } => Some((name.as_str(), default.as_deref())),
            _ => None,
        })
    }

    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.variables().any(|(used, _)| used == name)
    }

    pub(crate) fn parse(source: &str, at: At, problems: &mut Problems) -> Self {
        let mut parts = Vec::new();
        let mut open: Vec<&str> = Vec::new();
        let mut rest = source;
        while !rest.is_empty() {
            let special = markup::next_special(rest);
            if special > 0 {
                parts.push(Part::Literal(rest[..special].to_owned()));
                rest = &rest[special..];
            } else if let Some(inside) = rest.strip_prefix("{{") {
                let Some((variable, after)) = inside.split_once("}}") else {
                    problems.error_with(at, format!("`{{{{{inside}` is not closed"), Some("add `}}`".to_owned()));
                    break;
                };
                parts.extend(parse_variable(variable, at, problems));
                rest = after;
            } else {
                let Some((tag, after)) = rest[1..].split_once('>') else {
                    problems.error_with(at, format!("`{rest}` is not closed"), Some("add `>`".to_owned()));
                    break;
                };
                parts.extend(markup::tag(tag, &mut open, at, problems));
                rest = after;
            }
        }
        if let Some(name) = open.last() {
            problems.error_with(at, format!("`<{name}>` is not closed"), Some(format!("add `</{name}>`")));
        }
        Self { parts, audio: None, at }
    }

    /// All of it, if it has no variables and no marks.
    pub(crate) fn literal(&self) -> Option<Named> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(Named { name: text.clone(), at: self.at }),
            _ => None,
        }
    }

    /// It has words of a language in it, not only variables and punctuation.
    pub(crate) fn has_words(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Literal(text) if text.chars().any(char::is_alphabetic)))
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
    /// In `language`, else in its nearest relative, else in the main one.
    pub fn in_language(&self, language: &str) -> &[Text] {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let exact = self.translations.iter().find(|(tag, _)| tag.name.eq_ignore_ascii_case(language));
        let near = || self.translations.iter().find(|(tag, _)| primary(&tag.name) == primary(language));
        exact.or_else(near).map_or(&self.alternatives, |(_, texts)| texts)
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        let own = self.alternatives.iter().filter(|_| self.translations.is_empty());
        own.chain(self.translations.iter().flat_map(|(_, texts)| texts))
    }

    /// Every alternative mentions `name`.
    pub(crate) fn always_mentions(&self, name: &str) -> bool {
        self.texts().next().is_some() && self.texts().all(|text| text.mentions(name))
    }

    /// A text, a list of alternatives, a recording, or one of these for each language.
    pub(crate) fn read(node: &Node, name: &str, problems: &mut Problems) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            return Some(Self { alternatives: alternatives(node, name, problems)?, translations: Vec::new() });
        };
        if entries.iter().any(|(key, _)| ["text", "audio"].contains(&key.text.as_str())) {
            return Some(Self { alternatives: vec![recorded(node, name, problems)?], translations: Vec::new() });
        }
        let mut translations = Vec::new();
        for (key, node) in entries {
            let language = Named { name: key.text.clone(), at: key.at };
            translations.push((language, alternatives(node, name, problems)?));
        }
        match translations.first() {
            Some((_, first)) => Some(Self { alternatives: first.clone(), translations }),
            None => {
                problems.error(node.at, format!("`{name}` is empty"));
                None
            }
        }
    }
}

fn alternatives(node: &Node, name: &str, problems: &mut Problems) -> Option<Vec<Text>> {
    let items = match &node.kind {
        Kind::List(items) if items.is_empty() => {
            problems.error(node.at, format!("`{name}` is empty"));
            return None;
        }
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().map(|item| one(item, name, problems)).collect()
}

fn one(node: &Node, name: &str, problems: &mut Problems) -> Option<Text> {
    if let Kind::Map(_) = node.kind {
        return recorded(node, name, problems);
    }
    let (text, at) = scalar(node, name, problems)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Text::parse(&text, at, problems))
}

/// `{text: …, audio: greeting.wav}`: the words stand in the transcript and are spoken where the file is missing.
fn recorded(node: &Node, name: &str, problems: &mut Problems) -> Option<Text> {
    let mut fields = Fields::of(node, format!("`{name}`"), problems)?;
    let text = fields.required("text");
    let audio = fields.required("audio").and_then(|node| scalar(node, "audio", fields.problems));
    fields.finish();
    let (file, at) = audio?;
    let mut text = one(text?, name, problems)?;
    if file.starts_with('/') || file.split(['/', '\\']).any(|part| part == "..") || !file.ends_with(".wav") {
        let hint = Some("name a .wav file in the folder of recordings".to_owned());
        problems.error_with(at, format!("`{file}` cannot be a recording"), hint);
    }
    if text.variables().next().is_some() {
        problems.error(at, "a recording cannot have variables in its text: it would not say them");
    }
    text.audio = Some(file);
    Some(text)
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
        let text = Text::parse(source, At { line: 3, column: 7, file: 0 }, &mut problems);
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
    fn markup_is_read_and_a_lone_sign_is_text() {
        let source = r#"Your code is <say-as interpret-as="digits">{{code}}</say-as>. <break time="300ms"/>3 < 4."#;
        let (text, problems) = parse(source);
        assert_eq!(problems, Problems::default());
        assert!(text.parts.contains(&Part::Open(Mark::SayAs(crate::VariableType::Digits))));
        assert!(text.parts.contains(&Part::Pause(300)));
        assert_eq!(text.parts.last(), Some(&Part::Literal("3 < 4.".into())));
    }

    #[test]
    fn wrong_markup_says_what_was_meant() {
        let told = |source: &str| parse(source).1.to_string();
        assert!(told("<emphasys>now</emphasys>").contains("did you mean `emphasis`?"));
        assert!(told("<emphasis>now").contains("`<emphasis>` is not closed; add `</emphasis>`"));
        assert!(told("now</emphasis>").contains("`</emphasis>` closes nothing"));
        assert!(told("<break time=\"9m\"/>").contains("such as `300ms`"));
        assert!(told("<break").contains("add `>`"));
        assert!(told("<prosody rate=\"quick\">x</prosody>").contains("slow"));
        assert!(told("<emphasis><prosody rate=\"slow\">x</emphasis></prosody>").contains("`<prosody>` is open"));
    }

    #[test]
    fn an_open_brace_and_a_bad_name_are_reported_where_they_are() {
        let (_, open) = parse("Hello {{name");
        assert_eq!(open.0[0].at, At { line: 3, column: 7, file: 0 });
        assert!(open.0[0].message.contains("not closed"), "{open}");
        let (_, bad) = parse("Hello {{1st name}}");
        assert!(bad.0[0].message.contains("is not a name"), "{bad}");
    }
}
