//! A model's spelling → words as the recogniser's contract has them: lower case, no punctuation, English numbers as
//! words, one space between words. Runs of Chinese or Japanese signs stay one word, as templates write them.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// What becomes of figures and of signs like `%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figures {
    /// The English words that they are read as.
    Words,
    /// They stay, `10:30` and `1.250` in one piece: the dialog reads them as its language does.
    Kept,
}

impl Figures {
    /// For a BCP 47 tag; none is English.
    pub(crate) fn of(language: &str) -> Self {
        let primary = language.split('-').next().unwrap_or_default();
        if primary.is_empty() || primary.eq_ignore_ascii_case("en") { Self::Words } else { Self::Kept }
    }
}

/// `"It's 10:30, OK?"` → `it's ten thirty ok`; with figures kept `it's 10:30 ok`.
pub(crate) fn spoken(text: &str, figures: Figures) -> String {
    let text = text.to_lowercase().replace(['’', '‘'], "'");
    match figures {
        Figures::Words => in_words(&text),
        Figures::Kept => as_written(&text),
    }
}

fn as_written(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_numeric());
    let kept = |(at, c): (usize, &char)| match kind(*c) {
        Kind::Other if c.is_numeric() => *c,
        // Between two figures it belongs to them.
        Kind::Other if ".,:/-".contains(*c) && digit(at.checked_sub(1)) && digit(Some(at + 1)) => *c,
        Kind::Other => ' ',
        _ => *c,
    };
    let text: String = letters.iter().enumerate().map(kept).collect();
    let words = text.split(' ').map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn in_words(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        match kind(first) {
            Kind::Digit => match hyphenated(run, after) {
                Some((code, after)) => {
                    out.extend(one_by_one(&code));
                    rest = after;
                }
                None => {
                    let (words, after) = digits(run, after);
                    out.extend(words);
                    rest = after;
                }
            },
            Kind::Letter => out.push(run.trim_matches('\'').to_owned()),
            Kind::Sign => out.extend(sign(first).map(str::to_owned)),
            Kind::Other => {}
        }
    }
    out.retain(|word| !word.is_empty());
    out.join(" ")
}

/// Whether `c` is written without spaces around words: each such sign counts as a word of its own in a search.
pub(crate) fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Letter,
    Digit,
    Sign,
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        _ if c.is_ascii_digit() => Kind::Digit,
        '\'' => Kind::Letter,
        // Marks above and below letters (Thai, Hindi, Arabic vowels) belong to them.
        _ if c.is_alphabetic() || is_mark(c) => Kind::Letter,
        '%' | '$' | '€' | '£' => Kind::Sign,
        _ => Kind::Other,
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{e31}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
}

/// Spoken where they stand in the text: "50%" is in the order of speech, "$5" nearly.
fn sign(c: char) -> Option<&'static str> {
    match c {
        '%' => Some("percent"),
        '$' => Some("dollars"),
        '€' => Some("euros"),
        '£' => Some("pounds"),
        _ => None,
    }
}

/// The words of a run of digits, and what follows once an ordinal's ending or a thousands' comma is taken.
fn digits<'a>(run: &str, after: &'a str) -> (Vec<String>, &'a str) {
    if let Some((whole, after)) = thousands(run, after) {
        return (vec![cardinal(whole)], after);
    }
    let ending = ["st", "nd", "rd", "th"].into_iter().find(|ending| after.starts_with(ending));
    match (run.parse::<u64>(), ending) {
        (Ok(n @ 1..=99), Some(ending)) => (vec![ordinal(n)], &after[ending.len()..]),
        // The `00` of a clock is silent.
        (Ok(0), _) if run.len() == 2 => (Vec::new(), after),
        (Ok(n), _) if run.len() <= 4 && (run.len() == 1 || !run.starts_with('0')) => (vec![cardinal(n)], after),
        // A leading zero or a long run is a code, read digit by digit.
        _ => (one_by_one(run), after),
    }
}

fn one_by_one(run: &str) -> Vec<String> {
    run.bytes().map(|b| ONES[usize::from(b.wrapping_sub(b'0')) % 10].to_owned()).collect()
}

/// `555-0123` is how a model writes digits that were said one by one.
fn hyphenated<'a>(run: &str, after: &'a str) -> Option<(String, &'a str)> {
    let end = after.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(after.len());
    let tail = after[..end].trim_end_matches('-');
    let code: String = run.chars().chain(tail.chars()).filter(char::is_ascii_digit).collect();
    (tail.len() > 1).then(|| (code, &after[tail.len()..]))
}

/// `1,250` is one number.
fn thousands<'a>(run: &str, after: &'a str) -> Option<(u64, &'a str)> {
    let tail = after.strip_prefix(',')?;
    let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    if run.len() > 3 || run.starts_with('0') || end != 3 {
        return None;
    }
    Some((format!("{run}{}", &tail[..3]).parse().ok()?, &tail[3..]))
}

fn cardinal(n: u64) -> String {
    let small = |n: u64| match n {
        0..20 => ONES[n as usize].to_owned(),
        _ if n.is_multiple_of(10) => TENS[n as usize / 10].to_owned(),
        _ => format!("{} {}", TENS[n as usize / 10], ONES[n as usize % 10]),
    };
    let (head, unit, rest) = match n {
        0..100 => return small(n),
        100..1_000 => (n / 100, "hundred", n % 100),
        _ => (n / 1_000, "thousand", n % 1_000),
    };
    match rest {
        0 => format!("{} {unit}", cardinal(head)),
        _ => format!("{} {unit} {}", cardinal(head), cardinal(rest)),
    }
}

fn ordinal(n: u64) -> String {
    let words = cardinal(n);
    let (front, last) = match words.rsplit_once(' ') {
        Some((front, last)) => (format!("{front} "), last),
        None => (String::new(), words.as_str()),
    };
    let ordinal = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => last.strip_suffix('y').map_or_else(|| format!("{last}th"), |stem| format!("{stem}ieth")),
    };
    front + &ordinal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_becomes_what_was_said() {
        for (written, said) in [
            ("It’s 10:30, OK?", "it's ten thirty ok"),
            (" The 3rd of May!", "the third of may"),
            ("on the 20th and the 31st", "on the twentieth and the thirty first"),
            ("At 4:00.", "at four"),
            ("code 007", "code zero zero seven"),
            ("1,250 or 342", "one thousand two hundred fifty or three hundred forty two"),
            ("yes, 50% 'really'", "yes fifty percent really"),
            ("It is 555-0123.", "it is five five five zero one two three"),
            ("不用了，谢谢。", "不用了 谢谢"),
            ("...''", ""),
        ] {
            assert_eq!(spoken(written, Figures::Words), said, "{written}");
        }
    }

    #[test]
    fn figures_of_another_language_are_no_english_words() {
        for (written, said) in [
            ("Terima kasih, Größe 2", "terima kasih größe 2"),
            ("Jam 10:30, ya.", "jam 10:30 ya"),
            ("Rp50.000 'saja'", "rp50.000 saja"),
            ("12月25號，下午3點半。", "12月25號 下午3點半"),
            ("３點半", "３點半"),
            ("0812-3456-7890 - 5%", "0812-3456-7890 5%"),
            ("1, 2, 3...", "1 2 3"),
        ] {
            assert_eq!(spoken(written, Figures::Kept), said, "{written}");
        }
        for (language, figures) in [("", Figures::Words), ("EN-gb", Figures::Words), ("id", Figures::Kept)] {
            assert_eq!(Figures::of(language), figures, "{language}");
        }
    }
}
