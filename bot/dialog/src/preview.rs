//! What a person would hear in one step, without the conversation before it.

use crate::api::{Effect, Prompt};
use crate::compiled::CompiledTemplate;
use crate::dialog::{Dialog, Variables};
use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_schema::{Named, distance};

/// Why a step cannot be heard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template has no step `{step}`; {hint}")]
pub struct UnknownStep {
    pub step: String,
    /// "did you mean `greet`?"
    pub hint: String,
}

/// The prompts of `step`, with the contact's data (and, by their names, slots filled before) in place. A step that
/// itself says nothing gives those of the steps that follow it at once.
///
/// # Errors
/// There is no such step.
pub fn prompts_of(
    template: &Arc<CompiledTemplate>,
    step: &str,
    variables: Variables,
    seed: u64,
    now: NaiveDateTime,
) -> Result<Vec<Prompt>, UnknownStep> {
    let Some((_, found)) = template.template().step(step) else { return Err(unknown(template, step)) };
    let target: Named = found.name.clone();
    let mut dialog = Dialog::new(Arc::clone(template), variables, seed);
    let mut effects = Vec::new();
    dialog.go(&target, now, &mut effects);
    let prompts: Vec<Prompt> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Say(prompt) => Some(prompt),
            _ => None,
        })
        .collect();
    let own: Vec<Prompt> = prompts.iter().filter(|prompt| prompt.step == step).cloned().collect();
    Ok(if own.is_empty() { prompts } else { own })
}

fn unknown(template: &CompiledTemplate, step: &str) -> UnknownStep {
    let names = template.template().steps.iter().map(|step| step.name.name.as_str());
    let near = names.clone().min_by_key(|name| distance(step, name)).filter(|name| distance(step, name) <= 3);
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
    };
    UnknownStep { step: step.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_step_is_heard_with_its_values_and_an_unknown_one_is_named() {
        let source = r#"
template: small
voice: flite:slt
entry: { person: hello }
variables: { name: text, date: date }
steps:
  hello: { type: say, prompt: "Hello {{name}}.", next: choose }
  choose: { type: branch, when: [{ if: name, goto: ask }], else: ask }
  ask: { type: ask, prompt: "On {{date}}?", answers: { yes: { goto: bye, phrases: [yes] } } }
  bye: { type: end, prompt: Goodbye. }
"#;
        let template = Arc::new(CompiledTemplate::compile(warmline_schema::parse(source).unwrap()).unwrap());
        let contact: Variables = [("name".into(), "Ann".into()), ("date".into(), "2026-11-24".into())].into();
        let heard = |step: &str| {
            let prompts = prompts_of(&template, step, contact.clone(), 1, "2026-11-20T10:00:00".parse().unwrap());
            prompts.map(|all| all.into_iter().map(|prompt| prompt.text).collect::<Vec<_>>())
        };
        assert_eq!(heard("hello").unwrap(), ["Hello Ann."]);
        assert_eq!(heard("choose").unwrap(), ["On Tuesday, November twenty fourth?"], "what follows at once");
        assert_eq!(heard("helo").unwrap_err().hint, "did you mean `hello`?");
    }
}
