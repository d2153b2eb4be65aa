//! Multinomial logistic regression on a few dozen to a few hundred numbers: kinds of sound, sentiment of a turn.
//!
//! Plain data that serialises: labels, and for each the weights of the numbers after they were brought to mean 0 and
//! deviation 1.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

/// Steps of the descent; with momentum this is far more than these sizes need.
const STEPS: usize = 500;
/// It has arrived when no weight moves by more than this.
const STILL: f32 = 1e-5;

/// A trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    pub labels: Vec<String>,
    /// Mean of each number in training, and what it is divided by afterwards.
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
    /// One list for each label.
    pub weights: Vec<Vec<f32>>,
    pub bias: Vec<f32>,
}

/// Why a model cannot be trained or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinearError {
    #[error("there are no examples")]
    Empty,
    #[error("example {example} has label {label}, but there are {labels} labels")]
    Label { example: usize, label: usize, labels: usize },
    #[error("`{what}` has {found} numbers where there should be {wanted}")]
    Shape { what: &'static str, found: usize, wanted: usize },
    #[error("`{what}` holds a number that is not finite, or a deviation of nought")]
    Number { what: &'static str },
}

impl Linear {
    /// Learn from `examples` (numbers, label). `ridge` pulls the weights to nought: 0.001 with many examples, 0.1 with few.
    ///
    /// # Errors
    /// No examples, examples of different lengths, a label out of range, a number that is not finite.
    pub fn train(examples: &[(Vec<f32>, usize)], labels: &[String], ridge: f32) -> Result<Self, LinearError> {
        let wide = examples.first().ok_or(LinearError::Empty)?.0.len();
        for (at, (numbers, label)) in examples.iter().enumerate() {
            shape("example", numbers.len(), wide)?;
            finite("example", numbers)?;
            if *label >= labels.len() {
                return Err(LinearError::Label { example: at, label: *label, labels: labels.len() });
            }
        }
        let n = examples.len();
        let mut x = Array2::from_shape_fn((n, wide), |(row, column)| examples[row].0[column]);
        let mean = x.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(wide));
        let deviation = x.std_axis(Axis(0), 0.0).mapv(|value| if value > 1e-6 { value } else { 1.0 });
        x = (x - &mean) / &deviation;
        let mut wanted = Array2::zeros((n, labels.len()));
        examples.iter().enumerate().for_each(|(row, (_, label))| wanted[[row, *label]] = 1.0);
        let (weights, bias) = descend(&x, &wanted, ridge.max(0.0));
        Ok(Self {
            labels: labels.to_vec(),
            mean: mean.to_vec(),
            deviation: deviation.to_vec(),
            weights: weights.columns().into_iter().map(|column| column.to_vec()).collect(),
            bias: bias.to_vec(),
        })
    }

    /// How many numbers describe one thing.
    pub fn dimensions(&self) -> usize {
        self.mean.len()
    }

    /// A model that was read from a file: are all its lists of the right length, and all its numbers numbers?
    ///
    /// # Errors
    /// Which list is not.
    pub fn check(&self) -> Result<(), LinearError> {
        let wide = self.dimensions();
        shape("deviation", self.deviation.len(), wide)?;
        shape("weights", self.weights.len(), self.labels.len())?;
        shape("bias", self.bias.len(), self.labels.len())?;
        self.weights.iter().try_for_each(|list| shape("weights", list.len(), wide))?;
        let lists = [("mean", &self.mean), ("deviation", &self.deviation), ("bias", &self.bias)];
        lists.into_iter().try_for_each(|(what, list)| finite(what, list))?;
        self.weights.iter().try_for_each(|list| finite("weights", list))?;
        if self.labels.is_empty() || self.deviation.contains(&0.0) {
            return Err(LinearError::Number { what: "deviation" });
        }
        Ok(())
    }

    /// One probability for each label; they sum to 1.
    ///
    /// # Errors
    /// `numbers` is not as long as those in training.
    pub fn predict(&self, numbers: &[f32]) -> Result<Vec<f32>, LinearError> {
        shape("numbers", numbers.len(), self.dimensions())?;
        finite("numbers", numbers)?;
        let scaled = numbers.iter().zip(&self.mean).zip(&self.deviation).map(|((x, mean), dev)| (x - mean) / dev);
        let scaled: Vec<f32> = scaled.collect();
        let score = |(weights, bias): (&Vec<f32>, &f32)| {
            weights.iter().zip(&scaled).map(|(weight, x)| weight * x).sum::<f32>() + bias
        };
        let scores: Array1<f32> = self.weights.iter().zip(&self.bias).map(score).collect();
        Ok(crate::calibrate::probabilities(scores.view(), 1.0))
    }
}

