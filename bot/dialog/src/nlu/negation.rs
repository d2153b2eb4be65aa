//! "Not interested" must never count as "interested".

/// Words that turn a meaning round. Contractions have been opened: "don't" is "do not".
const NEGATORS: [&str; 9] = ["not", "never", "without", "nothing", "no", "nobody", "none", "hardly", "neither"];
/// A new clause begins here, which a negation before it does not reach.
const JOINTS: [&str; 6] = ["but", "and", "so", "because", "or", "then"];
/// So it does here, unless what stands before is a belief.
const SUBJECTS: [&str; 4] = ["i", "you", "we", "let"];
/// A negation of these reaches whatever follows: "I do not think I can", "I do not want to talk to a person".
const ATTITUDES: [&str; 9] = ["think", "believe", "know", "guess", "suppose", "want", "need", "like", "wish"];
/// How many words a negation reaches.
const REACH: usize = 6;
/// How many words a negated ability reaches: "I can not come on Friday, another day please" asks for the day.
const ABILITIES: [&str; 4] = ["can", "could", "will", "is"];
const ABILITY_REACH: usize = 3;

/// Does the sentence as a whole deny something? A "no" that opens an answer is an answer, not a denial.
pub(super) fn denies(words: &[String]) -> bool {
    words.iter().enumerate().any(|(i, word)| NEGATORS.contains(&word.as_str()) && !(i == 0 && word == "no"))
}

/// Is the stretch of `words` that begins at `start` denied by what stands before it?
pub(super) fn reaches(words: &[String], start: usize) -> bool {
    let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| any.contains(&word.as_str()));
    let mut at = start.min(words.len());
    // Back to the beginning of the stretch's own clause, at most as far as a denial reaches.
    for passed in 0..REACH {
        if at == 0 || is(at, &JOINTS) || is(at, &SUBJECTS) {
            break;
        }
        at -= 1;
        let ability = at > 0 && is(at - 1, &ABILITIES);
        if is(at, &NEGATORS) && (passed < ABILITY_REACH || !ability) {
            // "No, cancel it": the opening "no" answers the question.
            return !(at == 0 && words[at] == "no" && start != 1);
        }
    }
    // "I do not think I can": a denied attitude denies the clause after it.
    at >= 2 && !is(at, &JOINTS) && is(at - 1, &ATTITUDES) && is(at - 2, &NEGATORS)
}

/// One begins with yes and the other with no.
pub(super) fn opposed(a: &[String], b: &[String]) -> bool {
    let opening = |words: &[String]| match words.first().map(String::as_str) {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    };
    matches!((opening(a), opening(b)), (Some(a), Some(b)) if a != b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::compared;

    fn denied(text: &str, stretch: &str) -> bool {
        let (words, stretch) = (compared(text), compared(stretch));
        let start = words.windows(stretch.len()).position(|w| w == stretch).expect("the stretch is in the text");
        reaches(&words, start)
    }

    #[test]
    fn a_negation_reaches_its_own_clause_only() {
        assert!(denied("i am not interested", "interested"));
        assert!(denied("i'm not really very interested", "interested"));
        assert!(denied("please don't cancel", "cancel"));
        assert!(denied("i don't think i can come", "i can come"));
        assert!(!denied("i can't come i need another day", "i need another day"));
        assert!(!denied("i do not know but cancel it", "cancel it"));
        assert!(!denied("yes i am interested", "interested"));
    }

    #[test]
    fn an_inability_is_followed_by_a_wish() {
        assert!(!denied("i can't come on friday another day please", "another day"));
        assert!(denied("don't connect me to an agent", "an agent"));
    }

    #[test]
    fn an_opening_no_is_an_answer() {
        assert!(!denies(&compared("no thanks")));
        assert!(denies(&compared("no i don't")));
        assert!(denies(&compared("i have no time")));
    }

    #[test]
    fn yes_and_no_are_opposed() {
        assert!(opposed(&compared("yes i can"), &compared("no i can")));
        assert!(!opposed(&compared("i can"), &compared("no i can")));
    }
}
