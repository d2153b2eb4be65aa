//! What may be said at each point where the conversation listens.

use crate::built_in;
use crate::language::Language;
use crate::nlu::{Candidate, Meaning};
use warmline_schema::{Ask, GlobalIntent, Patterns, SlotShape, SlotType, StepKind, Template};

/// What the recogniser should expect at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenContext {
    /// Step that listens.
    pub step: String,
    /// Whole phrases, normalised: lower case, no punctuation, numbers as words. Global ones included.
    pub phrases: Vec<String>,
    pub grammars: Vec<SlotGrammar>,
}

/// Closed grammars a slot may be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotGrammar {
    YesNo,
    /// Cardinal numbers.
    Number,
    /// A string of digits.
    Digits,
    Date,
    Time,
}

/// Where the conversation can listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Point {
    pub step: usize,
    pub part: Part,
}

/// What of a step is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// The step's one question.
    Answer,
    /// Whether what was understood is right.
    Confirm,
    /// A field of a form, by its place.
    Field(usize),
}

impl Point {
    pub(crate) fn confirms(self) -> bool {
        self.part == Part::Confirm
    }

    /// The name under which a stored turn keeps what was asked of the step.
    pub(crate) fn name(self, template: &Template) -> String {
        match (self.part, template.steps.get(self.step).map(|step| &step.kind)) {
            (Part::Answer, _) => "answer".to_owned(),
            (Part::Field(place), Some(StepKind::Form(form))) => {
                format!("form:{}", form.fields.get(place).map_or("", |field| field.slot.name.as_str()))
            }
            (Part::Confirm | Part::Field(_), _) => "confirm".to_owned(),
        }
    }
}

/// A point with everything that can be understood there.
#[derive(Clone, Debug)]
pub(crate) struct ListenPoint {
    pub point: Point,
    /// Answers of the step; the global ones are shared by all points.
    pub answers: Vec<Candidate>,
}

/// Every listening point of `template`, in the order of the steps.
pub(crate) fn points(template: &Template, mut intern: impl FnMut(&str) -> usize) -> Vec<ListenPoint> {
    let mut points = Vec::new();
    let mut add = |step: usize, part: Part, answers: Vec<Candidate>| {
        points.push(ListenPoint { point: Point { step, part }, answers });
    };
    for (step, definition) in template.steps.iter().enumerate() {
        match &definition.kind {
            StepKind::Ask(ask) => add(step, Part::Answer, answers(template, ask, &mut intern)),
            StepKind::Collect(collect) => {
                add(step, Part::Answer, Vec::new());
                if collect.confirm.is_some() {
                    add(step, Part::Confirm, Vec::new());
                }
            }
            StepKind::Form(form) => {
                for place in 0..form.fields.len() {
                    add(step, Part::Field(place), Vec::new());
                }
                if form.confirm.is_some() {
                    add(step, Part::Confirm, Vec::new());
                }
            }
            _ => {}
        }
    }
    points
}

fn answers(template: &Template, ask: &Ask, intern: &mut impl FnMut(&str) -> usize) -> Vec<Candidate> {
    let candidate = |(place, answer): (usize, &warmline_schema::Answer)| {
        let name = &answer.intent.name;
        let shared = template.intents.iter().find(|intent| intent.name.name == *name);
        let mut patterns: Vec<&Patterns> = vec![&answer.patterns];
        patterns.extend(shared.map(|intent| &intent.patterns));
        let priority = shared.map_or(0, |intent| intent.priority);
        Candidate::new(Meaning::Answer(place), name, &patterns, &[], &mut *intern).with_priority(priority)
    };
    ask.answers.iter().enumerate().map(candidate).collect()
}

/// Understood in English whatever the template's language: people fall back on it, and an opt-out must be heard.
const ALSO_ENGLISH: [GlobalIntent; 2] = [GlobalIntent::Human, GlobalIntent::DoNotCall];

/// The languages of a template, each once.
fn languages(template: &Template) -> Vec<Language> {
    let mut spoken: Vec<Language> = Vec::new();
    for language in template.language_tags().into_iter().map(Language::of) {
        if !spoken.contains(&language) {
            spoken.push(language);
        }
    }
    spoken
}

