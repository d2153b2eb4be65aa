//! What each column of a file is, from its name.

use super::{ImportError, ImportOptions};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a column holds. Anything that is not one of these is a variable for prompts and branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Phone,
    Name,
    FirstName,
    LastName,
    TimeZone,
    Postcode,
    ExternalId,
    Consent,
    Variable,
}

/// Named in the error when the number's column is missing.
const PHONE_EXPECTED: &str = "phone, number, mobile, telephone or telefon";

/// Names by which a column is known, normalised. The earlier name wins when a file has several.
const NAMES: [(Column, &[&str]); 8] = [
    (
        Column::Phone,
        &[
            "phone",
            "phone_number",
            "number",
            "mobile",
            "mobile_number",
            "mobile_phone",
            "cell",
            "cell_phone",
            "cellphone",
            "telephone",
            "telephone_number",
            "tel",
            "telefon",
            "telefonnummer",
            "rufnummer",
            "nummer",
            "handy",
            "mobil",
            "telefono",
            "teléfono",
            "numero",
            "número",
            "telefone",
            "celular",
            "téléphone",
            "portable",
            "numéro",
            "телефон",
            "номер",
            "e164",
        ],
    ),
    (Column::Name, &["name", "full_name", "fullname", "contact", "contact_name", "customer", "customer_name"]),
    (Column::FirstName, &["first_name", "firstname", "given_name", "forename", "vorname", "prénom", "nombre", "имя"]),
    (
        Column::LastName,
        &["last_name", "lastname", "surname", "family_name", "nachname", "apellido", "apellidos", "фамилия"],
    ),
    (Column::TimeZone, &["time_zone", "timezone", "tz", "zeitzone"]),
    (Column::Postcode, &["postcode", "postal_code", "zip", "zip_code", "zipcode", "plz", "code_postal"]),
    (Column::ExternalId, &["external_id", "externalid", "customer_id", "contact_id", "crm_id", "id"]),
    (
        Column::Consent,
        &["consent", "has_consent", "opt_in", "optin", "ai_consent", "consent_date", "einwilligung", "zustimmung"],
    ),
];

impl Column {
    /// The variable by which templates know this column, whatever the file calls it.
    pub(super) fn variable(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("name"),
            Self::FirstName => Some("first_name"),
            Self::LastName => Some("last_name"),
            Self::Postcode => Some("postcode"),
            Self::ExternalId => Some("external_id"),
            Self::TimeZone => Some("time_zone"),
            Self::Phone | Self::Consent | Self::Variable => None,
        }
    }
}

/// A column name as templates write it: lower case, with `_` between words.
pub fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_alphanumeric() => out.push(c),
            _ if !out.is_empty() && !out.ends_with('_') => out.push('_'),
            _ => {}
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// A file's columns in order.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) columns: Vec<HeaderColumn>,
}

#[derive(Debug)]
pub(super) struct HeaderColumn {
    pub(super) kind: Column,
    /// As the file writes it.
    pub(super) title: String,
    /// Normalised; empty for a column without a name, which is passed over.
    pub(super) name: String,
}

impl Header {
    /// Works out what each column is.
    pub(super) fn read(titles: Vec<String>, options: &ImportOptions) -> Result<Self, ImportError> {
        let mut columns: Vec<HeaderColumn> = titles
            .into_iter()
            .map(|title| HeaderColumn { kind: Column::Variable, name: normalise(&title), title })
            .collect();
        refuse_same_names(&columns)?;
        apply_chosen(&mut columns, &options.columns)?;
        for (kind, names) in NAMES {
            if columns.iter().any(|c| c.kind == kind) {
                continue;
            }
            let free = |c: &HeaderColumn| c.kind == Column::Variable;
            let best = names.iter().find_map(|n| columns.iter().position(|c| free(c) && c.name == *n));
            if let Some(index) = best {
                columns[index].kind = kind;
            }
        }
        if !columns.iter().any(|c| c.kind == Column::Phone) {
            return Err(ImportError::NoNumberColumn { found: found(&columns), expected: PHONE_EXPECTED });
        }
        Ok(Self { columns })
    }

