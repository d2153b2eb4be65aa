//! The wordings of times, dates and numbers of people, put together from named parts.

use regex::Regex;
use std::sync::LazyLock;

/// Parts, each of earlier ones: `{name}` stands for the part of that name.
const PARTS: [(&str, &str); 17] = [
    ("unit", "(?:one|two|three|four|five|six|seven|eight|nine)"),
    (
        "small",
        "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)",
    ),
    ("words", "(?:(?:twenty|thirty|forty|fifty)(?:[ -]{unit})?|{small})"),
    ("number", r"(?:\d{1,3}|{words})"),
    ("half", r"(?:[ap]\.? ?m\b\.?)"),
    ("part", "(?: (?:in the|at) (?:morning|afternoon|evening|night))"),
    ("hour", r"(?:[01]?\d|2[0-4]|{words})"),
    (
        "month",
        r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?",
    ),
    ("weekday", r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?)"),
    (
        "ordinal",
        "(?:(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)",
    ),
    ("day", r"(?:[0-3]?\d(?: ?(?:st|nd|rd|th))?\b|{ordinal})"),
    ("nth", r"(?:[0-3]?\d ?(?:st|nd|rd|th)\b|{ordinal})"),
    ("year", r"(?:,? ?(?:of )?20\d\d\b)"),
    (
        "who",
        "(?:people|persons?|peoples|guests?|adults?|kids?|child(?:ren)?|boys?|girls?|friends?|buddies|colleagues?|couples?|siblings?|brothers?|sisters?|cousins?|parents|seniors?|bab(?:y|ies)|toddlers?|others?|pax|ppl|men|women|man|woman|members?|students?|diners|sons?|daughters?|infants?|elders|grand(?:parents|kids)|co-?workers?|mates|seats|guys|ladies|heads)",
    ),
    (
        "kin",
        "(?:wife|husband|son|daughter|mom|mum|mother|dad|father|girlfriend|boyfriend|friend|partner|parents|kids?|children|brother|sister|boss|family|fianc[eé]e?|baby|boy|girl|colleague|siblings|cousins?)",
    ),
    (
        "count",
        "(?:(?:my |her |his |our |their )?(?:{number}|a couple(?: of)?|a|one|an) (?:(?:small|little|young|other|of my|of our|more|my) )*{who})",
    ),
    ("item", r"(?:me|myself|i|(?:my|our|her|his|the|a) (?:{number} )?(?:\w+ )?{kin}|{count}|a couple)"),
];

/// With a month, in figures, or a distance from today.
const FULL_DATES: [&str; 6] = [
    r"\b(?:{weekday},? (?:the )?)?{day} (?:of )?{month}{year}?",
    r"\b(?:{weekday},? )?{month},? (?:the )?{day}{year}?",
    r"\b\d{4}[/-]\d{1,2}[/-]\d{1,2}\b",
    r"\b\d{1,2}[/-]\d{1,2}(?:[/-](?:\d{4}|\d\d))?\b",
    r"\b(?:in|within) +(?:about |around |exactly )?(?:{number}|an?|a couple(?: of)?|a few) +(?:days?|weeks?|months?)(?: from (?:now|today)| time)?\b",
    r"\b(?:{number}|an?|a couple(?: of)?|a few) +(?:days?|weeks?|months?) (?:from (?:now|today|tomorrow)|later|after today)\b",
];
const DAYS: [&str; 6] = [
    r"\bday after tomorrow\b",
    r"\b(?:today|tonight|tomorrow|tonite|tmrw|tmr)\b",
    r"\bthis (?:evening|afternoon|morning|night|weekend)\b",
    r"\b(?:(?:this|next|coming|this coming) )?{weekday}(?: (?:the )?{nth})?(?: next week)?",
    r"\b{nth}(?: (?:of )?(?:this|next) month)?",
    r"\b(?:christmas(?: eve| day)?|new year'?s(?: eve| day)?|valentine'?s day|next week(?:end)?)\b",
];
const TIMES: [&str; 9] = [
    r"\b(?:a )?(?:half|quarter|{number}(?: min(?:ute)?s?)?)[ -](?:past|after|to|before|till) (?:{hour}|noon|midnight)(?: ?o'? ?clock)?(?: ?{half})?{part}?",
    r"\b[012]?\d ?[:.] ?[0-5]\d(?: ?{half})?",
    r"\b[01]?\d[0-5]\d ?{half}",
    r"\b{words}[ -](?:thirty|fifteen|forty[ -]five|twenty|ten|forty)\b(?: ?{half})?",
    r"\b{hour} ?{half}",
    r"\b{hour} ?(?:o' ?clock|oclock|o clock)(?: ?{half})?{part}?",
    r"\b{hour}{part}",
    r"\b{hour} ?(?:ish|hrs?)\b{part}?",
    r"\b(?:noon|midday|midnight)\b",
];
/// A distance in hours is a time and a day at once.
const HOURS_AWAY: [&str; 1] = [r"\bin (?:{number}|half an|an?|a couple(?: of)?|a few|a quarter of an) hours?\b"];
const TIME_INTRODUCED: [&str; 1] = [
    r"\b(?:at|around|about|by|to|till|until|before|after|from|time is|time to|time for|for about) ([01]?\d[0-5]\d|2[0-3][0-5]\d|{hour})\b",
];
/// What after a number says that it is no time.
const NOT_TIME: &str = r"^ ?(?:people|person|persons|guests?|adults?|kids?|of (?:us|the|my|our)|friends?|days?|weeks?|hours?|minutes?|/|-|th\b|st\b|nd\b|rd\b|dollars?|stars?|%|\$)";
/// Counted people, before times can take their numbers.
const COMPANIES: [&str; 1] = [r"\b(?:{item})(?:(?:, ?| and | with | plus |, and )(?:{item}))+\b"];
const PEOPLE: [&str; 2] = [r"\b{number} {who}\b", r"\b(?:a couple|couple|just me|myself|dozen)\b"];
const PEOPLE_BEFORE: [&str; 3] =
    [r"\b({number}) of us\b", r"\b({number}) (?:will|would) be\b", r"\b({number})(?:-| )(?:seater|top)"];