fn shape(what: &'static str, found: usize, wanted: usize) -> Result<(), LinearError> {
    if found == wanted { Ok(()) } else { Err(LinearError::Shape { what, found, wanted }) }
}

fn finite(what: &'static str, numbers: &[f32]) -> Result<(), LinearError> {
    if numbers.iter().all(|number| number.is_finite()) { Ok(()) } else { Err(LinearError::Number { what }) }
}

/// Accelerated gradient descent (Nesterov) with the step that the data's curvature allows.
fn descend(x: &Array2<f32>, wanted: &Array2<f32>, ridge: f32) -> (Array2<f32>, Array1<f32>) {
    let n = x.nrows() as f32;
    let step = 1.0 / (0.5 * (curvature(x) + 1.0) + ridge);
    let shape = (x.ncols(), wanted.ncols());
    let (mut weights, mut bias) = (Array2::<f32>::zeros(shape), Array1::<f32>::zeros(shape.1));
    let (mut ahead, mut bias_ahead) = (weights.clone(), bias.clone());
    for turn in 0..STEPS {
        let mut off = x.dot(&ahead) + &bias_ahead;
        for mut row in off.rows_mut() {
            let share = crate::calibrate::probabilities(row.view(), 1.0);
            row.assign(&Array1::from_vec(share));
        }
        off -= wanted;
        let next = &ahead - &((x.t().dot(&off) / n + &ahead * ridge) * step);
        let next_bias = &bias_ahead - &(off.sum_axis(Axis(0)) / n * step);
        let momentum = turn as f32 / (turn + 3) as f32;
        let moved = &next - &weights;
        ahead = &next + &(&moved * momentum);
        bias_ahead = &next_bias + &((&next_bias - &bias) * momentum);
        (weights, bias) = (next, next_bias);
        if moved.iter().all(|by| by.abs() < STILL) {
            break;
        }
    }
    (weights, bias)
}

/// The largest eigenvalue of XᵀX/n, from above.
fn curvature(x: &Array2<f32>) -> f32 {
    let n = x.nrows() as f32;
    let length = |vector: ArrayView1<f32>| vector.dot(&vector).sqrt();
    let mut direction = Array1::from_shape_fn(x.ncols(), |at| 1.0 + (at % 7) as f32 / 7.0);
    let mut most = 0.0;
    for _ in 0..30 {
        let long = length(direction.view());
        if long <= f32::EPSILON {
            break;
        }
        direction /= long;
        direction = x.t().dot(&x.dot(&direction)) / n;
        most = length(direction.view());
    }
    most * 1.1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn labels() -> Vec<String> {
        ["low", "middle", "high"].map(str::to_owned).to_vec()
    }

    /// Points round three places, with a little of everything in between.
    fn examples() -> Vec<(Vec<f32>, usize)> {
        let wobble = |i: usize, by: usize| ((i * by) % 23) as f32 / 23.0 - 0.5;
        let places = [(0.0, 0.0), (50.0, 1.0), (100.0, 0.0)];
        (0..90)
            .map(|i| (vec![places[i % 3].0 + 10.0 * wobble(i, 7), places[i % 3].1 + 0.3 * wobble(i, 11)], i % 3))
            .collect()
    }

    #[test]
    fn three_kinds_are_told_apart() {
        let model = Linear::train(&examples(), &labels(), 0.001).unwrap();
        for (numbers, label) in examples() {
            let all = model.predict(&numbers).unwrap();
            assert!((all.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(all[label] > 0.7, "{numbers:?}: {all:?}");
        }
        assert_eq!(model, Linear::train(&examples(), &labels(), 0.001).unwrap(), "the same every time");
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        assert_eq!(Linear::train(&[], &labels(), 0.1), Err(LinearError::Empty));
        let error = Linear::train(&[(vec![1.0], 3)], &labels(), 0.1).unwrap_err();
        assert_eq!(error.to_string(), "example 0 has label 3, but there are 3 labels");
        let mut model = Linear::train(&examples(), &labels(), 0.1).unwrap();
        assert_eq!(model.predict(&[1.0]), Err(LinearError::Shape { what: "numbers", found: 1, wanted: 2 }));
        assert_eq!(model.check(), Ok(()));
        model.weights[1].pop();
        assert_eq!(model.check(), Err(LinearError::Shape { what: "weights", found: 1, wanted: 2 }));
    }
}
