//! Between columns and domain types.

use crate::StorageError;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

/// An instant as it is stored: Unix milliseconds.
pub(crate) fn to_ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// An instant from storage.
pub(crate) fn from_ms(ms: i64) -> Result<DateTime<Utc>, StorageError> {
    DateTime::from_timestamp_millis(ms).ok_or_else(|| unknown("instant", ms))
}

/// An instant from storage that may be absent.
pub(crate) fn maybe_ms(ms: Option<i64>) -> Result<Option<DateTime<Utc>>, StorageError> {
    ms.map(from_ms).transpose()
}

/// A value kept as JSON that may be absent.
pub(crate) fn maybe_json<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, StorageError> {
    Ok(text.map(serde_json::from_str).transpose()?)
}

/// A number from storage in a narrower type.
pub(crate) fn narrow<T: TryFrom<i64>>(what: &'static str, value: i64) -> Result<T, StorageError> {
    T::try_from(value).map_err(|_| unknown(what, value))
}

/// A named value from storage.
pub(crate) fn named<T>(what: &'static str, name: &str, parse: fn(&str) -> Option<T>) -> Result<T, StorageError> {
    parse(name).ok_or_else(|| unknown(what, name))
}

/// A value that this version does not know.
pub(crate) fn unknown(what: &'static str, value: impl ToString) -> StorageError {
    StorageError::Unknown { what, value: value.to_string() }
}
