//! Silero voice activity detection: is there speech in these 32 ms of 8 kHz audio?
//!
//! The network keeps a state between chunks and wants the last 32 samples of the chunk before. Both are
//! kept here, one value per call; the weights are shared by all calls.

use crate::{ModelError, Vad, onnx::Runtime, onnx::SharedSession, store::Store};
use ort::{inputs, value::TensorRef};

const MODEL: &str = "silero/silero_vad.onnx";
const CHUNK: usize = 256;
const CONTEXT: usize = 32;
const STATE: usize = 2 * 128;
const RATE_HZ: [i64; 1] = [8_000];
const ENGINE: &str = "silero";

/// One call's voice activity detector. Clone [`Silero::fresh`] for another call.
pub struct Silero {
    session: SharedSession,
    /// The last [`CONTEXT`] samples, then the chunk.
    window: [f32; CONTEXT + CHUNK],
    state: [f32; STATE],
}

impl Silero {
    /// Load the model from the store.
    pub fn load(store: &Store) -> Result<Silero, ModelError> {
        // Voice activity of all calls runs on one thread, so one copy of the weights serves.
        let session = Runtime::get(store)?.session(store, MODEL, 1)?;
        Ok(Silero { session, window: [0.0; CONTEXT + CHUNK], state: [0.0; STATE] })
    }

    /// A detector for another call, over the same weights.
    pub fn fresh(&self) -> Silero {
        Silero { session: self.session.clone(), window: [0.0; CONTEXT + CHUNK], state: [0.0; STATE] }
    }

    fn run(&mut self) -> Result<f32, ort::Error> {
        let mut session = self.session.lock();
        let out = session.run(inputs![
            "input" => TensorRef::from_array_view(([1, CONTEXT + CHUNK], &self.window[..]))?,
            "state" => TensorRef::from_array_view(([2usize, 1, 128], &self.state[..]))?,
            "sr" => TensorRef::from_array_view(([1usize], &RATE_HZ[..]))?,
        ])?;
        let (_, probability) = out["output"].try_extract_tensor::<f32>()?;
        let (_, state) = out["stateN"].try_extract_tensor::<f32>()?;
        match (probability.first(), state.len() == STATE) {
            (Some(&p), true) => {
                self.state.copy_from_slice(state);
                Ok(p)
            }
            _ => Err(ort::Error::new("the model's outputs have another shape than Silero's")),
        }
    }
}

impl Vad for Silero {
    fn chunk(&self) -> usize {
        CHUNK
    }

    fn probability(&mut self, chunk: &[i16]) -> Result<f32, ModelError> {
        if chunk.len() != CHUNK {
            return Err(ModelError::Unsupported(format!("a chunk is {CHUNK} samples, not {}", chunk.len())));
        }
        self.window.copy_within(CHUNK.., 0);
        for (slot, &sample) in self.window[CONTEXT..].iter_mut().zip(chunk) {
            *slot = f32::from(sample) / 32_768.0;
        }
        self.run().map_err(|e| ModelError::Failed { engine: ENGINE, reason: e.to_string() })
    }

    fn reset(&mut self) {
        self.window.fill(0.0);
        self.state.fill(0.0);
    }
}
