//! How a number looks to somebody who may not see it.

use crate::number::country_code_len;

const DOT: char = '•';

/// Replaces all but the country code and the last two digits: `+1•••••••34`, `••01`.
///
/// Works on any stored dial string; one of two characters or fewer is hidden entirely.
pub fn mask(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let head = number.strip_prefix('+').map_or(0, |digits| 1 + country_code_len(digits));
    let tail_from = chars.len().saturating_sub(2);
    let short = chars.len() <= 2;
    chars.iter().enumerate().map(|(i, &c)| if !short && (i < head || i >= tail_from) { c } else { DOT }).collect()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn keeps_country_code_and_last_two_digits() {
        assert_eq!(mask("+12025550134"), "+1••••••••34");
        assert_eq!(mask("+4930123456"), "+49••••••56");
        assert_eq!(mask("+35312345678"), "+353••••••78");
    }

    #[test]
    fn local_numbers_keep_only_the_end() {
        assert_eq!(mask("7001"), "••01");
        assert_eq!(mask("01"), "••");
        assert_eq!(mask(""), "");
    }
}