const PEOPLE_INTRODUCED: [&str; 1] = [
    r"\b(?:table (?:for|of)|party of|group of|room for|seats? for|reservation for|booking for|reserve for|book for|space for|for a party of|for|total of|be|are|of|with|have) (?:a (?:party|group|table|total) (?:of|for) )?(?:about |around |only |just |up to )?({number})\b",
];
const NOT_PEOPLE: &str = r"^ ?(?:{half}|o'?clock|/|-|:|\.\d|th\b|st\b|nd\b|rd\b|days?|weeks?|hours?|minutes?|hrs?|ish|months?|dollars?|stars?|in the|{month}|%|{who})";
const NUMBER_ALONE: &str = r"^\W*(?:(?:just|only|about|around|for|at|the|a|we are|there are|there will be|it's|it is|make it|let's do|say|maybe) )*({number}|[012]?\d[0-5]\d)\W*$";
const NUMBER_BARE: &str = r"(?:^|[ (])({number})(?:[ ,.!?]|$)";
const DAY_ALONE: &str = r"^\W*(?:the |on |on the )?({day})\W*$";

pub(super) struct Patterns {
    pub full_dates: Vec<Regex>,
    pub days: Vec<Regex>,
    pub times: Vec<Regex>,
    pub hours_away: Vec<Regex>,
    pub time_introduced: Vec<Regex>,
    pub not_time: Regex,
    pub companies: Vec<Regex>,
    pub people: Vec<Regex>,
    pub people_before: Vec<Regex>,
    pub people_introduced: Vec<Regex>,
    pub not_people: Regex,
    pub number_alone: Regex,
    pub number_bare: Regex,
    pub day_alone: Regex,
}

/// Compiled at the first sentence.
pub(super) static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    full_dates: all(&FULL_DATES),
    days: all(&DAYS),
    times: all(&TIMES),
    hours_away: all(&HOURS_AWAY),
    time_introduced: all(&TIME_INTRODUCED),
    not_time: one(NOT_TIME),
    companies: all(&COMPANIES),
    people: all(&PEOPLE),
    people_before: all(&PEOPLE_BEFORE),
    people_introduced: all(&PEOPLE_INTRODUCED),
    not_people: one(NOT_PEOPLE),
    number_alone: one(NUMBER_ALONE),
    number_bare: one(NUMBER_BARE),
    day_alone: one(DAY_ALONE),
});

fn all(sources: &[&str]) -> Vec<Regex> {
    sources.iter().map(|source| one(source)).collect()
}

#[allow(clippy::expect_used)]
fn one(source: &str) -> Regex {
    // Later parts are made of earlier ones, so the last is opened first.
    let opened =
        PARTS.iter().rev().fold(source.to_owned(), |text, (name, part)| text.replace(&format!("{{{name}}}"), part));
    Regex::new(&format!("(?i){opened}")).expect("the patterns of values compile")
}
