//! The classifier of numbers: multinomial logistic regression of `warmline-classify`, kept as a JSON file.

use crate::{Classifier, ModelError};
use std::path::Path;
use warmline_classify::Linear;

const ENGINE: &str = "linear";

/// Read a trained model from `path`.
///
/// # Errors
/// The file is not there, is no such model, or holds lists of the wrong length or numbers that are none.
pub fn load(path: &Path) -> Result<Linear, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ModelError::Missing {
            path: path.to_owned(),
            hint: "train one with `warmline_classify::Linear::train` and write it as JSON".to_owned(),
        },
        _ => damaged(error.to_string()),
    })?;
    let model: Linear = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    model.check().map_err(|error| damaged(error.to_string()))?;
    Ok(model)
}

impl Classifier for Linear {
    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn dimensions(&self) -> usize {
        Linear::dimensions(self)
    }

    fn classify(&self, features: &[f32]) -> Result<Vec<f32>, ModelError> {
        if features.len() != Linear::dimensions(self) {
            let (found, wanted) = (features.len(), Linear::dimensions(self));
            return Err(ModelError::Unsupported(format!("{found} numbers where the classifier wants {wanted}")));
        }
        self.predict(features).map_err(|error| ModelError::Failed { engine: ENGINE, reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::conformance::classifier;

    /// Two kinds of sound by their loudness and pitch.
    fn examples() -> Vec<(Vec<f32>, usize)> {
        (0..40).map(|at| (vec![(at % 2) as f32 * 3.0 + (at % 5) as f32 * 0.1, at as f32 * 0.01], at % 2)).collect()
    }

    fn model() -> Linear {
        Linear::train(&examples(), &["quiet", "loud"].map(str::to_owned), 0.01).unwrap()
    }

    #[test]
    fn it_conforms() {
        classifier(&model(), &examples()).unwrap();
    }

    #[test]
    fn it_is_the_same_from_its_file_and_what_is_damaged_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sounds.json");
        std::fs::write(&path, serde_json::to_string(&model()).unwrap()).unwrap();
        let read = load(&path).unwrap();
        classifier(&read, &examples()).unwrap();
        assert_eq!(read, model());
        let broken = serde_json::to_string(&Linear { bias: vec![0.0], ..model() }).unwrap();
        std::fs::write(&path, broken).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("sounds.json") && error.contains("bias"), "{error}");
        assert!(matches!(load(&folder.path().join("none.json")), Err(ModelError::Missing { .. })));
    }

    #[test]
    fn the_suite_can_fail() {
        let swapped = Linear { labels: vec!["loud".to_owned(); 2], ..model() };
        assert!(classifier(&swapped, &examples()).unwrap_err().contains("twice"));
        let wrong: Vec<_> = examples().into_iter().map(|(numbers, label)| (numbers, 1 - label)).collect();
        assert!(classifier(&model(), &wrong).unwrap_err().contains("examples"));
    }
}
