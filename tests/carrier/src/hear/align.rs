//! Subsequence alignment: how well a phrase fits somewhere inside a longer piece of speech.
//!
//! Dynamic time warping in which the phrase must be used from end to end while the speech may be entered and left
//! anywhere. Steps keep the local tempo between half and double, so that a phrase cannot be squeezed into one sound.

use super::cepstrum::{DIMS, Vector};

/// Best fit of a phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// Mean distance per vector of the phrase; smaller is better.
    pub(super) distance: f32,
    /// Vector of the speech at which the phrase ends.
    pub(super) end: usize,
}

fn distance(a: &Vector, b: &Vector) -> f32 {
    // Eight sums side by side, so that the compiler can keep them in one register.
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    (sums.iter().sum::<f32>() / DIMS as f32).sqrt()
}

/// Where `phrase` fits best in `speech`; nothing when the speech is shorter than half the phrase.
pub(super) fn fit(phrase: &[Vector], speech: &[Vector]) -> Option<Fit> {
    let (rows, columns) = (phrase.len(), speech.len());
    if rows < 4 || columns * 2 < rows {
        return None;
    }
    // cost[j]: best sum for the phrase up to row i, ending at speech vector j; `before` is row i-1, `earlier` i-2.
    let mut earlier = vec![f32::INFINITY; columns];
    let mut before: Vec<f32> = speech.iter().map(|s| distance(&phrase[0], s)).collect();
    let mut local_before = before.clone();
    for row in &phrase[1..] {
        let local: Vec<f32> = speech.iter().map(|s| distance(row, s)).collect();
        let mut cost = vec![f32::INFINITY; columns];
        for j in 1..columns {
            // Same tempo; phrase twice as fast as the speech; phrase half as fast.
            let diagonal = before[j - 1] + local[j];
            let squeezed = earlier[j - 1] + local_before[j] + local[j];
            let stretched = if j > 1 { before[j - 2] + 0.5 * (local[j - 1] + local[j]) } else { f32::INFINITY };
            cost[j] = diagonal.min(squeezed).min(stretched);
        }
        earlier = std::mem::replace(&mut before, cost);
        local_before = local;
    }
    let (end, sum) = before.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    sum.is_finite().then(|| Fit { distance: sum / rows as f32, end })
}
