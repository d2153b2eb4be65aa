//! A text as hashed pieces: words, pairs of words, and runs of two to five characters inside a word.
//!
//! No tokeniser and no word list: a script without spaces gives runs of its characters, a misspelt or
//! misheard word still shares most of its pieces with the right one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Lengths of the character runs.
const RUN: std::ops::RangeInclusive<usize> = 2..=5;
/// Stands before and after a word, so that a run knows where the word begins and ends.
const EDGE: char = '_';

/// The pieces of one text, each once, as 64-bit FNV-1a hashes in rising order.
pub fn pieces(text: &str) -> Vec<u64> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let mut out = Vec::with_capacity(lower.len() * 4);
    for word in &words {
        runs(word, &mut out);
        out.push(hash(1, word.chars()));
    }
    out.extend(words.windows(2).map(|pair| hash(2, pair[0].chars().chain([' ']).chain(pair[1].chars()))));
    out.sort_unstable();
    out.dedup();
    out
}

fn runs(word: &str, out: &mut Vec<u64>) {
    let bounded: Vec<char> = std::iter::once(EDGE).chain(word.chars()).chain([EDGE]).collect();
    for length in RUN {
        out.extend(bounded.windows(length).map(|run| hash(0, run.iter().copied())));
    }
}

/// `kind` keeps words, pairs and runs apart.
fn hash(kind: u8, text: impl Iterator<Item = char>) -> u64 {
    let step = |hash: u64, byte: u32| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.fold(step(0xcbf2_9ce4_8422_2325, u32::from(kind)), |hash, c| step(hash, u32::from(c)))
}

/// A text as weights of known pieces: (place, weight), unit length together.
pub type Sparse = Vec<(u32, f32)>;

/// The pieces of a set of texts, with how telling each is (inverse document frequency).
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    places: ByPiece<(u32, f32)>,
}

/// Pieces are hashes already; hashing them again was a tenth of the training.
type ByPiece<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

#[derive(Clone, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, piece: u64) {
        self.0 = piece;
    }
}

impl Vocabulary {
    /// Pieces seen in fewer than `least` of `texts` are left out.
    pub fn new(texts: &[Vec<u64>], least: usize) -> Self {
        let mut seen: ByPiece<usize> = ByPiece::default();
        for piece in texts.iter().flatten() {
            *seen.entry(*piece).or_default() += 1;
        }
        let mut kept: Vec<(u64, usize)> = seen.into_iter().filter(|(_, count)| *count >= least).collect();
        kept.sort_unstable();
        let telling = |count: usize| ((1 + texts.len()) as f32 / (1 + count) as f32).ln() + 1.0;
        let places = kept.into_iter().enumerate().map(|(at, (piece, n))| (piece, (at as u32, telling(n)))).collect();
        Self { places }
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Empty when no piece is known.
    pub fn weigh(&self, pieces: &[u64]) -> Sparse {
        let mut out: Sparse = pieces.iter().filter_map(|piece| self.places.get(piece).copied()).collect();
        out.sort_unstable_by_key(|(place, _)| *place);
        let length = out.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        out.iter_mut().for_each(|(_, weight)| *weight /= length);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> f32 {
        let texts = [pieces(a), pieces(b)];
        let vocabulary = Vocabulary::new(&texts, 1);
        let [a, b] = texts.map(|text| vocabulary.weigh(&text).into_iter().collect::<HashMap<_, _>>());
        a.iter().filter_map(|(place, weight)| Some(weight * b.get(place)?)).sum()
    }

    #[test]
    fn a_misheard_word_still_looks_like_itself() {
        assert!(alike("cancel my appointment", "cancel my appointments") > 0.6);
        assert!(alike("cancel my appointment", "the weather is nice") < 0.05);
        assert!((alike("Yes, please!", "yes please") - 1.0).abs() < 1e-5);
    }

    #[test]
    fn scripts_without_spaces_have_pieces() {
        assert!(alike("我想取消預約", "請取消預約") > 0.3);
        assert!(alike("我想取消預約", "你是誰") < 0.05);
        assert_eq!(pieces("…!"), Vec::<u64>::new());
    }
}
