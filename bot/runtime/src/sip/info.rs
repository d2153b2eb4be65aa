//! Keys in INFO bodies: `application/dtmf-relay` (`Signal=5`) and `application/dtmf` (`5`).
//!
//! Pure. Gateways that cannot send RFC 4733 events send these.

/// What an INFO request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Info {
    Key(char),
    /// No body: a probe, to be answered 200.
    Empty,
    /// A body that we do not understand: 415.
    Unsupported,
}

/// Reads an INFO body by its content type.
pub(super) fn read(content_type: Option<&str>, body: &[u8]) -> Info {
    let text = String::from_utf8_lossy(body);
    let content_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let signal = match content_type.trim().to_ascii_lowercase().as_str() {
        _ if body.is_empty() => return Info::Empty,
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_string())
        }),
        "application/dtmf" => Some(text.trim().to_string()),
        _ => None,
    };
    signal.as_deref().and_then(key).map_or(Info::Unsupported, Info::Key)
}

fn key(signal: &str) -> Option<char> {
    match signal {
        "10" => return Some('*'),
        "11" => return Some('#'),
        _ => {}
    }
    let mut chars = signal.chars();
    let key = chars.next()?.to_ascii_uppercase();
    (chars.next().is_none() && "0123456789*#ABCD".contains(key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_both_kinds_of_body() {
        let relay = Some("application/dtmf-relay");
        for (content_type, body, info) in [
            (relay, "Signal=5\r\nDuration=160\r\n", Info::Key('5')),
            (relay, "Signal= # \nDuration=250", Info::Key('#')),
            (relay, "signal=11\r\n", Info::Key('#')),
            (Some("Application/DTMF"), "*\r\n", Info::Key('*')),
            (relay, "Duration=160\r\n", Info::Unsupported),
            (relay, "Signal=55", Info::Unsupported),
            (relay, "Signal=", Info::Unsupported),
            (Some("text/plain"), "5", Info::Unsupported),
            (None, "", Info::Empty),
        ] {
            assert_eq!(read(content_type, body.as_bytes()), info, "{body:?}");
        }
    }
}
