//! "Not interested" must never count as "interested".

/// Words that turn a meaning round. Contractions have been opened: "don't" is "do not".
/// Indonesian and Chinese ones stand in the form in which words are compared.
const NEGATORS: [&str; 20] = [
    "not", "never", "without", "nothing", "no", "nobody", "none", "hardly", "neither", "tidak", "bukan", "jangan",
    "belum", "tanpa", "不", "没", "别", "未", "非", "无",
];
/// A new clause begins here, which a negation before it does not reach.
const JOINTS: [&str; 22] = [
    "but", "and", "so", "because", "or", "then", "tapi", "tetapi", "namun", "dan", "karena", "jadi", "atau", "terus",
    "但是", "可是", "不过", "所以", "因为", "然后", "而且", "还是",
];
/// So it does here, unless what stands before is a belief.
const SUBJECTS: [&str; 13] = ["i", "you", "we", "let", "saya", "kami", "kita", "anda", "kamu", "我", "你", "您", "他"];
/// A negation of these reaches whatever follows: "I do not think I can", "I do not want to talk to a person".
/// 不是 too reaches the clause after it, as "bukan" does.
const ATTITUDES: [&str; 19] = [
    "think", "believe", "know", "guess", "suppose", "want", "need", "like", "wish", "yakin", "pikir", "rasa", "mau",
    "ingin", "perlu", "tahu", "是", "想", "要",
];
const DENIERS: [&str; 1] = ["bukan"];
/// How many words a negation reaches.
const REACH: usize = 6;
/// How many words a negated ability reaches: "I can not come on Friday, another day please" asks for the day.
const ABILITIES: [&str; 4] = ["can", "could", "will", "is"];
const ABILITY_REACH: usize = 3;
/// In Chinese and Indonesian the ability stands behind its negation.
const ABLE: [&str; 11] = ["bisa", "dapat", "sempat", "能", "会", "行", "可以", "方", "办", "空", "法"];
const ABLE_REACH: usize = 2;

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
        let able = is(at + 1, &ABLE);
        if is(at, &NEGATORS) && (passed < ABILITY_REACH || !ability) && (passed < ABLE_REACH || !able) {
            // "No, cancel it": the opening "no" answers the question.
            return !(at == 0 && words[at] == "no" && start != 1);
        }
    }
    // "I do not think I can": a denied attitude denies the clause after it.
    let believed = at >= 2 && is(at - 1, &ATTITUDES) && is(at - 2, &NEGATORS);
    // "Bukan saya yang pesan".
    let denied = at >= 1 && is(at - 1, &DENIERS);
    !is(at, &JOINTS) && (believed || denied)
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
    fn chinese_and_indonesian_denials_reach_as_far() {
        assert!(denied("我沒有興趣", "有興趣"));
        assert!(denied("不會", "會"));
        assert!(denied("我不會準時到", "準時到"));
        assert!(denied("不是我訂的", "我訂的"));
        assert!(!denied("我不是沒有興趣", "有興趣"), "two denials are none");
        assert!(!denied("我不能去 改天", "改天"));
        assert!(!denied("我不知道但是取消好了", "取消"));
        assert!(denied("saya tidak mau batal", "batal"));
        assert!(denied("bukan saya yang pesan", "saya yang pesan"));
        assert!(!denied("saya nggak bisa datang hari lain saja", "hari lain"));
        assert!(!denied("bukannya tidak tertarik", "tertarik"));
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
