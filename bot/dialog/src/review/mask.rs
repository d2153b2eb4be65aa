//! Words of people without what says who they are: their names, and numbers long enough to be a telephone's or a card's.

use crate::language::Language;
use crate::slots::grouped;

/// What stands for what is hidden.
const HIDDEN: &str = "•••";
/// Digits in a row from which a number may belong to somebody.
const LONG: usize = 4;

/// Spoken digits, English and Indonesian.
const DIGITS: [&str; 24] = [
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple", "nol",
    "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "kosong",
];
/// The other words of numbers: a written 4111 is read as "four thousand one hundred eleven". Each counts as one digit.
const NUMBERS: &str = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty \
                       forty fifty sixty seventy eighty ninety hundred thousand million billion sepuluh sebelas belas \
                       puluh seratus ratus seribu ribu sejuta juta miliar";
const CHINESE: &str = "零〇一二三四五六七八九幺";

/// After these, two groups of digits are no time of day: "my pin is twelve thirty four".
const NUMBER_FOLLOWS: [&str; 9] = ["number", "code", "pin", "card", "account", "digits", "ending", "born", "birth"];

/// `text` with `names` (as they stand on a list) and long numbers hidden.
pub fn masked(text: &str, names: &[&str]) -> String {
    let own: Vec<String> = names.iter().flat_map(|name| name.split_whitespace()).map(crate::words::normalise).collect();
    let is_own = |word: &str| {
        let plain = crate::words::normalise(word);
        let plain = plain.strip_suffix("'s").unwrap_or(&plain).to_owned();
        own.iter().any(|name| *name == plain && name.chars().count() > 1)
    };
    let spoken = |word: &str| DIGITS.contains(&word) || NUMBERS.split(' ').any(|known| known == word);
    let digits = |word: &str| match spoken(&word.to_lowercase()) {
        true => 1,
        false if word.chars().all(|c| c.is_ascii_digit() || CHINESE.contains(c) || "+-./()".contains(c)) => {
            word.chars().filter(|c| !"+-./()".contains(*c)).count()
        }
        false => 0,
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let names_one = lower.iter().any(|word| NUMBER_FOLLOWS.contains(&word.as_str()));
    let groups = grouped::private(&lower, Language::English, |_| names_one);
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let run: Vec<usize> = words[at..].iter().map(|word| digits(word)).take_while(|n| *n > 0).collect();
        let grouped = groups.iter().any(|groups| at <= groups.used.start && groups.used.end <= at + run.len());
        if run.iter().sum::<usize>() >= LONG || grouped {
            out.push(HIDDEN.to_owned());
            at += run.len();
            continue;
        }
        out.push(if is_own(words[at]) { HIDDEN.to_owned() } else { inside(words[at], names) });
        at += 1;
    }
    out.join(" ")
}

/// A script without spaces has names and numbers inside what looks like one word.
fn inside(word: &str, names: &[&str]) -> String {
    let foreign = |text: &str| text.chars().count() > 1 && !text.is_ascii();
    let mut word = word.to_owned();
    for name in names.iter().map(|name| name.trim()).filter(|name| foreign(name)) {
        word = word.replace(name, HIDDEN);
    }
    let (mut out, mut run) = (String::new(), String::new());
    for c in word.chars().chain(['\0']) {
        if c.is_ascii_digit() || CHINESE.contains(c) {
            run.push(c);
            continue;
        }
        out.push_str(if run.chars().count() >= LONG { HIDDEN } else { &run });
        run.clear();
        out.extend((c != '\0').then_some(c));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn names_and_long_numbers_are_hidden_and_the_rest_stays() {
        let cases = [
            ("this is ann speaking", "this is ••• speaking"),
            ("ann's number is five five five oh one two", "••• number is •••"),
            ("call 555-0102 at two", "call ••• at two"),
            ("my card is 4111 1111", "my card is •••"),
            ("my card is four thousand one hundred eleven one thousand one hundred eleven", "my card is •••"),
            ("nomor saya empat ribu seratus sebelas", "nomor saya •••"),
            ("i was born in nineteen eighty four", "i was born in •••"),
            ("nineteen fifty", "•••"),
            ("it is twenty three forty five", "it is •••"),
            ("my pin is twelve thirty four", "my pin is •••"),
            ("at ten thirty please", "at ten thirty please"),
            ("twelve fifteen for twenty three people", "twelve fifteen for twenty three people"),
            ("twenty thirty people", "twenty thirty people"),
            ("on the twenty sixth at two thirty", "on the twenty sixth at two thirty"),
            ("two hundred fifty dollars", "two hundred fifty dollars"),
            ("i have two dogs and one cat", "i have two dogs and one cat"),
            ("nomor saya nol delapan satu dua", "nomor saya •••"),
            ("我是王小姐電話是零九一二三四五", "我是•••電話是•••"),
            ("我要改到三點", "我要改到三點"),
        ];
        for (text, wanted) in cases {
            assert_eq!(masked(text, &["Ann Lee", "王小姐"]), wanted);
        }
        assert_eq!(masked("a b", &["A"]), "a b", "one letter is no name");
    }
}
