//! Whisper by whisper.cpp: free speech in about a hundred languages, from ggml files.
//!
//! A file is checked for its sum and part by part ([`file`]) before whisper.cpp sees it. Whisper makes up words
//! in silence and loops in noise: [`crate::lm::guard`] and its own no-speech probability stand against that. What the
//! step expects is given to it as the text before ([`prompt`]); when it hears something else that is close
//! to an expected phrase, that phrase is scored too ([`rescore`]). A reading cannot be stopped half-way; the
//! number of its tokens is bounded by the utterance's length.

pub(crate) mod file;
mod read;
mod rescore;
#[cfg(test)]
pub(crate) mod tests;

use crate::{
    Asr, AsrContext, ModelError, PreparedContext, Transcript,
    lm::{
        self,
        expect::Expected,
        guard,
        words::{Figures, spoken},
    },
    store::{ModelInfo, Store},
};
use file::Shape;
use std::{
    collections::HashMap,
    ffi::c_int,
    sync::{Arc, Once},
};
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

const ENGINE: &str = "whisper";
/// Tokens of the step's phrases given as the text before: each costs time at every reading.
const PROMPT_TOKENS: usize = 48;

/// The recogniser. Clones share the weights; one clone per inference thread.
pub struct WhisperAsr {
    context: Arc<WhisperContext>,
    info: Arc<ModelInfo>,
    shape: Shape,
    /// Made at the first reading.
    state: Option<WhisperState>,
    /// By language: whisper-rs keeps a language's name for ever, so each is set once.
    params: HashMap<&'static str, FullParams<'static, 'static>>,
}

impl Clone for WhisperAsr {
    fn clone(&self) -> WhisperAsr {
        let (context, info) = (self.context.clone(), self.info.clone());
        WhisperAsr { context, info, shape: self.shape, state: None, params: HashMap::new() }
    }
}

impl WhisperAsr {
    /// Load the model `info` of the store: its first file is a ggml Whisper file.
    ///
    /// [`ModelError::Missing`] and [`ModelError::Damaged`] name the file. A file of which nothing says what it
    /// should be is refused.
    pub fn load(store: &Store, info: &ModelInfo) -> Result<WhisperAsr, ModelError> {
        let Some(listed) = info.files.first() else {
            return Err(ModelError::Unsupported(format!("model `{}` lists no file", info.id())));
        };
        let path = store.trusted(&listed.path)?;
        let bytes = store.read(&listed.path)?;
        let shape = file::check(&bytes).map_err(|reason| ModelError::Damaged { path: path.clone(), reason })?;
        static QUIET: Once = Once::new();
        // whisper.cpp would write to the terminal.
        QUIET.call_once(whisper_rs::install_logging_hooks);
        // Built with `cuda`, these parameters ask for the first GPU; whisper.cpp falls back to the processor.
        let parameters = WhisperContextParameters::default();
        let context = WhisperContext::new_from_buffer_with_params(&bytes, parameters)
            .map_err(|e| ModelError::Damaged { path, reason: e.to_string() })?;
        let (context, info) = (Arc::new(context), Arc::new(info.clone()));
        Ok(WhisperAsr { context, info, shape, state: None, params: HashMap::new() })
    }

