//! Numbers as English words.

use crate::speak::written::Decimal;

/// Zero to nineteen, as they are spoken and as they are heard.
pub(crate) const SMALL: [&str; 20] = [
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
const GROUPS: [(u64, &str); 4] =
    [(1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand")];

/// `1250` → `one thousand two hundred fifty`.
pub fn cardinal(n: u64) -> String {
    match n {
        0..20 => SMALL[n as usize].to_owned(),
        20..100 => joined(TENS[(n / 10) as usize].to_owned(), n % 10),
        100..1000 => joined(format!("{} hundred", cardinal(n / 100)), n % 100),
        _ => {
            let (size, name) = GROUPS.into_iter().find(|(size, _)| n >= *size).unwrap_or((1000, "thousand"));
            joined(format!("{} {name}", cardinal(n / size)), n % size)
        }
    }
}

fn joined(head: String, rest: u64) -> String {
    if rest == 0 { head } else { format!("{head} {}", cardinal(rest)) }
}

/// `21` → `twenty first`.
pub fn ordinal(n: u64) -> String {
    let words = cardinal(n);
    let (head, last) = match words.rsplit_once(' ') {
        Some((head, last)) => (format!("{head} "), last),
        None => (String::new(), words.as_str()),
    };
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        tens if tens.ends_with('y') => format!("{}ieth", &tens[..tens.len() - 1]),
        other => format!("{other}th"),
    };
    head + &last
}

/// `-3.50` → `minus three point five zero`.
pub(crate) fn written(number: &Decimal) -> String {
    let sign = if number.negative { "minus " } else { "" };
    let mut words = format!("{sign}{}", cardinal(number.whole));
    if !number.decimals.is_empty() {
        words.push_str(" point");
        for digit in number.decimals.bytes() {
            words.push(' ');
            words.push_str(SMALL[usize::from(digit - b'0')]);
        }
    }
    words
}

/// Digits one by one, a comma (a short pause) after each group of `group`.
pub(crate) fn spelled(digits: &str, group: usize) -> String {
    let digits: Vec<_> = digits.bytes().filter(u8::is_ascii_digit).map(|b| SMALL[usize::from(b - b'0')]).collect();
    let groups: Vec<_> = digits.chunks(group.max(1)).map(|group| group.join(" ")).collect();
    groups.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals_and_ordinals() {
        assert_eq!(cardinal(0), "zero");
        assert_eq!(cardinal(21), "twenty one");
        assert_eq!(cardinal(1250), "one thousand two hundred fifty");
        assert_eq!(cardinal(3_000_017), "three million seventeen");
        assert!(cardinal(u64::MAX).contains("trillion"));
        assert_eq!(ordinal(1), "first");
        assert_eq!(ordinal(12), "twelfth");
        assert_eq!(ordinal(20), "twentieth");
        assert_eq!(ordinal(31), "thirty first");
    }

    #[test]
    fn written_numbers() {
        let written = |text| Decimal::read(text).as_ref().map(written);
        assert_eq!(written("1,250").as_deref(), Some("one thousand two hundred fifty"));
        assert_eq!(written("-3.50").as_deref(), Some("minus three point five zero"));
        assert_eq!(written("3.x"), None);
        assert_eq!(written("about 3"), None);
        assert_eq!(spelled("555-010", 3), "five five five, zero one zero");
    }
}
