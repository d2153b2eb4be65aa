//! Filling in variables, and the list of prompts that are known before the call.

use crate::api::{BargeIn, Prompt};
use crate::compiled::{CompiledTemplate, barge_in};
use crate::dialog::Variables;
use crate::language::Language;
use crate::lines;
use crate::speak::{self, Form};
use crate::speech::{Speaker, Speech};
use std::collections::{BTreeMap, BTreeSet};
use warmline_schema::{Part, StepKind, Text, Wording};

/// Where values come from.
pub(crate) struct Values<'a> {
    pub template: &'a CompiledTemplate,
    pub variables: &'a Variables,
    pub slots: &'a BTreeMap<String, String>,
    /// Chooses among the wordings of the identification.
    pub seed: u64,
    /// A tag of the template's.
    pub language: &'a str,
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

    /// Words to say, and how.
    pub(crate) fn spoken(&self, text: &Text) -> Speech {
        let mut voice = Speaker::default();
        self.fill(text, 0, &mut voice, true);
        let mut speech = voice.finish();
        speech.audio.clone_from(&text.audio);
        speech
    }

    /// The text with values as they are stored.
    pub(crate) fn raw(&self, text: &Text) -> String {
        let mut voice = Speaker::default();
        self.fill(text, 0, &mut voice, false);
        voice.finish().text
    }

    fn fill(&self, text: &Text, depth: usize, voice: &mut Speaker, aloud: bool) {
        let language = Language::of(self.language);
        let in_form = |value: &str, form: Form, after: Option<&Part>| match (aloud, after) {
            (true, Some(Part::Literal(after))) => speak::spoken_before(value, form, language, after),
            (true, _) => speak::spoken(value, form, language),
            (false, _) => Ok(value.to_owned()),
        };
        for (place, part) in text.parts.iter().enumerate() {
            let after = text.parts.get(place + 1);
            let in_form = |value: &str, form: Form| in_form(value, form, after).unwrap_or_else(|_| value.to_owned());
            match part {
                Part::Literal(literal) => match voice.form() {
                    Some(form) => voice.push(&in_form(literal.trim(), form)),
                    None => voice.push(literal),
                },
                Part::Variable { name, default } => match self.built_in(name) {
                    // The identification cannot contain itself.
                    Some(inner) if depth == 0 => {
                        if let Some(inner) = self.wording(inner) {
                            self.fill(inner, 1, voice, aloud);
                        }
                    }
                    Some(_) => {}
                    None => match self.value(name) {
                        Some(value) => {
                            let form = voice.form().unwrap_or(self.template.form(name));
                            voice.push(&in_form(&value, form));
                        }
                        None => voice.push(default.as_deref().unwrap_or("")),
                    },
                },
                Part::Pause(ms) => voice.pause(*ms),
                Part::Open(mark) => voice.open(*mark),
                Part::Close => voice.close(),
            }
        }
    }

    /// One of the wordings of the identification, the same for the whole call.
    fn wording<'w>(&self, wording: &'w Wording) -> Option<&'w Text> {
        let texts = wording.in_language(self.language);
        texts.get(crate::compiled::chosen(self.seed, usize::MAX, 0, texts.len()))
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
        let number = self.spoken(&known.callback_number).text;
        // A number written out in the template itself is spoken as one.
        let number = speak::spoken(&number, Form::Phone, Language::of(self.language)).unwrap_or(number);
        Some((self.spoken(&known.company).text, number))
    }

    /// The message when no agent took the call.
    pub(crate) fn nobody_free(&self) -> String {
        let lines = lines::of(self.language);
        match self.company_and_number() {
            Some((company, number)) => lines::filled(lines.nobody_free, &[&company, &number]),
            None => lines.nobody_free_unnamed.to_owned(),
        }
    }

    /// The answer to "who is this?", as a prompt of its own.
    pub(crate) fn who_is_this(&self) -> String {
        let known = self.template.template().identification.as_ref();
        let statement = known.and_then(|known| self.wording(&known.statement));
        statement.map_or_else(|| lines::of(self.language).who.to_owned(), |text| self.spoken(text).text)
    }
}

/// Prompts whose words depend on nothing that will be said in the call. The way of the conversation
/// from its entry decides the order.
pub(crate) fn known_prompts(template: &CompiledTemplate, variables: &Variables) -> Vec<Prompt> {
    let slots = BTreeMap::new();
    let fills = filled_slots(template);
    let language = template.language_of(variables);
    // The wording of the identification is chosen by the call's seed: all of them are rendered.
    let wordings =
        template.template().identification.as_ref().map_or(1, |known| known.statement.in_language(language).len());
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
        for (text, rule) in step_texts(&step.kind, language) {
            let known = text.variables().all(|(name, _)| !fills.contains(name));
            for seed in seeds.iter().filter(|_| known) {
                let values = Values { template, variables, slots: &slots, seed: *seed, language };
                push(values.spoken(text).prompt(template.voice(language), rule, &step.name.name));
            }
        }
    }
    for seed in seeds {
        let values = Values { template, variables, slots: &slots, seed, language };
        frame_prompts(&values).into_iter().for_each(&mut push);
    }
    prompts
}

/// What may be said outside the steps: answers to global intents, lines of the engine.
fn frame_prompts(values: &Values<'_>) -> Vec<Prompt> {
    let template = values.template;
    let fills = filled_slots(template);
    let says = template.template().globals.rules.iter().filter_map(|rule| rule.say.as_ref());
    let answers = template.template().knowledge.iter().map(|entry| &entry.answer);
    let known = says.chain(answers).flat_map(|wording| wording.in_language(values.language));
    let known = known.filter(|text| text.variables().all(|(name, _)| !fills.contains(name)));
    let lines = template.engine_lines().into_iter().map(str::to_owned);
    let own = [values.who_is_this(), values.nobody_free()].into_iter().chain(lines).map(Speech::plain);
    let all = known.map(|text| values.spoken(text)).chain(own);
    all.map(|speech| speech.prompt(template.voice(values.language), BargeIn::Allowed, "")).collect()
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
            StepKind::Form(form) => names.extend(form.fields.iter().map(|field| field.slot.name.clone())),
            StepKind::Http(http) => names.extend(http.results.iter().map(|(slot, _)| slot.name.clone())),
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
fn step_texts<'a>(kind: &'a StepKind, language: &str) -> Vec<(&'a Text, BargeIn)> {
    let rule = match kind {
        StepKind::Say(step) => barge_in(step.barge_in),
        StepKind::Ask(step) => barge_in(step.barge_in),
        StepKind::Collect(step) => barge_in(step.barge_in),
        StepKind::Form(step) => barge_in(step.barge_in),
        StepKind::Callback(_) => BargeIn::Allowed,
        _ => BargeIn::Never,
    };
    // Labels of a menu are spoken as one line, and a read-back says what was just answered.
    let own = match kind {
        StepKind::Ask(step) => std::iter::once(&step.prompt).chain(step.retry.wordings()).collect(),
        StepKind::Collect(step) => std::iter::once(&step.prompt).chain(step.retry.wordings()).collect(),
        _ => kind.wordings(),
    };
    own.into_iter().flat_map(|wording| wording.in_language(language)).map(|text| (text, rule)).collect()
}
