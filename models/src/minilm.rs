//! Sentence embeddings by all-MiniLM-L6-v2 (8-bit weights): texts that mean the same lie close together.
//!
//! English only; other languages give vectors, but poor ones.

use crate::{Embedder, ModelError, onnx::Runtime, onnx::SharedSession, store::Store};
use ort::{inputs, value::TensorRef};
use std::sync::Arc;
use tokenizers::{Tokenizer, TruncationParams};

const MODEL: &str = "minilm/minilm.int8.onnx";
const TOKENIZER: &str = "minilm/tokenizer.json";
const DIMENSIONS: usize = 384;
/// Tokens kept of one text: the length the model was trained for. What follows is not looked at.
const MAX_TOKENS: usize = 128;
const ENGINE: &str = "minilm";

/// The embedder. Clones share the weights.
#[derive(Clone)]
pub struct MiniLm {
    session: SharedSession,
    tokenizer: Arc<Tokenizer>,
}

impl MiniLm {
    /// Load the model from the store. `copies` of the weights (23 MB each): as many threads can embed at once.
    pub fn load(store: &Store, copies: usize) -> Result<MiniLm, ModelError> {
        let session = Runtime::get(store)?.session(store, MODEL, copies)?;
        let tokenizer = tokenizer(&store.read(TOKENIZER)?)
            .map_err(|reason| ModelError::Damaged { path: store.root().join(TOKENIZER), reason })?;
        Ok(MiniLm { session, tokenizer: Arc::new(tokenizer) })
    }

    /// Texts run one by one: on one thread a batch is hardly faster.
    fn embed_one(&self, text: &str) -> Result<Vec<f32>, String> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(|e| e.to_string())?;
        let wide = |ids: &[u32]| -> Vec<i64> { ids.iter().map(|&id| i64::from(id)).collect() };
        self.run(&wide(encoding.get_ids()), &wide(encoding.get_attention_mask())).map_err(|e| e.to_string())
    }

    fn run(&self, ids: &[i64], mask: &[i64]) -> Result<Vec<f32>, ort::Error> {
        let mut session = self.session.lock();
        let out = session.run(inputs![
            "input_ids" => TensorRef::from_array_view(([1, ids.len()], ids))?,
            "attention_mask" => TensorRef::from_array_view(([1, mask.len()], mask))?,
        ])?;
        let (_, vector) = out["embedding"].try_extract_tensor::<f32>()?;
        if vector.len() != DIMENSIONS {
            return Err(ort::Error::new("the model's output is not one vector of 384"));
        }
        Ok(vector.to_vec())
    }
}

/// Texts are cut to [`MAX_TOKENS`] and not padded.
fn tokenizer(bytes: &[u8]) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| e.to_string())?;
    let truncation = TruncationParams { max_length: MAX_TOKENS, ..Default::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|e| e.to_string())?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

impl Embedder for MiniLm {
    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, ModelError> {
        texts
            .iter()
            .map(|text| self.embed_one(text).map_err(|reason| ModelError::Failed { engine: ENGINE, reason }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    fn model() -> MiniLm {
        MiniLm::load(&Store::locate().unwrap(), 1).unwrap()
    }

    #[test]
    fn the_same_wish_in_other_words_is_closer_than_another_wish() {
        let triples = [
            ["can you tell me the price", "how much does it cost", "I am not at home tomorrow"],
            ["please do not call me again", "take my number off the list", "I would like to buy two"],
            ["is there a person I can talk to", "connect me to someone in the office", "it rains a lot here"],
            ["Thursday does not suit me", "could we move it to a different day", "yes that works for me"],
        ];
        for [text, same, other] in triples {
            let v = model().embed(&[text, same, other]).unwrap();
            let (near, far) = (cosine(&v[0], &v[1]), cosine(&v[0], &v[2]));
            assert!(near > far + 0.1, "{text:?}: {near} to {same:?}, {far} to {other:?}");
        }
    }

    #[test]
    fn neighbours_in_a_batch_change_nothing() {
        let long = "the quick brown fox jumps over the lazy dog ".repeat(6);
        let mut model = model();
        let alone = model.embed(&["yes please"]).unwrap();
        let batch = model.embed(&[&long, "yes please"]).unwrap();
        assert_eq!(alone[0], batch[1]);
    }

    #[test]
    fn what_comes_after_the_limit_changes_nothing() {
        let head = "one two three four five six seven eight nine ten ".repeat(20);
        let v = model().embed(&[&format!("{head} please cancel"), &format!("{head} a blue parcel")]).unwrap();
        assert!(cosine(&v[0], &v[1]) > 0.9999);
    }
}
