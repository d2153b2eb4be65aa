//! Are the meanings of a template told apart? Says each in many ways, with recognition errors, where it may be said,
//! and counts what it was taken for.

mod near;
mod say;

pub use near::Stray;

use crate::api::{Reading, Utterance};
use crate::compiled::{CompiledTemplate, fnv};
use crate::context::{Part, Point};
use crate::dice::Dice;
use crate::language::primary;
use crate::nlu::{Candidate, Meaning};
use crate::noise::Noise;
use crate::play::Embed;
use std::collections::BTreeMap;
use warmline_schema::StepKind;

/// What nothing was taken for.
pub const NOTHING: &str = "nothing";
/// Wrong utterances kept of each pair.
const EXAMPLES: usize = 3;

/// How to try a template.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Utterances of each meaning.
    pub per_intent: usize,
    /// Share of the words that are misheard, 0–1.
    pub noise: f32,
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Confusion {
    /// Meaning → what its utterances were taken for → how many.
    pub matrix: BTreeMap<String, BTreeMap<String, usize>>,
    /// Meaning and what it was wrongly taken for → some of the utterances.
    pub examples: BTreeMap<(String, String), Vec<String>>,
    pub strays: Vec<Stray>,
}

impl Confusion {
    /// Share of a meaning's utterances that were understood, 0–1.
    pub fn recall(&self, intent: &str) -> f32 {
        let Some(row) = self.matrix.get(intent) else { return 0.0 };
        let all: usize = row.values().sum();
        row.get(intent).copied().unwrap_or_default() as f32 / all.max(1) as f32
    }

    /// Meanings with their recall, the weakest first.
    pub fn by_recall(&self) -> Vec<(&str, f32)> {
        let mut all: Vec<_> = self.matrix.keys().map(|intent| (intent.as_str(), self.recall(intent))).collect();
        all.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        all
    }

    /// Two meanings that are taken for each other, and how often the first for the second; the worst first.
    pub fn pairs(&self) -> Vec<(&str, &str, usize)> {
        let rows = self.matrix.iter();
        let all = rows.flat_map(|(is, row)| row.iter().map(move |(taken, n)| (is.as_str(), taken.as_str(), *n)));
        let mut wrong: Vec<_> = all.filter(|(is, taken, _)| is != taken && *taken != NOTHING).collect();
        wrong.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        wrong
    }

    /// Share of all utterances that were understood, 0–1.
    pub fn accuracy(&self) -> f32 {
        let all: usize = self.matrix.values().flat_map(BTreeMap::values).sum();
        let right: usize = self.matrix.iter().filter_map(|(intent, row)| row.get(intent)).sum();
        right as f32 / all.max(1) as f32
    }
}

/// A meaning where it may be said.
struct Place<'a> {
    point: Point,
    candidate: &'a Candidate,
}

/// Try every meaning of `template` that has utterances listed.
pub fn confusion(template: &CompiledTemplate, trial: Trial, embed: Embed<'_>) -> Confusion {
    let points: Vec<Point> = asking_points(template);
    let mut places: BTreeMap<String, Vec<Place<'_>>> = BTreeMap::new();
    for point in &points {
        for candidate in template.answers(*point) {
            let place = Place { point: *point, candidate };
            places.entry(label(template, *point, candidate.meaning, &candidate.name)).or_default().push(place);
        }
    }
    for candidate in template.global_candidates() {
        let all = points.iter().map(|point| Place { point: *point, candidate });
        places.entry(candidate.name.clone()).or_default().extend(all);
    }
    places.retain(|_, places| places.iter().any(|place| !place.candidate.phrases.is_empty()));
    let language = template.template().language.as_str();
    let words = template.free_sentences();
    let noise = match primary(language) {
        "en" => Noise::english(words.iter().map(String::as_str)),
        _ => Noise::new(words.iter().map(String::as_str)),
    };
    let mut out = Confusion::default();
    for (intent, places) in &places {
        let mut dice = Dice::new(trial.seed ^ fnv(intent.as_bytes()));
        for turn in 0..trial.per_intent {
            let Some(place) = places.get(turn % places.len()).filter(|place| !place.candidate.phrases.is_empty())
            else {
                continue;
            };
            let Some(phrase) = dice.one_of(&place.candidate.phrases) else { continue };
            let said = say::another_way(&phrase.text, language, &mut dice);
            let heard = noise.heard(&said, trial.noise, trial.seed.wrapping_add(turn as u64));
            let taken = understood(template, place.point, &heard, &mut *embed);
            *out.matrix.entry(intent.clone()).or_default().entry(taken.clone()).or_default() += 1;
            if taken != *intent {
                let examples = out.examples.entry((intent.clone(), taken)).or_default();
                if examples.len() < EXAMPLES && !examples.contains(&heard) {
                    examples.push(heard);
                }
            }
        }
    }
    out.strays = near::strays(&contexts(template, &points), embed);
    out
}

