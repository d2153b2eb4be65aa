//! What may be said at each point where the conversation listens.

use crate::nlu::{Candidate, Meaning};
use warmline_schema::{Ask, Collect, GlobalIntent, Patterns, SlotType, StepKind, Template};

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

/// Where the conversation can listen: a step, or the read-back of what a `collect` step understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Point {
    pub step: usize,
    pub confirm: bool,
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
    for (step, definition) in template.steps.iter().enumerate() {
        match &definition.kind {
            StepKind::Ask(ask) => {
                let answers = answers(template, ask, &mut intern);
                points.push(ListenPoint { point: Point { step, confirm: false }, answers });
            }
            StepKind::Collect(collect) => {
                points.push(ListenPoint { point: Point { step, confirm: false }, answers: Vec::new() });
                if collect.confirm.is_some() {
                    points.push(ListenPoint { point: Point { step, confirm: true }, answers: Vec::new() });
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
        Candidate::new(Meaning::Answer(place), name, &patterns, &[], &mut *intern)
    };
    ask.answers.iter().enumerate().map(candidate).collect()
}

/// What can be said anywhere.
pub(crate) fn globals(template: &Template, mut intern: impl FnMut(&str) -> usize) -> Vec<Candidate> {
    GlobalIntent::ALL
        .into_iter()
        .filter_map(|intent| {
            let rule = template.globals.rule(intent)?;
            let phrases = crate::english::global_phrases(intent);
            Some(Candidate::new(Meaning::Global(intent), intent.name(), &[&rule.patterns], phrases, &mut intern))
        })
        .collect()
}

/// What the recogniser is told of `point`.
pub(crate) fn listen_context(template: &Template, point: &ListenPoint, globals: &[Candidate]) -> ListenContext {
    let step = &template.steps[point.point.step];
    let mut phrases: Vec<String> = Vec::new();
    for phrase in point.answers.iter().chain(globals).flat_map(|candidate| &candidate.phrases) {
        if !phrases.contains(&phrase.text) {
            phrases.push(phrase.text.clone());
        }
    }
    let grammars = match &step.kind {
        StepKind::Collect(_) if point.point.confirm => vec![SlotGrammar::YesNo],
        StepKind::Collect(collect) => slot_grammars(collect),
        _ => Vec::new(),
    };
    ListenContext { step: step.name.name.clone(), phrases, grammars }
}

fn slot_grammars(collect: &Collect) -> Vec<SlotGrammar> {
    let also = collect.also.as_ref().map(|(_, shape)| shape);
    std::iter::once(&collect.shape).chain(also).filter_map(|shape| slot_grammar(shape.kind)).collect()
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
