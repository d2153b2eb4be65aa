//! Sentence embeddings for what the API does beside calls (chat, tests, review, comparisons), as calls have them.

use std::sync::{Mutex, OnceLock, PoisonError};
use warmline_api::Meaning;
use warmline_models::Embedder;
use warmline_models::minilm::MiniLm;
use warmline_models::store::Store;

/// An embedder of its own, loaded when it is first asked for: no call waits behind a trainer's chat.
#[derive(Default)]
pub struct Sentences(OnceLock<Result<Mutex<MiniLm>, String>>);

impl Meaning for Sentences {
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String> {
        let load = || Store::locate().and_then(|store| MiniLm::load(&store, 1)).map(Mutex::new);
        let model = self.0.get_or_init(|| load().map_err(|error| error.to_string())).as_ref().map_err(String::clone)?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
        model.embed(&texts).map_err(|error| error.to_string())
    }
}
