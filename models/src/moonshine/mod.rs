//! Moonshine on ONNX Runtime: English (and, by language, others) of any length without padding to 30 seconds.
//!
//! The published export with two files: `encoder_model.onnx` and `decoder_model_merged.onnx`, and their
//! `tokenizer.json` (Jeffries et al. 2024, "Moonshine: Speech Recognition for Live Transcription and Voice
//! Commands"; Hugging Face Optimum's names of inputs and outputs). Raw 16 kHz samples go in. A small beam is
//! led by what the dialog step expects ([`crate::lm::bias`]).

mod beam;
mod model;
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

const ENGINE: &str = "moonshine";
/// Readings kept in the last search, and in those of an utterance that goes on.
const READ: usize = 3;
const GLANCE: usize = 1;
/// Longer sound is cut: the model was trained on no more.
const LONGEST: usize = 8_000 * 60;

/// The recogniser. Clones share the weights; one clone per inference thread.
#[derive(Clone)]
pub struct MoonshineAsr {
    model: Arc<Model>,
    info: Arc<ModelInfo>,
}

impl MoonshineAsr {
    /// Load the model `info` of the store, with `copies` of the weights.
    ///
    /// [`ModelError::Missing`] and [`ModelError::Damaged`] name the file.
    pub fn load(store: &Store, info: &ModelInfo, copies: usize) -> Result<MoonshineAsr, ModelError> {
        Ok(MoonshineAsr { model: Arc::new(Model::load(store, info, copies)?), info: Arc::new(info.clone()) })
    }
}

/// A step, prepared.
struct Prepared {
    expected: Expected,
    bias: Bias,
}

impl PreparedContext for Prepared {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Asr for MoonshineAsr {
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
        Ok(Arc::new(Prepared { expected: Expected::new(context), bias: Bias::new(context) }))
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let failed = |reason: String| ModelError::Failed { engine: ENGINE, reason };
        let prepared = context.as_any().downcast_ref::<Prepared>();
        let prepared = prepared.ok_or_else(|| failed("the context was prepared by another recogniser".into()))?;
        let pcm = &pcm[..pcm.len().min(LONGEST)];
        if !guard::worth_reading(pcm) {
            return Ok(Transcript::default());
        }
        let width = if last { READ } else { GLANCE };
        let run = || beam::read(&self.model, &resample(pcm, 8_000, 16_000), &prepared.bias, width);
        let mut readings = run().map_err(|e| failed(e.to_string()))?;
        let length_ms = pcm.len() as u32 / 8;
        readings.retain(|r| !guard::describes(&r.text()) && !guard::too_fast(&r.text(), length_ms));
        readings.iter_mut().for_each(|reading| lm::place(&mut reading.pieces, guard::voiced_ms(pcm)));
        Ok(lm::transcript(&readings, &prepared.expected))
    }
}
