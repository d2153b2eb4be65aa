//! The knowledge base: questions that may come at any time, answered with a return to where we were.

use crate::fields::{Fields, Named, checked_name};
use crate::intent::Patterns;
use crate::node::{Key, Node};
use crate::problem::Problems;
use crate::text::Wording;

/// One thing the bot knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Knowledge {
    pub name: Named,
    /// The ways to ask for it.
    pub questions: Patterns,
    pub answer: Wording,
    /// Where to go after the answer; absent: the question that was open is asked again.
    pub goto: Option<Named>,
}

impl Knowledge {
    pub(crate) fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = checked_name(&key.text, key.at, "knowledge entry", problems)?;
        let mut fields = Fields::of(node, format!("knowledge entry `{}`", key.text), problems)?;
        let listed = fields.texts("questions");
        let mut questions = Patterns::read(&mut fields);
        questions.phrases.extend(listed);
        let answer = fields.required_wording("answer");
        let goto = fields.name("goto");
        if questions.is_empty() {
            fields.problems.error(key.at, format!("knowledge entry `{}` has no `questions`", key.text));
        }
        fields.finish();
        Some(Self { name, questions, answer: answer?, goto })
    }
}
