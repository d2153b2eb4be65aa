//! The recognisers that somebody chose with `warmline models use`, as one: each language goes to its own.

use crate::{
    Asr, AsrContext, ModelError, PreparedContext, Transcript, Utterance,
    engines::load_asr,
    store::{ModelInfo, Store, Task},
};
use std::sync::Arc;

/// Without a choice, calls are in this language.
const DEFAULT: &str = "en";
const ENGINE: &str = "chosen";

/// A recogniser and what the manifest says of it.
type Loaded = (Arc<ModelInfo>, Box<dyn Asr>);
/// A recogniser and its own form of a context.
type Own<'a> = (&'a mut Box<dyn Asr>, &'a Arc<dyn PreparedContext>);

/// One inference thread's recognisers.
pub struct ChosenAsr {
    engines: Vec<Loaded>,
    /// Language → index, for those that somebody chose.
    choices: Arc<Vec<(String, usize)>>,
}

/// The recognisers that a program loads: those that are chosen, and one for English where none is.
pub fn in_use(store: &Store) -> Vec<&ModelInfo> {
    let mut infos: Vec<&ModelInfo> =
        store.models().iter().filter(|m| m.task == Task::Asr && !store.chosen_for(m).is_empty()).collect();
    let default = store.chosen(Task::Asr, DEFAULT);
    infos.extend(default.filter(|info| !infos.iter().any(|own| own.id() == info.id())));
    infos
}

/// The one of [`in_use`] that hears `language`; nothing when none knows it.
pub fn hearer<'a>(store: &'a Store, language: &str) -> Option<&'a ModelInfo> {
    let language = if language.is_empty() { DEFAULT } else { language };
    let loaded = in_use(store);
    let chosen = loaded.iter().find(|info| store.chosen(Task::Asr, language).is_some_and(|c| c.id() == info.id()));
    chosen.filter(|info| info.knows(language)).or_else(|| loaded.iter().find(|info| info.knows(language))).copied()
}

/// Load the recognisers that are chosen, and one for English where none is, once for each of `copies` threads.
///
/// [`ModelError::Missing`] and [`ModelError::Damaged`] name the file.
pub fn load_chosen(store: &Store, copies: usize) -> Result<Vec<Box<dyn Asr>>, ModelError> {
    let infos = in_use(store);
    match infos[..] {
        // Nothing is there: say how to get what the first start wants.
        [] => return load_asr(store, "starter-en", copies),
        [only] => return load_asr(store, &only.id(), copies),
        _ => {}
    }
    let mut choices: Vec<(String, usize)> = Vec::new();
    let mut threads: Vec<Vec<Loaded>> = (0..copies.max(1)).map(|_| Vec::new()).collect();
    for (i, info) in infos.into_iter().enumerate() {
        choices.extend(store.chosen_for(info).into_iter().map(|language| (language.to_owned(), i)));
        let shared = Arc::new(info.clone());
        for (thread, asr) in threads.iter_mut().zip(load_asr(store, &info.id(), copies)?) {
            thread.push((shared.clone(), asr));
        }
    }
    let choices = Arc::new(choices);
    let one = |engines| Box::new(ChosenAsr { engines, choices: choices.clone() }) as Box<dyn Asr>;
    Ok(threads.into_iter().map(one).collect())
}

impl ChosenAsr {
    /// Which engine hears `language`: the one chosen for it or for its primary part, else the first that does.
    fn index(&self, language: &str) -> Option<usize> {
        let language = if language.is_empty() { DEFAULT } else { language };
        let primary = language.split('-').next().unwrap_or(language);
        let chosen = |tag: &str| self.choices.iter().find(|(own, _)| own.eq_ignore_ascii_case(tag)).map(|(_, i)| *i);
        let hears = |i: &usize| self.engines.get(*i).is_some_and(|(_, asr)| asr.hears(language));
        let found = chosen(language).or_else(|| chosen(primary)).filter(hears);
        found.or_else(|| (0..self.engines.len()).find(hears))
    }

    /// The engine that prepared `context`, and its own form of it.
    fn of<'a>(&'a mut self, context: &'a dyn PreparedContext) -> Result<Own<'a>, ModelError> {
        let prepared = context.as_any().downcast_ref::<Prepared>();
        let found = prepared.and_then(|p| Some((&mut self.engines.get_mut(p.engine)?.1, &p.own)));
        let reason = || "the context was prepared by another recogniser".to_owned();
        found.ok_or_else(|| ModelError::Failed { engine: ENGINE, reason: reason() })
    }
}

