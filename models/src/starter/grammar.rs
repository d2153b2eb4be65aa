//! What a dialog step expects, as an expression: its phrases, merged by their first words, and the closed
//! grammars for yes and no, numbers, digits, dates and times.

use super::graph::Expr;
use crate::Grammar;
use std::collections::{BTreeMap, BTreeSet};

/// What one word of a closed grammar costs: it keeps loops from filling noise with short words.
const WORD_COST: f32 = 3.0;
const FILLER_COST: f32 = 6.0;

const ONES: &[&str] = &["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const TEENS: &[&str] =
    &["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const TENS: &[&str] = &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const FIRSTS: &[&str] = &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
const TEENTHS: &[&str] = &[
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "thirtieth",
];
const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const UNITS: &[&str] = &[
    "dollars",
    "pounds",
    "euros",
    "percent",
    "people",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "years",
    "years old",
];
/// Letters with their words in the telephone alphabet (ICAO Annex 10, in everyday spelling).
const LETTERS: &[(&str, &str)] = &[
    ("a", "alpha"),
    ("b", "bravo"),
    ("c", "charlie"),
    ("d", "delta"),
    ("e", "echo"),
    ("f", "foxtrot"),
    ("g", "golf"),
    ("h", "hotel"),
    ("i", "india"),
    ("j", "juliet"),
    ("k", "kilo"),
    ("l", "lima"),
    ("m", "mike"),
    ("n", "november"),
    ("o", "oscar"),
    ("p", "papa"),
    ("q", "quebec"),
    ("r", "romeo"),
    ("s", "sierra"),
    ("t", "tango"),
    ("u", "uniform"),
    ("v", "victor"),
    ("w", "whiskey"),
    ("x", "x ray"),
    ("y", "yankee"),
    ("z", "zulu"),
];
/// Words that people put before an answer.
const BEFORE: &[&str] = &[
    "uh", "um", "er", "well", "hi", "hello", "so", "oh", "okay", "yes", "yeah", "look", "sorry", "i said", "i think",
    "it's", "that's", "maybe", "honestly", "actually",
];
/// Words that people put behind an answer.
const AFTER: &[&str] = &["please", "thanks", "thank you", "then", "okay", "i think", "actually", "if possible"];
const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "yes please",
    "yes i do",
    "yes it is",
    "yes i am",
    "yes that's right",
    "that's right",
    "that is right",
    "that's correct",
    "correct",
    "right",
    "sure",
    "sure thing",
    "of course",
    "absolutely",
    "definitely",
    "certainly",
    "exactly",
    "okay",
    "fine",
    "i do",
    "i am",
    "i think so",
    "go ahead",
    "sounds good",
    "yes sure",
    "yes of course",
    "yes you can",
    "yes i can",
    "yes i will",
    "i will",
    "i can",
    "why not",
];
const NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "no thanks",
    "no thank you",
    "no i don't",
    "no it isn't",
    "no i'm not",
    "no i can't",
    "not really",
    "not now",
    "not today",
    "i don't",
    "i'm not",
    "i don't think so",
    "that's wrong",
    "that's not right",
    "that is wrong",
    "that's not correct",
    "incorrect",
    "wrong",
    "never",
    "absolutely not",
    "definitely not",
    "of course not",
    "not at all",
    "no way",
    "no i won't",
    "i can't",
    "i won't",
    "not yet",
];

/// A step's `phrases` and `grammars`, with fillers around them; `None` when there are none. `decoys` are
/// phrases that stand beside the others so as not to be mistaken for them.
pub(crate) fn expected(phrases: &[String], decoys: &BTreeSet<String>, grammars: &[Grammar]) -> Option<Expr> {
    let mut ways = merged(phrases.iter().chain(decoys));
    let both = grammars.contains(&Grammar::Date) && grammars.contains(&Grammar::Time);
    let alone = |g: &&Grammar| !(both && matches!(g, Grammar::Date | Grammar::Time));
    ways.extend(grammars.iter().filter(alone).map(|g| closed(*g)));
    if both {
        ways.push(seq(vec![date(), opt(time())]));
        ways.push(seq(vec![time(), opt(date())]));
    }
    if ways.is_empty() {
        return None;
    }
    Some(seq(vec![fillers(BEFORE), Expr::Any(ways), fillers(AFTER)]))
}

