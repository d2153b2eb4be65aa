//! Which of many meanings a text has: a kernel machine over two views of it, its sentence embedding and its pieces.
//!
//! Two texts are as alike as exp(s·(cosine − 1)) of their embeddings, plus the same of their pieces with a share of its
//! own. Least squares on that likeness (kernel ridge regression) has a closed form, so that training is one
//! factorisation, the same every time, and its leave-one-out answers cost no second training: they are what the
//! confidence is calibrated on. Far from every example all scores fall to nought, so one threshold on the confidence
//! rejects both what is between two meanings and what is none of them.

use crate::calibrate;
use crate::features::{Sparse, Vocabulary, pieces};
use crate::matrix::{self, Factor};
use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Up to so many examples the confidence is calibrated on all of them, beyond on every n-th.
const CALIBRATED_ON: usize = 800;

/// The ridge of an example that was made up, in ridges.
const DOUBT: f32 = 10.0;

/// One training text.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    pub text: &'a str,
    /// Unit length; all examples have one of the same length, or none has.
    pub embedding: Option<&'a [f32]>,
    /// Below the number of labels.
    pub label: usize,
    /// A made-up variant of the nearest example before it that is none, such as a mishearing: learned with a tenth of
    /// the trust, and never what the confidence is calibrated on.
    pub made_up: bool,
}

impl<'a> Example<'a> {
    pub fn new(text: &'a str, embedding: Option<&'a [f32]>, label: usize) -> Self {
        Self { text, embedding, label, made_up: false }
    }
}

/// What was found by experiment on bank queries; nothing here is tuned on a template.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much examples may contradict each other.
    pub ridge: f32,
    /// How quickly likeness falls with the distance of embeddings, and of pieces.
    pub dense_sharpness: f32,
    pub text_sharpness: f32,
    /// What the pieces count beside the embedding.
    pub text_share: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { ridge: 0.1, dense_sharpness: 3.0, text_sharpness: 1.0, text_share: 0.4 }
    }
}

/// Why there is nothing to learn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    #[error("there are no examples")]
    Empty,
    #[error("example {example} has label {label}, but there are {labels} labels")]
    Label { example: usize, label: usize, labels: usize },
    #[error("example {example} has an embedding of {found} numbers, the first has {wanted}")]
    Embedding { example: usize, found: usize, wanted: usize },
    #[error("the examples hold numbers that are not finite")]
    NotFinite,
}

/// A trained machine. Immutable; share it in an `Arc`.
#[derive(Clone, Debug)]
pub struct Machine {
    options: Options,
    vocabulary: Vocabulary,
    /// For each piece, the examples that have it and its weight there.
    index: Vec<Vec<(u32, f32)>>,
    /// Examples × dimensions; no columns without embeddings.
    dense: Array2<f32>,
    /// Examples × labels.
    weights: Array2<f32>,
    sharpness: f32,
    /// Leave-one-out confidence of the right answers, in rising order.
    sure: Vec<f32>,
    /// Which examples were made up.
    made_up: Vec<bool>,
}

/// A label and its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    pub label: usize,
    /// 0–1, calibrated: of answers given with 0.8, about 8 in 10 are right.
    pub probability: f32,
}

/// What a text means.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Every label, most probable first.
    pub ranked: Vec<Ranked>,
    /// The most alike example that was not made up, and its likeness, 0–1 (the cosine of the embeddings, or of the pieces without them).
    pub nearest: (usize, f32),
}

impl Prediction {
    /// How much more probable the best is than the second.
    pub fn margin(&self) -> f32 {
        let at = |n: usize| self.ranked.get(n).map_or(0.0, |ranked| ranked.probability);
        at(0) - at(1)
    }
}

impl Machine {
    /// Learn `labels` meanings. The same examples in the same order give the same machine.
    ///
    /// # Errors
    /// No examples, a label out of range, embeddings of different lengths.
    pub fn train(examples: &[Example], labels: usize, options: Options) -> Result<Self, TrainError> {
        check(examples, labels)?;
        let texts: Vec<Vec<u64>> = examples.iter().map(|example| pieces(example.text)).collect();
        let vocabulary = Vocabulary::new(&texts, 1);
        let rows: Vec<Sparse> = texts.iter().map(|text| vocabulary.weigh(text)).collect();
        let wide = examples[0].embedding.map_or(0, <[f32]>::len);
        let flat = examples.iter().flat_map(|example| example.embedding.unwrap_or_default()).copied().collect();
        let dense = Array2::from_shape_vec((examples.len(), wide), flat).map_err(|_| TrainError::NotFinite)?;
        let index = vec![Vec::new(); vocabulary.len()];
        let weights = Array2::zeros((0, labels));
        let made_up = examples.iter().map(|example| example.made_up).collect();
        let mut machine =
            Self { options, vocabulary, index, dense, weights, sharpness: 1.0, sure: Vec::new(), made_up };
        let mut gram = machine.gram(&rows);
        for (at, example) in examples.iter().enumerate() {
            gram[[at, at]] += options.ridge * if example.made_up { DOUBT } else { 1.0 };
        }
        let factor = Factor::of(gram).ok_or(TrainError::NotFinite)?;
        let mut targets = Array2::from_elem((examples.len(), labels), -1.0 / labels as f32);
        for (row, example) in examples.iter().enumerate() {
            targets[[row, example.label]] += 1.0;
        }
        machine.weights = factor.solve(targets.clone());
        machine.calibrate(&factor, &targets, examples);
        Ok(machine)
    }

