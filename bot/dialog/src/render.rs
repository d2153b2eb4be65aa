//! Filling in variables, and the list of prompts that are known before the call.

use crate::api::{BargeIn, Prompt};
use crate::compiled::{CompiledTemplate, barge_in};
use crate::dialog::Variables;
use crate::{english, speak};
use std::collections::{BTreeMap, BTreeSet};
use warmline_schema::{Part, StepKind, Text, Wording};

/// Where values come from.
pub(crate) struct Values<'a> {
    pub template: &'a CompiledTemplate,
    pub variables: &'a Variables,
    pub slots: &'a BTreeMap<String, String>,
    /// Chooses among the wordings of the identification.
    pub seed: u64,
}

impl Values<'_> {
    /// A slot, else the contact's value, else the template's default. Never empty.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let given = self.slots.get(name).or_else(|| self.variables.get(name)).map(|value| value.trim());
        let given = given.filter(|value| !value.is_empty()).map(str::to_owned);
        given.or_else(|| {
            let declared = self.template.template().variables.iter().find(|variable| variable.name.name == name);
            declared.and_then(|variable| variable.default.clone())
        })
    }

    /// Words to say.
    pub(crate) fn spoken(&self, text: &Text) -> String {
        self.fill(text, 0, &|name, value| {
            speak::spoken(value, self.template.form(name)).unwrap_or_else(|_| value.to_owned())
        })
    }

    /// The text with values as they are stored.
    pub(crate) fn raw(&self, text: &Text) -> String {
        self.fill(text, 0, &|_, value| value.to_owned())
    }

    fn fill(&self, text: &Text, depth: usize, say: &dyn Fn(&str, &str) -> String) -> String {
        let mut out = String::new();
        for part in &text.parts {
            match part {
                Part::Literal(literal) => out.push_str(literal),
                Part::Variable { name, default } => match self.built_in(name) {
                    // The identification cannot contain itself.
                    Some(wording) if depth == 0 => {
                        let choice = crate::compiled::chosen(self.seed, usize::MAX, 0, wording.alternatives.len());
                        if let Some(inner) = wording.alternatives.get(choice) {
                            out.push_str(&self.fill(inner, 1, say));
                        }
                    }
                    Some(_) => {}
                    None => match self.value(name) {
                        Some(value) => out.push_str(&say(name, &value)),
                        None => out.push_str(default.as_deref().unwrap_or("")),
                    },
                },
            }
        }
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn built_in(&self, name: &str) -> Option<&Wording> {
        let known = self.template.template().identification.as_ref()?;
        match name {
            "identification" => Some(&known.statement),
            "opt_out" => known.opt_out.as_ref(),
            _ => None,
        }
    }

    /// Company and number for a message, as spoken.
    pub(crate) fn company_and_number(&self) -> Option<(String, String)> {
        let known = self.template.template().identification.as_ref()?;
        let number = self.spoken(&known.callback_number);
        // A number written out in the template itself is spoken as one.
        let number = speak::spoken(&number, speak::Form::Phone).unwrap_or(number);
        Some((self.spoken(&known.company), number))
    }

    /// The message when no agent took the call.
    pub(crate) fn nobody_free(&self) -> String {
        match self.company_and_number() {
            Some((company, number)) => english::NOBODY_FREE.replacen("{}", &company, 1).replacen("{}", &number, 1),
            None => english::NOBODY_FREE_UNNAMED.to_owned(),
        }
    }

    /// The answer to "who is this?", as a prompt of its own.
    pub(crate) fn who_is_this(&self) -> String {
        let known = self.template.template().identification.as_ref();
        let statement = known.and_then(|known| {
            let choice = crate::compiled::chosen(self.seed, usize::MAX, 0, known.statement.alternatives.len());
            known.statement.alternatives.get(choice)
        });
        statement.map_or_else(|| english::WHO_FALLBACK.to_owned(), |text| self.spoken(text))
    }
}

/// Prompts whose words depend on nothing that will be said in the call. The way of the conversation
/// from its entry decides the order.
pub(crate) fn known_prompts(template: &CompiledTemplate, variables: &Variables) -> Vec<Prompt> {
    let slots = BTreeMap::new();
    let fills = filled_slots(template);
    // The wording of the identification is chosen by the call's seed: all of them are rendered.
    let wordings = template.template().identification.as_ref().map_or(1, |known| known.statement.alternatives.len());
    let mut prompts: Vec<Prompt> = Vec::new();
    let mut push = |prompt: Prompt| {
        if !prompt.text.is_empty() && !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    };
    let seeds: Vec<u64> = (0..wordings)
        .filter_map(|wanted| (0..10_000).find(|seed| crate::compiled::chosen(*seed, usize::MAX, 0, wordings) == wanted))
        .collect();
    for step in in_order(template) {
        let step = &template.template().steps[step];
        for (text, rule) in step_texts(&step.kind) {
            let known = text.variables().all(|(name, _)| !fills.contains(name));
            for seed in seeds.iter().filter(|_| known) {
                let values = Values { template, variables, slots: &slots, seed: *seed };
                push(template.prompt(values.spoken(text), rule, &step.name.name));
            }
        }
    }
    for seed in seeds {
        let values = Values { template, variables, slots: &slots, seed };
        frame_prompts(&values).into_iter().for_each(&mut push);
    }
    prompts
}

