//! Listed phrases: word for word, inside a longer answer, or with a few words changed.

use super::lexicon::same;
use super::{Fit, Phrase, Reading, negation};

/// Words that say little about the meaning.
const LIGHT: [&str; 39] = [
    "i", "you", "we", "it", "me", "my", "your", "a", "an", "the", "to", "of", "for", "in", "on", "at", "is", "am",
    "are", "be", "do", "can", "will", "would", "could", "that", "this", "there", "so", "and", "with", "have", "then",
    "really", "now", "like", "was", "does", "did",
];
const LIGHT_WEIGHT: f32 = 0.35;
/// Less of the words in common than this is no likeness.
const LEAST_LIKENESS: f32 = 0.7;
/// A single listed word counts inside an answer of at most this many words.
const SINGLE_WORD_WITHIN: usize = 5;

pub(super) fn exact(phrases: &[Phrase], heard: &Reading) -> Option<Fit> {
    let phrase = phrases.iter().find(|phrase| may_contain(heard, phrase) && phrase.words == heard.words)?;
    Some(Fit::firm(1.0, format!("phrase `{}`", phrase.text)))
}

/// Whether all words of `phrase` may be in `heard`: a quick look, before the long one.
fn may_contain(heard: &Reading, phrase: &Phrase) -> bool {
    heard.shared.get(phrase.utterance).is_none_or(|shared| shared + 1e-3 >= phrase.weight)
}

/// The phrase that covers most of the answer.
pub(super) fn contained(phrases: &[Phrase], heard: &Reading) -> Option<Fit> {
    let covered = |phrase: &&Phrase| {
        let (words, said) = (&phrase.words, &heard.words);
        if words.len() >= said.len() || !may_contain(heard, phrase) {
            return None;
        }
        let at = said.windows(words.len()).position(|window| window == words)?;
        let single = words.len() == 1;
        // "I will" says nothing in "I will be out of town".
        let cover = phrase.weight / heard.weight;
        let tells = words.len() > 3 || cover >= LEAST_LIKENESS || words.iter().any(|word| telling(word));
        // A "yes" in the middle of something else is no answer.
        let placed = !single || (at == 0 || at + 1 == said.len()) && said.len() <= SINGLE_WORD_WITHIN;
        let denied = negation::reaches(said, at) || negation::opposed(said, words);
        (placed && tells && !denied).then_some(cover)
    };
    let (cover, phrase) =
        phrases.iter().filter_map(|p| Some((covered(&p)?, p))).max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    // "Yes but …" takes the yes back.
    let but = heard.words.iter().any(|word| word == "but");
    let score = 0.66 + 0.27 * cover - if but { 0.1 } else { 0.0 };
    Some(Fit::firm(score, format!("contains phrase `{}`", phrase.text)))
}

/// The phrase with most words in common, one of them a telling one.
pub(super) fn near(phrases: &[Phrase], heard: &Reading) -> Option<Fit> {
    let alike = |phrase: &Phrase| {
        let most = heard.shared.get(phrase.utterance).copied().unwrap_or(f32::MAX);
        if 2.0 * most + 1e-3 < LEAST_LIKENESS * (heard.weight + phrase.weight) {
            return 0.0;
        }
        let tells = phrase.words.iter().any(|word| telling(word) && heard.words.contains(word));
        if heard.denies != phrase.denies || !tells || negation::opposed(&heard.words, &phrase.words) {
            0.0
        } else {
            likeness(&heard.words, &phrase.words)
        }
    };
    let (likeness, phrase) =
        phrases.iter().map(|phrase| (alike(phrase), phrase)).max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let score = 0.3 + 0.6 * likeness;
    (likeness >= LEAST_LIKENESS).then(|| Fit::soft(score, format!("near phrase `{}` ({likeness:.2})", phrase.text)))
}

/// Weighted share of words in common (Dice), 0–1.
fn likeness(a: &[String], b: &[String]) -> f32 {
    let mut left: Vec<&String> = b.iter().collect();
    let mut common = 0.0;
    for word in a {
        if let Some(found) = left.iter().position(|other| same(word, other)) {
            common += word_weight(word);
            left.remove(found);
        }
    }
    2.0 * common / (weight(a) + weight(b))
}

pub(super) fn weight(words: &[String]) -> f32 {
    words.iter().map(|word| word_weight(word)).sum()
}

pub(super) fn word_weight(word: &str) -> f32 {
    if LIGHT.contains(&word) { LIGHT_WEIGHT } else { 1.0 }
}

/// A word that has a meaning of its own.
fn telling(word: &str) -> bool {
    word != "not" && !LIGHT.contains(&word)
}
