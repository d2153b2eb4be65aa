//! What is said, in the language that is spoken now.

use super::Dialog;
use crate::api::{BargeIn, Effect, Utterance};
use crate::compiled::{CompiledTemplate, chosen};
use crate::language::Language;
use crate::lines::{self, Lines};
use crate::render::Values;
use crate::speech::Speech;
use crate::words;
use warmline_schema::{Named, Text, Wording};

impl Dialog {
    pub(crate) fn values<'a>(&'a self, template: &'a CompiledTemplate) -> Values<'a> {
        Values { template, variables: &self.variables, slots: &self.slots, seed: self.seed, language: &self.language }
    }

    /// The language that is spoken now.
    pub fn spoken_language(&self) -> Language {
        Language::of(&self.language)
    }

    /// Readings with their figures as words of the language that is spoken; embeddings know English only.
    pub(super) fn in_own_words(&self, utterance: &Utterance) -> Utterance {
        let mut utterance = utterance.clone();
        if self.spoken_language() != Language::English {
            utterance.embedding = None;
        }
        for reading in &mut utterance.readings {
            reading.text = words::figures_read(&reading.text, self.spoken_language());
        }
        utterance
    }

    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// The engine's own lines in the language that is spoken now.
    pub(crate) fn lines(&self) -> &'static Lines {
        lines::of(&self.language)
    }

    /// Go on in another language of the template.
    pub(crate) fn speak_in(&mut self, tag: &str) {
        tag.clone_into(&mut self.language);
    }

    /// From now on everything more slowly; asked again, slower still.
    pub(crate) fn slow_down(&mut self) {
        self.rate_percent = if self.rate_percent > 80 { 80 } else { 65 };
    }

    pub(crate) fn say(&mut self, wording: &Wording, barge_in: BargeIn, step: usize, out: &mut Vec<Effect>) {
        let texts = wording.in_language(&self.language);
        let choice = chosen(self.seed, step, self.said, texts.len());
        self.said += 1;
        if let Some(text) = texts.get(choice) {
            self.say_text(text, barge_in, step, out);
        }
    }

    pub(crate) fn say_text(&mut self, text: &Text, barge_in: BargeIn, step: usize, out: &mut Vec<Effect>) {
        let speech = self.values(&self.template).spoken(text);
        self.say_speech(speech, barge_in, &self.step_name(step), out);
    }

    pub(crate) fn say_line(&mut self, text: String, barge_in: BargeIn, step: &str, out: &mut Vec<Effect>) {
        self.say_speech(Speech::plain(text), barge_in, step, out);
    }

    fn say_speech(&mut self, speech: Speech, barge_in: BargeIn, step: &str, out: &mut Vec<Effect>) {
        if !speech.text.is_empty() {
            let voice = self.template.voice(&self.language);
            out.push(Effect::Say(speech.at_rate(self.rate_percent).prompt(voice, barge_in, step)));
        }
    }

    pub(crate) fn tag(&mut self, tags: &[Named], out: &mut Vec<Effect>) {
        for tag in tags {
            if !self.tags.contains(&tag.name) {
                self.tags.push(tag.name.clone());
                out.push(Effect::Tag(tag.name.clone()));
            }
        }
    }

    pub(crate) fn step_name(&self, step: usize) -> String {
        self.template.template().steps.get(step).map(|step| step.name.name.clone()).unwrap_or_default()
    }
}
