//! The starter recogniser: English answers to known questions, on any machine, without a model hub.
//!
//! A small phoneme model ([`acoustic`]) is read in three ways. A [`graph`] of what the dialog step expects
//! gives the best reading among the expected ones; a lexicon tree with a word trigram ([`free`]) reads
//! speech that nobody expected; a loop of all phones tells how well any speech could fit. [`confidence`]
//! weighs the three. Free speech of real people needs a full model: see `models/starter-en/CARD.md`.

mod acoustic;
pub(crate) mod calibration;
mod classes;
mod confidence;
mod context;
mod decode;
mod free;
mod grammar;
mod graph;
mod heard;
mod lexicon;
mod listening;
mod ngram;
mod opposite;
mod phones;
mod tree;

use crate::{Asr, AsrContext, ModelError, PreparedContext, Transcript, Utterance, store::Store};
pub(crate) use graph::Expr;
pub(crate) use ngram::{History, Mixture, Ngram, Vocabulary};

use acoustic::Acoustic;
use calibration::{Calibration, FEATURES};
use context::{Everyday, Prepared};
use heard::Heard;
use lexicon::Lexicon;
use listening::Listening;
use std::sync::Arc;

const ENGINE: &str = "starter";

/// What a step expects, for recognisers that spell and compare words; `None` when that is nothing.
pub(crate) fn expected_of(phrases: &[String], grammars: &[crate::Grammar]) -> Option<Expr> {
    grammar::expected(phrases, &std::collections::BTreeSet::new(), grammars)
}

/// The recogniser. Clones share weights, lexicon and sentences; one clone per inference thread.
#[derive(Clone)]
pub struct StarterAsr {
    acoustic: Acoustic,
    lexicon: Lexicon,
    everyday: Everyday,
    calibration: Calibration,
}

impl StarterAsr {
    /// Load from the store; `copies` of the weights, as many as threads that will run clones of this value.
    ///
    /// [`ModelError::Missing`] and [`ModelError::Damaged`] name the file.
    pub fn load(store: &Store, copies: usize) -> Result<StarterAsr, ModelError> {
        let acoustic = Acoustic::load(store, copies)?;
        let lexicon = Lexicon::load(store)?;
        let everyday = Everyday::load(store, &lexicon)?;
        let calibration = Calibration::load(store)?;
        Ok(StarterAsr { acoustic, lexicon, everyday, calibration })
    }

    /// The best expected reading of `pcm` with what its confidence is weighed from; `None` where the sound is
    /// no answer whatever the calibration, or is taken for the opposite of one.
    pub(crate) fn evidence(
        &self,
        pcm: &[i16],
        context: &dyn PreparedContext,
    ) -> Result<Option<(String, [f32; FEATURES])>, ModelError> {
        let prepared = prepared(context)?;
        if acoustic::is_steady(pcm) {
            return Ok(None);
        }
        let heard = hear(&mut Listening::new(prepared), prepared, self.acoustic.scores(pcm)?);
        let weighed = heard.weighed(prepared);
        Ok(weighed.first().filter(|(_, _, decoy)| !decoy).map(|(path, e, _)| (path.text(), e.features())))
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

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, _last: bool) -> Result<Transcript, ModelError> {
        let prepared = prepared(context)?;
        if acoustic::is_steady(pcm) {
            return Ok(Transcript::default());
        }
        let heard = hear(&mut Listening::new(prepared), prepared, self.acoustic.scores(pcm)?);
        Ok(heard.transcript(prepared, &self.calibration))
    }

    /// Searches only what is new; equal to [`Asr::recognise`] but for the rounding of the int8 model.
    fn read(&mut self, utterance: &mut Utterance, _last: bool) -> Result<Transcript, ModelError> {
        let context = utterance.context().clone();
        let prepared = prepared(context.as_ref())?;
        if acoustic::is_steady(utterance.pcm()) {
            return Ok(Transcript::default());
        }
        let scores = self.acoustic.scores(utterance.pcm())?;
        if !utterance.wanted() {
            return Ok(Transcript::default());
        }
        let kept = utterance.state.take().and_then(|state| state.downcast::<Listening>().ok());
        let mut listening =
            kept.filter(|kept| kept.goes_on_in(&scores)).unwrap_or_else(|| Box::new(Listening::new(prepared)));
        let heard = hear(&mut listening, prepared, scores);
        utterance.state = Some(listening);
        Ok(heard.transcript(prepared, &self.calibration))
    }
}

fn prepared(context: &dyn PreparedContext) -> Result<&Prepared, ModelError> {
    context.as_any().downcast_ref::<Prepared>().ok_or_else(|| ModelError::Failed {
        engine: ENGINE,
        reason: "the context was prepared by another recogniser".into(),
    })
}

fn hear(listening: &mut Listening, prepared: &Prepared, scores: acoustic::Scores) -> Heard {
    let whole = listening.hear(prepared, &scores);
    Heard::new(prepared, whole, scores)
}

#[cfg(test)]
mod tests;
