//! Contacts out of a CSV file, row by row, with every line that could not be used named.
//!
//! The file streams: nothing but the current row and the numbers seen so far is kept, so a million
//! rows need no million rows of memory. One bad line never costs the lines after it, an unclosed quote
//! included. What is wrong with the file as a whole (no column for the number, a workbook instead of
//! text) is an error before the first row.

mod header;
mod reader;
mod records;
mod row;

pub use header::{Column, normalise};
pub use reader::ContactReader;

use crate::{NewContact, NumberRule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Which numbers the list accepts.
    pub numbers: NumberRule,
    /// Field separator; guessed from the header line when absent.
    pub delimiter: Option<u8>,
    /// What a column is, by its name in the file, where the guess from the name is wrong.
    pub columns: BTreeMap<String, Column>,
}

impl ImportOptions {
    /// Everything guessed but the kind of numbers.
    pub fn new(numbers: NumberRule) -> Self {
        Self { numbers, delimiter: None, columns: BTreeMap::new() }
    }
}

/// What one row came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportRow {
    Contact(Box<NewContact>),
    Problem(LineProblem),
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProblem {
    /// Line of the file where the row starts, 1 for the first.
    pub line: u64,
    /// Column as the file names it; none when the whole row is meant.
    pub field: Option<String>,
    /// Without the number or name itself, so that it can be logged.
    pub reason: String,
    /// The contact was imported all the same.
    pub imported: bool,
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("the file is empty; the first line must name the columns")]
    Empty,
    #[error("this is {what}, not CSV text; save it as CSV (UTF-8)")]
    NotText { what: &'static str },
    #[error("no column holds the phone number: found {found}; expected one named {expected}")]
    NoNumberColumn { found: String, expected: &'static str },
    #[error("two columns are named `{name}`: {first} and {second}")]
    SameColumn { name: String, first: usize, second: usize },
    #[error("the file has no column `{name}`; it has {found}")]
    UnknownColumn { name: String, found: String },
}
