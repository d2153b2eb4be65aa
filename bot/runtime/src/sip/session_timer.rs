//! Session timers (RFC 4028): who refreshes a call, how often, and when it counts as dead.
//!
//! Pure: header values in, durations out.

use std::time::Duration;

/// Smallest interval we accept and offer (§4).
pub(super) const MIN_SE_S: u32 = 90;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionTimer {
    pub(super) interval_s: u32,
    pub(super) refresher: Refresher,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresher {
    Us,
    Them,
}

/// What a far end's refresh asks for, and what our 2xx says back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshAnswer {
    /// No session timer in the request.
    None,
    Accept(SessionTimer),
    /// Below [`MIN_SE_S`]: answer 422.
    TooSmall,
}

impl SessionTimer {
    /// What a 2xx to our INVITE, re-INVITE or UPDATE settled; `None` when the session does not expire (§7.2).
    pub(super) fn from_response(session_expires: Option<&str>) -> Option<Self> {
        let (interval_s, refresher) = parse(session_expires?)?;
        // In a response to us, "uac" is us.
        let refresher = match refresher {
            Some(Role::Uas) => Refresher::Them,
            Some(Role::Uac) | None => Refresher::Us,
        };
        Some(Self { interval_s, refresher })
    }

    /// How long to wait for the next thing to do: half the interval before our refresh (§7.2), or nearly all of it
    /// before a session that they should have refreshed is ended (§10).
    pub(super) fn wait(&self) -> Duration {
        let interval = u64::from(self.interval_s);
        match self.refresher {
            Refresher::Us => Duration::from_secs(interval / 2),
            Refresher::Them => Duration::from_secs(interval - (interval / 3).min(32)),
        }
    }

    /// Value of our Session-Expires header in a refresh of ours.
    pub(super) fn request_value(&self) -> String {
        format!("{};refresher=uac", self.interval_s)
    }

    /// Value of our Session-Expires header in the 2xx to a refresh of theirs.
    pub(super) fn response_value(&self) -> String {
        let role = match self.refresher {
            Refresher::Us => "uas",
            Refresher::Them => "uac",
        };
        format!("{};refresher={role}", self.interval_s)
    }
}

/// Reads the Session-Expires of a request of the far end, in which "uac" is them.
pub(super) fn answer_refresh(session_expires: Option<&str>) -> RefreshAnswer {
    match session_expires.and_then(parse) {
        None => RefreshAnswer::None,
        Some((interval, _)) if interval < MIN_SE_S => RefreshAnswer::TooSmall,
        Some((interval_s, role)) => RefreshAnswer::Accept(SessionTimer {
            interval_s,
            refresher: if role == Some(Role::Uas) { Refresher::Us } else { Refresher::Them },
        }),
    }
}

/// The interval to ask for again after 422, from its Min-SE (§7.3). `None` when it makes no sense.
pub(super) fn interval_after_422(min_se: Option<&str>, asked_s: u32) -> Option<u32> {
    let min: u32 = min_se?.split(';').next()?.trim().parse().ok()?;
    (min > asked_s && min <= 86_400).then_some(min)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Uac,
    Uas,
}

fn parse(value: &str) -> Option<(u32, Option<Role>)> {
    let mut parts = value.split(';').map(str::trim);
    let interval = parts.next()?.parse().ok()?;
    let role = parts.find_map(|p| {
        let (key, value) = p.split_once('=')?;
        if !key.trim().eq_ignore_ascii_case("refresher") {
            return None;
        }
        match value.trim().to_ascii_lowercase().as_str() {
            "uac" => Some(Role::Uac),
            "uas" => Some(Role::Uas),
            _ => None,
        }
    });
    Some((interval, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_2xx_says_who_refreshes() {
        let ours = SessionTimer::from_response(Some("1800;refresher=uac"));
        assert_eq!(ours.map(|t| (t.refresher, t.wait())), Some((Refresher::Us, Duration::from_secs(900))));
        let theirs = SessionTimer::from_response(Some(" 90 ; Refresher=UAS"));
        assert_eq!(theirs.map(|t| (t.refresher, t.wait())), Some((Refresher::Them, Duration::from_secs(60))));
        assert_eq!(SessionTimer::from_response(None), None);
        assert_eq!(SessionTimer::from_response(Some("soon")), None);
    }

    #[test]
    fn a_long_session_is_given_32_seconds_of_grace() {
        let theirs = SessionTimer::from_response(Some("1800;refresher=uas"));
        assert_eq!(theirs.map(|t| t.wait()), Some(Duration::from_secs(1768)));
    }

    #[test]
    fn their_refresh_is_answered_in_their_terms() {
        let RefreshAnswer::Accept(timer) = answer_refresh(Some("120;refresher=uac")) else { panic!("refused") };
        assert_eq!(timer.refresher, Refresher::Them);
        assert_eq!(timer.response_value(), "120;refresher=uac");
        assert_eq!(answer_refresh(Some("60")), RefreshAnswer::TooSmall);
        assert_eq!(answer_refresh(None), RefreshAnswer::None);
    }

    #[test]
    fn a_422_is_followed_only_upwards() {
        assert_eq!(interval_after_422(Some("3600"), 1800), Some(3600));
        assert_eq!(interval_after_422(Some("90"), 1800), None);
        assert_eq!(interval_after_422(Some("4000000000"), 1800), None);
        assert_eq!(interval_after_422(None, 1800), None);
    }
}
