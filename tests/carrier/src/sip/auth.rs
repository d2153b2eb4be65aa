//! Digest authentication of callers (RFC 3261 §22, RFC 7616), for trunks that are configured with a password.

use rsipstack::dialog::authenticate::verify_digest;
use rsipstack::sip::typed::Authorization;
use rsipstack::sip::{Header, ProxyAuthenticate, Request};
use std::str::FromStr;

const REALM: &str = "carrier";

/// User and password every INVITE must prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl FromStr for Credentials {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((user, password)) if !user.is_empty() => Ok(Self { user: user.into(), password: password.into() }),
            _ => Err("expected USER:PASSWORD".into()),
        }
    }
}

impl Credentials {
    /// Whether the request carries a right answer to a challenge of ours.
    pub(super) fn accept(&self, request: &Request, nonce: &str) -> bool {
        request.headers.iter().any(|header| {
            let Header::ProxyAuthorization(raw) = header else {
                return false;
            };
            let Ok(given) = Authorization::parse(raw.value()) else {
                return false;
            };
            given.username == self.user
                && given.realm == REALM
                && given.nonce == nonce
                && verify_digest(&given, &self.password, &request.method, raw.value())
        })
    }
}

/// The challenge to send with a 407.
pub(super) fn challenge(nonce: &str) -> Header {
    let value = format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"");
    Header::ProxyAuthenticate(ProxyAuthenticate::new(value))
}