/// Answers that are yes or no, as whole sentences.
pub(crate) fn yes_and_no() -> impl Iterator<Item = &'static str> {
    YES.iter().chain(NO).copied()
}

/// The word sequences of one closed grammar.
pub(crate) fn closed(grammar: Grammar) -> Expr {
    match grammar {
        Grammar::YesNo => Expr::Any(yes_and_no().map(words).collect()),
        Grammar::Number => number(),
        Grammar::Digits => digits(),
        Grammar::Date => date(),
        Grammar::Time => time(),
        Grammar::Letters => letters(),
    }
}

/// The phrases as alternatives that share their first words.
fn merged<'a>(list: impl Iterator<Item = &'a String>) -> Vec<Expr> {
    #[derive(Default)]
    struct Node<'a> {
        ends: bool,
        next: BTreeMap<&'a str, Node<'a>>,
    }
    fn ways(node: &Node<'_>) -> Vec<Expr> {
        let way = |(word, node): (&&str, &Node<'_>)| {
            let mut rest = ways(node);
            let this = Expr::Word((*word).to_string());
            if rest.is_empty() {
                return this;
            }
            let rest = if rest.len() == 1 { rest.remove(0) } else { Expr::Any(rest) };
            let rest = if node.ends { opt(rest) } else { rest };
            seq(vec![this, rest])
        };
        node.next.iter().map(way).collect()
    }
    let mut root = Node::default();
    for phrase in list {
        let mut node = &mut root;
        for word in phrase.split_whitespace() {
            node = node.next.entry(word).or_default();
        }
        node.ends = true;
    }
    ways(&root)
}

fn fillers(list: &[&str]) -> Expr {
    let one = |text: &&str| seq(text.split(' ').map(|w| Expr::Filler(w.into())).collect());
    let some = Expr::Cost(FILLER_COST, Box::new(Expr::Any(list.iter().map(one).collect())));
    opt(seq(vec![some.clone(), opt(some)]))
}

fn number() -> Expr {
    let below_hundred = || any(vec![costed(ONES), costed(TEENS), seq(vec![costed(TENS), opt(costed(ONES))])]);
    let and = || opt(costed(&["and"]));
    let rest = || opt(seq(vec![and(), below_hundred()]));
    let hundreds = || seq(vec![any(vec![costed(ONES), costed(TEENS), costed(&["a"])]), costed(&["hundred"]), rest()]);
    let below_thousand = || any(vec![below_hundred(), hundreds()]);
    let thousands = seq(vec![
        any(vec![below_thousand(), costed(&["a"])]),
        costed(&["thousand"]),
        opt(any(vec![hundreds(), seq(vec![and(), below_hundred()])])),
    ]);
    let value = any(vec![costed(&["zero", "none"]), below_thousand(), thousands]);
    seq(vec![opt(costed(&["about", "around"])), value, opt(costed(UNITS))])
}

fn digits() -> Expr {
    let digit = || any(vec![costed(ONES), costed(&["zero", "oh"])]);
    Expr::Many(Box::new(any(vec![digit(), seq(vec![costed(&["double", "triple"]), digit()])])))
}

/// Letters by name, "b as in bravo", or by the telephone alphabet, and digits between them. Nobody changes from names
/// to the alphabet within an answer, and where that is allowed "alpha" is heard as "l f a".
fn letters() -> Expr {
    let digit = || any(vec![costed(ONES), costed(&["zero"])]);
    let either = |letter: Vec<Expr>| {
        let likened = LETTERS.iter().map(|(name, word)| {
            seq(vec![costed(&[name]), any(vec![words("as in"), words("for"), words("like")]), costed(&[word])])
        });
        let doubled = seq(vec![costed(&["double"]), any(vec![any(letter.clone()), digit()])]);
        Expr::Many(Box::new(any(vec![any(letter), digit(), doubled, any(likened.collect())])))
    };
    let named = LETTERS.iter().map(|(name, _)| costed(&[name])).collect();
    let telephone = LETTERS.iter().map(|(_, word)| costed(&[word])).collect();
    any(vec![either(named), either(telephone)])
}

fn ordinal() -> Expr {
    any(vec![costed(FIRSTS), costed(TEENTHS), seq(vec![costed(&["twenty", "thirty"]), costed(FIRSTS)])])
}