/// What may be said outside the steps: answers to global intents, lines of the engine.
fn frame_prompts(values: &Values<'_>) -> Vec<Prompt> {
    let template = values.template;
    let fills = filled_slots(template);
    let says = template.template().globals.rules.iter().filter_map(|rule| rule.say.as_ref());
    let known = says.flat_map(|wording| &wording.alternatives);
    let known = known.filter(|text| text.variables().all(|(name, _)| !fills.contains(name)));
    let lines = template.engine_lines().into_iter().map(str::to_owned);
    let own = known.map(|text| values.spoken(text)).chain([values.who_is_this(), values.nobody_free()]).chain(lines);
    own.map(|text| template.prompt(text, BargeIn::Allowed, "")).collect()
}

/// Slots that may be filled in the call.
fn filled_slots(template: &CompiledTemplate) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let patterns = template.template().intents.iter().map(|intent| &intent.patterns);
    names.extend(patterns.flat_map(|patterns| patterns.captures()).map(|slot| slot.name));
    for step in &template.template().steps {
        match &step.kind {
            StepKind::Collect(step) => {
                names.insert(step.slot.name.clone());
                names.extend(step.also.as_ref().map(|(slot, _)| slot.name.clone()));
            }
            StepKind::Set(step) => names.extend(step.slots.iter().map(|(slot, _)| slot.name.clone())),
            StepKind::Ask(step) => {
                let captures = step.answers.iter().flat_map(|answer| answer.patterns.captures());
                names.extend(captures.map(|slot| slot.name));
            }
            _ => {}
        }
    }
    names
}

/// Steps from the entries on, breadth first.
fn in_order(template: &CompiledTemplate) -> Vec<usize> {
    let entry = &template.template().entry;
    let machine = entry.machine_with_beep.iter().chain(&entry.machine_without_beep);
    let mut order: Vec<usize> = Vec::new();
    let add = |order: &mut Vec<usize>, step: Option<usize>| {
        if let Some(step) = step.filter(|step| !order.contains(step)) {
            order.push(step);
        }
    };
    for target in std::iter::once(&entry.person).chain(machine) {
        add(&mut order, template.step_index(target));
    }
    let mut next = 0;
    while let Some(&step) = order.get(next) {
        for target in template.template().steps[step].targets() {
            add(&mut order, template.step_index(target));
        }
        next += 1;
    }
    for step in 0..template.template().steps.len() {
        add(&mut order, Some(step));
    }
    order
}

/// What a step may say, the first thing first.
fn step_texts(kind: &StepKind) -> Vec<(&Text, BargeIn)> {
    let never = BargeIn::Never;
    match kind {
        StepKind::Say(step) => all(vec![Some(&step.prompt)], barge_in(step.barge_in)),
        StepKind::Ask(step) => {
            let retry = &step.retry;
            let texts =
                vec![Some(&step.prompt), retry.reprompt.as_ref(), retry.on_silence.as_ref(), retry.by_key.as_ref()];
            all(texts, barge_in(step.barge_in))
        }
        StepKind::Collect(step) => {
            let retry = &step.retry;
            let texts =
                vec![Some(&step.prompt), retry.reprompt.as_ref(), retry.on_silence.as_ref(), retry.by_key.as_ref()];
            all(texts, barge_in(step.barge_in))
        }
        StepKind::Handover(step) => all(vec![step.prompt.as_ref()], never),
        StepKind::Voicemail(step) => all(vec![Some(&step.message)], never),
        StepKind::Callback(step) => all(vec![step.prompt.as_ref()], BargeIn::Allowed),
        StepKind::End(step) => all(vec![step.prompt.as_ref()], never),
        StepKind::Branch(_) | StepKind::Set(_) | StepKind::Tag(_) => Vec::new(),
    }
}

fn all(wordings: Vec<Option<&Wording>>, rule: BargeIn) -> Vec<(&Text, BargeIn)> {
    wordings.into_iter().flatten().flat_map(|wording| &wording.alternatives).map(|text| (text, rule)).collect()
}