/// What can be said anywhere: the global intents, questions to the knowledge base, wishes for another language.
pub(crate) fn globals(template: &Template, mut intern: impl FnMut(&str) -> usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    let spoken = languages(template);
    for intent in GlobalIntent::ALL {
        let Some(rule) = template.globals.rule(intent) else { continue };
        let english =
            (ALSO_ENGLISH.contains(&intent) && !spoken.contains(&Language::English)).then_some(Language::English);
        let spoken = spoken.iter().copied().chain(english);
        let phrases: Vec<&str> =
            spoken.flat_map(|language| built_in::global_phrases(intent, language)).copied().collect();
        let meaning = Meaning::Global(intent);
        found.push(Candidate::new(meaning, intent.name(), &[&rule.patterns], &phrases, &mut intern));
    }
    for (place, entry) in template.knowledge.iter().enumerate() {
        let name = format!("knowledge:{}", entry.name.name);
        found.push(Candidate::new(Meaning::Knowledge(place), &name, &[&entry.questions], &[], &mut intern));
    }
    for (place, language) in template.languages.iter().enumerate() {
        let name = format!("language:{}", language.tag.name);
        let own = Patterns { phrases: language.phrases.clone(), ..Patterns::default() };
        let built_in = crate::lines::wishes(&language.tag.name);
        found.push(Candidate::new(Meaning::Language(place), &name, &[&own], built_in, &mut intern));
    }
    found
}

/// What the recogniser is told of `point`.
pub(crate) fn listen_context(template: &Template, point: &ListenPoint, globals: &[Candidate]) -> ListenContext {
    let step = &template.steps[point.point.step];
    let (mut phrases, mut seen) = (Vec::new(), std::collections::HashSet::new());
    let mut add = |text: String| {
        if !text.is_empty() && seen.insert(text.clone()) {
            phrases.push(text);
        }
    };
    let shapes = shapes(&step.kind, point.point.part);
    for phrase in point.answers.iter().flat_map(|candidate| &candidate.phrases) {
        add(phrase.text.clone());
    }
    for choice in shapes.iter().flat_map(|shape| &shape.choices) {
        for word in std::iter::once(&choice.value).chain(&choice.synonyms) {
            add(crate::words::normalise(&word.name));
        }
    }
    let mut grammars: Vec<SlotGrammar> = Vec::new();
    let confirms = point.point.confirms().then_some(SlotGrammar::YesNo);
    for grammar in confirms.into_iter().chain(shapes.iter().filter_map(|shape| slot_grammar(shape.kind))) {
        if !grammars.contains(&grammar) {
            grammars.push(grammar);
        }
    }
    // The recogniser's grammars are English; other languages get their usual answers as phrases.
    for language in languages(template) {
        grammars.iter().flat_map(|grammar| built_in::usual_answers(*grammar, language)).for_each(&mut add);
    }
    for phrase in globals.iter().flat_map(|candidate| &candidate.phrases) {
        add(phrase.text.clone());
    }
    ListenContext { step: step.name.name.clone(), phrases, grammars }
}

/// What may be answered, the value that was asked for first. At the read-back of a form any value may be corrected.
fn shapes(kind: &StepKind, part: Part) -> Vec<&SlotShape> {
    match (kind, part) {
        (StepKind::Collect(_), Part::Confirm) => Vec::new(),
        (StepKind::Collect(collect), _) => {
            std::iter::once(&collect.shape).chain(collect.also.as_ref().map(|(_, shape)| shape)).collect()
        }
        (StepKind::Form(form), part) => {
            let asked = match part {
                Part::Field(place) => form.fields.get(place),
                _ => None,
            };
            asked.into_iter().chain(&form.fields).map(|field| &field.shape).collect()
        }
        _ => Vec::new(),
    }
}

/// The closed grammar a type is answered with; the others are heard as free speech.
fn slot_grammar(kind: SlotType) -> Option<SlotGrammar> {
    match kind {
        SlotType::YesNo => Some(SlotGrammar::YesNo),
        SlotType::Number | SlotType::Amount | SlotType::Duration => Some(SlotGrammar::Number),
        SlotType::Digits | SlotType::Phone => Some(SlotGrammar::Digits),
        SlotType::Date => Some(SlotGrammar::Date),
        SlotType::Time => Some(SlotGrammar::Time),
        SlotType::Text | SlotType::Name | SlotType::Choice | SlotType::Regex => None,
    }
}
