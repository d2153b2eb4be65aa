//! Several meanings in one utterance: "yes, but where can I park", "no I already paid and stop calling me".
//!
//! Recognisers write no commas, so an utterance is cut wherever a clause may begin: after an opening yes or no, at a
//! conjunction, before a subject, a question word or an imperative. Then the stretches that clearly mean something are
//! looked for, the clearest first. What can be said anywhere is an *aside* and is taken out; what is left is the answer.
//!
//! - A whole utterance that is listed word for word is not cut.
//! - A stretch that a denial before it reaches means nothing by itself ("I don't think | I can come").
//! - A bare yes or no counts beside an aside only with a conjunction: "yes but who is this" answers, "yes who is this"
//!   only asks. Many pick up the phone with a "yes".
//! - A wish to hear the question again is no aside: who has to ask has not answered.
//! - Yes and no at once is no answer, unless one takes the other back ("yes, no, sorry, yes").

use super::{Candidate, Corpus, LEAST_CONFIDENCE, Match, Meaning, negation, phrases, reading};
use crate::api::{Reading, Utterance};
use crate::words;
use std::ops::Range;
use warmline_schema::GlobalIntent;

/// Conjunctions. None of them belongs to a clause.
const JOINTS: [&str; 20] = [
    "but", "and", "also", "so", "because", "plus", "although", "though", "however", "or", "then", "tapi", "tetapi",
    "dan", "juga", "karena", "lalu", "cuma", "但是", "不過",
];
/// Chinese is written without spaces; a clause begins with one of these.
const CHINESE_JOINTS: [&str; 12] =
    ["但是", "不過", "不过", "可是", "然後", "然后", "而且", "還有", "还有", "因為", "因为", "所以"];
/// A bare answer at the beginning.
const YES: [&str; 12] = ["yes", "yeah", "yep", "yup", "sure", "okay", "ok", "right", "ya", "iya", "betul", "oke"];
const NO: [&str; 6] = ["no", "nope", "nah", "tidak", "bukan", "nggak"];
/// What may belong to it.
const COURTESIES: [&str; 5] = ["please", "thanks", "thank", "you", "sir"];
/// A clause may begin here, if the one before has two words at least.
const STARTS: [&str; 42] = [
    "i", "i'm", "i'll", "i've", "i'd", "you", "we", "he", "she", "it's", "that's", "there", "can", "could", "will",
    "would", "who", "who's", "what", "what's", "where", "when", "why", "how", "which", "is", "are", "do", "does",
    "don't", "please", "stop", "call", "let", "take", "remove", "saya", "tolong", "bisa", "siapa", "jangan", "kapan",
];
/// Of these, the beginnings of an order, and the words after which they are none.
const ORDERS: [&str; 5] = ["stop", "call", "let", "take", "remove"];
const BINDS: [&str; 10] = ["not", "don't", "never", "to", "you", "can't", "won't", "didn't", "cannot", "please"];
/// Words by which somebody takes back what he has just said.
const TAKES_BACK: [&str; 7] = ["sorry", "wait", "mean", "meant", "actually", "rather", "maksud"];
/// What may stand between a yes and a no that are said at once.
const UNDECIDED: [&str; 8] = ["well", "maybe", "perhaps", "kind", "sort", "of", "uh", "um"];
/// A stretch must be this clear to mean something of its own.
const CLEAR: f32 = 0.75;
/// Stretches are made of at most so many clauses, and no more clauses than this are looked at.
const LONGEST: usize = 3;
const MOST_CLAUSES: usize = 8;

/// What an utterance holds beside the answer to the open question.
#[derive(Debug, Default)]
pub(crate) struct Asides {
    /// What can be said anywhere, in the order in which it was said.
    pub found: Vec<Match>,
    /// Answers of the step in single stretches.
    pub answers: Vec<Match>,
    /// The utterance without the asides; absent where nothing is left that could be an answer.
    pub rest: Option<Utterance>,
}

/// A stretch of the words between two places where a clause may begin.
struct Clause {
    at: Range<usize>,
    /// A conjunction stands before it.
    joined: bool,
}

impl Asides {
    /// Of the best reading. `answers` are those of the step, `globals` what can be said anywhere.
    pub(crate) fn of(answers: &[Candidate], globals: &[Candidate], utterance: &Utterance, corpus: &Corpus) -> Self {
        let Some(best) = utterance.readings.first().filter(|best| best.confidence >= LEAST_CONFIDENCE) else {
            return Self::default();
        };
        let text = spaced(&words::normalise(&best.text));
        let words: Vec<&str> = text.split(' ').collect();
        let clauses = clauses(&words);
        if !(2..=MOST_CLAUSES).contains(&clauses.len()) {
            return Self::default();
        }
        let candidates = answers.iter().chain(globals);
        let whole = reading::Reading::new(&best.text, None, corpus);
        if candidates.clone().any(|candidate| phrases::exact(&candidate.phrases, &whole).is_some()) {
            return Self::default();
        }
        let mut stretches: Vec<(usize, usize, Match)> = Vec::new();
        for first in 0..clauses.len() {
            for last in first..clauses.len().min(first + LONGEST) {
                let at = clauses[first].at.start..clauses[last].at.end;
                if at.len() == words.len() || is_denied(&words, &at) {
                    continue;
                }
                let reading = Reading { text: words[at].join(" "), ..best.clone() };
                let part = Utterance { readings: vec![reading], embedding: None };
                let found = super::understand(candidates.clone(), &part, corpus);
                stretches.extend(found.ok().filter(|found| found.score >= CLEAR).map(|found| (first, last, found)));
            }
        }
        // The clearest first, of equals the shortest; what overlaps with it is gone.
        stretches.sort_by(|(a, b, x), (c, d, y)| y.score.total_cmp(&x.score).then((b - a).cmp(&(d - c))));
        let mut kept: Vec<(usize, usize, Match)> = Vec::new();
        for (first, last, found) in stretches {
            if kept.iter().all(|(a, b, _)| last < *a || *b < first) {
                kept.push((first, last, found));
            }
        }
        kept.sort_by_key(|(first, ..)| *first);
        Self::sorted(kept, &clauses, &words, best)
    }

