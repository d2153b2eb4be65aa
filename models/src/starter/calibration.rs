//! What evidence weighs and where the accept threshold is: `models/starter-en/calibration.json`.
//!
//! `cargo run --release -p warmline-models --example bench_asr calibrate` makes the file anew from development
//! voices, which is needed when the acoustic model or the searches change.

use crate::{ModelError, store::Store};
use serde::{Deserialize, Serialize};

/// The file, within the store.
pub(crate) const FILE: &str = "starter-en/calibration.json";
/// How many things are weighed; the first is always 1, so that its weight is the threshold.
pub(crate) const FEATURES: usize = 15;

/// Which of them is 1 for a reading that a closed grammar put together and 0 for others: its weight moves the threshold
/// of those alone.
pub(crate) const COMPOSED: usize = 5;

/// Weights of a logistic regression: above 0 a reading is accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    /// How the weights were found, for people.
    made_by: String,
    weights: [f32; FEATURES],
}

impl Calibration {
    pub(crate) fn load(store: &Store) -> Result<Calibration, ModelError> {
        let damaged = |reason: String| ModelError::Damaged { path: store.root().join(FILE), reason };
        let calibration: Calibration =
            serde_json::from_slice(&store.read(FILE)?).map_err(|e| damaged(e.to_string()))?;
        if calibration.weights.iter().all(|w| w.is_finite()) {
            Ok(calibration)
        } else {
            Err(damaged("a weight is not a number".into()))
        }
    }

    pub(crate) fn of(weights: [f32; FEATURES]) -> Calibration {
        Calibration { made_by: "cargo run --release -p warmline-models --example bench_asr calibrate".into(), weights }
    }

    pub(crate) fn weigh(&self, features: &[f32; FEATURES]) -> f32 {
        self.weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_is_what_was_found() {
        let found = Calibration::of(std::array::from_fn(|i| i as f32));
        let read: Calibration = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
        assert_eq!(read, found);
        let few = r#"{"made_by": "", "weights": [1.0]}"#;
        assert!(serde_json::from_str::<Calibration>(few).is_err());
    }
}
