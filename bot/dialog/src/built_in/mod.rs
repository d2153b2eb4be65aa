//! What the engine understands of itself, in each language: wordings of the global intents, and what answers to the
//! closed types of slots begin with where the recogniser has no grammar for them.

mod chinese;
mod english;
mod indonesian;

use crate::context::SlotGrammar;
use crate::language::Language;
use warmline_schema::GlobalIntent;

/// The engine's own wordings of a global intent.
pub(crate) fn global_phrases(intent: GlobalIntent, language: Language) -> &'static [&'static str] {
    match language {
        Language::English => english::global_phrases(intent),
        Language::Traditional => chinese::global_phrases(intent, true),
        Language::Simplified => chinese::global_phrases(intent, false),
        Language::Indonesian => indonesian::global_phrases(intent),
    }
}

/// Usual answers of a type, which the recogniser is told to expect. English has grammars instead.
pub(crate) fn usual_answers(grammar: SlotGrammar, language: Language) -> Vec<String> {
    match language {
        Language::English => Vec::new(),
        Language::Traditional => chinese::usual_answers(grammar, true),
        Language::Simplified => chinese::usual_answers(grammar, false),
        Language::Indonesian => indonesian::usual_answers(grammar),
    }
}
