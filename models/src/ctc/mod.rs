//! Models that spell by connectionist temporal classification, on ONNX Runtime: SenseVoice-small (Chinese,
//! Cantonese, English, Japanese, Korean) and plain ones such as wav2vec 2.0.
//!
//! What a model wants and gives is described ([`describe`]), not assumed, and tried once when it is loaded: a
//! wrong name, shape or token list is an error then and not in a call. The search is led by what the
//! dialog step expects ([`search`], [`crate::lm::bias`]).

mod describe;
pub(crate) mod fbank;
mod model;
mod search;
#[cfg(test)]
pub(crate) mod tests;

use crate::{
    Asr, AsrContext, ModelError, PreparedContext, Transcript,
    lm::{self, bias::Bias, expect::Expected, guard},
    resample::resample,
    store::{ModelInfo, Store},
};
use model::Model;
use std::sync::Arc;

const ENGINE: &str = "ctc";

/// The recogniser. Clones share the weights; one clone per inference thread.
#[derive(Clone)]
pub struct CtcAsr {
    model: Arc<Model>,
    info: Arc<ModelInfo>,
}

impl CtcAsr {
    /// Load the model `info` of the store, with `copies` of the weights.
    ///
    /// Its files are the ONNX model, its tokens, `model.toml` (not needed when `info` names the engine
    /// `sensevoice`) and what that names. [`ModelError::Missing`] and [`ModelError::Damaged`] name the file.
    pub fn load(store: &Store, info: &ModelInfo, copies: usize) -> Result<CtcAsr, ModelError> {
        let model = Arc::new(Model::load(store, info, copies)?);
        Ok(CtcAsr { model, info: Arc::new(info.clone()) })
    }
}

/// A step, prepared.
struct Prepared {
    /// The number of the step's language, for models that want one.
    language: i64,
    expected: Expected,
    bias: Bias,
}

impl PreparedContext for Prepared {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Asr for CtcAsr {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn hears(&self, language: &str) -> bool {
        self.info.knows(language)
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        if !context.language.is_empty() && !self.info.knows(&context.language) {
            let reason = format!("the recogniser `{}` does not know `{}`", self.info.id(), context.language);
            return Err(ModelError::Unsupported(reason));
        }
        let language = self.model.description.language(&context.language).unwrap_or(0);
        Ok(Arc::new(Prepared { language, expected: Expected::new(context), bias: Bias::new(context) }))
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let prepared = context.as_any().downcast_ref::<Prepared>().ok_or_else(|| ModelError::Failed {
            engine: ENGINE,
            reason: "the context was prepared by another recogniser".into(),
        })?;
        if !guard::worth_reading(pcm) {
            return Ok(Transcript::default());
        }
        let failed = |reason| ModelError::Failed { engine: ENGINE, reason };
        let mut scores = self.model.scores(&resample(pcm, 8_000, 16_000), prepared.language).map_err(failed)?;
        scores.rows.chunks_exact_mut(scores.width).for_each(lm::normalise);
        let output = &self.model.description.output;
        let frames = search::Frames {
            rows: scores.rows.chunks_exact(scores.width).skip(output.skip).collect(),
            blank: output.blank,
            frame_ms: output.frame_ms,
        };
        let width = if last { search::READ } else { search::GLANCE };
        let mut readings = search::search(&frames, &self.model.texts, &prepared.bias, width);
        let length_ms = pcm.len() as u32 / 8;
        for piece in readings.iter_mut().flat_map(|reading| &mut reading.pieces) {
            (piece.from_ms, piece.to_ms) = (piece.from_ms.min(length_ms), piece.to_ms.min(length_ms));
        }
        readings.retain(|reading| !guard::describes(&reading.text()));
        Ok(lm::transcript(&readings, &prepared.expected))
    }
}
