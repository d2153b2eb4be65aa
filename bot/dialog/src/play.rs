//! A conversation from the list of what is done in it: the regression dialogs, the text chat and stored calls
//! all play here.
//!
//! The list is the whole state: editing a past turn is playing a changed list again.

use crate::api::{Effect, Entry, HandoffScore, Prompt, Understanding, Utterance};
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::language::Language;
use crate::sim::TextCall;
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
pub use warmline_schema::conversations::{Act, AnsweredBy, Ending, Spoken};

/// Gives a sentence its embedding, unit length; nothing where no embedder is at hand.
pub type Embed<'a> = &'a mut dyn FnMut(&str) -> Option<Vec<f32>>;

/// Years in which a conversation is held: beyond them there is no telephone to speak of.
pub const YEARS: RangeInclusive<i32> = 1900..=2200;

/// No embedder.
pub fn no_meaning(_: &str) -> Option<Vec<f32>> {
    None
}

/// What a conversation begins with.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    pub template: &'a Arc<CompiledTemplate>,
    pub contact: Variables,
    /// Chooses among alternative wordings.
    pub seed: u64,
    /// The person's local time when the call is answered.
    pub now: NaiveDateTime,
    pub answered_by: AnsweredBy,
}

/// A conversation going on.
pub struct Play {
    call: TextCall,
}

/// What one act came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Somebody took notice: words that talk over a prompt which cannot be interrupted are lost.
    pub noticed: bool,
    /// What the bot did, in order.
    pub effects: Vec<Effect>,
    /// The step that listens now.
    pub step: Option<String>,
    /// The call's intent so far.
    pub intent: Option<String>,
    pub slots: BTreeMap<String, String>,
    pub tags: Vec<String>,
    pub ending: Ending,
    /// Since the answer.
    pub at_ms: u64,
}

impl Exchange {
    /// What the bot said.
    pub fn said(&self) -> String {
        self.prompts().map(|prompt| prompt.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    pub fn prompts(&self) -> impl Iterator<Item = &Prompt> {
        self.effects.iter().filter_map(|effect| match effect {
            Effect::Say(prompt) => Some(prompt),
            _ => None,
        })
    }

    /// How much a human was needed after the person's answer.
    pub fn handoff(&self) -> Option<&HandoffScore> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Scored(score) => Some(score),
            _ => None,
        })
    }

    /// What the person's words were taken for.
    pub fn understood(&self) -> Option<&Understanding> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Understood(understanding) => Some(understanding),
            _ => None,
        })
    }
}

impl Play {
    /// The call is answered.
    pub fn begin(scene: &Scene<'_>) -> (Self, Exchange) {
        let mut call = TextCall::new(scene.template, scene.contact.clone(), scene.seed, scene.now);
        call.answered(entry(scene.answered_by));
        let play = Self { call };
        let first = play.exchange(true);
        (play, first)
    }

    /// Do `act`.
    pub fn act(&mut self, act: &Act, embed: Embed<'_>) -> Exchange {
        let mut noticed = true;
        match act {
            Act::User(readings) => {
                let heard = self.utterance(readings, embed);
                self.call.hears(heard);
            }
            Act::Interrupt(readings) => {
                let heard = self.utterance(readings, embed);
                noticed = self.call.interrupts(heard);
            }
            Act::Unclear => self.call.hears(Utterance::default()),
            Act::Key(key) => self.call.presses(*key),
            Act::Silence => self.call.is_silent(),
            Act::Machine(answered_by) => self.call.answered(entry(*answered_by)),
            Act::Agent { answers } => self.call.handoff(*answers),
            Act::Http(answer) => {
                self.call.http_answers(answer.clone().ok_or_else(|| "the other system does not answer".to_owned()));
            }
            Act::Elapsed(ms) => self.call.passes(*ms),
        }
        if !noticed {
            return Exchange { effects: Vec::new(), ..self.exchange(false) };
        }
        self.exchange(true)
    }

    /// It has hung up.
    pub fn over(&self) -> bool {
        self.call.dialog().finished()
    }

    /// All effects so far.
    pub fn effects(&self) -> &[Effect] {
        self.call.effects()
    }

    /// The slot whose value is asked for now.
    pub(crate) fn open_slot(&self) -> Option<&str> {
        self.call.dialog().open_slot()
    }

    /// The language that is spoken now.
    pub(crate) fn language(&self) -> Language {
        self.call.dialog().spoken_language()
    }

    fn utterance(&self, readings: &[Spoken], embed: Embed<'_>) -> Utterance {
        let readings: Vec<_> =
            readings.iter().map(|reading| self.call.reading(&reading.text, reading.confidence)).collect();
        let embedding = readings.first().and_then(|best| embed(&best.text));
        Utterance { readings, embedding }
    }

    fn exchange(&self, noticed: bool) -> Exchange {
        let dialog = self.call.dialog();
        Exchange {
            noticed,
            effects: self.call.last_effects().to_vec(),
            step: dialog.current_step().map(str::to_owned),
            intent: dialog.intent().map(str::to_owned),
            slots: dialog.slots().clone(),
            tags: dialog.tags().to_vec(),
            ending: self.call.ending(),
            at_ms: u64::try_from(self.call.elapsed().num_milliseconds()).unwrap_or_default(),
        }
    }
}

/// The whole conversation: the exchange of its beginning, then one for each act.
pub fn play(scene: &Scene<'_>, acts: &[Act], embed: Embed<'_>) -> Vec<Exchange> {
    let (mut play, first) = Play::begin(scene);
    let mut exchanges = vec![first];
    exchanges.extend(acts.iter().map(|act| play.act(act, &mut *embed)));
    exchanges
}

fn entry(answered_by: AnsweredBy) -> Entry {
    match answered_by {
        AnsweredBy::Person => Entry::Person,
        AnsweredBy::MachineWithBeep => Entry::MachineWithBeep,
        AnsweredBy::MachineWithoutBeep => Entry::MachineWithoutBeep,
        AnsweredBy::CalledBack => Entry::CalledBack,
        AnsweredBy::Chat => Entry::Chat,
    }
}
