//! Whether the person agreed to be called by a machine.
//!
//! A synthetic voice counts as an artificial one (FCC 24-17), so an AI campaign beyond a test trunk
//! dials only those who agreed. Unknown is not agreement.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What the list says about consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The list says nothing.
    #[default]
    Unknown,
    Given,
    Refused,
}

impl Consent {
    /// Reads a cell: yes or no in a few languages, or the date of consent. `None` when it is neither.
    pub fn parse(cell: &str) -> Option<Self> {
        match cell.trim().to_lowercase().as_str() {
            "" | "unknown" | "n/a" => Some(Self::Unknown),
            "yes" | "y" | "true" | "1" | "x" | "given" | "ja" | "oui" | "si" | "sí" | "sim" | "da" | "да" => {
                Some(Self::Given)
            }
            "no" | "n" | "false" | "0" | "refused" | "nein" | "non" | "não" | "нет" => Some(Self::Refused),
            other => is_date(other).then_some(Self::Given),
        }
    }

    /// The name used in storage and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Given => "given",
            Self::Refused => "refused",
        }
    }
}

fn is_date(text: &str) -> bool {
    let day = text.get(..10).unwrap_or(text);
    ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"].iter().any(|f| NaiveDate::parse_from_str(day, f).is_ok())
}

#[cfg(test)]
mod tests {
    use super::Consent;

    #[test]
    fn words_and_dates_are_read_and_the_rest_is_not_guessed() {
        assert_eq!(Consent::parse("Yes"), Some(Consent::Given));
        assert_eq!(Consent::parse("2025-03-01"), Some(Consent::Given));
        assert_eq!(Consent::parse("2025-03-01T10:00:00Z"), Some(Consent::Given));
        assert_eq!(Consent::parse("nein"), Some(Consent::Refused));
        assert_eq!(Consent::parse(""), Some(Consent::Unknown));
        assert_eq!(Consent::parse("perhaps"), None);
    }
}
