//! SIP endings in the field's terms: how a leg ended, and which outcome that is.
//!
//! Pure. The final status decides; where a status says little (480, 5xx, 404 from a gateway), the Q.850 cause of a
//! Reason header (RFC 3326) or its tables in RFC 3398 §8.2.6.1 decide instead.

use std::time::Duration;
use warmline_control::Outcome;

/// How a leg ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEnd {
    /// A final response other than 2xx.
    Refused {
        status: u16,
        phrase: String,
        /// Q.850 cause of a Reason header.
        q850: Option<u8>,
    },
    /// We took the call back before it was answered.
    Cancelled(CancelReason),
    /// BYE from the far end.
    RemoteBye {
        /// Text or cause of a Reason header, when there was one.
        reason: Option<String>,
    },
    /// BYE from us.
    LocalBye { reason: String },
    /// No final response could be had, or the session broke down.
    Failed(Failure),
}

/// Who took the call back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The owner of the leg asked for it.
    Owner,
    /// It rang until the limit.
    RingLimit(Duration),
}

/// What broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No response at all within the transaction timer.
    NoResponse { after: Duration },
    /// The trunk could not be reached: name resolution, connection, TLS.
    Unreachable(String),
    /// The connection broke while the call was being set up.
    Transport(String),
    /// The far end broke the protocol.
    Protocol(String),
    /// The session timer ran out without a refresh (RFC 4028 §10).
    SessionExpired,
}

impl LegEnd {
    /// Final SIP status, when the far end sent one.
    pub fn sip_status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Outcome of an attempt that ended so before it was answered.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Refused { status, q850, .. } => {
                q850.and_then(|cause| outcome_of_q850(cause, *status)).unwrap_or_else(|| outcome_of_status(*status))
            }
            Self::Cancelled(CancelReason::RingLimit(_)) => Outcome::NoAnswer,
            Self::Cancelled(CancelReason::Owner) | Self::RemoteBye { .. } | Self::LocalBye { .. } | Self::Failed(_) => {
                Outcome::Failed
            }
        }
    }

    /// One sentence for the operator.
    pub fn cause(&self) -> String {
        match self {
            Self::Refused { status, phrase, q850 } => match q850 {
                Some(cause) => format!("{status} {phrase} (Q.850 cause {cause}, {})", q850_text(*cause)),
                None => format!("{status} {phrase}"),
            },
            Self::Cancelled(CancelReason::Owner) => "cancelled before it was answered".into(),
            Self::Cancelled(CancelReason::RingLimit(limit)) => {
                format!("rang for {} s without an answer", limit.as_secs())
            }
            Self::RemoteBye { reason: Some(reason) } => format!("the far end hung up: {reason}"),
            Self::RemoteBye { reason: None } => "the far end hung up".into(),
            Self::LocalBye { reason } => reason.clone(),
            Self::Failed(failure) => failure.cause(),
        }
    }
}

impl Failure {
    fn cause(&self) -> String {
        match self {
            Self::NoResponse { after } => format!("the trunk sent no response within {:.1} s", after.as_secs_f32()),
            Self::Unreachable(why) => format!("the trunk cannot be reached: {why}"),
            Self::Transport(why) => format!("the connection to the trunk broke: {why}"),
            Self::Protocol(what) => format!("the far end broke the protocol: {what}"),
            Self::SessionExpired => "the session timer ran out without a refresh".into(),
        }
    }
}

fn outcome_of_status(status: u16) -> Outcome {
    match status {
        486 | 600 => Outcome::Busy,
        408 | 480 | 487 => Outcome::NoAnswer,
        403 | 603 | 607 | 608 => Outcome::Declined,
        404 | 410 | 484 | 604 => Outcome::InvalidNumber,
        500..=599 => Outcome::Congestion,
        _ => Outcome::Failed,
    }
}

/// `None` where the cause says no more than the status.
fn outcome_of_q850(cause: u8, status: u16) -> Option<Outcome> {
    match cause {
        1 | 22 | 28 => Some(Outcome::InvalidNumber),
        17 => Some(Outcome::Busy),
        18..=20 => Some(Outcome::NoAnswer),
        // "Call rejected" stands beside 403 for a trunk's own policy too; the status knows better there.
        21 if status != 403 => Some(Outcome::Declined),
        34 | 38 | 41 | 42 | 44 | 47 => Some(Outcome::Congestion),
        _ => None,
    }
}

