//! Deciding a `branch` condition.

use std::cmp::Ordering;
use warmline_schema::{Comparison, Expression, Operand};

/// Does `expression` hold? `value` gives a slot's or variable's value; no value is an empty text.
pub(crate) fn holds(expression: &Expression, value: &dyn Fn(&str) -> Option<String>) -> bool {
    match expression {
        Expression::And(a, b) => holds(a, value) && holds(b, value),
        Expression::Or(a, b) => holds(a, value) || holds(b, value),
        Expression::Not(inner) => !holds(inner, value),
        Expression::Filled(name) => value(name).is_some_and(|text| !text.is_empty()),
        Expression::Compare { left, comparison, right } => {
            let read = |operand: &Operand| match operand {
                Operand::Name(name) => value(name).unwrap_or_default(),
                Operand::Literal(text) => text.clone(),
            };
            compare(&read(left), *comparison, &read(right))
        }
    }
}

/// Numbers by size; dates, times and other texts letter by letter, without regard to case.
fn compare(left: &str, comparison: Comparison, right: &str) -> bool {
    let numbers = left.trim().parse::<f64>().ok().zip(right.trim().parse::<f64>().ok());
    let order = match numbers {
        Some((a, b)) => a.partial_cmp(&b),
        None => Some(left.trim().to_lowercase().cmp(&right.trim().to_lowercase())),
    };
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers_and_dates_as_dates() {
        assert!(compare("10", Comparison::Greater, "9"));
        assert!(compare("2026-11-24", Comparison::Less, "2026-12-01"));
        assert!(compare("Yes", Comparison::Equal, "yes"));
        assert!(compare("", Comparison::NotEqual, "0"));
    }
}