    /// Choose the sharpness by what the machine would have said of some examples without having seen them or anything
    /// made of them.
    fn calibrate(&mut self, factor: &Factor, targets: &Array2<f32>, examples: &[Example]) {
        let families = families(examples);
        let step = families.len().div_ceil(CALIBRATED_ON).max(1);
        let some: Vec<Vec<usize>> = families.into_iter().step_by(step).collect();
        let mut scores = Array2::zeros((some.len(), self.labels()));
        for ((family, block), mut row) in some.iter().zip(factor.inverse_blocks(&some)).zip(scores.rows_mut()) {
            // y − D⁻¹α is the answer of the machine trained on all others (Allen's PRESS, for a group).
            let Some(block) = Factor::of(block) else { continue };
            let off = block.solve(self.weights.select(Axis(0), family));
            row.assign(&(&targets.row(family[0]) - &off.row(0)));
        }
        let truth: Vec<usize> = some.iter().map(|family| examples[family[0]].label).collect();
        let fit = calibrate::fit(&scores, &truth);
        self.sharpness = fit.sharpness;
        self.sure = fit.sure;
    }

    /// Likeness of all pairs of examples, on and below the diagonal. Fills the index.
    fn gram(&mut self, rows: &[Sparse]) -> Array2<f32> {
        let mut gram = match self.has_embeddings() {
            true => matrix::products(&self.dense),
            false => Array2::zeros((rows.len(), rows.len())),
        };
        for (at, sparse) in rows.iter().enumerate() {
            // The index holds the rows so far.
            sparse.iter().for_each(|(piece, weight)| self.index[*piece as usize].push((at as u32, *weight)));
            let shared = self.shared_pieces(sparse, at + 1);
            for (cell, text) in gram.row_mut(at).iter_mut().zip(&shared) {
                *cell = self.likeness(*cell, *text);
            }
        }
        gram
    }

    /// Cosine of a text's pieces with each example's.
    fn shared_pieces(&self, sparse: &Sparse, examples: usize) -> Array1<f32> {
        let mut out = Array1::zeros(examples);
        for (piece, weight) in sparse {
            for (row, other) in &self.index[*piece as usize] {
                out[*row as usize] += weight * other;
            }
        }
        out
    }

    fn likeness(&self, dense: f32, text: f32) -> f32 {
        let Options { dense_sharpness, text_sharpness, text_share, .. } = self.options;
        let text = ((text - 1.0) * text_sharpness).exp();
        if self.has_embeddings() { ((dense - 1.0) * dense_sharpness).exp() + text_share * text } else { text }
    }

    /// Trained on embeddings, and needs one to answer.
    pub fn has_embeddings(&self) -> bool {
        self.dense.ncols() > 0
    }

    /// What `text` means, or `None` when nothing of it was ever seen, or its embedding is not of the examples' length.
    pub fn predict(&self, text: &str, embedding: Option<&[f32]>) -> Option<Prediction> {
        let embedding = embedding.filter(|_| self.has_embeddings()).unwrap_or_default();
        if embedding.len() != self.dense.ncols() {
            return None;
        }
        let sparse = self.vocabulary.weigh(&pieces(text));
        if sparse.is_empty() && !self.has_embeddings() {
            return None;
        }
        let text = self.shared_pieces(&sparse, self.dense.nrows());
        let dense = match self.has_embeddings() {
            true => self.dense.dot(&ArrayView1::from(embedding)),
            false => text.clone(),
        };
        let alike = Array1::from_shape_fn(text.len(), |row| self.likeness(dense[row], text[row]));
        let probabilities = calibrate::probabilities(self.scores(&alike).view(), self.sharpness);
        let mut ranked: Vec<Ranked> =
            probabilities.into_iter().enumerate().map(|(label, probability)| Ranked { label, probability }).collect();
        ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let real = dense.iter().copied().enumerate().filter(|(at, _)| !self.made_up[*at]);
        let nearest = real.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        Some(Prediction { ranked, nearest })
    }

    /// The sum of the examples' weights by likeness. Row by row: a product goes down the columns, and waits for memory
    /// at every step.
    fn scores(&self, alike: &Array1<f32>) -> Array1<f32> {
        let mut out = Array1::zeros(self.labels());
        alike.iter().zip(self.weights.rows()).for_each(|(share, row)| out.scaled_add(*share, &row));
        out
    }

    pub fn labels(&self) -> usize {
        self.weights.len_of(Axis(1))
    }

    /// The confidence below which `share` (0–1) of the right answers to unseen texts fall: a threshold for "none of them".
    pub fn threshold(&self, share: f32) -> f32 {
        let at = (share.clamp(0.0, 1.0) * self.sure.len() as f32) as usize;
        self.sure.get(at).or(self.sure.last()).copied().unwrap_or(0.5)
    }
}

/// Each example with what was made of it.
fn families(examples: &[Example]) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    for (at, example) in examples.iter().enumerate() {
        match out.last_mut().filter(|_| example.made_up) {
            Some(family) => family.push(at),
            None => out.push(vec![at]),
        }
    }
    out
}

fn check(examples: &[Example], labels: usize) -> Result<(), TrainError> {
    let first = examples.first().ok_or(TrainError::Empty)?;
    let wanted = first.embedding.map_or(0, <[f32]>::len);
    for (at, example) in examples.iter().enumerate() {
        if example.label >= labels {
            return Err(TrainError::Label { example: at, label: example.label, labels });
        }
        let found = example.embedding.map_or(0, <[f32]>::len);
        if found != wanted {
            return Err(TrainError::Embedding { example: at, found, wanted });
        }
    }
    Ok(())
}
