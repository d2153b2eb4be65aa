//! What people said that needs a trainer's look: which answers, grouped by meaning, and what they probably mean.
//!
//! [`reasons`] picks the answers of a call. [`clusters`] groups them: by sentence embeddings where all have one, else by
//! the pieces of their words, so that it works for every language. [`place`] says where in the template a phrase goes,
//! and [`masked`] hides who said it.

mod cluster;
mod mask;
mod reasons;
mod space;
mod suggest;

pub use cluster::{Cluster, Said, clusters};
pub use mask::masked;
pub use reasons::{Answer, Reason, reasons};
pub use suggest::{Suggestion, place};
