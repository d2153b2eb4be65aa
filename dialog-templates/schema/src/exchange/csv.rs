//! Utterances as CSV: a header line, then an intent and an utterance in each.

use super::Lessons;
use super::gather::Gathered;
use crate::problem::{At, Problems};

/// Columns that name the intent.
const INTENT: [&str; 3] = ["intent", "category", "label"];
/// Columns that hold the utterance.
const UTTERANCE: [&str; 4] = ["utterance", "text", "example", "phrase"];

/// Read several files, each with its name, as one. Columns may come in any order; others are not taken.
///
/// # Errors
/// The name of the first file that cannot be read, and what is wrong with it, with lines.
pub fn from_csv<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Lessons, (String, Problems)> {
    let mut gathered = Gathered::default();
    for (file, text) in files {
        gathered.begin(file);
        let mut problems = Problems::default();
        read(text.trim_start_matches('\u{feff}'), &mut gathered, &mut problems);
        if problems.has_errors() {
            return Err((file.to_owned(), problems.placed(&[])));
        }
    }
    Ok(gathered.lessons())
}

fn read(text: &str, gathered: &mut Gathered, problems: &mut Problems) {
    let mut reader = ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(text.as_bytes());
    let first = At { line: 1, column: 1, file: 0 };
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return problems.error(first, error.to_string()),
    };
    let column = |names: &[&str]| header.iter().position(|name| names.contains(&name.to_lowercase().as_str()));
    let (Some(intent), Some(utterance)) = (column(&INTENT), column(&UTTERANCE)) else {
        let hint = Some("begin the file with the line `intent,utterance`".to_owned());
        return problems.error_with(first, "the first line does not name the columns `intent` and `utterance`", hint);
    };
    for (_, name) in header.iter().enumerate().filter(|(place, _)| ![intent, utterance].contains(place)) {
        gathered.note(1, format!("column `{name}` is not taken"));
    }
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, |position| position.line());
                let message = match error.kind() {
                    ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("{len} fields instead of {expected_len}: put a text with commas in quotes")
                    }
                    _ => error.to_string(),
                };
                problems.error(At { line: narrow(line), ..first }, message);
                continue;
            }
        };
        let at = At { line: narrow(record.position().map_or(0, |position| position.line())), ..first };
        let (name, phrase) = (record.get(intent).unwrap_or_default(), record.get(utterance).unwrap_or_default());
        match (name.is_empty(), phrase.is_empty()) {
            (true, _) => problems.error(at, "the intent is missing"),
            (_, true) => problems.error(at, format!("`{name}` has no utterance")),
            _ => {
                let intent = gathered.intent(at.line, name);
                gathered.phrase(at.line, intent, phrase);
            }
        }
    }
}

fn narrow(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
