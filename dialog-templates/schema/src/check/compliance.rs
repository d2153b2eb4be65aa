//! What the law wants of an automated call: who is calling, that it is a machine, and how to refuse.
//!
//! Lacking it is a warning here, because a template can be tried without; a trunk to the real world
//! is refused by whoever starts the campaign.

use crate::problem::Problems;
use crate::template::Template;
use std::collections::BTreeSet;

/// What of it a template has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compliance {
    /// Company, callback number and the statement that the call is automated are said before the
    /// person first has to answer, and in every voicemail message.
    pub identification: bool,
    /// The way to be called no more is said there too.
    pub opt_out: bool,
}

pub(crate) fn compliance(template: &Template) -> Compliance {
    let known = template.identification.as_ref();
    let all = |name| template.entries().all(|entry| opening_says(template, &entry.name, name));
    let person = opening_says(template, &template.entry.person.name, "opt_out");
    Compliance {
        identification: known.is_some() && all("identification"),
        opt_out: known.is_some_and(|known| known.opt_out.is_some()) && person,
    }
}

/// Is `{{name}}` said for certain between entering `step` and the first wait?
fn opening_says(template: &Template, step: &str, name: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![step];
    while let Some(at) = open.pop() {
        let Some((index, step)) = template.step(at) else { return false };
        let outline = step.outline();
        if !seen.insert(index) || outline.opening.is_some_and(|wording| wording.always_mentions(name)) {
            continue;
        }
        if outline.waits {
            return false;
        }
        // Every way on must say it.
        open.extend(outline.targets.iter().map(|target| target.name.as_str()));
    }
    true
}

pub(super) fn check(template: &Template, problems: &mut Problems) {
    let Compliance { identification, opt_out } = compliance(template);
    if !identification {
        let message = "the call does not say who is calling and that it is automated before the first answer";
        let hint = "fill the block `identification` and put `{{identification}}` into the first prompt and the message";
        problems.warning(template.at(), message, hint);
    }
    if !opt_out {
        let message = "the call does not say at its start how not to be called again";
        let hint = "fill `identification: opt_out` and put `{{opt_out}}` into the first prompts";
        problems.warning(template.at(), message, hint);
    }
}
