//! Yes or no.

use crate::words;

const YES: [&str; 16] = [
    "yes",
    "sure",
    "okay",
    "correct",
    "right",
    "absolutely",
    "definitely",
    "certainly",
    "exactly",
    "fine",
    "alright",
    "affirmative",
    "indeed",
    "perfect",
    "true",
    "positive",
];
const NO: [&str; 5] = ["no", "wrong", "incorrect", "negative", "never"];
/// Whole sayings whose words alone would mislead.
const YES_SAYINGS: [&str; 7] =
    ["of course", "no problem", "not a problem", "why not", "go ahead", "do not mind", "sounds good"];
const NO_SAYINGS: [&str; 3] = ["rather not", "of course not", "not at all"];

/// `None`: neither was said.
pub(super) fn read(spoken: &[String]) -> Option<bool> {
    let heard = words::compared(&spoken.join(" "));
    let joined = format!(" {} ", heard.join(" "));
    let said = |sayings: &[&str]| sayings.iter().any(|saying| joined.contains(&format!(" {saying} ")));
    if said(&NO_SAYINGS) {
        return Some(false);
    }
    if said(&YES_SAYINGS) {
        return Some(true);
    }
    let denied = heard.iter().any(|word| word == "not");
    // The first clear word decides; a "not" anywhere turns a yes round ("that is not right").
    let first = heard.iter().find_map(|word| {
        let yes = YES.contains(&word.as_str());
        (yes || NO.contains(&word.as_str())).then_some((word.as_str(), yes))
    });
    match first {
        Some(("yes", _)) => Some(true),
        Some((_, yes)) => Some(yes && !denied),
        None if joined.starts_with(" it is ") || joined.starts_with(" i do ") || joined.starts_with(" that is it ") => {
            Some(!denied)
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_no_and_neither() {
        let read = |text: &str| read(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for yes in ["yes", "yeah", "yep that's right", "correct", "no problem", "of course", "sure why not", "it is"] {
            assert_eq!(read(yes), Some(true), "{yes}");
        }
        for no in ["no", "nope", "no that's wrong", "that's not right", "of course not", "it isn't", "i'd rather not"] {
            assert_eq!(read(no), Some(false), "{no}");
        }
        for neither in ["tomorrow at five", "what did you say", "hmm"] {
            assert_eq!(read(neither), None, "{neither}");
        }
    }
}
