//! One byte range of a file (RFC 9110 §14.2), so that a player can seek without loading a whole recording.

use crate::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The part of some bytes that was asked for, as a response.
pub(crate) struct Answer {
    pub response: Response,
    /// It begins with the first byte: a player asks for many ranges, this one is the listening.
    pub from_start: bool,
}

/// `bytes` to whoever asked with these headers: all of them, a part (206), or nothing in the range (416).
pub(crate) fn of_bytes(bytes: Vec<u8>, request: &HeaderMap, content_type: &'static str) -> Answer {
    let length = bytes.len() as u64;
    let range = wanted(request.get(header::RANGE).and_then(|v| v.to_str().ok()), length);
    let (from, to, status) = match range {
        Wanted::Whole => (0, length, StatusCode::OK),
        Wanted::Part { from, to } => (from, to + 1, StatusCode::PARTIAL_CONTENT),
        Wanted::Unsatisfiable => {
            let detail = format!("There are {length} bytes.");
            let mut response = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range", detail).into_response();
            insert_range(&mut response, &format!("bytes */{length}"));
            return Answer { response, from_start: false };
        }
    };
    let body = Body::from(bytes[from as usize..to as usize].to_vec());
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Wanted::Part { from, to } = range {
        insert_range(&mut response, &format!("bytes {from}-{to}/{length}"));
    }
    Answer { response, from_start: from == 0 }
}

pub(crate) fn insert_range(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
}

/// What a `Range` header asks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// No header, or one we may ignore: everything.
    Whole,
    /// Bytes `from..=to`.
    Part { from: u64, to: u64 },
    /// Nothing of the file lies in the range: 416.
    Unsatisfiable,
}

/// Reads `bytes=a-b`, `bytes=a-` and `bytes=-n` for a file of `length` bytes. Several ranges and other units
/// are answered with the whole file, as the RFC allows.
pub(crate) fn wanted(header: Option<&str>, length: u64) -> Wanted {
    let Some(spec) = header.and_then(|h| h.strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((from, to)) = spec.split_once('-') else {
        return Wanted::Whole;
    };
    match (from.trim(), to.trim()) {
        ("", suffix) => match suffix.parse::<u64>() {
            Ok(0) => Wanted::Unsatisfiable,
            Ok(_) if length == 0 => Wanted::Unsatisfiable,
            Ok(n) => Wanted::Part { from: length.saturating_sub(n), to: length - 1 },
            Err(_) => Wanted::Whole,
        },
        (from, to) => part(from, to, length),
    }
}

fn part(from: &str, to: &str, length: u64) -> Wanted {
    let Ok(from) = from.parse::<u64>() else {
        return Wanted::Whole;
    };
    let to = match to {
        "" => u64::MAX,
        to => match to.parse::<u64>() {
            Ok(to) => to,
            Err(_) => return Wanted::Whole,
        },
    };
    if to < from {
        return Wanted::Whole;
    }
    if from >= length {
        return Wanted::Unsatisfiable;
    }
    Wanted::Part { from, to: to.min(length - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_understood() {
        assert_eq!(wanted(Some("bytes=0-99"), 1000), Wanted::Part { from: 0, to: 99 });
        assert_eq!(wanted(Some("bytes=900-"), 1000), Wanted::Part { from: 900, to: 999 });
        assert_eq!(wanted(Some("bytes=-100"), 1000), Wanted::Part { from: 900, to: 999 });
        assert_eq!(wanted(Some("bytes=990-5000"), 1000), Wanted::Part { from: 990, to: 999 });
        assert_eq!(wanted(Some("bytes=-5000"), 1000), Wanted::Part { from: 0, to: 999 });
    }

    #[test]
    fn outside_the_file_is_unsatisfiable() {
        assert_eq!(wanted(Some("bytes=1000-"), 1000), Wanted::Unsatisfiable);
        assert_eq!(wanted(Some("bytes=-0"), 1000), Wanted::Unsatisfiable);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Unsatisfiable);
    }

    #[test]
    fn what_cannot_be_read_is_the_whole_file() {
        for odd in ["bytes=a-b", "bytes=5-2", "bytes=0-1,5-6", "rows=1-2", "bytes=7"] {
            assert_eq!(wanted(Some(odd), 1000), Wanted::Whole, "{odd}");
        }
        assert_eq!(wanted(None, 1000), Wanted::Whole);
    }
}
