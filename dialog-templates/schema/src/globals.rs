//! Intents that are understood in every step.
//!
//! The engine brings phrases, keys and behaviour for all five; a template adds phrases or changes
//! what happens. The opt-out cannot be switched off.

use crate::fields::{Fields, Named, scalar};
use crate::intent::Patterns;
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};
use crate::steps::dtmf_key;
use crate::text::Wording;

/// A meaning that is understood everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GlobalIntent {
    /// "Let me speak to somebody."
    Human,
    /// "Do not call me again."
    DoNotCall,
    /// "What did you say?"
    Repeat,
    /// "Who is this?"
    WhoIsThis,
    /// "You have the wrong number."
    WrongNumber,
    /// "Slower, please": the question again, and everything from then on, more slowly.
    Slower,
    /// "I have no time now": a call back is promised and the call ends. Only where `globals` names it,
    /// because a promised call has to be made.
    BusyNow,
}

impl GlobalIntent {
    pub const ALL: [Self; 7] =
        [Self::Human, Self::DoNotCall, Self::Repeat, Self::WhoIsThis, Self::WrongNumber, Self::Slower, Self::BusyNow];

    /// Its name in templates and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::DoNotCall => "do_not_call",
            Self::Repeat => "repeat",
            Self::WhoIsThis => "who_is_this",
            Self::WrongNumber => "wrong_number",
            Self::Slower => "slower",
            Self::BusyNow => "busy_now",
        }
    }

    /// The key that means it unless the template says otherwise.
    fn default_key(self) -> Option<char> {
        match self {
            Self::Human => Some('0'),
            Self::DoNotCall => Some('9'),
            Self::Repeat => Some('*'),
            Self::WhoIsThis | Self::WrongNumber | Self::Slower | Self::BusyNow => None,
        }
    }
}

/// What a template says about one global intent.
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalRule {
    pub intent: GlobalIntent,
    /// Line 0: the template does not name it.
    pub at: At,
    pub enabled: bool,
    /// Beside the engine's own.
    pub patterns: Patterns,
    pub key: Option<char>,
    /// Said instead of the engine's own line.
    pub say: Option<Wording>,
    /// Where to go instead of what the engine does.
    pub goto: Option<Named>,
}

/// One rule for each global intent.
#[derive(Clone, Debug, PartialEq)]
pub struct Globals {
    pub rules: Vec<GlobalRule>,
}

impl Globals {
    pub fn rule(&self, intent: GlobalIntent) -> Option<&GlobalRule> {
        self.rules.iter().find(|rule| rule.intent == intent && rule.enabled)
    }

    pub(crate) fn wordings(&self) -> impl Iterator<Item = &Wording> {
        self.rules.iter().filter_map(|rule| rule.say.as_ref())
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let entries = fields.entries("globals");
        let problems = &mut *fields.problems;
        for (key, _) in entries {
            if !GlobalIntent::ALL.iter().any(|intent| intent.name() == key.text) {
                problems.unknown(key.at, "global intent", &key.text, GlobalIntent::ALL.map(GlobalIntent::name));
            }
        }
        let rules = GlobalIntent::ALL.map(|intent| {
            let written = entries.iter().find(|(key, _)| key.text == intent.name());
            written
                .and_then(|(key, node)| Some(GlobalRule { at: key.at, ..GlobalRule::read(intent, node, problems)? }))
                .unwrap_or(GlobalRule::plain(intent))
        });
        Self { rules: rules.to_vec() }
    }
}

impl GlobalRule {
    fn plain(intent: GlobalIntent) -> Self {
        let key = intent.default_key();
        Self {
            intent,
            at: At::default(),
            enabled: intent != GlobalIntent::BusyNow,
            patterns: Patterns::default(),
            key,
            say: None,
            goto: None,
        }
    }

    fn read(intent: GlobalIntent, node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Scalar(_) = node.kind {
            let (word, at) = scalar(node, intent.name(), problems)?;
            if !["on", "off"].contains(&word.as_str()) {
                let message = format!("`{}` should be `on`, `off` or a block of fields, not `{word}`", intent.name());
                problems.error(at, message);
            } else if word == "off" && intent == GlobalIntent::DoNotCall {
                problems.error(at, "the opt-out `do_not_call` cannot be switched off");
            }
            return Some(Self { enabled: word != "off", ..Self::plain(intent) });
        }
        let mut fields = Fields::of(node, format!("global intent `{}`", intent.name()), problems)?;
        let patterns = Patterns::read(&mut fields);
        let key = match fields.optional("key") {
            None => intent.default_key(),
            Some(node) => {
                scalar(node, "key", fields.problems).and_then(|(text, at)| dtmf_key(&text, at, fields.problems))
            }
        };
        let say = fields.wording("say");
        let goto = fields.name("goto");
        if let (GlobalIntent::DoNotCall, Some(target)) = (intent, &goto) {
            fields.problems.error(target.at, "the opt-out acts at once and ends the call: `goto` is not possible");
        }
        fields.finish();
        Some(Self { intent, at: node.at, enabled: true, patterns, key, say, goto })
    }
}
