//! What evidence weighs and where the accept threshold is: `models/starter-en/calibration.json`.
//!
//! `cargo run --release -p warmline-models --example bench_asr calibrate` makes the file anew from development
//! voices, which is needed when the acoustic model or the searches change.

use crate::{ModelError, store::Store};
use serde::{Deserialize, Serialize};
use warmline_classify::Boosted;

/// The file, within the store.
pub(crate) const FILE: &str = "starter-en/calibration.json";
/// How many things are looked at.
pub(crate) const FEATURES: usize = 10;
/// Which of them is 1 for a reading that a closed grammar put together and 0 for others.
const COMPOSED: usize = 4;

/// Did a closed grammar put the reading together?
pub(crate) fn is_composed(features: &[f32; FEATURES]) -> bool {
    features[COMPOSED] > 0.0
}

/// Trees that tell right readings from wrong ones. They were once weights of a logistic regression; what is evidence
/// against a plain voice is none against a strange one, which no sum of weights can say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    /// How all this was found, for people.
    made_by: String,
    /// The least score of an accepted phrase, and of an accepted reading that a closed grammar put together.
    phrases: f32,
    composed: f32,
    trees: Boosted,
}

impl Calibration {
    pub(crate) fn load(store: &Store) -> Result<Calibration, ModelError> {
        let damaged = |reason: String| ModelError::Damaged { path: store.root().join(FILE), reason };
        let calibration: Calibration =
            serde_json::from_slice(&store.read(FILE)?).map_err(|e| damaged(e.to_string()))?;
        let thresholds = calibration.phrases.is_finite() && calibration.composed.is_finite();
        if thresholds && calibration.trees.is_sound(FEATURES) {
            Ok(calibration)
        } else {
            Err(damaged("it asks about evidence that there is not, or holds what is no number".into()))
        }
    }

    pub(crate) fn of(trees: Boosted, phrases: f32, composed: f32) -> Calibration {
        let made_by = "cargo run --release -p warmline-models --example bench_asr calibrate".into();
        Calibration { made_by, phrases, composed, trees }
    }

    /// Above 0 a reading is accepted.
    pub(crate) fn score(&self, features: &[f32; FEATURES]) -> f32 {
        self.trees.score(features) - self.least(is_composed(features))
    }

    /// What the trees must say at least, of a reading that a closed grammar put together or of another.
    pub(crate) fn least(&self, composed: bool) -> f32 {
        if composed { self.composed } else { self.phrases }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_file_is_what_was_found() {
        let found = Calibration::of(Boosted::constant(0.5), 0.25, -1.0);
        let read: Calibration = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
        assert_eq!(read, found);
        let mut features = [0.0; FEATURES];
        assert_eq!(found.score(&features), 0.25);
        features[COMPOSED] = 1.0;
        assert_eq!(found.score(&features), 1.5);
    }
}
