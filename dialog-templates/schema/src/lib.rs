//! Dialog templates as typed values: what a trainer writes in YAML, read and checked.
//!
//! [`parse`] reads one template and reports everything that is wrong with it, each finding with its
//! line, its column and what was probably meant. Nothing is executed here and no file is opened.

mod category;
mod check;
pub mod conversations;
mod edit;
pub mod exchange;
mod expression;
mod fields;
mod fragment;
mod globals;
mod handoff;
mod include;
mod intent;
mod knowledge;
mod language;
mod limits;
mod markup;
mod node;
mod problem;
mod slot;
mod steps;
mod suggest;
mod template;
mod text;
mod version;
mod yaml;

pub use category::{BUILT_IN_CATEGORIES, Categories};
pub use check::Compliance;
pub use edit::{Edit, Place, edit};
pub use expression::{Comparison, Expression, Operand};
pub use fields::Named;
pub use globals::{GlobalIntent, GlobalRule, Globals};
pub use handoff::{ContactValue, Handoff, HandoffCue, HandoffWeights, HighValue};
pub use include::{IncludeError, bundle, unbundle};
pub use intent::{Intent, Keywords, Patterns, REGEX_SIZE_LIMIT};
pub use knowledge::Knowledge;
pub use language::Language;
pub use limits::{Limit, Limits};
pub use markup::{Mark, duration_ms};
pub use problem::{At, Problem, Problems, Severity};
pub use slot::{Choice, SlotShape, SlotType};
pub use steps::*;
pub use suggest::distance;
pub use template::{BUILT_IN, EntryPoints, Identification, Template, VARIABLE_TYPES, Variable, VariableType};
pub use text::{Part, Text, Wording};
pub use version::version_of;

/// The JSON Schema (2020-12) of templates: their form, for editors. What a template means is checked by [`parse`].
pub const JSON_SCHEMA: &str = include_str!("../../template.schema.json");

/// Read and check one template. On success [`Template::warnings`] holds what is worth a look.
///
/// # Errors
/// Every problem found, in the order of the lines, warnings included.
pub fn parse(source: &str) -> Result<Template, Problems> {
    let (root, files) = include::tree(source);
    let root = root.map_err(|problems| problems.placed(&files))?;
    let mut problems = Problems::default();
    let template = template::read(&root, &mut problems);
    match template {
        Some(mut template) if !problems.has_errors() => {
            check::check(&template, &mut problems);
            if problems.has_errors() {
                return Err(problems.placed(&files));
            }
            template.warnings = problems.placed(&files).0;
            Ok(template)
        }
        _ => Err(problems.placed(&files)),
    }
}

impl Template {
    /// What of the law's demands the template meets.
    pub fn compliance(&self) -> Compliance {
        check::compliance(self)
    }
}
