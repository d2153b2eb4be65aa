//! CSV text into records (RFC 4180), with exact line numbers and recovery.
//!
//! More forgiving than the RFC: `\n`, `\r\n` and `\r` end a line, text after a closing quote is kept.
//! A quote that is never closed would swallow the rest of the file; here it is given up after
//! [`MOST_BYTES`], the line is reported and reading goes on with the line after it.

use std::io::{self, Read};

/// Most bytes in one record.
const MOST_BYTES: usize = 64 * 1024;
/// Bytes asked of the source at a time.
const CHUNK: usize = 64 * 1024;

/// One record: its fields without quotes.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Line where it starts, 1 for the first.
    pub(super) line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of a field; empty beyond the last.
    pub(super) fn field(&self, index: usize) -> &[u8] {
        let Some(&end) = self.ends.get(index) else { return &[] };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..end]
    }

    fn is_blank(&self) -> bool {
        self.len() == 1 && self.text.is_empty()
    }
}

/// What the reader found next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The record was filled.
    Record,
    /// A line that is no record.
    Broken {
        line: u64,
        reason: &'static str,
    },
    End,
}

/// Reads records from `source`.
pub(super) struct Records<R> {
    source: R,
    delimiter: u8,
    /// Bytes read and not yet consumed are `buffer[at..]`.
    buffer: Vec<u8>,
    at: usize,
    eof: bool,
    line: u64,
}

enum Step {
    Done { consumed: usize, lines: u64 },
    NeedMore { in_quotes: bool },
}