    /// Whisper's own name of a language; `None` when this model does not know it.
    fn language(&self, tag: &str) -> Option<&'static str> {
        let primary = tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
        let name = match primary.as_str() {
            "" => "en",
            "nb" => "no",
            "fil" => "tl",
            "jv" => "jw",
            "cmn" => "zh",
            other => other,
        };
        let known = name.bytes().all(|b| b.is_ascii_lowercase()) && (name.len() == 2 || name.len() == 3);
        let id = if known { whisper_rs::get_lang_id(name)? } else { return None };
        // 99 languages, or 100 from large-v3 on; an English file has no token for any.
        let languages = self.shape.vocabulary.saturating_sub(51_766);
        let has = if self.shape.multilingual() { i64::from(id) < i64::from(languages) } else { name == "en" };
        if has { whisper_rs::get_lang_str(id) } else { None }
    }

    /// Tokens before the first word: the step's phrases as what was said before, and the task.
    fn prompt(&self, context: &AsrContext, language: &'static str) -> Result<Prompt, ModelError> {
        let most = PROMPT_TOKENS.min(self.shape.text_context as usize / 4);
        let mut phrases: Vec<c_int> = Vec::new();
        let figures = Figures::of(language);
        for phrase in context.phrases.iter().map(|text| spoken(text, figures)) {
            let tokens = self.tokens(&format!(" {phrase},"))?;
            if phrases.len() + tokens.len() > most {
                break;
            }
            phrases.extend(tokens);
        }
        let mut task = vec![self.context.token_sot()];
        if self.shape.multilingual() {
            task.push(self.context.token_lang(whisper_rs::get_lang_id(language).unwrap_or(0)));
            task.push(self.context.token_transcribe());
        }
        task.push(self.context.token_not());
        Ok(Prompt { phrases, task })
    }

    fn tokens(&self, text: &str) -> Result<Vec<c_int>, ModelError> {
        let text = text.replace('\0', " ");
        // A token is at least one byte, so the list is never too short.
        self.context.tokenize(&text, text.len() + 1).map_err(failed)
    }

    fn parameters(&mut self, language: &'static str) -> FullParams<'static, 'static> {
        let make = || {
            let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
            params.set_language(Some(language));
            params.set_n_threads(1);
            params.set_no_context(true);
            params.set_no_timestamps(true);
            params.set_single_segment(true);
            params.set_suppress_blank(true);
            params.set_suppress_nst(true);
            params.set_temperature(0.0);
            params.set_temperature_inc(0.0);
            params.set_print_progress(false);
            params.set_print_realtime(false);
            params.set_print_timestamps(false);
            params.set_print_special(false);
            params
        };
        self.params.entry(language).or_insert_with(make).clone()
    }
}

/// What stands before the first word.
struct Prompt {
    phrases: Vec<c_int>,
    task: Vec<c_int>,
}

/// A step, prepared.
struct Prepared {
    language: &'static str,
    prompt: Prompt,
    expected: Expected,
    /// The expected phrases as Whisper would write them, cut into its tokens.
    spelled: Vec<rescore::Phrase>,
}

impl PreparedContext for Prepared {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Asr for WhisperAsr {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn hears(&self, language: &str) -> bool {
        self.info.knows(language) && self.language(language).is_some()
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        let language = self
            .language(&context.language)
            .filter(|_| context.language.is_empty() || self.info.knows(&context.language));
        let Some(language) = language else {
            let reason = format!("the recogniser `{}` does not know `{}`", self.info.id(), context.language);
            return Err(ModelError::Unsupported(reason));
        };
        let expected = Expected::new(context);
        let spelled: Result<Vec<_>, ModelError> =
            expected.phrases().map(|text| rescore::Phrase::new(text, |text| self.tokens(text))).collect();
        Ok(Arc::new(Prepared { language, prompt: self.prompt(context, language)?, expected, spelled: spelled? }))
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let prepared = context.as_any().downcast_ref::<Prepared>().ok_or_else(|| ModelError::Failed {
            engine: ENGINE,
            reason: "the context was prepared by another recogniser".into(),
        })?;
        if !guard::worth_reading(pcm) {
            return Ok(Transcript::default());
        }
        let mut readings: Vec<lm::Spelled> = self.read(pcm, prepared)?.into_iter().collect();
        if let Some(best) = readings.first().filter(|_| last) {
            let text = prepared.expected.words(&best.text());
            if prepared.expected.find(&text).is_none() {
                readings.extend(self.rescore(best, &text, pcm, prepared)?);
            }
        }
        Ok(lm::transcript(&readings, &prepared.expected))
    }
}

fn failed(error: whisper_rs::WhisperError) -> ModelError {
    ModelError::Failed { engine: ENGINE, reason: error.to_string() }
}
