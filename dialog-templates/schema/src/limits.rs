//! How long a conversation may go on, and where it goes when a limit is reached.

use crate::fields::{Fields, Named, scalar};
use crate::node::Kind;

/// A limit and its exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub most: u32,
    /// Absent: a goodbye, then hang up.
    pub goto: Option<Named>,
}

/// The limits of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Answers of the person.
    pub turns: Limit,
    /// From the answer of the call.
    pub seconds: Limit,
    /// Answers in a row in one step that were not understood.
    pub no_match: Limit,
    /// Silences in a row in one step.
    pub silence: Limit,
}

impl Limits {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let mut limits = Self {
            turns: Limit { most: 20, goto: None },
            seconds: Limit { most: 300, goto: None },
            no_match: Limit { most: 3, goto: None },
            silence: Limit { most: 2, goto: None },
        };
        let Some(node) = fields.optional("limits") else { return limits };
        let Some(mut fields) = Fields::of(node, "`limits`", fields.problems) else { return limits };
        let all: [(&'static str, &mut Limit, u32); 4] = [
            ("turns", &mut limits.turns, 200),
            ("seconds", &mut limits.seconds, 3600),
            ("no_match", &mut limits.no_match, 10),
            ("silence", &mut limits.silence, 10),
        ];
        for (name, limit, highest) in all {
            limit.read(&mut fields, name, highest);
        }
        fields.finish();
        limits
    }

    pub(crate) fn exits(&self) -> impl Iterator<Item = &Named> {
        [&self.turns, &self.seconds, &self.no_match, &self.silence].into_iter().filter_map(|limit| limit.goto.as_ref())
    }
}

impl Limit {
    /// `turns: 20` or `turns: {most: 20, goto: goodbye}`.
    fn read(&mut self, fields: &mut Fields<'_, '_>, name: &'static str, highest: u32) {
        let Some(node) = fields.optional(name) else { return };
        if let Kind::Map(_) = node.kind {
            let Some(mut inner) = Fields::of(node, format!("limit `{name}`"), fields.problems) else { return };
            if let Some(most) = inner.count("most", 1, highest) {
                self.most = most;
            }
            self.goto = inner.name("goto");
            return inner.finish();
        }
        let Some((text, at)) = scalar(node, name, fields.problems) else { return };
        match text.parse() {
            Ok(most) if (1..=highest).contains(&most) => self.most = most,
            _ => {
                let message = format!("`{name}` should be a whole number from 1 to {highest}, not `{text}`");
                fields.problems.error(at, message);
            }
        }
    }
}
