//! From scores to probabilities that mean what they say.
//!
//! A softmax with one free number, its sharpness (temperature scaling), chosen so that answers to unseen examples
//! have the highest likelihood.

use ndarray::{Array2, ArrayView1};

/// Sharpness tried, from flat to steep.
const LEAST: f32 = 0.5;
const MOST: f32 = 100.0;
/// Each round of the golden section leaves 62 % of the range.
const ROUNDS: usize = 24;

/// What was learned from answers to unseen examples.
pub struct Fit {
    pub sharpness: f32,
    /// Confidence of the right ones among them, in rising order.
    pub sure: Vec<f32>,
}

/// `scores`: examples × labels; `truth`: each example's label.
pub fn fit(scores: &Array2<f32>, truth: &[usize]) -> Fit {
    let sharpness = golden_section(|log| loss(scores, truth, log.exp()), LEAST.ln(), MOST.ln()).exp();
    let mut sure: Vec<f32> = scores
        .rows()
        .into_iter()
        .zip(truth)
        .filter_map(|(row, label)| {
            let all = probabilities(row, sharpness);
            let best = all.iter().copied().fold(0.0, f32::max);
            (all[*label] >= best).then_some(best)
        })
        .collect();
    sure.sort_by(f32::total_cmp);
    Fit { sharpness, sure }
}

/// They sum to 1.
pub fn probabilities(scores: ArrayView1<f32>, sharpness: f32) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut out: Vec<f32> = scores.iter().map(|score| ((score - most) * sharpness).exp()).collect();
    let sum: f32 = out.iter().sum();
    out.iter_mut().for_each(|value| *value /= sum);
    out
}

/// Mean surprise at the right answers.
fn loss(scores: &Array2<f32>, truth: &[usize], sharpness: f32) -> f32 {
    let surprise = |(row, label): (ArrayView1<f32>, &usize)| -probabilities(row, sharpness)[*label].max(1e-9).ln();
    scores.rows().into_iter().zip(truth).map(surprise).sum::<f32>() / truth.len().max(1) as f32
}

/// Where a function with one valley between `low` and `high` is lowest.
fn golden_section(f: impl Fn(f32) -> f32, mut low: f32, mut high: f32) -> f32 {
    let share = (5.0_f32.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (high - share * (high - low), low + share * (high - low));
    let (mut at_a, mut at_b) = (f(a), f(b));
    for _ in 0..ROUNDS {
        if at_a < at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - share * (high - low);
            at_a = f(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + share * (high - low);
            at_b = f(b);
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn contradictory_examples_make_it_less_sure() {
        let scores = arr2(&[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]);
        let honest = fit(&scores, &[0, 0, 0, 1]);
        let best = probabilities(scores.row(0), honest.sharpness)[0];
        assert!((best - 0.75).abs() < 0.01, "{best}");
        assert!(fit(&scores, &[0, 0, 0, 0]).sharpness > 50.0);
    }
}
