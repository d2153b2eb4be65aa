//! Passwords: argon2id hashes and the few rules a new one must meet.
//!
//! Hashing takes tens of milliseconds on purpose, so it runs on a blocking thread.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use rand::Rng;

/// Fewest characters of a password.
pub const SHORTEST: usize = 10;
/// Most bytes of a password; more only costs time.
pub const LONGEST: usize = 256;

/// Hashing failed; a fault of ours or of the stored hash.
#[derive(Debug, thiserror::Error)]
#[error("password hashing: {0}")]
pub struct HashError(String);

/// A PHC string of the password with a fresh salt.
pub async fn hash(password: String) -> Result<String, HashError> {
    blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|h| h.to_string())
            .map_err(|e| HashError(e.to_string()))
    })
    .await?
}

/// Does the password belong to the hash? With no hash the same work is done and the answer is no, so
/// that the time taken does not tell which names exist.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool, HashError> {
    blocking(move || {
        let Some(stored) = stored else {
            let _ = Argon2::default().hash_password(password.as_bytes());
            return Ok(false);
        };
        let parsed = PasswordHash::new(&stored).map_err(|e| HashError(e.to_string()))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await?
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| HashError(e.to_string()))
}

/// Why a new password is refused, or `None` when it will do.
pub fn refusal(new: &str, username: &str, current: Option<&str>) -> Option<String> {
    if new.chars().count() < SHORTEST {
        return Some(format!("must have at least {SHORTEST} characters"));
    }
    if new.len() > LONGEST {
        return Some(format!("must have at most {LONGEST} bytes"));
    }
    if new.eq_ignore_ascii_case(username) {
        return Some("must not be the user name".to_owned());
    }
    if current == Some(new) {
        return Some("must differ from the present one".to_owned());
    }
    None
}

/// A password to be used once: 16 letters and digits without look-alikes, in groups of four.
pub fn one_time() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = crate::edge::rng();
    let groups: Vec<String> =
        (0..4).map(|_| (0..4).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn the_right_password_verifies_and_others_do_not() {
        let stored = hash("correct horse".to_owned()).await.unwrap();
        assert!(!stored.contains("correct"));
        assert!(verify("correct horse".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!verify("wrong horse".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        assert!(refusal("short", "admin", None).unwrap().contains("10 characters"));
        assert!(refusal("Administrator", "administrator", None).is_some());
        assert!(refusal("same-old-words", "admin", Some("same-old-words")).is_some());
        assert_eq!(refusal("three plain words", "admin", Some("old")), None);
    }

    #[test]
    fn one_time_passwords_meet_our_own_rules() {
        let password = one_time();
        assert_eq!(refusal(&password, "admin", None), None);
        assert_ne!(password, one_time());
    }
}
