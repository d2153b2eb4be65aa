//! Checks of a template as a whole, one idea a file.

mod compliance;
mod intents;
mod names;
mod paths;

pub use compliance::Compliance;
pub(crate) use compliance::compliance;

use crate::problem::Problems;
use crate::template::Template;

pub(crate) fn check(template: &Template, problems: &mut Problems) {
    paths::check(template, problems);
    names::check(template, problems);
    intents::check(template, problems);
    compliance::check(template, problems);
}
