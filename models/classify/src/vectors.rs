//! Many unit vectors, compared with one at a time.

use ndarray::{Array2, ArrayView1};

/// Vectors of one length, one in a row.
#[derive(Clone, Debug, Default)]
pub struct Vectors(Array2<f32>);

impl Vectors {
    /// `None` when they are not all of one length.
    pub fn new(vectors: &[Vec<f32>]) -> Option<Self> {
        let wide = vectors.first().map_or(0, Vec::len);
        if vectors.iter().any(|vector| vector.len() != wide) {
            return None;
        }
        Array2::from_shape_vec((vectors.len(), wide), vectors.concat()).ok().map(Self)
    }

    /// The cosine of each with `vector` (unit length too); `None` when that is of another length.
    pub fn cosines(&self, vector: &[f32]) -> Option<Vec<f32>> {
        (self.0.ncols() == vector.len()).then(|| self.0.dot(&ArrayView1::from(vector)).to_vec())
    }

    /// Vector number `at`.
    pub fn get(&self, at: usize) -> Option<&[f32]> {
        (at < self.0.nrows()).then(|| self.0.row(at).to_slice())?
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_compared_with_one_of_their_length() {
        let vectors = Vectors::new(&[vec![1.0, 0.0], vec![0.6, 0.8]]);
        let vectors = vectors.expect("one length");
        assert_eq!(vectors.cosines(&[0.6, 0.8]), Some(vec![0.6, 1.0]));
        assert_eq!(vectors.cosines(&[1.0]), None);
        assert_eq!(vectors.get(1), Some(&[0.6, 0.8][..]));
        assert_eq!(vectors.get(2), None);
        assert!(Vectors::new(&[vec![1.0], vec![1.0, 0.0]]).is_none());
        assert!(Vectors::new(&[]).is_some_and(|none| none.is_empty()));
    }
}
