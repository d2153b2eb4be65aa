//! What a person may mean: similar utterances, keyword rules and regular expressions.

use crate::fields::{Fields, Named, checked_name};
use crate::node::{Key, Kind, Node};
use crate::problem::Problems;

/// One meaning and the ways to recognise it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    pub name: Named,
    pub patterns: Patterns,
    /// Of two meanings that fit about equally well, the one with the higher priority wins; 0 unless it says otherwise.
    pub priority: i32,
}

/// Ways to recognise one meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Utterances that mean it; near ones are found by their words and by meaning.
    pub phrases: Vec<Named>,
    pub keywords: Vec<Keywords>,
    /// Regular expressions over the normalised words. A named group fills the slot of that name.
    pub regex: Vec<Named>,
    /// Negative examples: utterances that look like it and do not mean it.
    pub not_phrases: Vec<Named>,
}

/// A keyword rule: every `must`, at least one `any` (if there are any) and no `not`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keywords {
    pub must: Vec<String>,
    pub any: Vec<String>,
    pub not: Vec<String>,
}

/// Longest regular expression accepted, in bytes of its compiled form.
pub const REGEX_SIZE_LIMIT: usize = 64 * 1024;

impl Patterns {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let patterns = Self {
            phrases: fields.texts("phrases"),
            keywords: match fields.optional("keywords") {
                Some(node) => keywords(node, fields.problems),
                None => Vec::new(),
            },
            regex: fields.texts("regex"),
            not_phrases: fields.texts("not_phrases"),
        };
        for source in &patterns.regex {
            checked_regex(source.clone(), fields.problems);
        }
        patterns
    }

    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty() && self.keywords.is_empty() && self.regex.is_empty()
    }

    /// Slots filled by named groups.
    pub fn captures(&self) -> impl Iterator<Item = Named> {
        self.regex.iter().flat_map(|source| {
            let names = regex::Regex::new(&source.name)
                .map(|regex| regex.capture_names().flatten().map(str::to_owned).collect::<Vec<_>>());
            names.unwrap_or_default().into_iter().map(|name| Named { name, at: source.at })
        })
    }
}

impl Intent {
    pub(crate) fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        Self::read_as("intent", key, node, problems)
    }

    /// `what` it is called in messages.
    pub(crate) fn read_as(what: &'static str, key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, what, problems)?;
        // A bare list is a list of phrases.
        if let Kind::List(_) = node.kind {
            let phrases = crate::fields::texts(node, "phrases", problems);
            return Some(Self { name, patterns: Patterns { phrases, ..Patterns::default() }, priority: 0 });
        }
        let mut fields = Fields::of(node, format!("{what} `{}`", key.text), problems)?;
        let patterns = Patterns::read(&mut fields);
        let priority = fields.number("priority").unwrap_or_default();
        if !(-9.0..=9.0).contains(&priority) || priority.fract() != 0.0 {
            fields.problems.error(key.at, "`priority` should be a whole number from -9 to 9");
        }
        fields.finish();
        Some(Self { name, patterns, priority: priority as i32 })
    }
}

/// `source`, if it is a regular expression that is not too large.
pub(crate) fn checked_regex(source: Named, problems: &mut Problems) -> Option<Named> {
    match regex::RegexBuilder::new(&source.name).size_limit(REGEX_SIZE_LIMIT).build() {
        Ok(_) => Some(source),
        Err(error) => {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or("it cannot be compiled").trim_start_matches("error: ");
            problems.error(source.at, format!("regex `{}`: {why}", source.name));
            None
        }
    }
}

fn keywords(node: &Node, problems: &mut Problems) -> Vec<Keywords> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(|item| keyword_rule(item, problems)).collect()
}

fn keyword_rule(node: &Node, problems: &mut Problems) -> Option<Keywords> {
    if let Kind::Scalar(_) = node.kind {
        let (word, _) = crate::fields::scalar(node, "keywords", problems)?;
        return Some(Keywords { any: vec![word], ..Keywords::default() });
    }
    let mut fields = Fields::of(node, "keyword rule", problems)?;
    let mut words = |name| fields.texts(name).into_iter().map(|word| word.name).collect::<Vec<_>>();
    let rule = Keywords { must: words("must"), any: words("any"), not: words("not") };
    if rule.must.is_empty() && rule.any.is_empty() {
        fields
            .problems
            .error(node.at, "a keyword rule needs `must` or `any`; `not` alone would match nearly everything");
    }
    fields.finish();
    Some(rule)
}
