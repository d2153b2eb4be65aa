//! `branch`: the first condition that holds.

use super::Flow;
use crate::compiled::CompiledTemplate;
use crate::condition;
use crate::dialog::Dialog;
use warmline_schema::Branch;

pub(super) fn decide<'a>(dialog: &Dialog, template: &'a CompiledTemplate, branch: &'a Branch) -> Flow<'a> {
    let values = dialog.values(template);
    let holds = |case: &&warmline_schema::Case| condition::holds(&case.condition, &|name| values.value(name));
    Flow::Next(branch.cases.iter().find(holds).map_or(&branch.otherwise, |case| &case.goto))
}
