//! Answers, phrases, keywords, regular expressions and keys that are gone.

use super::{Kind, Mutant};
use warmline_schema::{At, Patterns, StepKind, Template};

/// Where patterns stand, by how they are reached in a template.
type PatternsOf = std::sync::Arc<dyn Fn(&mut Template) -> Option<&mut Patterns> + Send + Sync>;

pub(super) fn mutants(template: &Template) -> Vec<Mutant> {
    let mut found = Vec::new();
    for (place, step) in template.steps.iter().enumerate() {
        let StepKind::Ask(ask) = &step.kind else { continue };
        for (nth, answer) in ask.answers.iter().enumerate() {
            let of = format!("step `{}`: answer `{}`", step.name.name, answer.intent.name);
            if ask.answers.len() > 1 {
                found.push(Mutant::new(Kind::Intent, answer.intent.at, format!("{of} is gone"), move |broken| {
                    if let StepKind::Ask(ask) = &mut broken.steps[place].kind {
                        ask.answers.remove(nth);
                    }
                }));
            }
            if let Some(key) = answer.key {
                let what = format!("{of} has lost its key {key}");
                found.push(Mutant::new(Kind::Key, answer.intent.at, what, move |broken| {
                    if let StepKind::Ask(ask) = &mut broken.steps[place].kind {
                        ask.answers[nth].key = None;
                    }
                }));
            }
            let reach: PatternsOf = std::sync::Arc::new(move |broken| match &mut broken.steps[place].kind {
                StepKind::Ask(ask) => Some(&mut ask.answers[nth].patterns),
                _ => None,
            });
            found.extend(patterns(&answer.patterns, &of, answer.intent.at, &reach));
        }
    }
    for (place, intent) in template.intents.iter().enumerate() {
        let reach: PatternsOf = std::sync::Arc::new(move |broken| Some(&mut broken.intents[place].patterns));
        found.extend(patterns(&intent.patterns, &format!("intent `{}`", intent.name.name), intent.name.at, &reach));
    }
    for (place, rule) in template.globals.rules.iter().enumerate().filter(|(_, rule)| rule.enabled) {
        let reach: PatternsOf = std::sync::Arc::new(move |broken| Some(&mut broken.globals.rules[place].patterns));
        found.extend(patterns(&rule.patterns, &format!("global intent `{}`", rule.intent.name()), rule.at, &reach));
    }
    for (place, entry) in template.knowledge.iter().enumerate() {
        let what = format!("knowledge `{}` is gone", entry.name.name);
        found.push(Mutant::new(Kind::Intent, entry.name.at, what, move |broken| {
            broken.knowledge.remove(place);
        }));
    }
    found
}

fn patterns(written: &Patterns, of: &str, at: At, reach: &PatternsOf) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut add = |kind, at, what, change: fn(&mut Patterns, usize), nth: usize| {
        let reach = reach.clone();
        found.push(Mutant::new(kind, at, what, move |broken| {
            if let Some(patterns) = reach(broken) {
                change(patterns, nth);
            }
        }));
    };
    if let Some(first) = written.phrases.first() {
        add(Kind::Intent, first.at, format!("{of} has lost its phrases"), |patterns, _| patterns.phrases.clear(), 0);
    }
    for (nth, rule) in written.keywords.iter().enumerate() {
        let words = rule.must.iter().chain(&rule.any).cloned().collect::<Vec<_>>().join("`, `");
        let what = format!("{of} has lost its keywords `{words}`");
        add(Kind::Keyword, at, what, |patterns, nth| drop(patterns.keywords.remove(nth)), nth);
    }
    for (nth, regex) in written.regex.iter().enumerate() {
        let what = format!("{of} has lost its regex `{}`", regex.name);
        add(Kind::Regex, regex.at, what, |patterns, nth| drop(patterns.regex.remove(nth)), nth);
    }
    found
}
