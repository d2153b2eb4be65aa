//! Checks of a template as a whole, one idea a file.

mod compliance;
mod handoff;
mod intents;
mod languages;
mod names;
mod paths;

pub use compliance::Compliance;
pub(crate) use compliance::compliance;

use crate::problem::Problems;
use crate::template::Template;

pub(crate) fn check(template: &Template, problems: &mut Problems) {
    let outlines: Vec<_> = template.steps.iter().map(|step| step.outline()).collect();
    paths::check(template, &outlines, problems);
    names::check(template, &outlines, problems);
    intents::check(template, problems);
    handoff::check(template, problems);
    languages::check(template, problems);
    compliance::check(template, problems);
}
