//! The file as a whole: what kind it is, its header, and then its rows.

use super::header::Header;
use super::records::{Next, Record, Records};
use super::{ImportError, ImportOptions, ImportRow, LineProblem, row};
use crate::{NumberRule, PhoneNumber};
use std::collections::{HashMap, VecDeque};
use std::io::Read;

/// Separators that are recognised.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads contacts from CSV text. An iterator: an `Err` ends it, a row's own trouble does not.
pub struct ContactReader<R> {
    records: Records<R>,
    header: Header,
    numbers: NumberRule,
    record: Record,
    /// Rows found and not yet handed out.
    waiting: VecDeque<ImportRow>,
    seen: Seen,
    ended: bool,
}

impl<R: Read> ContactReader<R> {
    /// Reads the header.
    pub fn new(source: R, options: &ImportOptions) -> Result<Self, ImportError> {
        let mut records = Records::new(source);
        let start = records.peek()?;
        refuse_other_formats(start)?;
        let bom = if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let delimiter = options.delimiter.unwrap_or_else(|| sniff(&start[bom..]));
        records.skip(bom);
        records.set_delimiter(delimiter);
        let mut record = Record::default();
        let titles = match records.next(&mut record)? {
            Next::Record => titles(&record),
            Next::End => return Err(ImportError::Empty),
            Next::Broken { .. } => return Err(ImportError::NotText { what: "a file without lines" }),
        };
        let header = Header::read(titles, options)?;
        let numbers = options.numbers.clone();
        let (waiting, seen) = (VecDeque::new(), Seen::default());
        Ok(Self { records, header, numbers, record, waiting, seen, ended: false })
    }

    /// Names of the variables that the contacts have, in the file's order.
    pub fn variables(&self) -> Vec<String> {
        self.header.variables()
    }

    fn read_row(&mut self) -> Result<(), ImportError> {
        match self.records.next(&mut self.record)? {
            Next::End => self.ended = true,
            Next::Broken { line, reason } => self.waiting.push_back(ImportRow::Problem(LineProblem {
                line,
                field: None,
                reason: reason.into(),
                imported: false,
            })),
            Next::Record => {
                let rows = row::read(&self.record, &self.header, &self.numbers);
                match rows.last() {
                    Some(ImportRow::Contact(contact)) => match self.seen.add(&contact.number, contact.line) {
                        Some(first) => self.waiting.push_back(ImportRow::Problem(LineProblem {
                            line: contact.line,
                            field: None,
                            reason: format!("the same number as line {first}"),
                            imported: false,
                        })),
                        None => self.waiting.extend(rows),
                    },
                    _ => self.waiting.extend(rows),
                }
            }
        }
        Ok(())
    }
}

impl<R: Read> Iterator for ContactReader<R> {
    type Item = Result<ImportRow, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Some(Ok(row));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.read_row() {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }
}

/// Numbers met so far and the line of each: 16 bytes for a public one.
#[derive(Default)]
struct Seen {
    public: HashMap<u64, u64>,
    local: HashMap<Box<str>, u64>,
}

impl Seen {
    /// The line on which this number was met before, if it was.
    fn add(&mut self, number: &PhoneNumber, line: u64) -> Option<u64> {
        let digits = number.as_str().strip_prefix('+').and_then(|d| d.parse().ok());
        let first = match digits {
            Some(digits) => *self.public.entry(digits).or_insert(line),
            None => *self.local.entry(number.as_str().into()).or_insert(line),
        };
        (first != line).then_some(first)
    }
}

fn titles(record: &Record) -> Vec<String> {
    let mut titles: Vec<String> =
        (0..record.len()).map(|i| String::from_utf8_lossy(record.field(i)).trim().to_owned()).collect();
    while titles.len() > 1 && titles.last().is_some_and(String::is_empty) {
        titles.pop();
    }
    titles
}

/// The separator that occurs most often in the first line, outside quotes; a comma when none does.
fn sniff(bytes: &[u8]) -> u8 {
    let mut counts = [0usize; DELIMITERS.len()];
    let mut quoted = false;
    for &b in bytes.iter().skip_while(|b| b.is_ascii_whitespace() && **b != b'\t') {
        match b {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => DELIMITERS.iter().zip(&mut counts).filter(|(d, _)| **d == b).for_each(|(_, n)| *n += 1),
        }
    }
    let best = (0..DELIMITERS.len()).rev().max_by_key(|i| counts[*i]).unwrap_or(0);
    if counts[best] == 0 { b',' } else { DELIMITERS[best] }
}

fn refuse_other_formats(start: &[u8]) -> Result<(), ImportError> {
    let what = if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xD0\xCF\x11\xE0") {
        "a spreadsheet file"
    } else if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        "UTF-16 text"
    } else if start.starts_with(b"%PDF") {
        "a PDF"
    } else if start.iter().take(512).any(|b| *b == 0) {
        "a binary file"
    } else {
        return Ok(());
    };
    Err(ImportError::NotText { what })
}