fn day_number() -> Expr {
    any(vec![costed(ONES), costed(TEENS), seq(vec![costed(&["twenty", "thirty"]), opt(costed(ONES))])])
}

fn date() -> Expr {
    let the = || opt(costed(&["the"]));
    let years = || any(vec![costed(TEENS), seq(vec![costed(TENS), opt(costed(ONES))])]);
    let year = any(vec![
        seq(vec![costed(&["nineteen", "twenty"]), any(vec![years(), seq(vec![costed(&["oh"]), costed(ONES)])])]),
        seq(vec![words("two thousand"), opt(seq(vec![words("and"), any(vec![costed(ONES), years()])]))]),
    ]);
    let month_day = seq(vec![costed(MONTHS), the(), any(vec![ordinal(), day_number()])]);
    let day_month = seq(vec![the(), ordinal(), opt(costed(&["of"])), costed(MONTHS)]);
    let weekday = seq(vec![
        opt(costed(&["next", "this"])),
        costed(DAYS),
        opt(any(vec![seq(vec![the(), ordinal()]), month_day.clone(), day_month.clone(), part_of_day(false)])),
    ]);
    let near = any(vec![
        seq(vec![any(vec![words("today"), words("tomorrow")]), opt(part_of_day(false))]),
        costed(&["tonight", "the day after tomorrow", "day after tomorrow", "next week", "this week", "next month"]),
        seq(vec![
            words("in"),
            any(vec![costed(ONES), costed(TEENS), costed(&["a", "a couple of", "a few"])]),
            costed(&["day", "days", "week", "weeks", "month", "months"]),
        ]),
    ]);
    let dated = seq(vec![any(vec![month_day, day_month]), opt(year)]);
    seq(vec![opt(costed(&["on"])), any(vec![weekday, near, dated, seq(vec![words("the"), ordinal()])])])
}

/// "in the morning" with the words before it, or "morning" alone.
fn part_of_day(full: bool) -> Expr {
    let part = costed(&["morning", "afternoon", "evening"]);
    if full { seq(vec![words("in the"), part]) } else { part }
}

fn time() -> Expr {
    let hour = || any(vec![costed(ONES), costed(&["ten", "eleven", "twelve"])]);
    let minute = any(vec![
        costed(TEENS),
        seq(vec![costed(&["twenty", "thirty", "forty", "fifty"]), opt(costed(ONES))]),
        seq(vec![costed(&["oh"]), costed(ONES)]),
    ]);
    let half = any(vec![costed(&["a m", "p m", "in the morning", "in the afternoon", "in the evening", "at night"])]);
    let spoken = seq(vec![
        costed(&[
            "half past",
            "quarter past",
            "a quarter past",
            "ten past",
            "twenty past",
            "five past",
            "quarter to",
            "a quarter to",
            "ten to",
            "twenty to",
            "five to",
        ]),
        hour(),
    ]);
    let clock = seq(vec![hour(), opt(any(vec![minute, costed(&["o'clock"])]))]);
    let exact = seq(vec![any(vec![clock, spoken]), opt(half)]);
    let named = any(vec![costed(&["noon", "midday", "midnight", "lunchtime"]), part_of_day(true)]);
    seq(vec![opt(costed(&["at", "around", "about", "after", "before", "by"])), any(vec![exact, named])])
}

/// One of `list`, each word costed; an entry may have several words.
fn costed(list: &[&str]) -> Expr {
    let entry = |text: &&str| {
        let costs = WORD_COST * text.split(' ').count() as f32;
        Expr::Cost(costs, Box::new(words(text)))
    };
    any(list.iter().map(entry).collect())
}

fn words(text: &str) -> Expr {
    seq(text.split(' ').map(|w| Expr::Word(w.into())).collect())
}

fn any(mut list: Vec<Expr>) -> Expr {
    if list.len() == 1 { list.remove(0) } else { Expr::Any(list) }
}

fn seq(mut list: Vec<Expr>) -> Expr {
    if list.len() == 1 { list.remove(0) } else { Expr::Seq(list) }
}

