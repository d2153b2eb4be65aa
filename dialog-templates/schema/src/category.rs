//! Categories: what a call was about, beside what was asked. They are counted and change nothing in the conversation.

use crate::fields::{Fields, Named, checked_name};
use crate::intent::Intent;
use crate::node::{Kind, Node};
use crate::suggest::nearest;

/// Known without being listed; a template may add wordings or switch one off.
pub const BUILT_IN_CATEGORIES: [&str; 4] = ["complaint", "praise", "privacy", "legal"];

/// The block `categories`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Categories {
    /// Categories of the template, and wordings added to those that are built in.
    pub listed: Vec<Intent>,
    /// Built-in ones that are not wanted.
    pub off: Vec<Named>,
}

impl Categories {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let entries = fields.entries("categories");
        let mut out = Self::default();
        for (key, node) in entries {
            if is_off(node) {
                let Some(name) = checked_name(&key.text, key.at, "category", fields.problems) else { continue };
                if BUILT_IN_CATEGORIES.contains(&name.name.as_str()) {
                    out.off.push(name);
                    continue;
                }
                let hint = nearest(&name.name, BUILT_IN_CATEGORIES).map(|near| format!("did you mean `{near}`?"));
                let message = format!("category `{}` is not built in, so it cannot be `off`", name.name);
                fields.problems.error_with(key.at, message, hint);
            } else if let Some(category) = Intent::read_as("category", key, node, fields.problems) {
                if category.patterns.is_empty() {
                    let message = format!("category `{}` has no phrases, keywords or regex", key.text);
                    fields.problems.error(key.at, message);
                }
                out.listed.push(category);
            }
        }
        out
    }

    /// Does the template want this one of [`BUILT_IN_CATEGORIES`]?
    pub fn has(&self, built_in: &str) -> bool {
        self.off.iter().all(|off| off.name != built_in)
    }
}

fn is_off(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar(text) if text.trim() == "off")
}
