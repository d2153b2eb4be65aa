//! Templates the bot has loaded: compiled, embedded, and prepared for the recogniser.

use crate::mind::Mind;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use warmline_dialog::schema::version_of;
use warmline_dialog::{CompiledTemplate, Prompt, SlotGrammar};
use warmline_models::pool::JobError;
use warmline_models::{AsrContext, Grammar, ModelError, PreparedContext};
use warmline_speech::barge_in::BACKCHANNELS;

/// Prompts of one call that are made at the same time. The service's queue is shared by all calls that are
/// being prepared and is bounded: a template has more prompts than a burst of calls could put there at once.
const AHEAD: usize = 4;

/// Templates that stay loaded although no campaign and no call holds them: every edit makes another version.
const MOST_LOADED: usize = 32;

/// A template ready for calls.
pub struct LoadedTemplate {
    /// As [`version_of`] names its text.
    pub version: String,
    pub compiled: Arc<CompiledTemplate>,
    /// Longest conversation in milliseconds, when the template has a limit.
    pub limit_ms: Option<u64>,
    /// What the recogniser expects, by [`warmline_dialog::Listen::context`].
    pub(crate) contexts: Vec<Arc<dyn PreparedContext>>,
}

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("{0}")]
    Template(String),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the template could not be prepared: {0}")]
    Inference(#[from] JobError),
    #[error("the prompt of step {step:?} cannot be spoken: {reason}")]
    Prompt { step: String, reason: String },
}

/// The loaded templates by version.
pub(crate) struct Templates {
    mind: Arc<Mind>,
    loaded: Mutex<HashMap<String, Arc<LoadedTemplate>>>,
}

impl Templates {
    pub(crate) fn new(mind: Arc<Mind>) -> Self {
        Self { mind, loaded: Mutex::default() }
    }

    pub(crate) fn get(&self, version: &str) -> Option<Arc<LoadedTemplate>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned()
    }

    pub(crate) fn load(&self, yaml: &str) -> Result<Arc<LoadedTemplate>, TemplateError> {
        let version = version_of(yaml);
        if let Some(loaded) = self.get(&version) {
            return Ok(loaded);
        }
        let template = warmline_dialog::schema::parse(yaml).map_err(|e| TemplateError::Template(e.to_string()))?;
        for voice in template.voices() {
            self.mind.check_voice(voice)?;
        }
        let compiled = CompiledTemplate::compile(template).map_err(|e| TemplateError::Template(e.to_string()))?;
        let utterances = compiled.utterances();
        let compiled = compiled
            .with_embeddings(self.mind.embed(utterances)?)
            .map_err(|e| TemplateError::Template(e.to_string()))?;
        let free = Arc::new(compiled.free_sentences());
        let language = compiled.template().language.clone();
        // What people say without answering must be recognised too, or it is taken for an answer.
        let english = language == "en" || language.starts_with("en-");
        let listening = BACKCHANNELS.iter().filter(|_| english).map(|words| (*words).to_owned());
        let contexts = compiled.contexts().iter().map(|context| {
            let grammars = context.grammars.iter().map(|grammar| match grammar {
                SlotGrammar::YesNo => Grammar::YesNo,
                SlotGrammar::Number => Grammar::Number,
                SlotGrammar::Digits => Grammar::Digits,
                SlotGrammar::Date => Grammar::Date,
                SlotGrammar::Time => Grammar::Time,
            });
            self.mind.prepare(AsrContext {
                language: language.clone(),
                phrases: context.phrases.iter().cloned().chain(listening.clone()).collect(),
                grammars: grammars.collect(),
                free: free.clone(),
            })
        });
        let contexts = contexts.collect::<Result<Vec<_>, _>>()?;
        let limit_ms = compiled.limit_ms();
        let loaded =
            Arc::new(LoadedTemplate { version: version.clone(), compiled: Arc::new(compiled), limit_ms, contexts });
        let mut known = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_LOADED {
            known.retain(|_, other| Arc::strong_count(other) > 1);
        }
        known.insert(version, loaded.clone());
        Ok(loaded)
    }

    /// Render every prompt whose text is known, so that it starts at once in the call.
    pub(crate) async fn prerender(
        &self,
        template: &LoadedTemplate,
        variables: &BTreeMap<String, String>,
    ) -> Result<(), TemplateError> {
        let prompts = template.compiled.prompts(variables);
        let mut waiting = VecDeque::new();
        for prompt in &prompts {
            if waiting.len() >= AHEAD
                && let Some(first) = waiting.pop_front()
            {
                rendered(first).await?;
            }
            let (sender, answer) = oneshot::channel();
            self.mind.render_ahead(prompt, move |result| {
                sender.send(result).ok();
            });
            waiting.push_back((prompt, answer));
        }
        for last in waiting {
            rendered(last).await?;
        }
        Ok(())
    }
}

/// Wait for a prompt that is being made.
async fn rendered((prompt, answer): (&Prompt, oneshot::Receiver<Result<(), String>>)) -> Result<(), TemplateError> {
    let result = answer.await.unwrap_or_else(|_| Err("the speech service has stopped".into()));
    result.map_err(|reason| TemplateError::Prompt { step: prompt.step.clone(), reason })
}
