//! What a call is about, beside what was asked: complaint, praise and whatever a template lists under `categories`.
//!
//! Understood by the same rules as answers, and by a classifier of their own against all other phrases of the template.
//! Nothing in the conversation depends on them.

use super::classifier::Classifier;
use super::{Candidate, Corpus, LEAST_CONFIDENCE, Meaning, Phrase, Reading};
use crate::api::Utterance;
use crate::language::primary;
use warmline_classify::Vectors;
use warmline_schema::{BUILT_IN_CATEGORIES, Patterns, Template};

/// A turn must be this clear to be counted.
const CLEAR: f32 = 0.75;
/// A mood that only the classifier sees counts so much.
const UNNAMED_MOOD: f32 = 0.6;
/// What is none of the categories, to the classifier.
const OTHER: &str = "";
/// So many other phrases are learned beside them, spread over the template.
const MOST_OTHERS: usize = 400;

/// The categories of a template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Categories {
    candidates: Vec<Candidate>,
    classifier: Option<Classifier>,
}

impl Categories {
    /// `intern` gives an utterance its place among the template's.
    pub(crate) fn new(template: &Template, mut intern: impl FnMut(&str) -> usize) -> Self {
        let (block, languages) = (&template.categories, template.language_tags());
        let none = Patterns::default();
        let built_in = BUILT_IN_CATEGORIES.into_iter().filter(|name| block.has(name)).map(|name| {
            let added = block.listed.iter().find(|category| category.name.name == name);
            (name, added.map_or(&none, |category| &category.patterns))
        });
        let own = block.listed.iter().filter(|category| !BUILT_IN_CATEGORIES.contains(&category.name.name.as_str()));
        let own = own.map(|category| (category.name.name.as_str(), &category.patterns));
        let candidate = |(place, (name, patterns)): (usize, (&str, &Patterns))| {
            let wordings: Vec<&str> = languages.iter().flat_map(|language| wordings(name, language)).copied().collect();
            Candidate::new(Meaning::Answer(place), name, &[patterns], &wordings, &mut intern)
        };
        Self { candidates: built_in.chain(own).enumerate().map(candidate).collect(), classifier: None }
    }

    /// Learn them from the vectors of all utterances, against the phrases of `others`.
    pub(crate) fn trained<'a>(self, vectors: &Vectors, others: impl Iterator<Item = &'a Candidate>) -> Self {
        let own = |phrase: &Phrase| self.candidates.iter().any(|c| c.phrases.iter().any(|p| p.text == phrase.text));
        let others: Vec<_> = others.flat_map(|other| &other.phrases).filter(|phrase| !own(phrase)).collect();
        let step = others.len().div_ceil(MOST_OTHERS).max(1);
        let others = others.into_iter().step_by(step).map(|phrase| (OTHER, phrase));
        let listed = self.candidates.iter().flat_map(|c| c.phrases.iter().map(|phrase| (c.name.as_str(), phrase)));
        let classifier = Classifier::train(listed.chain(others), vectors, &[]);
        Self { classifier, ..self }
    }

    /// The categories that the best reading of `utterance` falls under.
    pub(crate) fn of(&self, utterance: &Utterance, corpus: &Corpus) -> Vec<String> {
        let Some(best) = utterance.readings.first().filter(|best| best.confidence >= LEAST_CONFIDENCE) else {
            return Vec::new();
        };
        let heard = Reading::new(&best.text, utterance.embedding.as_deref(), corpus);
        let opinion = self.classifier.as_ref().and_then(|c| c.opinion(&heard.text, utterance.embedding.as_deref()));
        let clear = |candidate: &&Candidate| {
            let by_all = opinion.as_ref().and_then(|opinion| opinion.fit(candidate, &heard));
            [candidate.fit(&heard), by_all].into_iter().flatten().any(|fit| fit.score >= CLEAR)
        };
        self.candidates.iter().filter(clear).map(|candidate| candidate.name.clone()).collect()
    }

    /// How the best reading sounds, −1…1: by its words, and where none of them tells, by the classifier.
    pub(crate) fn mood(&self, utterance: &Utterance) -> f32 {
        let Some(best) = utterance.readings.first() else { return 0.0 };
        let by_words = super::sentiment::sentiment(&best.text);
        let Some(classifier) = self.classifier.as_ref().filter(|_| by_words.abs() < 0.1) else { return by_words };
        let Some(opinion) = classifier.opinion(&best.text, utterance.embedding.as_deref()) else { return by_words };
        match opinion.best() {
            ("praise", probability) => UNNAMED_MOOD * probability,
            ("complaint", probability) => -UNNAMED_MOOD * probability,
            _ => by_words,
        }
    }
}

/// The engine's own wordings of `category` in `language`.
fn wordings(category: &str, language: &str) -> &'static [&'static str] {
    match (category, primary(language)) {
        ("complaint", "en") => &[
            "i want to complain",
            "i want to make a complaint",
            "this is a complaint",
            "i am not happy with your service",
            "your service is terrible",
            "this is the third time i have called about this",
            "nobody ever calls me back",
            "i am very disappointed",
            "this is unacceptable",
            "i have been waiting for weeks",
            "you charged me twice",
            "it still does not work",
        ],
        ("complaint", "id") => &["saya mau komplain", "saya kecewa dengan pelayanannya", "pelayanannya buruk"],
        ("complaint", "zh") => &["我要投訴", "我要投诉", "你們的服務很差", "你们的服务很差"],
        ("praise", "en") => &[
            "you have been very helpful",
            "thank you for your help",
            "i am very happy with it",
            "your service is great",
            "everything was perfect",
            "that was quick",
            "i would recommend you",
        ],
        ("praise", "id") => &["pelayanannya bagus", "saya sangat puas"],
        ("praise", "zh") => &["你們的服務很好", "你们的服务很好", "我很滿意", "我很满意"],
        ("privacy", "en") => &[
            "where did you get my number",
            "how did you get my number",
            "who gave you my number",
            "delete my data",
            "what do you know about me",
            "i never gave you my number",
        ],
        ("privacy", "id") => &["dari mana dapat nomor saya", "siapa yang kasih nomor saya"],
        ("privacy", "zh") => &["你怎麼有我的電話", "你怎么有我的电话"],
        ("legal", "en") => &[
            "i will sue you",
            "i will call my lawyer",
            "you will hear from my lawyer",
            "i will report you",
            "i am going to report this call",
            "this is illegal",
            "i will go to the police",
        ],
        ("legal", "id") => &["saya akan lapor polisi", "saya akan tuntut"],
        ("legal", "zh") => &["我要告你", "我要報警", "我要报警"],
        _ => &[],
    }
}
