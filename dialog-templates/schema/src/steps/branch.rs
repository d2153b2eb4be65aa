//! `branch`: go on by a condition over slots and variables.

use super::Outline;
use crate::expression::Expression;
use crate::fields::{Fields, Named, scalar};
use crate::node::{Kind, Node};
use crate::problem::{At, Problems};

#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The first that holds wins.
    pub cases: Vec<Case>,
    pub otherwise: Named,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub condition: Expression,
    pub at: At,
    pub goto: Named,
}

impl Branch {
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let when = fields.required("when");
        let otherwise = fields.required_name("else");
        let when = when?;
        let Kind::List(items) = &when.kind else {
            fields.problems.error(when.at, "`when` should be a list of `if` and `goto`");
            return None;
        };
        let cases = items.iter().filter_map(|item| Case::read(item, fields.problems)).collect();
        Some(Self { cases, otherwise: otherwise? })
    }

    pub(crate) fn outline(&self) -> Outline<'_> {
        let reads = self.cases.iter().flat_map(|case| case.condition.names().into_iter().map(|name| (name, case.at)));
        Outline {
            targets: self.cases.iter().map(|case| &case.goto).chain([&self.otherwise]).collect(),
            reads: reads.collect(),
            ..Outline::default()
        }
    }
}

impl Case {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, "a case of `when`", problems)?;
        let condition = fields.required("if").and_then(|node| {
            let (source, at) = scalar(node, "if", fields.problems)?;
            Some((Expression::read(&source, at, fields.problems)?, at))
        });
        let goto = fields.required_name("goto");
        fields.finish();
        let (condition, at) = condition?;
        Some(Self { condition, at, goto: goto? })
    }
}