    fn sorted(kept: Vec<(usize, usize, Match)>, clauses: &[Clause], words: &[&str], best: &Reading) -> Self {
        let mut out = Self::default();
        let (mut left, mut joined): (Vec<usize>, bool) = ((0..clauses.len()).collect(), true);
        for (first, last, found) in kept {
            match found.meaning {
                // A yes or no beside other words is no answer of its own.
                Meaning::Answer(_) if words[clauses[first].at.start..clauses[last].at.end].iter().all(is_bare) => {}
                Meaning::Answer(_) => out.answers.push(found),
                Meaning::Global(GlobalIntent::Repeat) => {}
                _ => {
                    joined &= clauses[first].joined || first == 0 || !left.contains(&(first - 1));
                    left.retain(|place| !(first..=last).contains(place));
                    out.found.push(found);
                }
            }
        }
        let rest = left.iter().map(|place| words[clauses[*place].at.clone()].join(" ")).collect::<Vec<_>>().join(" ");
        let bare = rest.split(' ').all(|word| is_bare(&word));
        if !out.found.is_empty() && !rest.is_empty() && (joined || !bare) {
            let reading = Reading { text: rest, ..best.clone() };
            out.rest = Some(Utterance { readings: vec![reading], embedding: None });
        }
        out
    }
}

fn is_bare(word: &&str) -> bool {
    YES.contains(word) || NO.contains(word)
}

/// Yes and no at once.
pub(crate) enum Contradiction {
    /// Nobody can tell which.
    Open,
    /// The one is taken back: what was said after that.
    TakenBack(String),
}

/// Whether `text` says yes and no and nothing else.
pub(crate) fn contradiction(text: &str) -> Option<Contradiction> {
    let text = words::normalise(text);
    let words: Vec<&str> = text.split(' ').collect();
    let says = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let known = |word: &&&str| {
        [&YES[..], &NO, &JOINTS, &UNDECIDED, &TAKES_BACK, &COURTESIES, &["i"]].iter().any(|list| list.contains(*word))
    };
    if !says(&YES) || !says(&NO) || words.iter().filter(known).count() < words.len() {
        return None;
    }
    let back = words.iter().rposition(|word| TAKES_BACK.contains(word));
    let after = back.map(|at| words[at + 1..].join(" ")).filter(|rest| !rest.is_empty());
    Some(after.map_or(Contradiction::Open, Contradiction::TakenBack))
}

/// With spaces round Chinese conjunctions.
fn spaced(text: &str) -> String {
    let spaced = CHINESE_JOINTS.iter().fold(text.to_owned(), |text, joint| text.replace(joint, &format!(" {joint} ")));
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn clauses(words: &[&str]) -> Vec<Clause> {
    let joint = |word: &str| JOINTS.contains(&word) || CHINESE_JOINTS.contains(&word);
    let mut out: Vec<Clause> = Vec::new();
    let (mut from, mut joined) = (0, false);
    let mut close = |from: usize, to: usize, joined: bool| {
        if from < to {
            out.push(Clause { at: from..to, joined });
        }
    };
    let opening = words.iter().take_while(|word| YES.contains(word) || NO.contains(word)).count();
    let opening = match opening {
        0 => 0,
        some => some + words[some..].iter().take_while(|word| COURTESIES.contains(word)).count(),
    };
    for (at, word) in words.iter().enumerate() {
        if joint(word) {
            close(from, at, joined);
            (from, joined) = (at + 1, true);
        } else if at > from && (at == opening || STARTS.contains(word) && at - from >= 2) {
            close(from, at, joined);
            (from, joined) = (at, false);
        }
    }
    close(from, words.len(), joined);
    out
}

/// `text` in clauses.
pub(crate) fn clause_texts(text: &str) -> Vec<String> {
    let text = spaced(&words::normalise(text));
    let words: Vec<&str> = text.split(' ').collect();
    clauses(&words).into_iter().map(|clause| words[clause.at].join(" ")).collect()
}

/// Does a denial before the stretch reach into it? None reaches an order that begins a clause of its own: "I am not
/// interested please take me off your list".
fn is_denied(words: &[&str], at: &Range<usize>) -> bool {
    let first = words[at.clone()].iter().find(|word| !COURTESIES.contains(word));
    let orders = first.is_some_and(|word| ORDERS.contains(word));
    let bound = at.start.checked_sub(1).is_none_or(|before| BINDS.contains(&words[before]));
    if orders && !bound {
        return false;
    }
    let before = words::compared(&words[..at.start].join(" ")).len();
    negation::reaches(&words::compared(&words[..at.end].join(" ")), before)
}
