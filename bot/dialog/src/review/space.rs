//! Texts as unit vectors: their sentence embeddings, or the pieces of their words hashed into a fixed number of places.

use crate::words;
use warmline_classify::features::{Vocabulary, pieces};

/// Places of hashed pieces: two texts without a piece in common come out within about 0.04 of 0.
const PLACES: usize = 768;

/// How texts are compared.
pub(super) enum Space {
    /// By embeddings of this many numbers.
    Meaning(usize),
    /// By pieces, each weighed by how telling it is among the texts.
    Pieces(Vocabulary),
}

impl Space {
    /// Embeddings if all of `texts` have one of the same length. `more`: texts they will be compared with.
    pub(super) fn of<'a>(
        texts: &[(&'a str, Option<&'a [f32]>)],
        more: impl Iterator<Item = (&'a str, Option<&'a [f32]>)> + Clone,
    ) -> Self {
        let wide = texts.iter().find_map(|(_, embedding)| *embedding).map_or(0, <[f32]>::len);
        let all = texts.iter().copied().chain(more);
        if wide > 0 && all.clone().all(|(_, embedding)| embedding.is_some_and(|embedding| embedding.len() == wide)) {
            return Self::Meaning(wide);
        }
        Self::Pieces(Vocabulary::new(&all.map(|(text, _)| pieces(&words::subject(text))).collect::<Vec<_>>(), 1))
    }

    pub(super) fn vector(&self, text: &str, embedding: Option<&[f32]>) -> Vec<f32> {
        match self {
            Self::Meaning(wide) => embedding.map_or_else(|| vec![0.0; *wide], <[f32]>::to_vec),
            Self::Pieces(vocabulary) => {
                let mut vector = vec![0.0; PLACES];
                for (piece, weight) in vocabulary.weigh(&pieces(&words::subject(text))) {
                    // A fixed mixing of bits (splitmix64): which place, and with which sign.
                    let mixed = (u64::from(piece) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    let mixed = mixed ^ (mixed >> 27);
                    let sign = if mixed >> 63 == 0 { 1.0 } else { -1.0 };
                    vector[(mixed % PLACES as u64) as usize] += sign * weight;
                }
                unit(&mut vector);
                vector
            }
        }
    }

    /// Likeness from which two texts say the same: MiniLM's cosines of paraphrases begin at about 0.6, those of pieces
    /// of words at about a third.
    pub(super) fn same(&self) -> f32 {
        match self {
            Self::Meaning(_) => 0.6,
            Self::Pieces(_) => 0.34,
        }
    }

    /// Likeness from which a text may belong to a listed meaning.
    pub(super) fn related(&self) -> f32 {
        match self {
            Self::Meaning(_) => 0.45,
            Self::Pieces(_) => 0.28,
        }
    }
}

/// Scale to unit length; nought stays nought.
pub(super) fn unit(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|number| *number /= length);
    }
}

/// The sum of products, in sixteen lanes so that it takes the machine's wide registers.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}