impl<R: Read> Records<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, delimiter: b',', buffer: Vec::new(), at: 0, eof: false, line: 1 }
    }

    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The bytes at hand, at least one chunk unless the file is shorter.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < CHUNK && !self.eof {
            self.fill()?;
        }
        Ok(&self.buffer[self.at..])
    }

    /// Drops bytes that belong to no record, such as a byte-order mark.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
    }

    /// Fills `record` with the next one that is not blank.
    pub(super) fn next(&mut self, record: &mut Record) -> io::Result<Next> {
        loop {
            if self.at == self.buffer.len() && self.eof {
                return Ok(Next::End);
            }
            record.line = self.line;
            match parse(&self.buffer[self.at..], self.delimiter, self.eof, record) {
                Step::Done { consumed, lines } => {
                    self.at += consumed;
                    self.line += lines;
                    if !record.is_blank() {
                        return Ok(Next::Record);
                    }
                }
                Step::NeedMore { in_quotes } => {
                    let long = self.buffer.len() - self.at > MOST_BYTES;
                    if long || self.eof {
                        return self.give_up(in_quotes);
                    }
                    self.fill()?;
                }
            }
        }
    }

    /// Skips the line that cannot be read and says why.
    fn give_up(&mut self, in_quotes: bool) -> io::Result<Next> {
        let line = self.line;
        while !self.skip_line() && !self.eof {
            self.buffer.clear();
            self.at = 0;
            self.fill()?;
        }
        let reason = if in_quotes { "a quote is opened and never closed" } else { "the line is too long" };
        Ok(Next::Broken { line, reason })
    }

    /// Moves behind the next line end at hand; false when there is none.
    fn skip_line(&mut self) -> bool {
        let rest = &self.buffer[self.at..];
        let Some(end) = rest.iter().position(|&b| b == b'\n' || b == b'\r') else {
            self.at = self.buffer.len();
            return false;
        };
        self.at += end + 1;
        if rest[end] == b'\r' && rest.get(end + 1) == Some(&b'\n') {
            self.at += 1;
        }
        self.line += 1;
        true
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let had = self.buffer.len();
        self.buffer.resize(had + CHUNK, 0);
        let got = loop {
            match self.source.read(&mut self.buffer[had..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(had + *got.as_ref().unwrap_or(&0));
        self.eof = got? == 0;
        Ok(())
    }
}

/// Parses one record at the start of `bytes`.
fn parse(bytes: &[u8], delimiter: u8, eof: bool, record: &mut Record) -> Step {
    record.text.clear();
    record.ends.clear();
    let (mut i, mut lines, mut quoted, mut field_start) = (0, 0, false, true);
    while let Some(&b) = bytes.get(i) {
        let next = bytes.get(i + 1).copied();
        let undecided = next.is_none() && !eof && (b == b'\r' || (quoted && b == b'"'));
        if undecided {
            return Step::NeedMore { in_quotes: quoted };
        }
        i += 1;
        match b {
            b'"' if quoted && next == Some(b'"') => {
                record.text.push(b'"');
                i += 1;
            }
            b'"' if quoted => quoted = false,
            b'"' if field_start => quoted = true,
            b'\n' | b'\r' => {
                lines += u64::from(b == b'\n' || next != Some(b'\n'));
                if quoted {
                    record.text.push(b);
                } else {
                    let pair = usize::from(b == b'\r' && next == Some(b'\n'));
                    record.ends.push(record.text.len());
                    return Step::Done { consumed: i + pair, lines: lines + pair as u64 };
                }
            }
            _ if b == delimiter && !quoted => {
                record.ends.push(record.text.len());
                field_start = true;
                continue;
            }
            _ => record.text.push(b),
        }
        field_start = false;
    }
    if !eof || quoted {
        return Step::NeedMore { in_quotes: quoted };
    }
    record.ends.push(record.text.len());
    Step::Done { consumed: i, lines }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Hands out one byte at a time, so that every boundary falls between two reads.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            out[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn all(text: &[u8], source: impl Read) -> Vec<String> {
        let mut records = Records::new(source);
        let mut record = Record::default();
        let mut found = Vec::new();
        loop {
            match records.next(&mut record).unwrap() {
                Next::Record => {
                    let fields: Vec<_> =
                        (0..record.len()).map(|i| String::from_utf8_lossy(record.field(i)).into_owned()).collect();
                    found.push(format!("{}:{}", record.line, fields.join("|")));
                }
                Next::Broken { line, reason } => found.push(format!("{line}!{reason}")),
                Next::End => return found,
            }
            assert!(found.len() <= text.len(), "never ends");
        }
    }

    fn read(text: &str) -> Vec<String> {
        let whole = all(text.as_bytes(), text.as_bytes());
        assert_eq!(whole, all(text.as_bytes(), Slow(text.as_bytes())), "depends on how the bytes arrive");
        whole
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        assert_eq!(read("a,b\r\n1,\"x, \"\"y\"\"\"\r\n"), ["1:a|b", "2:1|x, \"y\""]);
        assert_eq!(read("a\n\n\nb"), ["1:a", "4:b"]);
        assert_eq!(read("a\rb\r"), ["1:a", "2:b"]);
        assert_eq!(read("a,\n,"), ["1:a|", "2:|"]);
        assert_eq!(read("\"two\r\nlines\",b\nnext,row\n"), ["1:two\r\nlines|b", "3:next|row"]);
        assert_eq!(read("5\" pipe,\"q\"tail\n"), ["1:5\" pipe|qtail"]);
        assert_eq!(read(""), [""; 0]);
    }

    #[test]
    fn an_unclosed_quote_costs_one_line() {
        assert_eq!(
            read("a,b\n1,\"open\n2,x\n3,y\n"),
            ["1:a|b", "2!a quote is opened and never closed", "3:2|x", "4:3|y"]
        );
    }

    #[test]
    fn an_endless_line_costs_itself() {
        let text = format!("a\n{}\nb\n", "x".repeat(3 * MOST_BYTES));
        assert_eq!(all(text.as_bytes(), text.as_bytes()), ["1:a", "2!the line is too long", "3:b"]);
        let text = format!("\"{}\nb\n{}", "x".repeat(2 * MOST_BYTES), "c\n".repeat(MOST_BYTES));
        let found = all(text.as_bytes(), text.as_bytes());
        assert_eq!(found[..3], ["1!a quote is opened and never closed", "2:b", "3:c"]);
    }
}
