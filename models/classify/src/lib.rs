//! Small classifiers, trained in a moment: intents, categories, sentiment, kinds of sound.
//!
//! Pure: numbers, texts and labels in, weights and probabilities out. Where embeddings come from is not its business.

pub mod boosted;
mod calibrate;
pub mod features;
pub mod linear;
pub mod machine;
mod matrix;
mod vectors;

pub use boosted::Boosted;
pub use linear::Linear;
pub use machine::{Example, Machine, Options, Prediction, Ranked, TrainError};
pub use vectors::Vectors;
