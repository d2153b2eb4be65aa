//! A dialog step's context, made ready: its graph, the vocabulary and the language model around it.

use super::{
    classes::CLASSES,
    grammar,
    graph::Graph,
    lexicon::Lexicon,
    ngram::{Mixture, Ngram, Vocabulary},
    opposite,
    tree::Tree,
};
use crate::{AsrContext, Grammar, ModelError, PreparedContext, store::Store};
use std::{collections::BTreeSet, sync::Arc};

const SENTENCES: &str = "starter-en/sentences.txt";
/// Shares of the step's phrases, the template's sentences and everyday speech in the language model.
const SHARES: [f32; 3] = [0.25, 0.3, 0.45];

/// Everyday telephone speech: what people say that no template foresees.
#[derive(Clone)]
pub(crate) struct Everyday {
    vocabulary: Vocabulary,
    model: Arc<Ngram>,
}

impl Everyday {
    /// The sentences of the store; every word of `lexicon` may be heard, though most are in no sentence.
    pub(crate) fn load(store: &Store, lexicon: &Lexicon) -> Result<Everyday, ModelError> {
        let damaged = |reason: &str| ModelError::Damaged { path: store.root().join(SENTENCES), reason: reason.into() };
        let text = String::from_utf8(store.read(SENTENCES)?).map_err(|_| damaged("it is not UTF-8 text"))?;
        if text.trim().is_empty() {
            return Err(damaged("it has no sentences"));
        }
        let mut vocabulary = Vocabulary::new(CLASSES);
        for word in lexicon.words() {
            vocabulary.add(word);
        }
        let model = Arc::new(Ngram::of(text.lines(), &mut vocabulary));
        Ok(Everyday { vocabulary, model })
    }
}

/// What the recogniser needs to know about one step. Read-only and shared by all calls at that step.
pub(crate) struct Prepared {
    /// `None` where the step expects nothing.
    pub(crate) graph: Option<Graph>,
    pub(crate) tree: Tree,
    pub(crate) model: Mixture,
    /// Readings of the graph that are there only to be told apart from the step's phrases.
    pub(crate) decoys: BTreeSet<String>,
    /// Whole sentences of the graph, as opposed to what the closed grammars put together.
    pub(crate) sentences: BTreeSet<String>,
}

impl Prepared {
    pub(crate) fn new(context: &AsrContext, lexicon: &Lexicon, everyday: &Everyday) -> Result<Prepared, ModelError> {
        let context = &normalised(context);
        let decoys = opposite::of_all(&context.phrases);
        let expected = grammar::expected(&context.phrases, &decoys, &context.grammars);
        let mut vocabulary = everyday.vocabulary.clone();
        let mut sentences: BTreeSet<String> = context.phrases.iter().cloned().collect();
        if context.grammars.contains(&Grammar::YesNo) {
            sentences.extend(grammar::yes_and_no().map(str::to_string));
        }
        let phrases = Ngram::of(sentences.iter().map(String::as_str), &mut vocabulary);
        let free = Ngram::of(context.free.iter().map(String::as_str), &mut vocabulary);
        let mut words: Vec<&str> = vocabulary.words().collect();
        if let Some(expr) = &expected {
            expr.words(&mut |word| words.push(word));
        }
        lexicon.learn(words)?;
        let parts = [Arc::new(phrases), Arc::new(free), everyday.model.clone()];
        let model = Mixture::new(SHARES.into_iter().zip(parts).collect(), vocabulary.size());
        let tree = Tree::build(&vocabulary, lexicon, &model);
        let graph = expected.map(|expr| Graph::compile(&expr, lexicon)).filter(|g| !g.words.is_empty());
        Ok(Prepared { graph, tree, model, decoys, sentences })
    }
}

impl PreparedContext for Prepared {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

fn normalised(context: &AsrContext) -> AsrContext {
    AsrContext {
        language: context.language.clone(),
        phrases: context.phrases.iter().map(|t| words_only(t)).collect(),
        grammars: context.grammars.clone(),
        free: Arc::new(context.free.iter().map(|t| words_only(t)).collect()),
    }
}

/// Lower case and words only, for templates that were less careful than they should be.
fn words_only(text: &str) -> String {
    let text = text.to_lowercase().replace(['’', '‘'], "'");
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|w| w.trim_matches('\''));
    words.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::words_only;

    #[test]
    fn punctuation_is_taken_off_and_apostrophes_stay() {
        assert_eq!(words_only("  I’m NOT interested, 'really'!  "), "i'm not interested really");
        assert_eq!(words_only("x-ray?"), "x ray");
        assert_eq!(words_only("..."), "");
    }
}
