//! Listed utterances that are nearer to another meaning than to their own, each taken out of its list in turn.

use crate::play::Embed;
use std::collections::BTreeMap;

/// An utterance in the wrong company.
#[derive(Clone, Debug, PartialEq)]
pub struct Stray {
    pub intent: String,
    pub utterance: String,
    /// The nearest other utterance of its own meaning, and how near (cosine); empty where there is no other.
    pub own: (String, f32),
    pub other_intent: String,
    pub other: (String, f32),
}

/// The likeness of two utterances below which neither says anything of the other.
const LEAST: f32 = 0.55;

/// `contexts`: what can be understood at one place, meaning → its utterances (normalised).
pub(super) fn strays(contexts: &[BTreeMap<String, Vec<String>>], embed: Embed<'_>) -> Vec<Stray> {
    let mut known: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for text in contexts.iter().flat_map(|context| context.values().flatten()) {
        if !known.contains_key(text) {
            let vector = embed(text).unwrap_or_else(|| pieces(text));
            known.insert(text.clone(), vector);
        }
    }
    let mut found: Vec<Stray> = Vec::new();
    for context in contexts {
        for (intent, texts) in context {
            for text in texts {
                let stray = stray(context, intent, text, &known);
                let seen = |other: &Stray| other.intent == *intent && other.utterance == *text;
                found.extend(stray.filter(|_| !found.iter().any(seen)));
            }
        }
    }
    found.sort_by(|a, b| (b.other.1 - b.own.1).total_cmp(&(a.other.1 - a.own.1)));
    found
}

fn stray(
    context: &BTreeMap<String, Vec<String>>,
    intent: &str,
    text: &str,
    known: &BTreeMap<String, Vec<f32>>,
) -> Option<Stray> {
    let nearest = |texts: &[String]| {
        let others = texts.iter().filter(|other| *other != text);
        let near = others.map(|other| (other.clone(), cosine(&known[text], &known[other])));
        near.max_by(|(_, a), (_, b)| a.total_cmp(b))
    };
    let own = nearest(context.get(intent)?).unwrap_or_default();
    let others = context.iter().filter(|(name, _)| *name != intent);
    let found = others.filter_map(|(name, texts)| Some((name.clone(), nearest(texts)?)));
    let (other_intent, other) = found.max_by(|(_, (_, a)), (_, (_, b))| a.total_cmp(b))?;
    let near = other.1 >= LEAST && other.1 > own.1;
    near.then(|| Stray { intent: intent.to_owned(), utterance: text.to_owned(), own, other_intent, other })
}

/// Pieces of three letters, hashed: what can be compared where no embedder is at hand.
fn pieces(text: &str) -> Vec<f32> {
    const SIZE: usize = 512;
    let mut vector = vec![0.0f32; SIZE];
    let letters: Vec<char> = format!(" {text} ").chars().collect();
    for piece in letters.windows(3) {
        let hash =
            piece.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, c| (h ^ u64::from(*c)).wrapping_mul(0x0100_0000_01b3));
        vector[usize::try_from(hash >> 20).unwrap_or_default() % SIZE] += 1.0;
    }
    vector
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let norm = (dot(a, a) * dot(b, b)).sqrt();
    if norm > 0.0 { dot(a, b) / norm } else { 0.0 }
}