fn q850_text(cause: u8) -> &'static str {
    match cause {
        1 => "unallocated number",
        16 => "normal clearing",
        17 => "user busy",
        18 => "no user responding",
        19 => "no answer",
        20 => "subscriber absent",
        21 => "call rejected",
        22 => "number changed",
        27 => "destination out of order",
        28 => "invalid number format",
        31 => "normal, unspecified",
        34 => "no circuit available",
        38 => "network out of order",
        41 => "temporary failure",
        42 => "congestion",
        44 => "channel not available",
        47 => "resource unavailable",
        _ => "see Q.850",
    }
}

/// A Reason header's value: `Q.850;cause=17;text="User busy"` (RFC 3326).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) q850: Option<u8>,
    pub(super) text: Option<String>,
}

/// Parses one Reason header value; several reasons in one value are told apart by commas.
pub(super) fn parse_reason(value: &str) -> Reason {
    let mut out = Reason::default();
    for reason in split_unquoted(value, ',') {
        let mut parts = split_unquoted(reason, ';').into_iter().map(str::trim);
        let protocol = parts.next().unwrap_or_default();
        for part in parts {
            let Some((key, value)) = part.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match key.trim().to_ascii_lowercase().as_str() {
                "cause" if protocol.eq_ignore_ascii_case("Q.850") => out.q850 = value.parse().ok(),
                "text" if out.text.is_none() && !value.is_empty() => out.text = Some(value.to_string()),
                _ => {}
            }
        }
    }
    out
}

fn split_unquoted(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == at && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, q850: Option<u8>) -> LegEnd {
        LegEnd::Refused { status, phrase: "x".into(), q850 }
    }

    #[test]
    fn final_statuses_become_outcomes() {
        use Outcome::*;
        for (status, q850, outcome) in [
            (486, None, Busy),
            (600, None, Busy),
            (408, None, NoAnswer),
            (480, None, NoAnswer),
            (487, None, NoAnswer),
            (603, None, Declined),
            (403, None, Declined),
            (403, Some(21), Declined),
            (404, None, InvalidNumber),
            (410, None, InvalidNumber),
            (484, None, InvalidNumber),
            (604, None, InvalidNumber),
            (500, None, Congestion),
            (503, None, Congestion),
            (503, Some(34), Congestion),
            (480, Some(17), Busy),
            (500, Some(1), InvalidNumber),
            (480, Some(18), NoAnswer),
            (480, Some(16), NoAnswer),
            (480, Some(42), Congestion),
            (404, Some(1), InvalidNumber),
            (488, Some(21), Declined),
            (488, None, Failed),
            (401, None, Failed),
            (407, None, Failed),
            (302, None, Failed),
            (606, None, Failed),
        ] {
            assert_eq!(refused(status, q850).outcome(), outcome, "{status} {q850:?}");
        }
    }

    #[test]
    fn endings_without_a_response_say_why() {
        let timeout = LegEnd::Failed(Failure::NoResponse { after: Duration::from_secs(32) });
        assert_eq!(timeout.outcome(), Outcome::Failed);
        assert_eq!(timeout.cause(), "the trunk sent no response within 32.0 s");
        let rang = LegEnd::Cancelled(CancelReason::RingLimit(Duration::from_secs(30)));
        assert_eq!(rang.outcome(), Outcome::NoAnswer);
        assert!(rang.cause().contains("30 s"));
    }

    #[test]
    fn reason_headers_are_read() {
        let reason = parse_reason(r#"SIP;cause=404, Q.850 ;cause=1;text="Unallocated; or, worse""#);
        assert_eq!(reason.q850, Some(1));
        assert_eq!(reason.text.as_deref(), Some("Unallocated; or, worse"));
        for broken in ["", ";", "Q.850", "Q.850;cause=", "Q.850;cause=999", "Q.850;cause", "\"", ",;,="] {
            assert_eq!(parse_reason(broken).q850, None, "{broken:?}");
        }
    }
}
