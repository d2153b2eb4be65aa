//! One record into one contact.

use super::header::{Column, Header};
use super::records::Record;
use super::{ImportRow, LineProblem};
use crate::{Consent, NewContact, NumberRule, PhoneNumber};
use std::collections::BTreeMap;

/// Reads a record. More than one row comes back when a contact is imported with a remark.
pub(super) fn read(record: &Record, header: &Header, numbers: &NumberRule) -> Vec<ImportRow> {
    match contact(record, header, numbers) {
        Ok((contact, remark)) => {
            let remark = remark.map(ImportRow::Problem);
            remark.into_iter().chain([ImportRow::Contact(Box::new(contact))]).collect()
        }
        Err(problem) => vec![ImportRow::Problem(problem)],
    }
}

fn problem(line: u64, field: Option<&str>, reason: impl Into<String>) -> LineProblem {
    LineProblem { line, field: field.map(Into::into), reason: reason.into(), imported: false }
}

fn contact(
    record: &Record,
    header: &Header,
    numbers: &NumberRule,
) -> Result<(NewContact, Option<LineProblem>), LineProblem> {
    let line = record.line;
    check_width(record, header)?;
    let cells = Cells::read(record, header)?;
    let number_title = cells.title(Column::Phone);
    let (number, region) = PhoneNumber::parse(cells.get(Column::Phone), numbers)
        .map_err(|e| problem(line, number_title, e.to_string()))?;
    let time_zone = match cells.get(Column::TimeZone) {
        "" => None,
        zone => Some(zone.parse().map_err(|_| {
            problem(line, cells.title(Column::TimeZone), format!("`{zone}` is not a time zone, such as Europe/Berlin"))
        })?),
    };
    let consent = Consent::parse(cells.get(Column::Consent));
    let remark = consent.is_none().then(|| LineProblem {
        imported: true,
        ..problem(line, cells.title(Column::Consent), "neither yes, no nor a date; taken as unknown")
    });
    let some = |kind| Some(cells.get(kind)).filter(|c| !c.is_empty()).map(ToOwned::to_owned);
    let name = cells.full_name();
    let contact = NewContact {
        line,
        number,
        region,
        external_id: some(Column::ExternalId),
        time_zone,
        postcode: some(Column::Postcode),
        consent: consent.unwrap_or_default(),
        variables: cells.variables(&name),
        name,
    };
    Ok((contact, remark))
}

/// A comma inside an unquoted cell shifts everything behind it, so a row of another width is refused.
/// Empty cells beyond the last column are what spreadsheets leave behind and do no harm.
fn check_width(record: &Record, header: &Header) -> Result<(), LineProblem> {
    let (has, wants) = (record.len(), header.columns.len());
    let surplus = (wants..has).any(|i| !record.field(i).is_empty());
    if has < wants || surplus {
        let unit = if has == 1 { "field" } else { "fields" };
        return Err(problem(record.line, None, format!("{has} {unit}, but the header names {wants}")));
    }
    Ok(())
}

/// The cells of a record as clean text, beside their columns.
struct Cells<'a> {
    header: &'a Header,
    cells: Vec<std::borrow::Cow<'a, str>>,
}

impl<'a> Cells<'a> {
    fn read(record: &'a Record, header: &'a Header) -> Result<Self, LineProblem> {
        let cells = header
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| {
                clean(record.field(i)).map_err(|reason| problem(record.line, Some(&column.title), reason))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { header, cells })
    }

    fn position(&self, kind: Column) -> Option<usize> {
        self.header.columns.iter().position(|c| c.kind == kind)
    }

    fn get(&self, kind: Column) -> &str {
        self.position(kind).map_or("", |i| &self.cells[i])
    }

    fn title(&self, kind: Column) -> Option<&'a str> {
        self.position(kind).map(|i| self.header.columns[i].title.as_str())
    }

    fn full_name(&self) -> String {
        let name = self.get(Column::Name);
        if name.is_empty() {
            let both = format!("{} {}", self.get(Column::FirstName), self.get(Column::LastName));
            both.trim().to_owned()
        } else {
            name.to_owned()
        }
    }

    fn variables(&self, full_name: &str) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        for (column, cell) in self.header.columns.iter().zip(&self.cells) {
            let hidden = matches!(column.kind, Column::Phone | Column::Consent);
            if hidden || cell.is_empty() || column.name.is_empty() {
                continue;
            }
            if let Some(known) = column.kind.variable() {
                variables.insert(known.to_owned(), cell.to_string());
            }
            variables.insert(column.name.clone(), cell.to_string());
        }
        if !full_name.is_empty() {
            variables.entry("name".to_owned()).or_insert_with(|| full_name.to_owned());
        }
        variables
    }
}

/// Text without outer blanks; control characters become blanks, for a voice cannot say them.
fn clean(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "broken UTF-8; save the file as CSV (UTF-8)")?.trim();
    if text.chars().any(char::is_control) {
        let spoken: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        return Ok(spoken.split_whitespace().collect::<Vec<_>>().join(" ").into());
    }
    Ok(text.into())
}