fn understood(template: &CompiledTemplate, point: Point, heard: &str, embed: Embed<'_>) -> String {
    let reading = Reading { text: heard.to_owned(), confidence: 1.0, expected: false };
    let utterance = Utterance { readings: vec![reading], embedding: embed(heard) };
    match template.understand(point, &utterance) {
        Ok(found) => label(template, point, found.meaning, &found.name),
        Err(_) => NOTHING.to_owned(),
    }
}

/// What can be understood at each place.
fn contexts(template: &CompiledTemplate, points: &[Point]) -> Vec<BTreeMap<String, Vec<String>>> {
    let listed = |candidate: &Candidate| candidate.phrases.iter().map(|phrase| phrase.text.clone()).collect::<Vec<_>>();
    let context = |point: &Point| {
        let own = template.answers(*point).iter();
        let own = own.map(|c| (label(template, *point, c.meaning, &c.name), listed(c)));
        own.chain(template.global_candidates().iter().map(|c| (c.name.clone(), listed(c)))).collect()
    };
    points.iter().map(context).collect()
}

fn asking_points(template: &CompiledTemplate) -> Vec<Point> {
    let steps = template.template().steps.iter().enumerate();
    let asks = steps.filter(|(_, step)| matches!(step.kind, StepKind::Ask(_)));
    asks.map(|(step, _)| Point { step, part: Part::Answer }).collect()
}

/// An intent by its name; an answer that only one step knows with that step's.
fn label(template: &CompiledTemplate, point: Point, meaning: Meaning, name: &str) -> String {
    let own = matches!(meaning, Meaning::Answer(_))
        && !template.template().intents.iter().any(|intent| intent.name.name == name);
    match template.template().steps.get(point.step).filter(|_| own) {
        Some(step) => format!("{}.{name}", step.name.name),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::play::no_meaning;

    const TEMPLATE: &str = r#"
template: small
voice: flite:slt
entry: { person: hello }
steps:
  hello:
    type: ask
    prompt: Will you come?
    answers:
      coming: { goto: bye, phrases: [yes i will come, i will be there, count me in] }
      later: { goto: bye, phrases: [another day please, can we move it, i will be there another day] }
      away: { goto: bye, phrases: [i am out of town, can we move it please] }
  bye: { type: end, prompt: Goodbye. }
"#;

    fn tried(noise: f32, seed: u64) -> Confusion {
        let template = CompiledTemplate::compile(warmline_schema::parse(TEMPLATE).unwrap()).unwrap();
        confusion(&template, Trial { per_intent: 40, noise, seed }, &mut no_meaning)
    }

    #[test]
    fn every_meaning_is_said_as_often_as_asked_and_counted() {
        let found = tried(0.0, 1);
        for (intent, row) in &found.matrix {
            assert_eq!(row.values().sum::<usize>(), 40, "{intent}");
        }
        assert!(found.recall("hello.coming") > 0.8, "{:?}", found.matrix);
        assert_eq!(found, tried(0.0, 1), "the same seed says the same");
        assert_ne!(found, tried(0.0, 2));
    }

    #[test]
    fn noise_makes_it_worse_and_an_utterance_in_the_wrong_company_is_named() {
        let clean = tried(0.0, 3);
        assert!(tried(0.6, 3).accuracy() < clean.accuracy());
        let stray = clean.strays.iter().find(|stray| stray.utterance == "can we move it please").unwrap();
        assert_eq!((stray.intent.as_str(), stray.other_intent.as_str()), ("hello.away", "hello.later"));
        assert!(clean.pairs().iter().any(|(is, taken, _)| *is == "hello.away" && *taken == "hello.later"), "{clean:?}");
    }
}
