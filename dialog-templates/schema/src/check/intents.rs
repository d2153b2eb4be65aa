//! Intents: known where they are expected, recognisable, and not in each other's way.

use crate::problem::Problems;
use crate::steps::{Ask, StepKind};
use crate::template::Template;
use crate::{GlobalIntent, Intent};
use std::collections::BTreeMap;

pub(super) fn check(template: &Template, problems: &mut Problems) {
    let known: Vec<&str> = template.intents.iter().map(|intent| intent.name.name.as_str()).collect();
    for intent in &template.intents {
        if intent.patterns.is_empty() {
            problems.error(intent.name.at, format!("intent `{}` has no phrases, keywords or regex", intent.name.name));
        }
        if GlobalIntent::ALL.iter().any(|global| global.name() == intent.name.name) {
            let message = format!("`{}` is a global intent", intent.name.name);
            let hint = Some("add its phrases under `globals`".to_owned());
            problems.error_with(intent.name.at, message, hint);
        }
    }
    let mut used = std::collections::BTreeSet::new();
    for step in &template.steps {
        for intent in step.outline().intents {
            if !known.contains(&intent.name.as_str()) {
                problems.unknown(intent.at, "intent", &intent.name, known.iter().copied());
            }
        }
        if let StepKind::Ask(ask) = &step.kind {
            used.extend(ask.answers.iter().map(|answer| answer.intent.name.as_str()));
            check_ask(template, ask, problems);
        }
    }
    check_knowledge(template, problems);
    for intent in &template.intents {
        if !used.contains(intent.name.name.as_str()) {
            let message = format!("intent `{}` is expected in no step", intent.name.name);
            problems.warning(intent.name.at, message, "use it in an `ask`, or remove it");
        }
    }
}

/// Two entries that answer the same question.
fn check_knowledge(template: &Template, problems: &mut Problems) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for entry in &template.knowledge {
        for question in &entry.questions.phrases {
            let owner = *seen.entry(question.name.to_lowercase()).or_insert(&entry.name.name);
            if owner != entry.name.name {
                let message = format!("`{}` is answered by both `{owner}` and `{}`", question.name, entry.name.name);
                problems.error(question.at, message);
            }
        }
    }
}

/// The same phrase for two answers, or the opt-out's key for something else.
fn check_ask(template: &Template, ask: &Ask, problems: &mut Problems) {
    let mut seen: Vec<(String, &str)> = Vec::new();
    for answer in &ask.answers {
        let name = answer.intent.name.as_str();
        let shared = template.intents.iter().find(|intent: &&Intent| intent.name.name == name);
        let phrases = shared.iter().flat_map(|intent| &intent.patterns.phrases).chain(&answer.patterns.phrases);
        for phrase in phrases {
            let plain = phrase.name.to_lowercase();
            match seen.iter().find(|(other, _)| *other == plain) {
                Some((_, owner)) if *owner != name => {
                    let message = format!("phrase `{}` means both `{owner}` and `{name}` in one step", phrase.name);
                    problems.error(phrase.at, message);
                }
                Some(_) => {}
                None => seen.push((plain, name)),
            }
        }
        let opt_out_key = template.globals.rule(GlobalIntent::DoNotCall).and_then(|rule| rule.key);
        if answer.key.is_some() && answer.key == opt_out_key {
            let key = answer.key.unwrap_or_default();
            let hint = Some("use another key, or give `globals: do_not_call` another `key`".to_owned());
            problems.error_with(answer.intent.at, format!("key {key} is the opt-out of this template"), hint);
        }
    }
}
