//! Do the conversations of a template notice when something in it is wrong? Breaks one thing of a parsed template at
//! a time and holds its conversations: a break that no conversation fails on is a hole in the tests.
//!
//! Wordings, tags and waiting times are not broken: the first would be found by any `bot` line, the last change
//! nothing but time.

mod flow;
mod meaning;
mod values;

use crate::compiled::CompiledTemplate;
pub(crate) use crate::dice::Dice;
use crate::plan::Plan;
use std::fmt;
use std::sync::Arc;
use warmline_schema::{At, Template};

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A `goto`, `next`, `otherwise` … leads to another step.
    Transition,
    /// A condition of a `branch` is turned round.
    Condition,
    /// A slot is of another type, or a choice lacks a value.
    SlotType,
    /// A limit, number of attempts, or bound of a value.
    Limit,
    /// An answer, an intent's phrases or an entry of the knowledge base is gone.
    Intent,
    Keyword,
    Regex,
    Key,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Transition,
        Self::Condition,
        Self::SlotType,
        Self::Limit,
        Self::Intent,
        Self::Keyword,
        Self::Regex,
        Self::Key,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Transition => "transition",
            Self::Condition => "condition",
            Self::SlotType => "slot type",
            Self::Limit => "limit",
            Self::Intent => "intent",
            Self::Keyword => "keyword",
            Self::Regex => "regex",
            Self::Key => "key",
        }
    }
}

/// One thing to break.
pub struct Mutant {
    pub kind: Kind,
    /// Where it is written.
    pub at: At,
    /// "step `greet`: `next` leads to `bye` instead of `ask`".
    pub what: String,
    change: Box<dyn Fn(&mut Template) + Send + Sync>,
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.at.line, self.kind.name(), self.what)
    }
}

impl Mutant {
    fn new(kind: Kind, at: At, what: String, change: impl Fn(&mut Template) + Send + Sync + 'static) -> Self {
        Self { kind, at, what, change: Box::new(change) }
    }

    /// `template`, broken.
    pub fn of(&self, template: &Template) -> Template {
        let mut broken = template.clone();
        (self.change)(&mut broken);
        broken
    }

    /// Does a conversation of `plan` fail on it? A template that cannot be made ready is noticed at once.
    pub fn is_noticed(&self, template: &Template, plan: &Plan) -> bool {
        match CompiledTemplate::compile(self.of(template)) {
            Ok(broken) => plan.fails(&Arc::new(broken)),
            Err(_) => true,
        }
    }
}

/// Everything of `template` that can be broken, in its order. The same seed breaks it the same way.
pub fn mutants(template: &Template, seed: u64) -> Vec<Mutant> {
    let mut dice = Dice::new(seed);
    let mut found = flow::mutants(template, &mut dice);
    found.extend(values::mutants(template, &mut dice));
    found.extend(meaning::mutants(template));
    found
}

/// `count` of the places `0..of`, drawn without replacement, in their order.
pub fn drawn(of: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..of).collect();
    let mut dice = Dice::new(seed);
    for last in (1..of).rev() {
        places.swap(last, dice.below(last + 1));
    }
    places.truncate(count);
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEMPLATE: &str = r#"
template: small
voice: flite:slt
entry: { person: hello }
limits: { no_match: { most: 4, goto: bye } }
steps:
  hello:
    type: ask
    prompt: Coffee or tea?
    answers:
      coffee: { goto: cups, key: "1", phrases: [a coffee] }
      tea: { goto: bye, phrases: [a tea] }
  cups: { type: collect, slot: cups, as: number, at_most: 9, prompt: How many cups?, next: bye }
  bye: { type: end, prompt: Goodbye. }
"#;
    const PLAN: &str = r#"
template: small
now: "2026-11-20T10:00:00"
dialogs:
  - name: coffee
    talk: [{ user: a coffee }, { bot: How many cups? }, { user: three }, { bot: Goodbye }]
    expect: { end: completed, slots: { cups: "3" } }
"#;

    #[test]
    fn a_global_rule_of_keywords_alone_knows_its_line() {
        let text = TEMPLATE.replace("entry:", "globals:\n  human: { keywords: [boss] }\nentry:");
        let template = warmline_schema::parse(&text).unwrap();
        let found = mutants(&template, 1);
        let lines: Vec<u32> = found.iter().filter(|m| m.kind == Kind::Keyword).map(|m| m.at.line).collect();
        assert_eq!(lines, [5]);
    }

    #[test]
    fn breaks_are_noticed_where_a_conversation_passes_and_named_where_none_does() {
        let template = warmline_schema::parse(TEMPLATE).unwrap();
        let plan = Plan::parse(PLAN).unwrap();
        let all = mutants(&template, 1);
        let survivors: Vec<_> = all.iter().filter(|mutant| !mutant.is_noticed(&template, &plan)).collect();
        let named = |what: &str| survivors.iter().find(|mutant| mutant.what.contains(what));
        assert!(named("`cups`: `next`").is_none() && named("`cups` is").is_none(), "{survivors:?}");
        assert_eq!(named("answer `tea`").unwrap().at.line, 12, "{survivors:?}");
        assert_eq!(named("key 1").unwrap().kind, Kind::Key, "{survivors:?}");
        assert!(named("no_match").is_some(), "{survivors:?}");
        assert!(Kind::ALL.iter().filter(|kind| all.iter().any(|mutant| mutant.kind == **kind)).count() >= 5);
    }

    #[test]
    fn a_draw_is_without_repetition_and_the_same_for_the_same_seed() {
        let draw = drawn(100, 20, 7);
        assert_eq!(draw, drawn(100, 20, 7));
        assert_ne!(draw, drawn(100, 20, 8));
        assert_eq!(draw.iter().collect::<std::collections::BTreeSet<_>>().len(), 20);
        assert_eq!(drawn(3, 20, 7), [0, 1, 2]);
    }
}