fn opt(inner: Expr) -> Expr {
    Expr::Opt(Box::new(inner))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Does `expr` accept exactly these words?
    fn accepts(expr: &Expr, text: &str) -> bool {
        /// Words left after `expr` took some from the front, in every way it can.
        fn left<'a>(expr: &Expr, text: &'a [&'a str]) -> Vec<&'a [&'a str]> {
            match expr {
                Expr::Word(w) | Expr::Filler(w) => match text.split_first() {
                    Some((first, rest)) if first == w => vec![rest],
                    _ => vec![],
                },
                Expr::Seq(list) => list.iter().fold(vec![text], |at, e| at.iter().flat_map(|t| left(e, t)).collect()),
                Expr::Any(list) => list.iter().flat_map(|e| left(e, text)).collect(),
                Expr::Opt(inner) => [vec![text], left(inner, text)].concat(),
                Expr::Cost(_, inner) => left(inner, text),
                Expr::Many(inner) => {
                    let once = left(inner, text);
                    once.iter().flat_map(|t| [vec![*t], left(expr, t)].concat()).collect()
                }
            }
        }
        let words: Vec<&str> = text.split(' ').collect();
        left(expr, &words).iter().any(|rest| rest.is_empty())
    }

    fn check(grammar: Grammar, good: &[&str], bad: &[&str]) {
        let expr = closed(grammar);
        for text in good {
            assert!(accepts(&expr, text), "{grammar:?} should accept `{text}`");
        }
        for text in bad {
            assert!(!accepts(&expr, text), "{grammar:?} should not accept `{text}`");
        }
    }

    #[test]
    fn numbers_and_digits() {
        check(
            Grammar::Number,
            &[
                "zero",
                "seven",
                "fifteen",
                "forty two",
                "a hundred",
                "three hundred and five",
                "two thousand",
                "about fifty dollars",
                "nineteen thousand four hundred and twelve",
                "a thousand and one",
                "twelve hundred",
            ],
            &["hundred", "forty fifteen", "two three", "thousand two"],
        );
        check(
            Grammar::Letters,
            &[
                "a b c",
                "alpha bravo charlie",
                "b as in bravo",
                "g l five two seven",
                "golf double lima",
                "x ray yankee",
            ],
            &["a bravo", "l f bravo charlie", "five as in bravo"],
        );
        check(Grammar::Digits, &["oh", "four seven two nine", "double five one"], &["ten", "double", "forty"]);
    }

    #[test]
    fn dates_and_times() {
        check(
            Grammar::Date,
            &[
                "tomorrow",
                "tomorrow morning",
                "on friday",
                "next tuesday",
                "the third of may",
                "may the third",
                "june twenty first",
                "friday the thirteenth",
                "the day after tomorrow",
                "in two weeks",
                "the first",
                "the fifth of june nineteen eighty two",
                "friday afternoon",
                "march first two thousand and ten",
                "the twelfth of november two thousand and one",
                "april second nineteen oh five",
            ],
            &["may", "third", "the may", "twenty"],
        );
        check(
            Grammar::Time,
            &[
                "three",
                "at three",
                "three thirty",
                "half past four",
                "a quarter to nine",
                "ten fifteen in the morning",
                "five p m",
                "noon",
                "in the afternoon",
                "seven o'clock",
                "nine oh five a m",
            ],
            &["thirty", "half past", "thirteen", "p m"],
        );
    }

    #[test]
    fn dates_and_times_go_together_where_both_are_expected() {
        let expr = expected(&[], &BTreeSet::new(), &[Grammar::Date, Grammar::Time]).unwrap();
        for text in ["tomorrow at three", "at half past ten on friday", "uh next week", "okay four p m please"] {
            assert!(accepts(&expr, text), "{text}");
        }
    }

    #[test]
    fn phrases_share_beginnings_and_keep_their_ends() {
        let list = ["no", "no thanks", "no thank you", "stop calling me"].map(String::from);
        let none = BTreeSet::new();
        let expr = expected(&list, &none, &[]).unwrap();
        for text in ["no", "no thanks", "no thank you", "well no thanks", "stop calling me please"] {
            assert!(accepts(&expr, text), "{text}");
        }
        for text in ["no thank", "stop", "thanks"] {
            assert!(!accepts(&expr, text), "{text}");
        }
        assert_eq!(expected(&[], &none, &[]), None);
        assert_eq!(expected(&[String::new()], &none, &[]), None);
    }

    #[test]
    fn yes_and_no_are_whole_answers() {
        check(Grammar::YesNo, &["yes please", "that's right", "not really", "no"], &["yes no", "not"]);
    }
}
