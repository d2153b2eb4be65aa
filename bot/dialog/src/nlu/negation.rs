//! "Not interested" must never count as "interested".

/// Words that turn a meaning round. Contractions have been opened: "don't" is "do not".
const NEGATORS: [&str; 9] = ["not", "never", "without", "nothing", "no", "nobody", "none", "hardly", "neither"];
/// After these a new clause begins, which a negation before it does not reach.
const BREAKS: [&str; 10] = ["but", "and", "so", "because", "or", "then", "i", "you", "we", "let"];
/// A negation of these reaches whatever follows: "I do not think I can".
const BELIEFS: [&str; 6] = ["think", "believe", "know", "guess", "suppose", "want"];
/// How many words a negation reaches.
const REACH: usize = 3;

/// Does the sentence as a whole deny something? A "no" that opens an answer is an answer, not a denial.
pub(super) fn denies(words: &[String]) -> bool {
    words.iter().enumerate().any(|(i, word)| NEGATORS.contains(&word.as_str()) && !(i == 0 && word == "no"))
}

/// Is the stretch of `words` that begins at `start` denied by what stands before it?
pub(super) fn reaches(words: &[String], start: usize) -> bool {
    let before = &words[..start.min(words.len())];
    let own_clause = words.get(start).is_some_and(|word| BREAKS.contains(&word.as_str()));
    for (back, word) in before.iter().rev().enumerate() {
        let at = start - 1 - back;
        if NEGATORS.contains(&word.as_str()) {
            let belief = words.get(at + 1).is_some_and(|next| BELIEFS.contains(&next.as_str()));
            // "No, cancel it": the opening "no" answers the question.
            let answer = at == 0 && word == "no" && start != 1;
            return belief || !(own_clause || answer);
        }
        if !own_clause && BREAKS.contains(&word.as_str()) || back + 1 >= REACH + usize::from(own_clause) {
            return false;
        }
    }
    false
}

/// One begins with yes and the other with no.
pub(super) fn opposed(a: &[String], b: &[String]) -> bool {
    let opening = |words: &[String]| {
        words.first().map(String::as_str).filter(|word| ["yes", "no"].contains(word)).map(str::to_owned)
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
