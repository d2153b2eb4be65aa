//! One byte range of a file (RFC 9110 §14.2), so that a player can seek without loading a whole recording.

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
