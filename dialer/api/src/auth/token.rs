//! Session tokens. The browser holds the token, storage holds its SHA-256, and the CSRF value is derived
//! from it: a stolen database signs nobody in, and no second secret has to be stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use sha2::{Digest, Sha256};

/// Header that changes must carry.
pub const CSRF_HEADER: &str = "x-warmline-csrf";

/// A fresh token of 256 random bits.
pub fn fresh() -> String {
    let mut bytes = [0u8; 32];
    crate::edge::rng().fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What storage keeps of a token.
pub fn stored(token: &str) -> String {
    digest("session", token)
}

/// What the CSRF header must say for this token.
pub fn csrf(token: &str) -> String {
    digest("csrf", token)
}

/// Compares without telling by its duration where two values differ.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

fn digest(purpose: &str, token: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(purpose);
    hasher.update([0]);
    hasher.update(token);
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_and_what_is_sent_differ_from_the_token() {
        let token = fresh();
        assert!(token.len() >= 43);
        assert_ne!(stored(&token), token);
        assert_ne!(stored(&token), csrf(&token));
        assert!(same(&csrf(&token), &csrf(&token)));
        assert!(!same(&csrf(&token), &csrf(&fresh())));
        assert!(!same("ab", "abc"));
    }
}
