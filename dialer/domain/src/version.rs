//! Published versions of a dialog template: which one a call gets, and how each has done.
//!
//! The file in the templates folder is the draft. Publishing stores its text under a number; of a template's
//! versions at most one is live and at most one is a canary, which gets a small share of the new calls until
//! it is promoted or stopped. Everything else is archived and can be brought back. A call keeps the version
//! it started with.

use crate::{AttemptId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a published version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// What new calls get.
    Live,
    /// What a share of the new calls get.
    Canary,
    /// No new call gets it.
    Archived,
}

impl VersionState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Live, Self::Canary, Self::Archived];

    /// The name used in storage, files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Canary => "canary",
            Self::Archived => "archived",
        }
    }

    /// Inverse of [`as_str`](Self::as_str).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// The share of new calls that a canary gets, in percent: 1 to 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Share(u8);

/// A share that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a canary's share is 1 to 50 percent of the calls, not {0}")]
pub struct ShareError(u8);

impl Share {
    /// The percentage.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// Whether this attempt is among the share. The same attempt always gets the same answer, attempts are
    /// spread evenly whatever their ids have in common, and who is in a small share is in every larger one.
    pub fn includes(self, attempt: AttemptId) -> bool {
        let (high, low) = attempt.0.as_u64_pair();
        let spread = u128::from(scrambled(high ^ scrambled(low)));
        (spread * 100) >> 64 < u128::from(self.0)
    }
}

impl TryFrom<u8> for Share {
    type Error = ShareError;

    fn try_from(percent: u8) -> Result<Self, ShareError> {
        if (1..=50).contains(&percent) { Ok(Self(percent)) } else { Err(ShareError(percent)) }
    }
}

impl From<Share> for u8 {
    fn from(share: Share) -> Self {
        share.0
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of `x`.
fn scrambled(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A version, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionMark {
    /// 1, 2, 3 … within the template.
    pub number: u32,
    /// SHA-256 of its text, hex: what a call's `template_version` holds.
    pub sha256: String,
}

/// What new calls of a template get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    pub live: VersionMark,
    pub canary: Option<(VersionMark, Share)>,
}

impl Serving {
    /// The version of one attempt.
    pub fn of(&self, attempt: AttemptId) -> &VersionMark {
        match &self.canary {
            Some((canary, share)) if share.includes(attempt) => canary,
            _ => &self.live,
        }
    }
}

/// A version to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// Name in the templates folder.
    pub template: String,
    pub sha256: String,
    /// The template with what it includes.
    pub text: String,
    /// The conversations it was held to.
    pub tests: String,
    pub note: String,
    /// None when the command line published it.
    pub by: Option<UserId>,
    /// Begin as a canary with this share instead of going live.
    pub canary: Option<Share>,
}

/// A published version, without its texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateVersion {
    pub template: String,
    #[serde(flatten)]
    pub mark: VersionMark,
    pub state: VersionState,
    /// Present for a canary.
    pub share: Option<Share>,
    pub note: String,
    pub published_at: DateTime<Utc>,
    /// Sign-in name; none when the command line published it.
    pub published_by: Option<String>,
    /// When it last became live; none when it never was.
    pub live_at: Option<DateTime<Utc>>,
}

/// A published version with its texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionText {
    #[serde(flatten)]
    pub version: TemplateVersion,
    pub text: String,
    pub tests: String,
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// What new calls get now.
    pub live: TemplateVersion,
    /// Numbers of the versions that no new call gets any more.
    pub withdrawn: Vec<u32>,
}

/// What came of the ended calls of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionResults {
    pub mark: VersionMark,
    pub calls: u64,
    /// Calls that a person answered; the next four are among these.
    pub answered: u64,
    /// The template reached its end.
    pub completed: u64,
    /// Bridged to an agent.
    pub transferred: u64,
    /// Asked not to be called again.
    pub opted_out: u64,
    /// Exchanges of the answered calls.
    pub turns: u64,
    /// Exchanges in which something was said …
    pub heard: u64,
    /// … and not understood.
    pub unmatched: u64,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    pub count: u64,
    pub of: u64,
}

