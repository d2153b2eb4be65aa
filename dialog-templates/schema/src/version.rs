//! What names the version of a template.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The version of a template with this text, what it includes behind it ([`crate::bundle`]): its SHA-256 in lower-case
/// hexadecimal, so that one text has one name wherever it is stored, published or loaded.
pub fn version_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_sum_that_other_programs_give() {
        // FIPS 180-2, B.1.
        assert_eq!(version_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
