//! Conversations written down as tests (`*.test.yaml`): their form, read with line and column. Holding them is the
//! business of the dialog machine.
//!
//! ```yaml
//! template: appointment-reminder
//! now: "2026-11-20T10:00:00"
//! contact: { name: Anna, date: "2026-11-24", time: "14:30" }
//! dialogs:
//!   - name: confirms at once
//!     talk:
//!       - bot: Will you be there?
//!       - user: yes I will be there
//!       - expect: { understood: confirm }
//!       - bot: you are confirmed
//!     expect: { end: completed, intent: confirm, tags: [confirmed], within: 1 }
//! ```

mod expected;
mod line;

pub use expected::{Ending, Expected};
pub use line::{Act, AnsweredBy, Line, LineKind, Spoken};

use crate::fields::{Fields, Named};
use crate::node::{self, Kind, Node};
use crate::problem::{At, Problems};
use std::collections::BTreeMap;

/// Names and values of a contact.
pub type Contact = BTreeMap<String, String>;

/// A file of conversations for one template.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversations {
    /// Name of the template.
    pub template: Named,
    /// The person's local time when the call is answered, `2026-11-20T10:00:00`.
    pub now: Named,
    pub contact: Contact,
    pub dialogs: Vec<Conversation>,
}

/// One conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    pub name: Named,
    /// How the call is answered.
    pub answered_by: AnsweredBy,
    /// What differs from the file's contact.
    pub contact: Contact,
    /// Another time than the file's.
    pub now: Option<Named>,
    /// Chooses among alternative wordings.
    pub seed: u64,
    /// Words that the bot never says in it.
    pub must_not: Vec<Named>,
    pub talk: Vec<Line>,
    /// What must be true at the end.
    pub expect: Expected,
}

impl Conversations {
    /// Read a file of conversations.
    ///
    /// # Errors
    /// Every problem found, in the order of the lines.
    pub fn parse(source: &str) -> Result<Self, Problems> {
        let root = node::parse(source, 0)?;
        let mut problems = Problems::default();
        match Self::read(&root, &mut problems) {
            Some(read) if !problems.has_errors() => Ok(read),
            _ => Err(problems.placed(&[])),
        }
    }

    fn read(root: &Node, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(root, "a file of conversations", problems)?;
        let template = fields.required_name("template");
        let now = fields.required("now");
        let now = now.and_then(|node| crate::fields::scalar(node, "now", fields.problems));
        let contact = contact(&mut fields);
        let dialogs = fields.required("dialogs").map(|node| dialogs(node, fields.problems));
        fields.finish();
        let now = now.map(|(name, at)| Named { name, at });
        Some(Self { template: template?, now: now?, contact, dialogs: dialogs? })
    }
}

fn dialogs(node: &Node, problems: &mut Problems) -> Vec<Conversation> {
    let Kind::List(items) = &node.kind else {
        problems.error(node.at, format!("`dialogs` should be a list, not {}", node.describe()));
        return Vec::new();
    };
    let read: Vec<_> = items.iter().filter_map(|item| Conversation::read(item, problems)).collect();
    let mut seen: BTreeMap<&str, At> = BTreeMap::new();
    for conversation in &read {
        if let Some(first) = seen.insert(&conversation.name.name, conversation.name.at) {
            let message = format!(
                "two conversations are called `{}`; the other is in line {}",
                conversation.name.name, first.line
            );
            problems.error(conversation.name.at, message);
        }
    }
    read
}

/// A contact's values as they are written; an empty one is a value too.
fn contact(fields: &mut Fields<'_, '_>) -> Contact {
    let entries = fields.entries("contact");
    let value = |(key, node): &(node::Key, Node)| {
        let text = match &node.kind {
            Kind::Scalar(text) => text.clone(),
            Kind::Null => String::new(),
            _ => {
                let message = format!("`{}` should be a text, not {}", key.text, node.describe());
                fields.problems.error(node.at, message);
                return None;
            }
        };
        Some((key.text.clone(), text))
    };
    entries.iter().filter_map(value).collect()
}

impl Conversation {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, "a conversation", problems)?;
        let name = fields.required("name");
        let name = name.and_then(|node| crate::fields::scalar(node, "name", fields.problems));
        let answered_by = fields.choice("answered_by", &line::ANSWERED_BY);
        let contact = contact(&mut fields);
        let now = fields.optional("now").and_then(|node| crate::fields::scalar(node, "now", fields.problems));
        let seed = fields.count("seed", 0, u32::MAX);
        let must_not = fields.texts("must_not");
        let talk = fields.required("talk").map(|node| line::talk(node, fields.problems));
        let expect = fields.optional("expect").and_then(|node| Expected::read(node, fields.problems));
        fields.finish();
        let (name, at) = name?;
        Some(Self {
            name: Named { name, at },
            answered_by: answered_by.unwrap_or_default(),
            contact,
            now: now.map(|(name, at)| Named { name, at }),
            seed: u64::from(seed.unwrap_or(1)),
            must_not,
            talk: talk?,
            expect: expect.unwrap_or_else(|| Expected { at: node.at, ..Expected::default() }),
        })
    }
}
