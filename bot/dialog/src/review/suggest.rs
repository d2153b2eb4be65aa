//! What a group of utterances probably means, and where in the template such a phrase is written.

use super::space::{Space, dot};
use crate::compiled::CompiledTemplate;
use crate::nlu::Candidate;
use serde::{Deserialize, Serialize};
use warmline_schema::{GlobalIntent, Place, StepKind, Template};

/// How many of a meaning's phrases speak for it, and what the nearest counts beside their mean.
const VOICES: usize = 3;
const NEAREST_SHARE: f32 = 0.6;

/// The nearest meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// An intent, a global intent, or `knowledge:NAME`.
    pub intent: String,
    /// How near, 0–1.
    pub score: f32,
}

/// A phrase of something that is understood, its meaning, its embedding.
type Listed<'a> = (&'a str, &'a str, Option<&'a [f32]>);

impl CompiledTemplate {
    /// Every phrase of the template with its embedding.
    pub(super) fn phrases(&self) -> impl Iterator<Item = (&str, Option<&[f32]>)> + Clone {
        let all = self.all_answers().chain(self.global_candidates());
        all.flat_map(|candidate| &candidate.phrases)
            .map(|phrase| (phrase.text.as_str(), self.embedding(phrase.utterance)))
    }
}

/// What can be understood in `step`, phrase by phrase.
pub(super) fn phrases_at<'a>(template: &'a CompiledTemplate, step: &str) -> Vec<Listed<'a>> {
    let answers = template.template().step(step).map(|(place, _)| template.points_of(place).collect::<Vec<_>>());
    let answers = answers.unwrap_or_default().into_iter().flat_map(|point| template.answers(point));
    let phrases = |candidate: &'a Candidate| {
        let name = candidate.name.as_str();
        candidate.phrases.iter().map(move |p| (name, p.text.as_str(), template.embedding(p.utterance)))
    };
    answers.chain(template.global_candidates()).flat_map(phrases).collect()
}

/// The meaning whose phrases are nearest to `centre`, if they are near enough.
pub(super) fn suggest(centre: &[f32], space: &Space, listed: &[Listed]) -> Option<Suggestion> {
    let mut near: Vec<(&str, f32)> =
        listed.iter().map(|(name, text, embedding)| (*name, dot(centre, &space.vector(text, *embedding)))).collect();
    near.sort_by(|a, b| a.0.cmp(b.0).then(b.1.total_cmp(&a.1)));
    let scores = near.chunk_by(|a, b| a.0 == b.0).map(|own| {
        let voices = &own[..own.len().min(VOICES)];
        let mean = voices.iter().map(|(_, near)| near).sum::<f32>() / voices.len() as f32;
        (own[0].0, NEAREST_SHARE * own[0].1 + (1.0 - NEAREST_SHARE) * mean)
    });
    let (intent, score) = scores.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (score >= space.related()).then(|| Suggestion { intent: intent.to_owned(), score: score.clamp(0.0, 1.0) })
}

/// Where a phrase that means `intent` is written, for what was said in `step`: the shared intent, the answer of this
/// step (or of the first that has it), a knowledge entry (with or without `knowledge:` before its name), something
/// global. None: there is no such meaning.
pub fn place(template: &Template, step: &str, intent: &str) -> Option<Place> {
    if let Some(global) = GlobalIntent::ALL.into_iter().find(|global| global.name() == intent) {
        return Some(Place::Global(global));
    }
    if template.intents.iter().any(|known| known.name.name == intent) {
        return Some(Place::Intent(intent.to_owned()));
    }
    let listens = |step: &&warmline_schema::Step| match &step.kind {
        StepKind::Ask(ask) => ask.answers.iter().any(|answer| answer.intent.name == intent),
        _ => false,
    };
    let own = template.step(step).map(|(_, step)| step).filter(listens);
    if let Some(step) = own.or_else(|| template.steps.iter().find(listens)) {
        return Some(Place::Answer { step: step.name.name.clone(), intent: intent.to_owned() });
    }
    let name = intent.strip_prefix("knowledge:").unwrap_or(intent);
    template.knowledge.iter().any(|entry| entry.name.name == name).then(|| Place::Knowledge(name.to_owned()))
}