/// A context and whose it is.
struct Prepared {
    engine: usize,
    own: Arc<dyn PreparedContext>,
}

impl PreparedContext for Prepared {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Asr for ChosenAsr {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn hears(&self, language: &str) -> bool {
        self.index(language).is_some()
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        let Some((engine, (_, asr))) = self.index(&context.language).and_then(|i| Some((i, self.engines.get(i)?)))
        else {
            let loaded: Vec<String> = self.engines.iter().map(|(info, _)| info.id()).collect();
            return Err(ModelError::Unsupported(format!(
                "no recogniser in use knows `{}` (in use: {}): choose one with `warmline models use`",
                context.language,
                loaded.join(", ")
            )));
        };
        Ok(Arc::new(Prepared { engine, own: asr.prepare(context)? }))
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let (asr, own) = self.of(context)?;
        asr.recognise(pcm, own.as_ref(), last)
    }

    fn read(&mut self, utterance: &mut Utterance, last: bool) -> Result<Transcript, ModelError> {
        let context = utterance.context().clone();
        let (asr, own) = self.of(context.as_ref())?;
        // The engine's own utterance, with what it remembers, is what this one remembers.
        let kept = utterance.state.take().and_then(|state| state.downcast::<Utterance>().ok());
        let mut inner = kept.unwrap_or_else(|| Box::new(Utterance::new(own.clone())));
        inner.cancel = utterance.cancel.clone();
        inner.accept(&utterance.pcm()[inner.pcm().len()..]);
        let answer = asr.read(&mut inner, last);
        utterance.state = Some(inner);
        answer
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{ctc, testing};

    #[test]
    fn each_language_is_heard_by_its_own() {
        let (model, mvn) = (ctc::tests::sensevoice("speech", 7), ctc::tests::mvn());
        let files: [(&str, &[u8]); 3] =
            [("model.onnx", &model), ("tokens.txt", ctc::tests::TOKENS.as_bytes()), ("am.mvn", mvn.as_bytes())];
        let (dir, mut store) = testing::store("sensevoice", &["en", "zh"], &files);
        // Beside the store, as in a checkout.
        let real = Store::locate().unwrap().path("starter-en/lexicon.json").unwrap();
        std::os::unix::fs::symlink(real.parent().unwrap(), dir.path().join("starter-en")).unwrap();
        store.choose("mine", &["zh".into()]).unwrap();
        let mut asr = load_chosen(&store, 1).unwrap().pop().unwrap();
        let heard = |asr: &mut Box<dyn Asr>, language: &str, phrase: &str| {
            let phrases = vec![phrase.to_owned()];
            let prepared = asr.prepare(&AsrContext { language: language.into(), phrases, ..AsrContext::default() });
            let mut utterance = Utterance::new(prepared.unwrap());
            let pcm = testing::tones(&[&[1_700.0]]);
            utterance.accept(&pcm[..1_000]);
            asr.read(&mut utterance, false).unwrap();
            utterance.accept(&pcm[1_000..]);
            asr.read(&mut utterance, true).unwrap()
        };
        assert_eq!(heard(&mut asr, "zh-TW", "是").best().unwrap().text, "是");
        // The starter recogniser, which hears no word in a tone.
        assert!(heard(&mut asr, "en-GB", "yes").best().is_none_or(|best| best.confidence < 0.5));
        let hearer = |language: &str| hearer(&store, language).map(ModelInfo::id);
        assert_eq!(["zh-TW", "en-GB", ""].map(hearer).map(Option::unwrap), ["mine", "starter-en", "starter-en"]);
        assert_eq!(hearer("id"), None);
        let error = asr.prepare(&AsrContext { language: "id".into(), ..AsrContext::default() }).err().unwrap();
        assert!(error.to_string().contains("knows `id` (in use: mine, starter-en)"), "{error}");
    }

    #[test]
    fn nothing_installed_says_how_to_get_it() {
        let dir = tempfile::tempdir().unwrap();
        let error = load_chosen(&Store::open(dir.path().join("store")).unwrap(), 1).err().unwrap().to_string();
        assert!(error.contains("is missing"), "{error}");
    }
}