    /// Names of the variables that its contacts will have, in the file's order.
    pub(super) fn variables(&self) -> Vec<String> {
        let mut names = Vec::new();
        for column in self.columns.iter().filter(|c| !c.name.is_empty()) {
            if matches!(column.kind, Column::Phone | Column::Consent) {
                continue;
            }
            for name in column.kind.variable().into_iter().chain([column.name.as_str()]) {
                if !names.iter().any(|n| n == name) {
                    names.push(name.to_owned());
                }
            }
        }
        let has = |kind| self.columns.iter().any(|c| c.kind == kind);
        if !has(Column::Name) && (has(Column::FirstName) || has(Column::LastName)) {
            names.push("name".into());
        }
        names
    }
}

fn refuse_same_names(columns: &[HeaderColumn]) -> Result<(), ImportError> {
    for (second, column) in columns.iter().enumerate() {
        let first = columns[..second].iter().position(|c| c.name == column.name);
        if let (Some(first), false) = (first, column.name.is_empty()) {
            let name = column.name.clone();
            return Err(ImportError::SameColumn { name, first: first + 1, second: second + 1 });
        }
    }
    Ok(())
}

fn apply_chosen(columns: &mut [HeaderColumn], chosen: &BTreeMap<String, Column>) -> Result<(), ImportError> {
    for (name, kind) in chosen {
        let wanted = normalise(name);
        let Some(index) = columns.iter().position(|c| c.name == wanted) else {
            return Err(ImportError::UnknownColumn { name: name.clone(), found: found(columns) });
        };
        columns[index].kind = *kind;
    }
    Ok(())
}

/// A list for messages. Only the titles: a file without a header would show people's data here, so
/// anything with a digit in it is left out.
fn found(columns: &[HeaderColumn]) -> String {
    let titles: Vec<String> = columns
        .iter()
        .map(|c| {
            if c.title.bytes().filter(u8::is_ascii_digit).count() > 3 {
                "(a number)".into()
            } else {
                format!("`{}`", c.title)
            }
        })
        .collect();
    titles.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::NumberRule;

    fn read(titles: &[&str]) -> Result<Vec<Column>, ImportError> {
        let titles = titles.iter().map(ToString::to_string).collect();
        Header::read(titles, &ImportOptions::new(NumberRule::Local)).map(|h| h.columns.iter().map(|c| c.kind).collect())
    }

    #[test]
    fn columns_are_known_by_many_names() {
        use Column::{Consent, FirstName, LastName, Phone, Postcode, Variable};
        assert_eq!(
            read(&["Vorname", "Nachname", "Telefon", "PLZ", "Opt-In", "Termin"]).unwrap(),
            [FirstName, LastName, Phone, Postcode, Consent, Variable]
        );
        // Of two candidates the more specific is taken; the other stays a variable.
        assert_eq!(read(&["number", "phone"]).unwrap(), [Variable, Phone]);
    }

    #[test]
    fn a_missing_number_column_names_what_was_found_and_expected() {
        let message = read(&["Name", "Email"]).unwrap_err().to_string();
        assert!(message.contains("`Name`, `Email`") && message.contains("phone, number"), "{message}");
        let message = read(&["Ann", "+12025550134"]).unwrap_err().to_string();
        assert!(!message.contains("2025550134"), "{message}");
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let message = read(&["phone", "Time", "time "]).unwrap_err().to_string();
        assert_eq!(message, "two columns are named `time`: 2 and 3");
    }

    #[test]
    fn names_become_variables() {
        assert_eq!(normalise("  Appointment  Time (local) "), "appointment_time_local");
        assert_eq!(normalise("Größe"), "größe");
    }
}
