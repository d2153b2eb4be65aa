//! The starter recogniser: English answers to known questions, on any machine, without a model hub.
//!
//! A small phoneme model ([`acoustic`]) is read in three ways. A [`graph`] of what the dialog step expects
//! gives the best reading among the expected ones; a lexicon tree with a word trigram ([`free`]) reads
//! speech that nobody expected; a loop of all phones tells how well any speech could fit. [`confidence`]
//! weighs the three. Free speech of real people needs a full model: see `models/starter-en/CARD.md`.

mod acoustic;
mod classes;
mod confidence;
mod context;
mod decode;
mod free;
mod grammar;
mod graph;
mod heard;
mod lexicon;
mod ngram;
mod opposite;
mod phones;
mod tree;

use crate::{Asr, AsrContext, ModelError, PreparedContext, Transcript, store::Store};
use acoustic::Acoustic;
use context::{Everyday, Prepared};
use heard::Heard;
use lexicon::Lexicon;
use std::sync::Arc;

const ENGINE: &str = "starter";

/// The recogniser. Clones share weights, lexicon and sentences; one clone per inference thread.
#[derive(Clone)]
pub struct StarterAsr {
    acoustic: Acoustic,
    lexicon: Lexicon,
    everyday: Everyday,
}

impl StarterAsr {
    /// Load from the store; `copies` of the weights, as many as threads that will run clones of this value.
    ///
    /// [`ModelError::Missing`] and [`ModelError::Damaged`] name the file.
    pub fn load(store: &Store, copies: usize) -> Result<StarterAsr, ModelError> {
        let acoustic = Acoustic::load(store, copies)?;
        let lexicon = Lexicon::load(store)?;
        let everyday = Everyday::load(store, &lexicon)?;
        Ok(StarterAsr { acoustic, lexicon, everyday })
    }
}

impl Asr for StarterAsr {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn hears(&self, language: &str) -> bool {
        language.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case("en"))
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        let language = context.language.to_ascii_lowercase();
        if !language.is_empty() && language != "en" && !language.starts_with("en-") {
            let reason = format!("the starter recogniser knows English only, not `{}`", context.language);
            return Err(ModelError::Unsupported(reason));
        }
        Ok(Arc::new(Prepared::new(context, &self.lexicon, &self.everyday)?))
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let prepared = context.as_any().downcast_ref::<Prepared>().ok_or_else(|| ModelError::Failed {
            engine: ENGINE,
            reason: "the context was prepared by another recogniser".into(),
        })?;
        if acoustic::is_steady(pcm) {
            return Ok(Transcript::default());
        }
        let search = if last { free::READ } else { free::GLANCE };
        Ok(Heard::new(prepared, self.acoustic.scores(pcm)?, search).transcript(prepared))
    }
}

#[cfg(test)]
mod tests;