impl Rate {
    /// The share, 0 to 1; nothing of nothing.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }

    /// Where the true share lies with 95 % confidence: Wilson's score interval (1927), which stays honest for
    /// few calls and for shares near 0 and 1.
    pub fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_964;
        let (share, n) = (self.share()?, self.of as f64);
        let scale = 1.0 + Z * Z / n;
        let middle = (share + Z * Z / (2.0 * n)) / scale;
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
        Some(((middle - half).max(0.0), (middle + half).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::{Builder, Uuid};

    fn share(percent: u8) -> Share {
        Share::try_from(percent).unwrap()
    }

    /// How many of 20 000 ids a share includes.
    fn included(percent: u8, id: impl Fn(u64) -> Uuid) -> usize {
        (0..20_000).filter(|n| share(percent).includes(AttemptId(id(*n)))).count()
    }

    /// Ids as storage makes them: a time in front, the rest drawn.
    fn dated(n: u64) -> Uuid {
        let drawn = scrambled(n).to_le_bytes();
        Builder::from_unix_timestamp_millis(
            1_800_000_000_000 + n,
            &[drawn.as_slice(), &[7, 7]].concat().try_into().unwrap(),
        )
        .into_uuid()
    }

    #[test]
    fn a_share_gets_its_part_of_the_calls_whatever_their_ids_look_like() {
        let counting = |n: u64| Uuid::from_u128(n.into());
        let in_steps = |n: u64| Uuid::from_u128(u128::from(n) << 64);
        for percent in [1, 10, 25, 50] {
            let wanted = f64::from(percent) * 200.0;
            // Four standard deviations of so many fair draws.
            let far = 4.0 * (wanted * (1.0 - f64::from(percent) / 100.0)).sqrt();
            for found in [included(percent, dated), included(percent, counting), included(percent, in_steps)] {
                assert!((found as f64 - wanted).abs() < far, "{percent} %: {found} of 20000");
            }
        }
    }

    #[test]
    fn a_share_is_spread_over_the_whole_campaign_and_keeps_whom_it_had() {
        let canary: Vec<usize> =
            (0..20_000).filter(|n| share(10).includes(AttemptId(dated(*n)))).map(|n| n as usize).collect();
        for hundred in 0..20 {
            let here = canary.iter().filter(|n| **n / 1000 == hundred).count();
            assert!((60..=140).contains(&here), "{here} of the thousand calls from {hundred}000");
        }
        assert!(canary.iter().all(|n| share(11).includes(AttemptId(dated(*n as u64)))));
        let serving = Serving {
            live: VersionMark { number: 1, sha256: "a".into() },
            canary: Some((VersionMark { number: 2, sha256: "b".into() }, share(10))),
        };
        let first = AttemptId(dated(canary[0] as u64));
        assert_eq!(serving.of(first).number, 2);
        assert_eq!(Serving { canary: None, ..serving }.of(first).number, 1);
    }

    #[test]
    fn a_canary_gets_one_to_fifty_percent() {
        assert_eq!(Share::try_from(0), Err(ShareError(0)));
        assert!(Share::try_from(50).is_ok());
        assert_eq!(
            Share::try_from(51).unwrap_err().to_string(),
            "a canary's share is 1 to 50 percent of the calls, not 51"
        );
    }

    #[test]
    fn intervals_are_wilsons() {
        let near = |(low, high): (f64, f64), wanted: (f64, f64)| {
            assert!((low - wanted.0).abs() < 5e-4 && (high - wanted.1).abs() < 5e-4, "{low} to {high}");
        };
        // Newcombe 1998, table I, method 3.
        near(Rate { count: 81, of: 263 }.interval().unwrap(), (0.2553, 0.3662));
        near(Rate { count: 15, of: 148 }.interval().unwrap(), (0.0624, 0.1605));
        near(Rate { count: 0, of: 20 }.interval().unwrap(), (0.0, 0.1611));
        near(Rate { count: 1, of: 29 }.interval().unwrap(), (0.0061, 0.1718));
        assert_eq!(Rate { count: 0, of: 0 }.interval(), None);
    }
}
